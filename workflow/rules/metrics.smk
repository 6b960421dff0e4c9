"""Metrics: embeddings scored by one protocol.

INPUT    results/{dataset}/videos.csv, labels.parquet, config/protocols/{protocol}.yaml
         results/{dataset}/embeddings/{method}/{action}/seed{seed}.parquet
OUTPUT   results/{dataset}/metrics/{protocol}/{method}/{action}/seed{seed}.csv  (metric, variant, value, n, dropped)
         and seed{seed}.units.parquet beside it: what each value is made of, video by video
"""


rule evaluate_embeddings:
    """Score embeddings by a protocol."""
    input:
        videos=ancient(study.videos_of),
        # Ancient, because `phases` below says whether this action's labels changed.
        labels=ancient(layout.LABELS),
        embeddings=layout.EMBEDDINGS,
        protocol="config/protocols/{protocol}.yaml",
    output:
        metrics=layout.METRICS,
        units=layout.UNITS,
    log:
        "results/logs/evaluate_embeddings/{dataset}/{protocol}/{method}/{action}/seed{seed}.log",
    benchmark:
        "results/benchmarks/evaluate_embeddings/{dataset}/{protocol}/{method}/{action}/seed{seed}.tsv"
    conda:
        "../../envs/la2ds.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=120,
        # Not used: jobs of a group, here with embed_method, must agree in resources that are words.
        device=config["device"],
    params:
        code=study.code("evaluate"),
        rows=study.rows_of_action,
        phases=study.labels_of_action,
    shell:
        "python -m la2ds evaluate"
        " --videos {input.videos:q} --labels {input.labels:q} --embeddings {input.embeddings:q}"
        " --protocol {input.protocol:q} --against none"
        " --output {output.metrics:q} --units {output.units:q} &> {log:q}"
