"""Videos and labels: what a dataset holds.

INPUT    the dataset's native files below its root (for reader demo: rendered here)
OUTPUT   results/{dataset}/videos.csv      one row per video, with its action, split and shard
         results/{dataset}/labels.parquet  a phase for every frame
"""


rule make_demo:
    """Draw the demo's clips, and write down where the joints are."""
    output:
        manifest="results/{dataset}/source/manifest.csv",
        labels="results/{dataset}/source/labels.parquet",
        keypoints_2d="results/{dataset}/source/keypoints_2d.parquet",
        keypoints_3d="results/{dataset}/source/keypoints_3d.parquet",
        events="results/{dataset}/source/events.csv",
    log:
        "results/logs/make_demo/{dataset}.log",
    benchmark:
        "results/benchmarks/make_demo/{dataset}.tsv"
    conda:
        "../../envs/video.yaml"
    # Everything waits for it; as many as there are.
    threads: 4
    resources:
        mem_mb=growing(4000),
        runtime=60,
    params:
        settings=study.demo_settings,
        dataset=study.dataset_file,
        root=study.root_of,
    shell:
        "python -m la2ds demo"
        " --dataset {params.dataset:q} --root {params.root:q} --processes {threads} &> {log:q}"


checkpoint index_videos:
    """List a dataset's videos and their labels."""
    input:
        study.native_files,
    output:
        videos=layout.VIDEOS,
        labels=layout.LABELS,
    log:
        "results/logs/index_videos/{dataset}.log",
    benchmark:
        "results/benchmarks/index_videos/{dataset}.tsv"
    conda:
        "../../envs/video.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=120,
    params:
        settings=study.index_settings,
        dataset=study.dataset_file,
        root=study.root_of,
        actions=study.actions_of,
    shell:
        "python -m la2ds index"
        " --dataset {params.dataset:q} --root {params.root:q} --actions {params.actions:q}"
        " --output-videos {output.videos:q} --output-labels {output.labels:q} &> {log:q}"
