"""Tables: the study's results as people read them.

INPUT    config/tables/{table}.yaml, config/methods/ of its rows, the task CSVs of results/{dataset}/
OUTPUT   results/tables/{table}_{dataset}.csv, .md, .tex
"""


rule make_table:
    input:
        table="config/tables/{table}.yaml",
        methods=table_methods,
        tasks=expand("results/{{dataset}}/{task}.csv", task=TASKS),
        code=code("tables.py", "table_*.py"),
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
    shell:
        "python -m la2ds table"
        " --table {input.table:q} --methods-dir config/methods --dataset {wildcards.dataset}"
        " --inputs {input.tasks:q}"
        " --csv {output.csv:q} --markdown {output.markdown:q} --latex {output.latex:q} &> {log:q}"
