"""Where results lie: every path below ``results/`` is written here once, for rules and for readers.

A pattern names its wildcards in braces, as Snakemake does. Only the standard library is imported, so that planning
stays quick.
"""

import re
from pathlib import Path

from la2ds.config import DAMAGED
from la2ds.errors import InputError

RESULTS = "results"
DATASET = f"{RESULTS}/{{dataset}}"
# One method on one action with one seed: what trainings, embeddings and metrics are named after.
ONE_RUN = "{method}/{action}/seed{seed}"
# A metrics file of whichever protocol, wherever it was put.
RUN_METRICS = f"{ONE_RUN}.csv"

SETTINGS = f"{DATASET}/dataset.yaml"
SOURCE = f"{DATASET}/source"
VIDEOS = f"{DATASET}/videos.csv"
LABELS = f"{DATASET}/labels.parquet"
FRAMES = f"{DATASET}/frames/{{shard}}.parquet"
SHARD_QUARANTINE = f"{DATASET}/frames/{{shard}}.quarantine.csv"
QUARANTINE = f"{DATASET}/quarantine.csv"
KEYPOINTS = f"{DATASET}/keypoints/{{pose}}/{{shard}}.parquet"
KEYPOINT_QUALITY = f"{DATASET}/keypoint_quality.csv"
CHECK = f"{DATASET}/check.csv"
HEATMAPS = f"{DATASET}/heatmaps/{{pose}}/{{heatmap}}/{{shard}}.npz"
FEATURES = f"{DATASET}/rgb/{{picture_spec}}/{{shard}}.parquet"
WEIGHTS = f"{DATASET}/train/{ONE_RUN}/model.safetensors"
HISTORY = f"{DATASET}/train/{ONE_RUN}/history.csv"
RUN = f"{DATASET}/train/{ONE_RUN}/run.json"
EMBEDDINGS = f"{DATASET}/embeddings/{ONE_RUN}.parquet"
METRICS = f"{DATASET}/metrics/{{protocol}}/{ONE_RUN}.csv"
UNITS = f"{DATASET}/metrics/{{protocol}}/{ONE_RUN}.units.parquet"
DAMAGED_METRICS = f"{DATASET}/{DAMAGED}/{ONE_RUN}.csv"
DAMAGED_UNITS = f"{DATASET}/{DAMAGED}/{ONE_RUN}.units.parquet"
TASK = f"{DATASET}/{{task}}.csv"
TRACKED = f"{DATASET}/tracking_{{protocol}}.json"
TABLE = f"{RESULTS}/tables/{{name}}"
FIGURE = f"{RESULTS}/figures/{{table}}_{{dataset}}_{{kind}}"
POSES = f"{RESULTS}/figures/{{dataset}}_poses"
REPORT = f"{RESULTS}/report.html"


def path(pattern: str, **names: object) -> str:
    """Fill the wildcards of a pattern."""
    return pattern.format(**names)


def below(results: str | Path, pattern: str, **names: object) -> Path:
    """Fill the wildcards of a pattern, below another folder than ``results``."""
    return Path(results, Path(pattern.format(**names)).relative_to(RESULTS))


def find(results: str | Path, pattern: str, **names: object) -> list[Path]:
    """List the files of a pattern, sorted; wildcards that are not named may be anything."""
    anything = {name: names.get(name, "*") for name in re.findall(r"{(\w+)}", pattern)}
    place = below(".", pattern, **anything)
    return sorted(Path(results).glob(place.as_posix()))


def parse(file: str | Path, *patterns: str) -> dict[str, str]:
    """Read the wildcards of the first pattern that a path ends like; ``results/`` itself may have another name.

    Raises:
        InputError: if there is none.
    """
    for pattern in patterns:
        match = re.search(rf"(?:^|/){_expression(pattern)}$", Path(file).as_posix())
        if match is not None:
            return match.groupdict()
    raise InputError(file, expected=f"a path ending in {_ending(patterns[0])}", found="another one")


def table_name(table: str, dataset: str, about: str) -> str:
    """Name a table's files: {table} of the one dataset that it is about, else {table}_{dataset}."""
    return table if dataset == about else f"{table}_{dataset}"


def metrics_of(protocol: str) -> str:
    """Give the pattern of a protocol's metrics files: those of damaged keypoints lie in a folder of their own."""
    return DAMAGED_METRICS if protocol == DAMAGED else METRICS.replace("{protocol}", protocol)


def parse_metrics(file: str | Path) -> dict[str, str]:
    """Read dataset, protocol, method, action and seed from the path of a metrics file.

    Raises:
        InputError: if the path is not that of a metrics file.
    """
    return {"protocol": DAMAGED} | parse(file, METRICS, DAMAGED_METRICS)


def _ending(pattern: str) -> str:
    return pattern.removeprefix(f"{RESULTS}/")


def _expression(pattern: str) -> str:
    text = re.escape(_ending(pattern)).replace(r"\{", "{").replace(r"\}", "}")
    text = text.replace("{seed}", "(?P<seed>[0-9]+)")
    return re.sub(r"{(\w+)}", r"(?P<\1>[a-z0-9_]+)", text)
