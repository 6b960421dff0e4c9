"""Embeddings: a vector for every frame of every video of an action.

INPUT    config/methods/{method}.yaml and the files it is based on, results/{dataset}/videos.csv
         heatmap, keypoint, frame or feature shards of the action, whichever the method's input is
         results/{dataset}/train/{method}/{action}/seed{seed}/model.safetensors, unless the method is a formula
         (of another method, where the method file names its weights)
OUTPUT   results/{dataset}/embeddings/{method}/{action}/seed{seed}.parquet
"""


rule embed_method:
    """Embed every frame of an action's videos with a method."""
    input:
        method=ancient(study.method_files),
        videos=ancient(study.videos_of),
        heatmaps=study.heatmaps_embedded,
        keypoints=study.keypoints_embedded,
        frames=study.frames_trained,
        features=study.features_trained,
        weights=study.weights_embedded,
    output:
        layout.EMBEDDINGS,
    log:
        "results/logs/embed_method/{dataset}/{method}/{action}/seed{seed}.log",
    benchmark:
        "results/benchmarks/embed_method/{dataset}/{method}/{action}/seed{seed}.tsv"
    conda:
        "../../envs/rgb.yaml"
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=120,
        device=config["device"],
    params:
        rows=study.rows_of_action,
        settings=study.method_settings,
    shell:
        "python -m la2ds embed"
        " --method config/methods/{wildcards.method}.yaml --seed {wildcards.seed} --action {wildcards.action}"
        " --device {resources.device} --videos {input.videos:q} --heatmaps {input.heatmaps:q}"
        " --keypoints {input.keypoints:q} --frames {input.frames:q} --features {input.features:q}"
        " --weights {input.weights:q} --output {output:q} &> {log:q}"
