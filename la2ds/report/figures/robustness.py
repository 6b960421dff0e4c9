"""What missing and noisy keypoints cost each method: ``python -m la2ds draw_robustness``."""

import argparse
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from la2ds.config import load_method
from la2ds.errors import InputError
from la2ds.formats import layout
from la2ds.formats.files.storage import atomic_path
from la2ds.formats.results.metrics import COLUMNS, DAMAGE
from la2ds.report.figures.style import GREY, GRID, INK, add_outputs, colours, in_order, lines_of, panels, save, strokes

log = logging.getLogger(__name__)
SHOWN = {
    ("phase_accuracy", "labels=1.0/classifier=svc_rbf"): "Acc 100 %",
    ("alignment_error", "unit=fraction"): "Align. err. %",
}
AXES = {"missing": "joints taken away", "noise": "noise, share of the box"}
KEYS = ["method", "corruption", "level", "metric", "variant"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "--inputs", nargs="+", required=True, help=".../{method}/{action}/seed{seed}.csv of `robustness`"
    )
    parser.add_argument("--methods-dir", type=Path, required=True, help="folder of the method files")
    parser.add_argument("--reference", default="", help="method drawn in grey")
    parser.add_argument("--order", nargs="*", default=[], help="methods in the order of the table's other pictures")
    parser.add_argument("--csv", type=Path, required=True, help="means to write")
    add_outputs(parser)


def main(args: argparse.Namespace) -> None:
    """Average over actions and seeds, write the numbers, draw two of the metrics."""
    table = average(read_levels(args.inputs))
    with atomic_path(args.csv) as temporary:
        table.to_csv(temporary, index=False, na_rep="nan")
    methods = in_order(
        dict.fromkeys(layout.parse(path, layout.RUN_METRICS)["method"] for path in args.inputs), args.order
    )
    labels = {method: load_method(args.methods_dir / f"{method}.yaml").label for method in methods}
    save(draw(table, labels, reference=args.reference, order=args.order), args.output, args.dark)
    log.info("%s: %d methods", args.output, len(labels))


def read_levels(paths: Iterable[str]) -> pd.DataFrame:
    """Read the files of the verb ``robustness``, with the method, action and seed of their paths.

    Raises:
        InputError: if a file is missing or has other columns.
    """
    parts = []
    for path in paths:
        run = layout.parse(path, layout.RUN_METRICS)
        try:
            part = pd.read_csv(path)
        except (OSError, ValueError) as error:
            raise InputError(path, expected="scores of damaged keypoints (CSV)", found=str(error)) from error
        expected, found = [*DAMAGE, *COLUMNS], [str(column) for column in part.columns]
        if found != expected:
            raise InputError(path, expected=f"columns {', '.join(expected)}", found=", ".join(found))
        parts.append(part.assign(method=run["method"], action=run["action"], seed=int(run["seed"])))
    return pd.concat(parts, ignore_index=True)


def average(scores: pd.DataFrame) -> pd.DataFrame:
    """Average over actions, then over seeds; a value that one action lacks makes the mean of its seed undefined.

    Returns:
        columns ``KEYS``, value, spread (sample standard deviation over seeds; NaN for one), seeds, actions.
    """
    seeds = scores.groupby([*KEYS, "seed"], sort=False).agg(
        value=("value", lambda values: values.mean(skipna=False)), actions=("action", "nunique")
    )
    means = seeds.reset_index().groupby(KEYS, sort=False)
    return means.agg(
        value=("value", lambda values: values.mean(skipna=False)),
        spread=("value", "std"),
        seeds=("seed", "nunique"),
        actions=("actions", "min"),
    ).reset_index()


def draw(table: pd.DataFrame, labels: dict[str, str], *, reference: str, order: Sequence[str] = ()) -> Figure:
    """Draw one panel per kind of damage and metric, a line per method, colours given in the order of ``order``."""
    every = [*order, *(method for method in labels if method not in order)]
    colour, stroke = colours(every, reference=reference), strokes(every, reference=reference)
    curves = [(kind, key) for key in SHOWN for kind in AXES if kind in set(table.corruption)]
    figure, axes = panels(len(curves), width=3.4, height=2.9, most=2)
    for axis, (kind, (metric, variant)) in zip(axes, curves, strict=True):
        rows = table[(table.corruption == kind) & (table.metric == metric) & (table.variant == variant)]
        _panel(axis, rows, list(labels), colour, stroke)
        axis.set_title(SHOWN[metric, variant], fontsize=10, loc="left", color=INK)
        axis.set_xlabel(AXES[kind], fontsize=8, color=GREY)
    figure.legend(
        handles=lines_of(labels, colour, stroke), loc="outside lower center", ncols=3, fontsize=8, frameon=False
    )
    return figure


def _panel(axis: Axes, rows: pd.DataFrame, methods: list[str], colour: dict[str, str], stroke: dict[str, Any]) -> None:
    for method in methods:
        rows_of_method = rows[rows.method == method].sort_values("level")
        look = {"color": colour[method], "linestyle": stroke[method], "linewidth": 1.8}
        axis.plot(rows_of_method.level, rows_of_method.value * 100, marker="o", markersize=3.5, **look)
    axis.grid(axis="y", color=GRID)
