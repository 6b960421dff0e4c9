"""Training curves, one panel per action: ``python -m la2ds draw_curves``."""

import argparse
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from la2ds.config import load_method
from la2ds.errors import InputError
from la2ds.formats import layout
from la2ds.report.figures.style import (
    GREY,
    GRID,
    add_outputs,
    colours,
    in_order,
    lines_of,
    nothing,
    panels,
    save,
    strokes,
    title,
)

log = logging.getLogger(__name__)
Curves = dict[str, dict[str, list[np.ndarray]]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--methods-dir", type=Path, required=True, help="folder of the method files")
    parser.add_argument("--histories", nargs="*", default=[], help=".../train/{method}/{action}/seed{seed}/history.csv")
    parser.add_argument("--order", nargs="*", default=[], help="methods in the order of the table's other pictures")
    add_outputs(parser)


def main(args: argparse.Namespace) -> None:
    """Draw the loss of every run."""
    curves = read_curves(args.histories)
    methods = in_order(sorted({method for of_action in curves.values() for method in of_action}), args.order)
    labels = {method: load_method(args.methods_dir / f"{method}.yaml").label for method in methods}
    save(draw(curves, labels, order=args.order), args.output, args.dark)
    log.info("%s: %d histories", args.output, len(args.histories))


def read_curves(paths: Iterable[str]) -> Curves:
    """Read losses: action -> method -> one (S, 2) array of step and loss per seed.

    Raises:
        InputError: if a path is not a run's, or a file has no columns step and loss.
    """
    curves: Curves = defaultdict(lambda: defaultdict(list))
    for path in paths:
        run = layout.parse(path, layout.HISTORY)
        try:
            history = pd.read_csv(path)[["step", "loss"]].to_numpy(np.float64)
        except (OSError, KeyError, ValueError) as error:
            raise InputError(path, expected="columns step and loss", found=str(error).splitlines()[0]) from error
        # A network left untrained has a history without steps.
        if len(history):
            curves[run["action"]][run["method"]].append(history)
    return curves


def draw(curves: Curves, labels: dict[str, str], *, order: Sequence[str] = ()) -> Figure:
    """Draw each run's loss faintly and its running mean strongly, on a logarithmic axis.

    Args:
        curves: what ``read_curves`` gives.
        labels: method -> its name in print.
        order: methods, drawn or not, in the order in which they get their colours.
    """
    if not curves:
        return nothing("No method of this table is trained.")
    figure, axes = panels(len(curves))
    every = [*order, *(method for method in labels if method not in order)]
    colour, stroke = colours(every), strokes(every)
    for axis, (action, of_method) in zip(axes, sorted(curves.items()), strict=True):
        for method, runs in of_method.items():
            for history in runs:
                step, loss = history.T
                axis.plot(step, loss, color=colour[method], alpha=0.2, linewidth=0.7)
                axis.plot(step, running_mean(loss), color=colour[method], linestyle=stroke[method], linewidth=1.8)
        axis.set_title(title(action), fontsize=10, loc="left")
        axis.set_yscale("log")
        axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.yaxis.set_major_formatter("{x:g}")
        axis.yaxis.set_minor_formatter(NullFormatter())
        axis.grid(axis="y", color=GRID)
        axis.set_xlabel("step", fontsize=8, color=GREY)
    axes[0].set_ylabel("training loss", fontsize=8, color=GREY)
    figure.legend(
        handles=lines_of(labels, colour, stroke), loc="outside lower center", ncols=4, fontsize=8, frameon=False
    )
    return figure


def running_mean(values: np.ndarray) -> np.ndarray:
    """Average over a tenth of the run around each step; at the ends over what there is of it."""
    width = max(len(values) // 10, 1)
    kernel = np.ones(width)
    counts = np.convolve(np.ones(len(values)), kernel, "same")
    return np.asarray(np.convolve(values, kernel, "same") / counts)
