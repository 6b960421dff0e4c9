"""Fetching: a dataset's native files, downloaded where that needs no person, or what a person has to do.

INPUT    nothing; `snakemake fetch_penn` and the others are asked for by name, and belong to no study
OUTPUT   the native files below the dataset's root
"""


rule fetch_penn:
    """Download Penn Action, or say how to get it."""
    log:
        "results/logs/fetch/penn.log",
    # Compute nodes often reach no network.
    localrule: True
    conda:
        "../../envs/la2ds.yaml"
    params:
        dataset="config/datasets/penn.yaml",
        root=study.root_fetched("penn"),
    shell:
        # Progress and instructions are for the person who asked.
        "python -m la2ds fetch --dataset {params.dataset:q} --root {params.root:q} 2>&1 | tee {log:q}"


use rule fetch_penn as fetch_ikea with:
    log:
        "results/logs/fetch/ikea.log",
    params:
        dataset="config/datasets/ikea.yaml",
        root=study.root_fetched("ikea"),


use rule fetch_penn as fetch_h2o with:
    log:
        "results/logs/fetch/h2o.log",
    params:
        dataset="config/datasets/h2o.yaml",
        root=study.root_fetched("h2o"),


use rule fetch_penn as fetch_uiprmd with:
    log:
        "results/logs/fetch/uiprmd.log",
    params:
        dataset="config/datasets/uiprmd.yaml",
        root=study.root_fetched("uiprmd"),
