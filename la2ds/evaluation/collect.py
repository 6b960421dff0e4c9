"""Gather the metrics of all methods, actions and seeds into one CSV per task: ``python -m la2ds collect``.

In: metrics files named ``results/{dataset}/metrics/{protocol}/{method}/{action}/seed{seed}.csv``, and those of damaged
keypoints, ``results/{dataset}/robustness/{method}/{action}/seed{seed}.csv``, whose variants then begin with the damage
(``missing=0.1/labels=1.0/classifier=svc_rbf``). Out: one long CSV per task of ``TASKS`` in the output folder. Numbers
are copied as text, so none is rounded on the way.
"""

import argparse
import csv
import logging
from collections.abc import Iterable
from pathlib import Path

from la2ds.errors import InputError
from la2ds.formats.labels import LABELS_SCHEMA
from la2ds.formats.layout import parse_path
from la2ds.formats.metrics import KEYS, TASK_COLUMNS, TASKS, read_metrics
from la2ds.formats.storage import atomic_path, read_metadata

log = logging.getLogger(__name__)


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


def write_task(path: Path, rows: list[dict[str, str]]) -> None:
    """Write a task's CSV; a task without rows (its metric is off in the protocol) is a header only."""
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, TASK_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _order(keys: dict[str, str]) -> tuple[str | int, ...]:
    return (*(keys[k] for k in KEYS[:-1]), int(keys["seed"]))
