"""Frames: a shard's videos decoded once, for estimators that look at pictures.

INPUT    results/{dataset}/videos.csv
OUTPUT   results/{dataset}/frames/{shard}.parquet         JPEG frames, short side bounded
         results/{dataset}/frames/{shard}.quarantine.csv  clips that could not be read, and why
         results/{dataset}/quarantine.csv                 the same for the whole dataset
"""


rule decode_shard:
    input:
        videos=ancient(indexed_videos),
    output:
        frames="results/{dataset}/frames/{shard}.parquet",
        quarantine="results/{dataset}/frames/{shard}.quarantine.csv",
    log:
        "results/logs/decode_shard/{dataset}/{shard}.log",
    benchmark:
        "results/benchmarks/decode_shard/{dataset}/{shard}.tsv"
    # Poses and trainings wait for it.
    priority: 20
    conda:
        "../../envs/video.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=240,
    params:
        rows=rows_of_shard,
        settings=decode_settings,
        dataset=dataset_file,
        root=dataset_root,
    shell:
        "python -m la2ds decode"
        " --dataset {params.dataset:q} --root {params.root:q}"
        " --videos {input.videos:q} --shard {wildcards.shard}"
        " --output {output.frames:q} --quarantine {output.quarantine:q} &> {log:q}"


rule gather_quarantine:
    input:
        videos=ancient(indexed_videos),
        shards=quarantined_shards,
    output:
        "results/{dataset}/quarantine.csv",
    log:
        "results/logs/gather_quarantine/{dataset}.log",
    benchmark:
        "results/benchmarks/gather_quarantine/{dataset}.tsv"
    localrule: True
    conda:
        "../../envs/la2ds.yaml"
    shell:
        "python -m la2ds quarantine --shards {input.shards:q} --output {output:q} &> {log:q}"
