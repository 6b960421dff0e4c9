"""Report: tables, figures, quality of the poses, clips set aside and provenance on one page.

INPUT    results/tables/{name}.md, results/figures/*.png and *.html, and of every dataset of config.yaml
         results/{dataset}/ labels.parquet, keypoint_quality.csv, check.csv, quarantine.csv, train/**/run.json
OUTPUT   results/report.html  one file that holds everything, to be opened or sent
"""


rule make_report:
    """Put tables, figures, quality of the poses and provenance on one page."""
    input:
        study.report_files,
        tables=study.table_files,
        rows=study.rows_files,
        studies=study.other_studies,
    output:
        report(
            layout.REPORT,
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
        code=study.code("report"),
        datasets=config["datasets"],
        hidden=study.hidden_datasets,
    shell:
        "python -m la2ds report"
        " --results results --datasets {params.datasets:q} --tables {input.tables:q} --rows {input.rows:q}"
        " --studies {input.studies:q} --skeletons-only {params.hidden:q} --output {output:q} &> {log:q}"
