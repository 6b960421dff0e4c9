"""Tracking: finished runs recorded in MLflow, for comparing them in a browser. The files stay the truth.

INPUT    results/{dataset}/metrics/{protocol}/**, and beside them the training folders of the same runs
OUTPUT   results/{dataset}/tracking_{protocol}.json  what was recorded, and where
"""


rule track_runs:
    input:
        metrics=metrics_of_protocol,
        code=code("tracking/*.py"),
    output:
        "results/{dataset}/tracking_{protocol}.json",
    log:
        "results/logs/track_runs/{dataset}_{protocol}.log",
    benchmark:
        "results/benchmarks/track_runs/{dataset}_{protocol}.tsv"
    # One writer, on the machine that keeps the store.
    localrule: True
    conda:
        "../../envs/tracking.yaml"
    params:
        root=subpath(output[0], parent=True),
        uri=tracking_options(),
    shell:
        "python -m la2ds track"
        " --dataset {wildcards.dataset} --runs-root {params.root:q} --protocol {wildcards.protocol}"
        " --methods-dir config/methods --metrics {input.metrics:q} {params.uri:q} --output {output:q} &> {log:q}"
