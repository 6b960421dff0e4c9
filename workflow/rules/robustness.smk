"""Robustness: methods scored on validation keypoints that are missing or noisy, without training them again.

INPUT    results/{dataset}/videos.csv, labels.parquet, keypoint shards of the action, config/protocols/robustness.yaml
         results/{dataset}/train/{method}/{action}/seed{seed}/model.safetensors, unless the method is a formula
OUTPUT   results/{dataset}/robustness/{method}/{action}/seed{seed}.csv, seed{seed}.units.parquet
         results/figures/{table}_{dataset}_robustness.png, and its numbers, results/tables/{table}_{dataset}_robustness.csv
"""


rule damage_keypoints:
    """Score a method on damaged keypoints."""
    input:
        method=ancient(study.method_files),
        videos=ancient(study.videos_of),
        labels=ancient(layout.LABELS),
        keypoints=study.keypoints_damaged,
        weights=study.weights_embedded,
        protocol="config/protocols/robustness.yaml",
    output:
        metrics=layout.DAMAGED_METRICS,
        units=layout.DAMAGED_UNITS,
    log:
        "results/logs/damage_keypoints/{dataset}/{method}/{action}/seed{seed}.log",
    benchmark:
        "results/benchmarks/damage_keypoints/{dataset}/{method}/{action}/seed{seed}.tsv"
    conda:
        "../../envs/rgb.yaml"
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=120,
        device=config["device"],
    params:
        code=study.code("robustness"),
        rows=study.rows_of_action,
        settings=study.method_settings,
        phases=study.labels_of_action,
    shell:
        "python -m la2ds robustness"
        " --method config/methods/{wildcards.method}.yaml --seed {wildcards.seed} --action {wildcards.action}"
        " --device {resources.device} --videos {input.videos:q} --labels {input.labels:q}"
        " --keypoints {input.keypoints:q} --weights {input.weights:q} --protocol {input.protocol:q}"
        " --output {output.metrics:q} --units {output.units:q} &> {log:q}"


rule draw_robustness:
    """Draw what damaged keypoints cost."""
    input:
        scores=study.damaged_metrics,
    output:
        picture=report(
            "results/figures/{table}_{dataset}_robustness.png",
            category="Figures",
            caption="../report/robustness.rst",
            labels={"table": "{table}", "dataset": "{dataset}", "what": "robustness"},
        ),
        dark="results/figures/{table}_{dataset}_robustness_dark.png",
        csv="results/tables/{table}_{dataset}_robustness.csv",
    log:
        "results/logs/draw_robustness/{table}_{dataset}.log",
    benchmark:
        "results/benchmarks/draw_robustness/{table}_{dataset}.tsv"
    localrule: True
    conda:
        "../../envs/tracking.yaml"
    params:
        code=study.code("draw_robustness"),
        labels=study.table_labels,
        reference=study.table_reference,
        order=study.order_of_colours,
    shell:
        "python -m la2ds draw_robustness"
        " --inputs {input.scores:q} --methods-dir config/methods --reference {params.reference:q}"
        " --order {params.order:q} --csv {output.csv:q} --output {output.picture:q} --dark {output.dark:q} &> {log:q}"
