"""Report: tables, figures, quality of the poses, unreadable files and provenance on one page.

INPUT    results/tables/{table}_{dataset}.md, results/figures/*.png, and of every dataset of config.yaml
         results/{dataset}/ labels.parquet, keypoint_quality.csv, quarantine.csv, train/**/run.json
OUTPUT   results/report.html  one file that holds everything, to be opened or sent
"""


rule make_report:
    input:
        reported_files,
        tables=table_files,
        code=code("report.py", "report_*.py"),
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
    shell:
        "python -m la2ds report"
        " --results results --datasets {params.datasets:q} --tables {input.tables:q} --output {output:q} &> {log:q}"
