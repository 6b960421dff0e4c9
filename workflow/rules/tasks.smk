"""Tasks: a dataset's metrics gathered into one CSV per task.

INPUT    results/{dataset}/metrics/**, of every method of those tables in config.yaml that have a column of the task, each
         with its table's protocol
OUTPUT   results/{dataset}/{task}.csv: phase_classification, phase_progression, kendall_tau, retrieval, alignment, and
         evaluated, which says what was scored on what
"""


rule collect_task:
    """Gather one task's metrics of all methods, actions and seeds."""
    input:
        metrics=study.metrics_of_task,
        labels=layout.LABELS,
    output:
        layout.TASK,
    log:
        "results/logs/collect_task/{dataset}/{task}.log",
    benchmark:
        "results/benchmarks/collect_task/{dataset}/{task}.tsv"
    localrule: True
    conda:
        "../../envs/la2ds.yaml"
    params:
        code=study.code("collect"),
    shell:
        "python -m la2ds collect --task {wildcards.task}"
        " --metrics {input.metrics:q} --labels {input.labels:q} --output {output:q} &> {log:q}"
