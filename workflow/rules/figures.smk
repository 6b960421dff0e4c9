"""Figures: the study's results as pictures.

INPUT    results/{dataset}/ videos.csv, labels.parquet, keypoints, heatmaps and frames of a shard per action,
         training histories and embeddings of a table's methods; results/tables/{table}_{dataset}.csv
OUTPUT   results/figures/{dataset}_poses.png               frames, skeletons and heatmaps of a clip per action
         results/figures/{table}_{dataset}_curves.png      training curves
         results/figures/{table}_{dataset}_alignment.png   how methods align a pair of videos per action
         results/figures/{table}_{dataset}_gains.png       what methods add to the table's reference
"""


rule draw_poses:
    input:
        unpack(shown_poses),
        videos=ancient(indexed_videos),
        labels="results/{dataset}/labels.parquet",
        code=code("figures/poses.py", "figures/style.py"),
    output:
        report(
            "results/figures/{dataset}_poses.png",
            category="Poses",
            caption="../report/poses.rst",
            labels={"dataset": "{dataset}", "what": "picture"},
        ),
    log:
        "results/logs/draw_poses/{dataset}.log",
    benchmark:
        "results/benchmarks/draw_poses/{dataset}.tsv"
    localrule: True
    conda:
        "../../envs/tracking.yaml"
    params:
        data=shown_poses_options,
    shell:
        "python -m la2ds draw_poses"
        " --videos {input.videos:q} --labels {input.labels:q} {params.data:q} --output {output:q} &> {log:q}"


rule draw_curves:
    input:
        histories=histories_of_table,
        code=code("figures/curves.py", "figures/style.py"),
    output:
        report(
            "results/figures/{table}_{dataset}_curves.png",
            category="Figures",
            caption="../report/curves.rst",
            labels={"table": "{table}", "dataset": "{dataset}", "what": "curves"},
        ),
    log:
        "results/logs/draw_curves/{table}_{dataset}.log",
    benchmark:
        "results/benchmarks/draw_curves/{table}_{dataset}.tsv"
    localrule: True
    conda:
        "../../envs/tracking.yaml"
    params:
        labels=table_labels,
    shell:
        "python -m la2ds draw_curves"
        " --methods-dir config/methods --histories {input.histories:q} --output {output:q} &> {log:q}"


rule draw_alignment:
    input:
        videos=ancient(indexed_videos),
        labels="results/{dataset}/labels.parquet",
        embeddings=aligned_embeddings,
        code=code("figures/alignment.py", "figures/style.py"),
    output:
        report(
            "results/figures/{table}_{dataset}_alignment.png",
            category="Figures",
            caption="../report/alignment.rst",
            labels={"table": "{table}", "dataset": "{dataset}", "what": "alignment"},
        ),
    log:
        "results/logs/draw_alignment/{table}_{dataset}.log",
    benchmark:
        "results/benchmarks/draw_alignment/{table}_{dataset}.tsv"
    localrule: True
    conda:
        "../../envs/tracking.yaml"
    params:
        labels=table_labels,
        reference=table_reference,
    shell:
        "python -m la2ds draw_alignment"
        " --videos {input.videos:q} --labels {input.labels:q} --methods-dir config/methods"
        " --embeddings {input.embeddings:q} --reference {params.reference:q} --output {output:q} &> {log:q}"


rule draw_gains:
    input:
        table="results/tables/{table}_{dataset}.csv",
        code=code("figures/gains.py", "figures/style.py"),
    output:
        report(
            "results/figures/{table}_{dataset}_gains.png",
            category="Figures",
            caption="../report/gains.rst",
            labels={"table": "{table}", "dataset": "{dataset}", "what": "gains"},
        ),
    log:
        "results/logs/draw_gains/{table}_{dataset}.log",
    benchmark:
        "results/benchmarks/draw_gains/{table}_{dataset}.tsv"
    localrule: True
    conda:
        "../../envs/tracking.yaml"
    shell:
        "python -m la2ds draw_gains --table {input.table:q} --output {output:q} &> {log:q}"
