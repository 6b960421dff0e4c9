"""Embeddings: a vector for every frame of every video of an action.

INPUT    config/methods/{method}.yaml and the files it is based on, results/{dataset}/videos.csv
         heatmap, keypoint, frame or feature shards of the action, whichever the method's input is
         results/{dataset}/train/{method}/{action}/seed{seed}/model.safetensors, unless the method is a formula
         (of another method, where the method file names its weights)
OUTPUT   results/{dataset}/embeddings/{method}/{action}/seed{seed}.parquet
"""


rule embed_method:
    input:
        method=ancient(method_inputs),
        videos=ancient(indexed_videos),
        heatmaps=heatmaps_embedded,
        keypoints=keypoints_embedded,
        frames=frames_seen,
        features=features_seen,
        weights=weights_embedded,
    output:
        "results/{dataset}/embeddings/{method}/{action}/seed{seed}.parquet",
    log:
        "results/logs/embed_method/{dataset}/{method}/{action}/seed{seed}.log",
    benchmark:
        "results/benchmarks/embed_method/{dataset}/{method}/{action}/seed{seed}.tsv"
    conda:
        "../../envs/rgb.yaml"
    threads: 1
    resources:
        mem_mb=8000,
        runtime=120,
        device=config["device"],
    params:
        rows=rows_of_action,
        settings=method_settings,
        data=shard_options,
    shell:
        "python -m la2ds embed"
        " --method config/methods/{wildcards.method}.yaml --seed {wildcards.seed} --action {wildcards.action}"
        " --device {resources.device} --videos {input.videos:q} {params.data:q} --output {output:q} &> {log:q}"
