"""Heatmaps: a shard's keypoints drawn as pictures, the network's un-augmented input.

INPUT    results/{dataset}/videos.csv, results/{dataset}/keypoints/{pose}/{shard}.parquet
OUTPUT   results/{dataset}/heatmaps/{pose}/{heatmap}/{shard}.npz  ({heatmap} such as joints_p32_s060_b110)
"""


rule draw_heatmaps:
    """Draw a shard's keypoints as heatmaps."""
    input:
        videos=ancient(study.videos_of),
        keypoints=layout.KEYPOINTS,
    output:
        layout.HEATMAPS,
    log:
        "results/logs/draw_heatmaps/{dataset}/{pose}/{heatmap}/{shard}.log",
    benchmark:
        "results/benchmarks/draw_heatmaps/{dataset}/{pose}/{heatmap}/{shard}.tsv"
    conda:
        "../../envs/la2ds.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=60,
    shell:
        "python -m la2ds heatmaps"
        " --videos {input.videos:q} --keypoints {input.keypoints:q} --spec {wildcards.heatmap} --output {output:q} &> {log:q}"
