"""Figures: the study's results as pictures, each for light pages and, ``*_dark.png``, for dark ones.

INPUT    results/{dataset}/ videos.csv, labels.parquet, keypoints, heatmaps and frames of a few shards per action,
         training histories and embeddings of a table's methods; results/tables/{name}.csv
OUTPUT   results/figures/{dataset}_poses.png               frames, skeletons and heatmaps of a clip per action
         results/figures/{table}_{dataset}_curves.png      training curves
         results/figures/{table}_{dataset}_alignment.png   how methods align a pair of videos per action
         results/figures/{table}_{dataset}_gains.png       what methods add to the table's reference
         results/figures/{table}_{dataset}_confusion.png   which phases are mistaken for each other
         results/figures/{table}_{dataset}_map.png         embeddings of validation frames on a plane
         results/figures/{table}_{dataset}_gallery.png     a frame per action and its nearest in other videos
         results/figures/{table}_{dataset}_clips.html      two clips per action under one slider, brought into step
"""


rule draw_poses:
    """Draw frames, skeletons and heatmaps of a clip of each action."""
    input:
        videos=ancient(study.videos_of),
        keypoints=study.keypoints_of_poses,
        heatmaps=study.heatmaps_of_poses,
        frames=study.frames_of_poses,
        labels=layout.LABELS,
    output:
        picture=report(
            "results/figures/{dataset}_poses.png",
            category="Poses",
            caption="../report/poses.rst",
            labels={"dataset": "{dataset}", "what": "picture"},
        ),
        dark="results/figures/{dataset}_poses_dark.png",
    log:
        "results/logs/draw_poses/{dataset}.log",
    benchmark:
        "results/benchmarks/draw_poses/{dataset}.tsv"
    localrule: True
    conda:
        "../../envs/tracking.yaml"
    params:
        code=study.code("draw_poses"),
    shell:
        "python -m la2ds draw_poses"
        " --videos {input.videos:q} --labels {input.labels:q} --keypoints {input.keypoints:q}"
        " --heatmaps {input.heatmaps:q} --frames {input.frames:q}"
        " --output {output.picture:q} --dark {output.dark:q} &> {log:q}"


rule draw_curves:
    """Draw the training curves of a table's methods."""
    input:
        histories=study.histories_of_table,
    output:
        picture=report(
            "results/figures/{table}_{dataset}_curves.png",
            category="Figures",
            caption="../report/curves.rst",
            labels={"table": "{table}", "dataset": "{dataset}", "what": "curves"},
        ),
        dark="results/figures/{table}_{dataset}_curves_dark.png",
    log:
        "results/logs/draw_curves/{table}_{dataset}.log",
    benchmark:
        "results/benchmarks/draw_curves/{table}_{dataset}.tsv"
    localrule: True
    conda:
        "../../envs/tracking.yaml"
    params:
        code=study.code("draw_curves"),
        labels=study.table_labels,
        order=study.order_of_colours,
    shell:
        "python -m la2ds draw_curves"
        " --methods-dir config/methods --order {params.order:q} --histories {input.histories:q}"
        " --output {output.picture:q} --dark {output.dark:q} &> {log:q}"


rule draw_alignment:
    """Draw how methods align two videos of each action."""
    input:
        videos=ancient(study.videos_of),
        labels=layout.LABELS,
        embeddings=study.aligned_embeddings,
    output:
        picture=report(
            "results/figures/{table}_{dataset}_alignment.png",
            category="Figures",
            caption="../report/alignment.rst",
            labels={"table": "{table}", "dataset": "{dataset}", "what": "alignment"},
        ),
        dark="results/figures/{table}_{dataset}_alignment_dark.png",
    log:
        "results/logs/draw_alignment/{table}_{dataset}.log",
    benchmark:
        "results/benchmarks/draw_alignment/{table}_{dataset}.tsv"
    localrule: True
    conda:
        "../../envs/tracking.yaml"
    params:
        code=study.code("draw_alignment"),
        labels=study.table_labels,
        reference=study.table_reference,
    shell:
        "python -m la2ds draw_alignment"
        " --videos {input.videos:q} --labels {input.labels:q} --methods-dir config/methods"
        " --embeddings {input.embeddings:q} --reference {params.reference:q}"
        " --output {output.picture:q} --dark {output.dark:q} &> {log:q}"


rule draw_gains:
    """Draw what methods add to the table's reference."""
    input:
        table=study.table_csv,
    output:
        picture=report(
            "results/figures/{table}_{dataset}_gains.png",
            category="Figures",
            caption="../report/gains.rst",
            labels={"table": "{table}", "dataset": "{dataset}", "what": "gains"},
        ),
        dark="results/figures/{table}_{dataset}_gains_dark.png",
    log:
        "results/logs/draw_gains/{table}_{dataset}.log",
    benchmark:
        "results/benchmarks/draw_gains/{table}_{dataset}.tsv"
    localrule: True
    conda:
        "../../envs/tracking.yaml"
    params:
        code=study.code("draw_gains"),
    shell:
        "python -m la2ds draw_gains --table {input.table:q}"
        " --output {output.picture:q} --dark {output.dark:q} &> {log:q}"


