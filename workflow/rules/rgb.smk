"""RGB: a shard's pictures as a frozen network sees them, looked at once for all trainings.

INPUT    results/{dataset}/videos.csv, results/{dataset}/frames/{shard}.parquet; where pictures are cut around the person
         also results/{dataset}/keypoints/{pose}/{shard}.parquet
         the network that config's `backbones` names
OUTPUT   results/{dataset}/rgb/{picture_spec}/{shard}.parquet  ({picture_spec} such as resnet50_frame_p224_g1)
"""


rule extract_rgb:
    input:
        unpack(picture_inputs),
        videos=ancient(indexed_videos),
    output:
        "results/{dataset}/rgb/{picture_spec}/{shard}.parquet",
    log:
        "results/logs/extract_rgb/{dataset}/{picture_spec}/{shard}.log",
    benchmark:
        "results/benchmarks/extract_rgb/{dataset}/{picture_spec}/{shard}.tsv"
    conda:
        "../../envs/rgb.yaml"
    threads: 2
    resources:
        mem_mb=8000,
        runtime=480,
        gpu=gpus(),
        # Not under params: another device is no reason to look again.
        device=config["device"],
    params:
        rows=rows_of_shard,
        backbone=backbone_of,
        keypoints=lambda wildcards, input: (
            ["--keypoints", input.keypoints] if "keypoints" in input.keys() else []
        ),
    shell:
        "python -m la2ds rgb"
        " --frames {input.frames:q} {params.keypoints:q} --videos {input.videos:q}"
        " --spec {wildcards.picture_spec} --backbone {params.backbone:q} --device {resources.device}"
        " --output {output:q} &> {log:q}"
