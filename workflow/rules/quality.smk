"""Quality: how good a dataset's poses are, against the truth where there is one.

INPUT    results/{dataset}/videos.csv, results/{dataset}/keypoints/{pose}/*.parquet, for the demo also
         results/{dataset}/source/keypoints_2d.parquet
OUTPUT   results/{dataset}/keypoint_quality.csv  PCK, error, missing joints and confidence by action and joint
"""


rule measure_poses:
    input:
        videos=ancient(indexed_videos),
        keypoints=keypoints_of_dataset,
        truth=true_poses,
        code=code("pose/quality.py"),
    output:
        report(
            "results/{dataset}/keypoint_quality.csv",
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
        pose=pose_name,
        folder=keypoints_folder,
        truth=truth_options,
    shell:
        "python -m la2ds pose_quality"
        " --dataset {wildcards.dataset} --pose {params.pose} --videos {input.videos:q}"
        " --keypoints-dir {params.folder:q} {params.truth:q} --output {output:q} &> {log:q}"
