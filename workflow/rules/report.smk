"""Report: tables, figures, quality of the poses, unreadable files and provenance on one page.

INPUT    results/tables/{table}_{dataset}.md, results/figures/*.png and *.webm, and of every dataset of config.yaml
         results/{dataset}/ labels.parquet, keypoint_quality.csv, quarantine.csv, train/**/run.json
OUTPUT   results/report.html  one file that holds everything, to be opened or sent
"""


rule make_report:
    input:
        reported_files,
        tables=table_files,
        rows=rows_shared,
        studies=other_studies,
        code=code("report/page/verb.py", "report/page/*"),
    output:
        report(
            "results/report.html",
            category="Report",
            caption="../report/report.rst",
            labels={"what": "everything on one page"},
        ),
    log:
        "results/logs/make_report.log",
    benchmark:
        "results/benchmarks/make_report.tsv"
    localrule: True
    conda:
        "../../envs/la2ds.yaml"
    params:
        datasets=config["datasets"],
        hidden=hidden_options,
        rows=rows_options,
        studies=studies_options,
    shell:
        "python -m la2ds report"
        " --results results --datasets {params.datasets:q} --tables {input.tables:q} {params.rows:q}"
        " {params.studies:q} {params.hidden:q} --output {output:q} &> {log:q}"
