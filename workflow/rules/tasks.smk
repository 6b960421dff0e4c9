"""Tasks: a dataset's metrics gathered into one CSV per task.

INPUT    results/{dataset}/metrics/**, of every method in config's tables, each with its table's protocol
OUTPUT   results/{dataset}/phase_classification.csv, phase_progression.csv, kendall_tau.csv, retrieval.csv,
         alignment.csv, and evaluated.csv, which says what was scored on what;
         the same in results/{dataset}/studies/{study}/, of the metrics of a table about one dataset
"""


rule collect_metrics:
    input:
        metrics=metrics_of_dataset,
        labels="results/{dataset}/labels.parquet",
        code=code("evaluation/collect.py"),
    output:
        phase_classification="results/{dataset}/phase_classification.csv",
        phase_progression="results/{dataset}/phase_progression.csv",
        kendall_tau="results/{dataset}/kendall_tau.csv",
        retrieval="results/{dataset}/retrieval.csv",
        alignment="results/{dataset}/alignment.csv",
        evaluated="results/{dataset}/evaluated.csv",
    log:
        "results/logs/collect_metrics/{dataset}.log",
    benchmark:
        "results/benchmarks/collect_metrics/{dataset}.tsv"
    localrule: True
    conda:
        "../../envs/la2ds.yaml"
    params:
        folder=subpath(output.retrieval, parent=True),
    shell:
        "python -m la2ds collect"
        " --metrics {input.metrics:q} --labels {input.labels:q} --output-dir {params.folder:q} &> {log:q}"


rule collect_study:
    input:
        metrics=metrics_of_study,
        labels="results/{dataset}/labels.parquet",
        code=code("evaluation/collect.py"),
    output:
        phase_classification="results/{dataset}/studies/{study}/phase_classification.csv",
        phase_progression="results/{dataset}/studies/{study}/phase_progression.csv",
        kendall_tau="results/{dataset}/studies/{study}/kendall_tau.csv",
        retrieval="results/{dataset}/studies/{study}/retrieval.csv",
        alignment="results/{dataset}/studies/{study}/alignment.csv",
        evaluated="results/{dataset}/studies/{study}/evaluated.csv",
    log:
        "results/logs/collect_study/{dataset}/{study}.log",
    benchmark:
        "results/benchmarks/collect_study/{dataset}/{study}.tsv"
    localrule: True
    conda:
        "../../envs/la2ds.yaml"
    params:
        folder=subpath(output.retrieval, parent=True),
    shell:
        "python -m la2ds collect"
        " --metrics {input.metrics:q} --labels {input.labels:q} --output-dir {params.folder:q} &> {log:q}"
