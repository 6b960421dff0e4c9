"""Writes a study of minutes into a copy of the repository: `python study.py COPY`.

One action of the demo with few clips, a control, and a network of few steps that is trained with three seeds.
"""

import sys
from pathlib import Path

import yaml

STEPS, CHECKPOINT_EVERY, SEEDS = 120, 10, 3
MEMORY = 1500  # MB that a group of scores asks for at its first attempt
METHOD = {
    "base": "la2ds",
    "label": "Brief",
    "encoder": {"dim": 32, "heads": 2, "spatial_dim": 16, "temporal_layers": 1, "projection": 16},
    "optimiser": {"steps": STEPS, "batch": 4, "warmup": 5, "checkpoint_every": CHECKPOINT_EVERY},
}
DATASET = {"actions": ["squat"], "pose": "annotations", "shard_size": 20, "options": {"train": 6, "val": 4, "seed": 0}}
# At the end of the profile stands `set-resources`.
RESOURCES = "".join(f"  {rule}: {{mem_mb: attempt * {MEMORY}}}\n" for rule in ("embed_method", "evaluate_embeddings"))


def write(copy: Path) -> None:
    """Add a method and a table, make config.yaml ask for them, and the profile for little memory."""
    table = yaml.safe_load((copy / "config/tables/main.yaml").read_text())
    table = table | {"title": "Cluster", "methods": ["time", "brief"], "seeds": SEEDS, "shown": [], "notes": []}
    config = yaml.safe_load((copy / "config/config.yaml").read_text())
    config |= {"tables": ["cluster"], "overrides": {"demo": DATASET}}
    for name, content in {"methods/brief": METHOD, "tables/cluster": table, "config": config}.items():
        (copy / f"config/{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    with (copy / "profiles/slurm/config.yaml").open("a") as file:
        file.write(RESOURCES)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
