"""Gather the metrics of all methods, actions and seeds into the CSV of one task: ``python -m la2ds collect``.

In: metrics files named ``results/{dataset}/metrics/{protocol}/{method}/{action}/seed{seed}.csv``, and those of damaged
keypoints, ``results/{dataset}/robustness/{method}/{action}/seed{seed}.csv``, whose variants then begin with the damage
(``missing=0.1/labels=1.0/classifier=svc_rbf``). Out: one long CSV. Numbers are copied as text, so none is rounded on
the way.
"""

import argparse
import csv
import logging
from collections.abc import Iterable
from pathlib import Path

from la2ds.config import TASKS
from la2ds.errors import InputError
from la2ds.formats.files.parquet import read_metadata, require_entry
from la2ds.formats.files.storage import atomic_path
from la2ds.formats.labels import LABELS_SCHEMA
from la2ds.formats.layout import parse_metrics
from la2ds.formats.results.metrics import KEYS, TASK_COLUMNS, read_metrics

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("--task", required=True, choices=list(TASKS.values()), help="whose metrics are gathered")
    parser.add_argument(
        "--metrics",
        nargs="+",
        required=True,
        help=".../{dataset}/metrics/{protocol}/{method}/{action}/seed{seed}.csv; @FILE reads such paths from its lines",
    )
    parser.add_argument("--labels", type=Path, required=True, help="labels.parquet, for the source of the labels")
    parser.add_argument("--output", type=Path, required=True, help="CSV of the task to write")


def main(args: argparse.Namespace) -> None:
    """Read every metrics file and write the rows of one task; without any (its metric is off), a header only."""
    paths = expand(args.metrics)
    rows = [row for row in gather(paths, args.labels) if TASKS[row["metric"]] == args.task]
    write_task(args.output, rows)
    log.info("%s: %d rows of %d metrics files", args.output, len(rows), len(paths))


def gather(paths: Iterable[str], labels: Path) -> list[dict[str, str]]:
    """Read metrics files, each once and in the order of their keys.

    Args:
        paths: the files, called as results are.
        labels: labels.parquet, for the source of the labels.

    Returns:
        their rows as text, with ``TASK_COLUMNS``.

    Raises:
        InputError: if a file is missing, called otherwise, or none.
    """
    source = require_entry(labels, read_metadata(labels, schema=LABELS_SCHEMA), "label_source")
    named = sorted({path: parse_metrics(path) for path in paths}.items(), key=lambda pair: _order(pair[1]))
    return [{**keys, **row, "label_source": source} for path, keys in named for row in read_metrics(path)]


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
    """Write a task's CSV."""
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, TASK_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _order(keys: dict[str, str]) -> tuple[str | int, ...]:
    return (*(keys[k] for k in KEYS[:-1]), int(keys["seed"]))
