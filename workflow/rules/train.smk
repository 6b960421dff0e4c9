"""Training: one method on one action with one seed.

INPUT    config/methods/{method}.yaml and the files it is based on
         results/{dataset}/videos.csv, and of the action whichever the method's input is made of:
         results/{dataset}/keypoints/{pose}/*.parquet, frames/*.parquet, rgb/{picture_spec}/*.parquet
         results/{dataset}/labels.parquet for the objective `supervised`, an upper bound, and for no other
OUTPUT   results/{dataset}/train/{method}/{action}/seed{seed}/ model.safetensors, history.csv, run.json
         (and an undeclared checkpoint.pt, which a killed run goes on from)
"""


rule train_method:
    input:
        # Ancient, because `settings` below says whether they changed: a new label re-trains nothing.
        method=ancient(method_inputs),
        videos=ancient(indexed_videos),
        keypoints=keypoints_trained,
        frames=frames_seen,
        features=features_seen,
        # Ancient, because `phases` below says whether they changed.
        labels=ancient(labels_trained),
    output:
        model="results/{dataset}/train/{method}/{action}/seed{seed}/model.safetensors",
        history="results/{dataset}/train/{method}/{action}/seed{seed}/history.csv",
        run="results/{dataset}/train/{method}/{action}/seed{seed}/run.json",
    log:
        "results/logs/train_method/{dataset}/{method}/{action}/seed{seed}.log",
    benchmark:
        "results/benchmarks/train_method/{dataset}/{method}/{action}/seed{seed}.tsv"
    # First what takes longest, so that no core waits for it in the end.
    priority: 10
    conda:
        "../../envs/rgb.yaml"
    threads: 1
    resources:
        mem_mb=8000,
        runtime=720,
        gpu=gpus(),
        # Not under params: another device is no reason to train again.
        device=config["device"],
    params:
        rows=rows_of_action,
        settings=training_settings,
        data=training_options,
        phases=labels_seen,
        folder=subpath(output.model, parent=True),
    shell:
        "python -m la2ds train"
        " --method config/methods/{wildcards.method}.yaml --seed {wildcards.seed} --device {resources.device}"
        " --videos {input.videos:q} {params.data:q} --action {wildcards.action}"
        " --output-dir {params.folder:q} &> {log:q}"
