"""Tracking: finished runs recorded in MLflow, for comparing them in a browser. The files stay the truth.

INPUT    results/{dataset}/metrics/{protocol}/**, and beside them, where they are still there, the training folders and
         embeddings of the same runs, videos.csv and labels.parquet
OUTPUT   results/{dataset}/tracking_{protocol}.json  what was recorded, and where
"""


rule track_runs:
    """Record finished runs in MLflow."""
    input:
        metrics=study.metrics_of_protocol,
    output:
        layout.TRACKED,
    log:
        "results/logs/track_runs/{dataset}_{protocol}.log",
    benchmark:
        "results/benchmarks/track_runs/{dataset}_{protocol}.tsv"
    # Of the last jobs it takes longest: beside tables and figures, not after them.
    priority: 5
    # One writer, on the machine that keeps the store.
    localrule: True
    conda:
        "../../envs/tracking.yaml"
    params:
        code=study.code("track"),
        root=subpath(output[0], parent=True),
        uri=config["mlflow_uri"],
        models=config.get("register_models", "best"),
    shell:
        "python -m la2ds track"
        " --dataset {wildcards.dataset} --runs-root {params.root:q} --protocol {wildcards.protocol}"
        " --protocol-file config/protocols/{wildcards.protocol}.yaml --models {params.models} --uri {params.uri:q}"
        " --methods-dir config/methods --metrics {input.metrics:q} --output {output:q} &> {log:q}"
