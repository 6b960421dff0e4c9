"""Tables: the study's results as people read them.

INPUT    config/tables/{table}.yaml, config/methods/ of its rows, their metrics files in results/{dataset}/metrics/ (or
         robustness/) and the .units.parquet beside those for intervals, labels.parquet, train/**/run.json for what
         training took, for costs also embeddings/**; config/reported.csv for what others report
OUTPUT   results/tables/{name}.csv, .md, .tex: {name} is {table} of the dataset that the table is about, else {table}_{dataset}
"""


rule make_table:
    """Make a table of methods against metrics."""
    input:
        table=study.of_named(study.table_settings),
        methods=study.of_named(study.table_methods),
        labels=study.of_named(study.labels_of_table),
        metrics=study.of_named(study.metrics_of_table),
        runs=study.of_named(study.runs_of_table),
        embeddings=study.of_named(study.embeddings_of_table),
        rows=study.of_named(study.rows_file),
        reported="config/reported.csv",
    output:
        csv=report(
            "results/tables/{name}.csv",
            category="Tables",
            caption="../report/table.rst",
            labels={"table": "{name}"},
        ),
        markdown="results/tables/{name}.md",
        latex="results/tables/{name}.tex",
    log:
        "results/logs/make_table/{name}.log",
    benchmark:
        "results/benchmarks/make_table/{name}.tsv"
    localrule: True
    conda:
        "../../envs/la2ds.yaml"
    params:
        code=study.code("table"),
        absent=study.of_named(study.absent_rows),
        dataset=study.of_named(study.dataset_of_table),
        actions=study.of_named(study.actions_studied),
        seeds=study.of_named(study.runs_wanted),
    shell:
        "python -m la2ds table"
        " --table {input.table:q} --methods-dir config/methods --dataset {params.dataset}"
        " --results results --labels {input.labels:q} --actions {params.actions:q} --seeds {params.seeds}"
        " --reported {input.reported:q} --rows {input.rows:q} --absent {params.absent:q}"
        " --csv {output.csv:q} --markdown {output.markdown:q} --latex {output.latex:q} &> {log:q}"
