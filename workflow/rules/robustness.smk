"""Robustness: methods scored on validation keypoints that are missing or noisy, without training them again.

INPUT    results/{dataset}/videos.csv, labels.parquet, keypoint shards of the action, config/protocols/robustness.yaml
         results/{dataset}/train/{method}/{action}/seed{seed}/model.safetensors, unless the method is a formula
OUTPUT   results/{dataset}/robustness/{method}/{action}/seed{seed}.csv, seed{seed}.units.parquet
         results/figures/{table}_{dataset}_robustness.png, and its numbers, results/tables/{table}_{dataset}_robustness.csv
"""


rule damage_keypoints:
    input:
        method=ancient(method_inputs),
        videos=ancient(indexed_videos),
        labels=ancient("results/{dataset}/labels.parquet"),
        keypoints=keypoints_damaged,
        weights=weights_embedded,
        protocol="config/protocols/robustness.yaml",
        code=code(
            "evaluation/robustness.py",
            "evaluation/corruption.py",
            "formats/unit_tables.py",
            "formats/units.py",
            "evaluation/metrics/*.py",
        ),
    output:
        metrics="results/{dataset}/robustness/{method}/{action}/seed{seed}.csv",
        units="results/{dataset}/robustness/{method}/{action}/seed{seed}.units.parquet",
    log:
        "results/logs/damage_keypoints/{dataset}/{method}/{action}/seed{seed}.log",
    benchmark:
        "results/benchmarks/damage_keypoints/{dataset}/{method}/{action}/seed{seed}.tsv"
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
        phases=labels_of_action,
        weights=lambda wildcards, input: (
            ["--weights", *input.weights] if input.weights else []
        ),
    shell:
        "python -m la2ds robustness"
        " --method config/methods/{wildcards.method}.yaml --seed {wildcards.seed} --action {wildcards.action}"
        " --device {resources.device} --videos {input.videos:q} --labels {input.labels:q}"
        " --keypoints {input.keypoints:q} {params.weights:q} --protocol {input.protocol:q}"
        " --output {output.metrics:q} --units {output.units:q} &> {log:q}"


rule draw_robustness:
    input:
        scores=robustness_of_table,
        code=code("report/figures/robustness.py", "report/figures/style.py", "report/figures/dark.py"),
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
        labels=table_labels,
        reference=table_reference,
        order=order_of_colours,
    shell:
        "python -m la2ds draw_robustness"
        " --inputs {input.scores:q} --methods-dir config/methods --reference {params.reference:q}"
        " --order {params.order:q} --csv {output.csv:q} --output {output.picture:q} --dark {output.dark:q} &> {log:q}"
