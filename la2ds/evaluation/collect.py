"""Gather the metrics of all methods, actions and seeds into one CSV per task: ``python -m la2ds collect``.

In: metrics files named ``results/{dataset}/metrics/{protocol}/{method}/{action}/seed{seed}.csv``, and those of damaged
keypoints, ``results/{dataset}/robustness/{method}/{action}/seed{seed}.csv``, whose variants then begin with the damage
(``missing=0.1/labels=1.0/classifier=svc_rbf``). Out: one long CSV per task of ``TASKS`` in the output folder. Numbers
are copied as text, so none is rounded on the way.
"""

import argparse
import csv
import logging
import re
from collections.abc import Iterable
from pathlib import Path

from la2ds.config import DAMAGED
from la2ds.errors import InputError
from la2ds.formats.columns import LABELS_SCHEMA
from la2ds.formats.storage import atomic_path, read_metadata

log = logging.getLogger(__name__)

# metric -> file; videos.csv is the dataset's own table, so the counts of videos go to evaluated.csv
TASKS = {
    "phase_accuracy": "phase_classification.csv",
    "phase_progression": "phase_progression.csv",
    "kendall_tau": "kendall_tau.csv",
    "retrieval": "retrieval.csv",
    "alignment_error": "alignment.csv",
    "videos": "evaluated.csv",
}
# Of a metrics file, and what stands before them where keypoints were damaged.
COLUMNS = ["metric", "variant", "value", "n", "dropped", "commit"]
DAMAGE = ["corruption", "level"]
KEYS = ["dataset", "protocol", "method", "action", "seed"]
TASK_COLUMNS = [*KEYS, "metric", "variant", "value", "n", "dropped", "label_source", "commit"]
PATH = re.compile(
    rf"(?:^|/)(?P<dataset>[a-z0-9_]+)/(?:metrics/(?P<protocol>[a-z0-9_]+)|{DAMAGED})"
    r"/(?P<method>[a-z0-9_]+)/(?P<action>[a-z0-9_]+)/seed(?P<seed>[0-9]+)\.csv$"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument(
        "--metrics",
        nargs="+",
        required=True,
        help=".../{dataset}/metrics/{protocol}/{method}/{action}/seed{seed}.csv; @FILE reads such paths from its lines",
    )
    parser.add_argument("--labels", type=Path, required=True, help="labels.parquet, for the source of the labels")
    parser.add_argument("--output-dir", type=Path, required=True, help="folder of the task CSVs")


def main(args: argparse.Namespace) -> None:
    """Read every metrics file and write one CSV per task."""
    metadata = read_metadata(args.labels, schema=LABELS_SCHEMA)
    if "label_source" not in metadata:
        raise InputError(args.labels, expected="la2ds.label_source in the metadata", found="none")
    source = metadata["label_source"]
    rows: dict[str, list[dict[str, str]]] = {file: [] for file in TASKS.values()}
    paths = sorted({p: parse_path(p) for p in expand(args.metrics)}.items(), key=lambda item: _order(item[1]))
    for path, keys in paths:
        for row in read_metrics(path):
            rows[TASKS[row["metric"]]].append({**keys, **row, "label_source": source})
    for file, lines in rows.items():
        write_task(args.output_dir / file, lines)
    log.info("%s: %d metrics files in %d task CSVs", args.output_dir, len(paths), len(rows))


def expand(arguments: Iterable[str]) -> list[str]:
    """Replace each ``@FILE`` by the paths in it, since a command line cannot hold some thousands of paths.

    Raises:
        InputError: if there is no such file.
    """
    paths: list[str] = []
    for argument in arguments:
        if not argument.startswith("@"):
            paths.append(argument)
            continue
        try:
            paths += Path(argument[1:]).read_text(encoding="utf-8").split()
        except OSError as error:
            raise InputError(argument[1:], expected="a list of metrics files", found=str(error.strerror)) from error
    return paths


def parse_path(path: str) -> dict[str, str]:
    """Read dataset, protocol, method, action and seed from a path.

    Raises:
        InputError: if the path is not of the form ``{dataset}/metrics/{protocol}/{method}/{action}/seed{seed}.csv``.
    """
    match = PATH.search(Path(path).as_posix())
    if match is None:
        form = "a path ending in {dataset}/metrics/{protocol}/{method}/{action}/seed{seed}.csv"
        raise InputError(path, expected=form, found="another one")
    keys = match.groupdict()
    return keys | {"protocol": keys["protocol"] or DAMAGED}


def read_metrics(path: str | Path) -> list[dict[str, str]]:
    """Read a metrics file as text.

    Raises:
        InputError: if it is missing, has other columns, or holds a metric no task has.
    """
    try:
        with Path(path).open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            rows, columns = list(reader), list(reader.fieldnames or [])
    except OSError as error:
        raise InputError(path, expected="a metrics file", found=str(error.strerror)) from error
    if columns == [*DAMAGE, *COLUMNS]:
        rows = [_undamaged(row) for row in rows]
    elif columns != COLUMNS:
        raise InputError(path, expected=f"columns {', '.join(COLUMNS)}", found=", ".join(columns) or "an empty file")
    unknown = [r["metric"] for r in rows if r["metric"] not in TASKS]
    if unknown:
        raise InputError(path, expected=f"metrics among {', '.join(TASKS)}", found=unknown[0])
    return rows


def _undamaged(row: dict[str, str]) -> dict[str, str]:
    """Write the damage into the variant; videos are counted once for all."""
    variant = row["variant"]
    if row["metric"] != "videos":
        variant = damaged_variant(row["corruption"], float(row["level"]), variant)
    return {key: row[key] for key in COLUMNS} | {"variant": variant}


def damaged_variant(corruption: str, level: float, variant: str) -> str:
    """Name a variant of a metric at a level of damage."""
    return f"{corruption}={level:g}/{variant}"


def write_task(path: Path, rows: list[dict[str, str]]) -> None:
    """Write a task's CSV; a task without rows (its metric is off in the protocol) is a header only."""
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, TASK_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _order(keys: dict[str, str]) -> tuple[str | int, ...]:
    return (*(keys[k] for k in KEYS[:-1]), int(keys["seed"]))
