"""Metrics: embeddings scored by one protocol.

INPUT    results/{dataset}/videos.csv, labels.parquet, config/protocols/{protocol}.yaml
         results/{dataset}/embeddings/{method}/{action}/seed{seed}.parquet
OUTPUT   results/{dataset}/metrics/{protocol}/{method}/{action}/seed{seed}.csv  (metric, variant, value, n, dropped)
         and seed{seed}.units.parquet beside it: what each value is made of, video by video
"""


rule evaluate_embeddings:
    input:
        videos=ancient(indexed_videos),
        # Ancient, because `phases` below says whether this action's labels changed.
        labels=ancient("results/{dataset}/labels.parquet"),
        embeddings="results/{dataset}/embeddings/{method}/{action}/seed{seed}.parquet",
        protocol="config/protocols/{protocol}.yaml",
        code=code("evaluation/evaluate.py", "formats/unit_tables.py", "formats/units.py", "evaluation/metrics/*.py"),
    output:
        metrics="results/{dataset}/metrics/{protocol}/{method}/{action}/seed{seed}.csv",
        units="results/{dataset}/metrics/{protocol}/{method}/{action}/seed{seed}.units.parquet",
    log:
        "results/logs/evaluate_embeddings/{dataset}/{protocol}/{method}/{action}/seed{seed}.log",
    benchmark:
        "results/benchmarks/evaluate_embeddings/{dataset}/{protocol}/{method}/{action}/seed{seed}.tsv"
    conda:
        "../../envs/la2ds.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=120,
        # Not used: jobs of a group, here with embed_method, must agree in resources that are words.
        device=config["device"],
    params:
        rows=rows_of_action,
        phases=labels_of_action,
    shell:
        "python -m la2ds evaluate"
        " --videos {input.videos:q} --labels {input.labels:q} --embeddings {input.embeddings:q}"
        " --protocol {input.protocol:q} --output {output.metrics:q} --units {output.units:q} &> {log:q}"
