"""Keypoints: a pose for every frame of a shard.

INPUT    results/{dataset}/videos.csv; for estimators that look at pictures also
         results/{dataset}/frames/{shard}.parquet and the estimator's weights (config: pose_weights; for rtmpose
         estimation.weights and estimation.detector of the dataset file)
OUTPUT   results/{dataset}/keypoints/{pose}/{shard}.parquet
"""


rule fetch_weights:
    """Download the pose landmarker's weights, or build them from a package."""
    output:
        config["pose_weights"],
    log:
        "results/logs/fetch_weights.log",
    benchmark:
        "results/benchmarks/fetch_weights.tsv"
    # Compute nodes often reach no network.
    localrule: True
    conda:
        "../../envs/video.yaml"
    shell:
        "python -m la2ds weights --output {output:q} &> {log:q}"


rule fetch_hand_weights:
    """Download the hand landmarker's weights, or build them from a package."""
    output:
        HAND_WEIGHTS,
    log:
        "results/logs/fetch_hand_weights.log",
    benchmark:
        "results/benchmarks/fetch_hand_weights.tsv"
    # Compute nodes often reach no network.
    localrule: True
    conda:
        "../../envs/video.yaml"
    shell:
        "python -m la2ds weights --hands --output {output:q} &> {log:q}"


rule fetch_network:
    """Download a network for RTMPose."""
    output:
        "models/{network}.onnx",
    log:
        "results/logs/fetch_network/{network}.log",
    benchmark:
        "results/benchmarks/fetch_network/{network}.tsv"
    wildcard_constraints:
        network="|".join(NETWORKS),
    # Compute nodes often reach no network.
    localrule: True
    conda:
        "../../envs/video.yaml"
    shell:
        "python -m la2ds weights --network {wildcards.network} --output {output:q} &> {log:q}"


rule estimate_keypoints:
    """Estimate a shard's poses, or read them from the files that hold them."""
    input:
        videos=ancient(study.videos_of),
        frames=study.frames_estimated,
        weights=ancient(study.weights_estimated),
        detector=ancient(study.detector_estimated),
    output:
        layout.KEYPOINTS,
    log:
        "results/logs/estimate_keypoints/{dataset}/{pose}/{shard}.log",
    benchmark:
        "results/benchmarks/estimate_keypoints/{dataset}/{pose}/{shard}.tsv"
    # Trainings wait for it.
    priority: 20
    conda:
        "../../envs/video.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=480,
    params:
        rows=study.rows_of_shard,
        settings=study.keypoint_settings,
        dataset=study.dataset_file,
        root=study.root_of,
    shell:
        "python -m la2ds keypoints"
        " --dataset {params.dataset:q} --root {params.root:q}"
        " --videos {input.videos:q} --shard {wildcards.shard}"
        " --pose {wildcards.pose} --frames {input.frames:q} --weights {input.weights:q} --detector {input.detector:q}"
        " --output {output:q} &> {log:q}"