rule draw_confusion:
    """Draw which phases are mistaken for each other."""
    input:
        videos=ancient(study.videos_of),
        labels=layout.LABELS,
        embeddings=study.shown_embeddings,
        protocol=study.protocol_of_table,
    output:
        picture=report(
            "results/figures/{table}_{dataset}_confusion.png",
            category="Figures",
            caption="../report/confusion.rst",
            labels={"table": "{table}", "dataset": "{dataset}", "what": "confusion"},
        ),
        dark="results/figures/{table}_{dataset}_confusion_dark.png",
    log:
        "results/logs/draw_confusion/{table}_{dataset}.log",
    benchmark:
        "results/benchmarks/draw_confusion/{table}_{dataset}.tsv"
    localrule: True
    conda:
        "../../envs/tracking.yaml"
    params:
        code=study.code("draw_confusion"),
        labels=study.table_labels,
    shell:
        "python -m la2ds draw_confusion"
        " --videos {input.videos:q} --labels {input.labels:q} --methods-dir config/methods"
        " --embeddings {input.embeddings:q} --protocol {input.protocol:q}"
        " --output {output.picture:q} --dark {output.dark:q} &> {log:q}"


rule draw_map:
    """Draw embeddings of validation frames on a plane."""
    input:
        videos=ancient(study.videos_of),
        labels=layout.LABELS,
        embeddings=study.shown_embeddings,
    output:
        picture=report(
            "results/figures/{table}_{dataset}_map.png",
            category="Figures",
            caption="../report/map.rst",
            labels={"table": "{table}", "dataset": "{dataset}", "what": "map"},
        ),
        dark="results/figures/{table}_{dataset}_map_dark.png",
    log:
        "results/logs/draw_map/{table}_{dataset}.log",
    benchmark:
        "results/benchmarks/draw_map/{table}_{dataset}.tsv"
    localrule: True
    conda:
        "../../envs/tracking.yaml"
    params:
        code=study.code("draw_map"),
        labels=study.table_labels,
    shell:
        "python -m la2ds draw_map"
        " --videos {input.videos:q} --labels {input.labels:q} --methods-dir config/methods"
        " --embeddings {input.embeddings:q}"
        " --output {output.picture:q} --dark {output.dark:q} &> {log:q}"


rule draw_gallery:
    """Draw a frame of each action and its nearest frames in other videos."""
    input:
        videos=ancient(study.videos_of),
        keypoints=study.keypoints_of_clips,
        frames=study.frames_of_clips,
        labels=layout.LABELS,
        embeddings=study.shown_embeddings,
    output:
        picture=report(
            "results/figures/{table}_{dataset}_gallery.png",
            category="Figures",
            caption="../report/gallery.rst",
            labels={"table": "{table}", "dataset": "{dataset}", "what": "gallery"},
        ),
        dark="results/figures/{table}_{dataset}_gallery_dark.png",
    log:
        "results/logs/draw_gallery/{table}_{dataset}.log",
    benchmark:
        "results/benchmarks/draw_gallery/{table}_{dataset}.tsv"
    localrule: True
    conda:
        "../../envs/tracking.yaml"
    params:
        code=study.code("draw_gallery"),
        labels=study.table_labels,
    shell:
        "python -m la2ds draw_gallery"
        " --videos {input.videos:q} --labels {input.labels:q} --methods-dir config/methods"
        " --embeddings {input.embeddings:q} --keypoints {input.keypoints:q} --frames {input.frames:q}"
        " --output {output.picture:q} --dark {output.dark:q} &> {log:q}"


rule draw_clips:
    """Put two clips of each action under one slider, brought into step."""
    input:
        videos=ancient(study.videos_of),
        keypoints=study.keypoints_of_clips,
        frames=study.frames_of_clips,
        labels=layout.LABELS,
        embeddings=study.shown_embeddings,
    output:
        report(
            "results/figures/{table}_{dataset}_clips.html",
            category="Figures",
            caption="../report/clips.rst",
            labels={"table": "{table}", "dataset": "{dataset}", "what": "clips"},
        ),
    log:
        "results/logs/draw_clips/{table}_{dataset}.log",
    benchmark:
        "results/benchmarks/draw_clips/{table}_{dataset}.tsv"
    localrule: True
    conda:
        "../../envs/tracking.yaml"
    params:
        code=study.code("draw_clips"),
        labels=study.table_labels,
    shell:
        "python -m la2ds draw_clips"
        " --videos {input.videos:q} --labels {input.labels:q} --methods-dir config/methods"
        " --embeddings {input.embeddings:q} --keypoints {input.keypoints:q} --frames {input.frames:q}"
        " --output {output:q} &> {log:q}"
