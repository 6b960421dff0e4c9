"""Tables: the study's results as people read them.

INPUT    config/tables/{table}.yaml, config/methods/ of its rows, their metrics files in results/{dataset}/metrics/ (or
         robustness/) and the .units.parquet beside those for intervals, labels.parquet, train/**/run.json for what
         training took, for costs also embeddings/**; config/reported.csv for what others report
OUTPUT   results/tables/{table}_{dataset}.csv, .md, .tex; of a table about one dataset also {table}.csv, .md, .tex
"""


rule make_table:
    """Make a table of methods against metrics."""
    input:
        table="config/tables/{table}.yaml",
        methods=study.table_methods,
        labels=layout.LABELS,
        metrics=study.metrics_of_table,
        runs=study.runs_of_table,
        embeddings=study.embeddings_of_table,
        rows=study.rows_file,
        reported="config/reported.csv",
    output:
        csv=report(
            "results/tables/{table}_{dataset}.csv",
            category="Tables",
            caption="../report/table.rst",
            labels={"table": "{table}", "dataset": "{dataset}"},
        ),
        markdown="results/tables/{table}_{dataset}.md",
        latex="results/tables/{table}_{dataset}.tex",
    log:
        "results/logs/make_table/{table}_{dataset}.log",
    benchmark:
        "results/benchmarks/make_table/{table}_{dataset}.tsv"
    localrule: True
    conda:
        "../../envs/la2ds.yaml"
    params:
        code=study.code("table"),
        absent=study.absent_rows,
        actions=study.actions_studied,
        seeds=study.runs_wanted,
    shell:
        "python -m la2ds table"
        " --table {input.table:q} --methods-dir config/methods --dataset {wildcards.dataset}"
        " --results results --labels {input.labels:q} --actions {params.actions:q} --seeds {params.seeds}"
        " --reported {input.reported:q} --rows {input.rows:q} --absent {params.absent:q}"
        " --csv {output.csv:q} --markdown {output.markdown:q} --latex {output.latex:q} &> {log:q}"


rule name_study:
    """Give a table about one dataset the name it is asked for by."""
    input:
        unpack(study.named_table),
    output:
        csv="results/tables/{study}.csv",
        markdown="results/tables/{study}.md",
        latex="results/tables/{study}.tex",
    log:
        "results/logs/name_study/{study}.log",
    localrule: True
    conda:
        "../../envs/la2ds.yaml"
    shell:
        "(cp {input.csv:q} {output.csv:q} && cp {input.markdown:q} {output.markdown:q} && cp {input.latex:q} {output.latex:q})"
        " &> {log:q}"
