"""Training: one method on one action with one seed.

INPUT    config/methods/{method}.yaml and the files it is based on
         results/{dataset}/videos.csv, and of the action whichever the method's input is made of:
         results/{dataset}/keypoints/{pose}/*.parquet, frames/*.parquet, rgb/{picture_spec}/*.parquet
         results/{dataset}/labels.parquet for the objective `supervised`, an upper bound, and for no other
OUTPUT   results/{dataset}/train/{method}/{action}/seed{seed}/ model.safetensors, history.csv, run.json
         (and an undeclared checkpoint.pt, which a killed run goes on from)
"""


rule train_method:
    """Train a method on an action, with a seed."""
    input:
        # Ancient, because `settings` below says whether they changed: a new label re-trains nothing.
        method=ancient(study.method_files),
        videos=ancient(study.videos_of),
        keypoints=study.keypoints_trained,
        frames=study.frames_trained,
        features=study.features_trained,
        # Ancient, because `phases` below says whether they changed.
        labels=ancient(study.labels_trained),
    output:
        model=layout.WEIGHTS,
        history=layout.HISTORY,
        run=layout.RUN,
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
        mem_mb=growing(8000),
        runtime=720,
        gpu=study.gpus,
        # Not under params: another device is no reason to train again.
        device=config["device"],
    params:
        rows=study.rows_of_action,
        settings=study.training_settings,
        steps=study.steps_of,
        phases=study.labels_seen,
        folder=subpath(output.model, parent=True),
    shell:
        "python -m la2ds train"
        " --method config/methods/{wildcards.method}.yaml --seed {wildcards.seed} --device {resources.device}"
        " --videos {input.videos:q} --action {wildcards.action} --steps {params.steps}"
        " --keypoints {input.keypoints:q} --frames {input.frames:q} --features {input.features:q}"
        " --labels {input.labels:q}"
        " --output-dir {params.folder:q} &> {log:q}"
