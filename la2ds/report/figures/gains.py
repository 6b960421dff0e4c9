"""What each method adds to the clock: ``python -m la2ds draw_gains``."""

import argparse
import logging
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from la2ds.errors import InputError
from la2ds.report.figures.style import BETTER, GREY, GRID, INK, WORSE, add_outputs, panels, save
from la2ds.report.tables.cells import MEAN

log = logging.getLogger(__name__)
COLUMNS = (
    ("phase_accuracy", "labels=0.1/classifier=svc_rbf"),
    ("phase_accuracy", "labels=1.0/classifier=svc_rbf"),
    ("retrieval", "k=5/average=frames"),
    ("alignment_error", "unit=fraction"),
)
SHARES = {"phase_accuracy", "retrieval"}
NEEDED = {"action", "method", "label", "metric", "variant", "column", "gain"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--table", type=Path, required=True, help="CSV of the verb `table`")
    add_outputs(parser)


def main(args: argparse.Namespace) -> None:
    """Draw one panel per column of the table."""
    table = read_table(args.table)
    save(draw(table), args.output, args.dark)
    log.info("%s: %d methods", args.output, table.method.nunique())


def read_table(path: Path) -> pd.DataFrame:
    """Read a table's CSV.

    Raises:
        InputError: if it is missing, lacks a column or has no rows.
    """
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(path, expected="a table (CSV)", found=str(error).splitlines()[0]) from error
    missing = sorted(NEEDED - set(table.columns))
    if missing or table.empty:
        raise InputError(path, expected="a table (CSV)", found=f"no {', '.join(missing) or 'rows'}")
    return table


def shown_columns(table: pd.DataFrame) -> list[tuple[str, str, str]]:
    """List (metric, variant, heading) of ``COLUMNS`` as far as the table has them, else of its first four."""
    found = table[["metric", "variant", "column"]].drop_duplicates().itertuples(index=False, name=None)
    columns = [(str(m), str(v), str(c)) for m, v, c in found]
    headlines = [c for c in columns if c[:2] in COLUMNS]
    return headlines or columns[:4]


def draw(table: pd.DataFrame) -> Figure:
    """Draw gains: a dot for the mean over actions, ticks for the actions, a line for the clock.

    Shares are told in points of percent, other metrics in their own unit.
    """
    reference, others = split_reference(table)
    columns = shown_columns(table)
    figure, axes = panels(len(columns), width=2.9, height=0.9 + 0.34 * len(others))
    for axis, (metric, variant, heading) in zip(axes, columns, strict=True):
        rows = table[(table.metric == metric) & (table.variant == variant)]
        scale, digits = (100, 1) if metric in SHARES or variant.endswith("unit=fraction") else (1, 3)
        _panel(axis, rows, others, scale=scale, digits=digits if rows.gain.abs().max() < 10 else 0)
        axis.set_title(heading, fontsize=10, loc="left", color=INK)
    for n, axis in enumerate(axes):
        first = n % 4 == 0
        axis.set_yticks(range(len(others)), list(others.values()) if first else [], color=INK, fontsize=9)
        axis.tick_params(axis="y", length=0)
    reading = f"gain over {reference}, of percentages in points; right is better; dot: mean, ticks: single actions"
    figure.supxlabel(reading, fontsize=9, color=GREY)
    return figure


def split_reference(table: pd.DataFrame) -> tuple[str, dict[str, str]]:
    """Give the reference's label, and method -> label of the others from the bottom row up."""
    labels = dict(table[["method", "label"]].drop_duplicates().itertuples(index=False, name=None))
    # The reference is the one row without any gain over itself.
    with_gain = set(table[table.gain.notna()].method)
    reference = [str(label) for method, label in labels.items() if method not in with_gain]
    others = {str(m): str(label) for m, label in reversed(labels.items()) if m in with_gain}
    return (reference[0] if len(reference) == 1 else "the reference"), others


def _panel(axis: Axes, rows: pd.DataFrame, methods: dict[str, str], *, scale: float, digits: int) -> None:
    for place, method in enumerate(methods):
        rows_of_method = rows[(rows.method == method) & rows.gain.notna()]
        single = rows_of_method[rows_of_method.action != MEAN].gain * scale
        axis.plot(single, [place] * len(single), "|", color=GREY, markersize=9, alpha=0.8)
        for mean in rows_of_method[rows_of_method.action == MEAN].gain * scale:
            printed = round(mean, digits) + 0.0  # as in the table, where -0.04 is +0.0
            colour = BETTER if printed >= 0 else WORSE
            axis.hlines(place, 0, mean, color=colour, linewidth=2, alpha=0.5)
            axis.plot(mean, place, "o", color=colour, markersize=7)
            # The halo keeps numbers readable where they stand on the clock's line.
            halo = [withStroke(linewidth=3, foreground="white")]
            told = f"{printed:+.{digits}f}"
            number = axis.annotate(told, (mean, place), (0, 6), textcoords="offset points", fontsize=8)
            number.set(ha="center", path_effects=halo)
    axis.axvline(0, color=INK, linewidth=1)
    axis.set_ylim(-0.6, max(len(methods), 1) - 0.3)
    axis.margins(x=0.15)
    axis.grid(axis="x", color=GRID)
    axis.spines["left"].set_visible(False)
