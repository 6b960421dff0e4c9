"""Quality: how good a dataset's poses are, against the truth where there is one, and which clips are unlike the others.

INPUT    results/{dataset}/videos.csv, results/{dataset}/keypoints/{pose}/*.parquet, for the demo also
         results/{dataset}/source/keypoints_2d.parquet
OUTPUT   results/{dataset}/keypoint_quality.csv  PCK, error, missing joints and confidence by action and joint
         results/{dataset}/check.csv             clips that do not show their action once, from start to end
"""


rule measure_poses:
    """Compare a dataset's poses with the truth, where it is known."""
    input:
        videos=ancient(study.videos_of),
        keypoints=study.keypoints_of_dataset,
        truth=study.true_poses,
    output:
        report(
            layout.KEYPOINT_QUALITY,
            category="Poses",
            caption="../report/quality.rst",
            labels={"dataset": "{dataset}", "what": "quality"},
        ),
    log:
        "results/logs/measure_poses/{dataset}.log",
    benchmark:
        "results/benchmarks/measure_poses/{dataset}.tsv"
    localrule: True
    conda:
        "../../envs/la2ds.yaml"
    params:
        code=study.code("pose_quality"),
        pose=study.pose_of,
        folder=study.keypoints_folder,
    shell:
        "python -m la2ds pose_quality"
        " --dataset {wildcards.dataset} --pose {params.pose} --videos {input.videos:q}"
        " --keypoints-dir {params.folder:q} --truth {input.truth:q} --output {output:q} &> {log:q}"


rule check_videos:
    """Tell which clips do not show their action once, from start to end."""
    input:
        videos=ancient(study.videos_of),
        keypoints=study.keypoints_of_dataset,
    output:
        layout.CHECK,
    log:
        "results/logs/check_videos/{dataset}.log",
    benchmark:
        "results/benchmarks/check_videos/{dataset}.tsv"
    conda:
        "../../envs/la2ds.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=240,
    params:
        code=study.code("check_videos"),
        folder=study.keypoints_folder,
    shell:
        "python -m la2ds check_videos"
        " --videos {input.videos:q} --keypoints-dir {params.folder:q} --output {output:q} &> {log:q}"
