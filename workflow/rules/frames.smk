"""Frames: a shard's videos decoded once, for estimators that look at pictures.

INPUT    results/{dataset}/videos.csv, labels.parquet, keypoint shards
OUTPUT   results/{dataset}/frames/{shard}.parquet         JPEG frames, short side bounded
         results/{dataset}/frames/{shard}.quarantine.csv  clips that could not be read, and why
         results/{dataset}/quarantine.csv                 the same for the whole dataset, clips without a usable pose, and those
                                                          that are not in videos.csv
"""


rule decode_shard:
    """Decode a shard's videos to JPEG frames, and list those that cannot be read."""
    input:
        videos=ancient(study.videos_of),
    output:
        frames=layout.FRAMES,
        quarantine=layout.SHARD_QUARANTINE,
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
        mem_mb=growing(4000),
        runtime=240,
    params:
        rows=study.rows_of_shard,
        settings=study.decode_settings,
        dataset=study.dataset_file,
        root=study.root_of,
    shell:
        "python -m la2ds decode"
        " --dataset {params.dataset:q} --root {params.root:q}"
        " --videos {input.videos:q} --shard {wildcards.shard}"
        " --output {output.frames:q} --quarantine {output.quarantine:q} &> {log:q}"


rule gather_quarantine:
    """List in one file the videos that are not listed, cannot be read or have no usable pose."""
    input:
        videos=ancient(study.videos_of),
        labels=layout.LABELS,
        shards=study.shard_quarantines,
    output:
        layout.QUARANTINE,
    log:
        "results/logs/gather_quarantine/{dataset}.log",
    benchmark:
        "results/benchmarks/gather_quarantine/{dataset}.tsv"
    localrule: True
    conda:
        "../../envs/la2ds.yaml"
    params:
        code=study.code("quarantine"),
    shell:
        "python -m la2ds quarantine --labels {input.labels:q} --shards {input.shards:q} --output {output:q} &> {log:q}"
