"""The look all pictures share: colours that colour-blind people tell apart, quiet axes, and writing a PNG.

Pictures are drawn once, for a light page; ``la2ds.report.figures.dark`` gives the same picture to a dark one.
"""

import argparse
import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib import colormaps, rcParams
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from la2ds.formats.files.storage import atomic_path
from la2ds.report.figures.dark import GROUND, darken

# Names of people's files are shown as they are: a $ in one is no formula.
rcParams["text.parse_math"] = False

# Okabe & Ito (2008). Grey is kept for the reference.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
GREY = "#6b7280"
FAINT = "#d1d5db"
GRID = "#eef0f3"
INK = "#1f2937"
BETTER, WORSE = PALETTE[0], PALETTE[1]


def colours(names: Sequence[str], *, reference: str = "") -> dict[str, str]:
    """Give each name a colour; the reference is grey, and a seventh name starts the palette again."""
    others = [name for name in names if name != reference]
    chosen = {name: PALETTE[n % len(PALETTE)] for n, name in enumerate(others)}
    return chosen | ({reference: GREY} if reference in names else {})


def strokes(names: Sequence[str], *, reference: str = "") -> dict[str, Any]:
    """Give each name a kind of line: full ones, then dashes where ``colours`` starts its palette again."""
    others = [name for name in names if name != reference]
    chosen: dict[str, Any] = {name: "-" if n < len(PALETTE) else (0, (4, 1.5)) for n, name in enumerate(others)}
    return chosen | ({reference: "--"} if reference in names else {})


def lines_of(labels: Mapping[str, str], colour: Mapping[str, str], stroke: Mapping[str, Any]) -> list[Line2D]:
    """Give a legend's lines, handed to it one by one: it would leave out labels that begin with an underscore."""
    return [Line2D([], [], color=colour[m], linestyle=stroke[m], linewidth=2, label=name) for m, name in labels.items()]


def in_order(names: Iterable[str], order: Sequence[str]) -> list[str]:
    """Put those of ``names`` first that stand in ``order``, in its order; the others follow as they come."""
    found = list(names)
    return [n for n in order if n in found] + [n for n in found if n not in order]


def title(text: str) -> str:
    """Write a name such as ``side_lunge`` for people."""
    return text.replace("_", " ")


def wrapped(text: str, width: int, *, lines: int = 2) -> str:
    """Break words into a few lines of so many letters; what does not fit ends in an ellipsis."""
    return "\n".join(textwrap.wrap(text, width, max_lines=lines, placeholder=" …"))


def panels(count: int, *, width: float = 3.3, height: float = 3.0, most: int = 4) -> tuple[Figure, list[Axes]]:
    """Lay out small multiples in rows of equal length, ``most`` in a row at most; sizes in inches."""
    rows = math.ceil(count / most)
    columns = math.ceil(count / rows)
    # A row of narrow panels must still have room for the legend below it.
    figure = Figure(figsize=(max(width * columns, 6.0), height * rows + 0.7), layout="constrained")
    axes = [figure.add_subplot(rows, columns, n + 1) for n in range(count)]
    for axis in axes:
        quiet(axis)
    return figure, axes


def quiet(axis: Axes) -> None:
    """Take the frame away and make ticks small."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color(FAINT)
    axis.tick_params(which="both", colors=GREY, labelsize=8, length=3)
    axis.set_axisbelow(True)


def phase_colours(count: int) -> list[str]:
    """Give phases 0, 1, ... colours from dark to light: they follow each other in time, and so do the colours.

    The ends of the map are left out, for they vanish on a dark or on a light ground.
    """
    spread = colormaps["viridis"]
    return [to_hex(spread(0.27 + 0.63 * n / max(count - 1, 1))) for n in range(count)]


def nothing(text: str) -> Figure:
    """Say in a picture why there is none."""
    figure = Figure(figsize=(6.0, 0.8))
    figure.text(0.02, 0.5, text, color=GREY, fontsize=10, va="center")
    return figure


def add_outputs(parser: argparse.ArgumentParser) -> None:
    """Declare where a picture goes."""
    parser.add_argument("--output", type=Path, required=True, help="PNG to write")
    parser.add_argument("--dark", type=Path, help="the same for dark pages")


def save(figure: Figure, path: str | Path, dark: str | Path | None = None, *, dpi: int = 130) -> None:
    """Write a PNG that says nothing about when and by what it was made, so that equal results are equal files.

    Args:
        figure: the picture; with ``dark``, its colours are changed.
        path: PNG for light pages.
        dark: PNG for dark pages, or None.
        dpi: pixels per inch.
    """
    _write(figure, path, ground="white", dpi=dpi)
    if dark is not None:
        darken(figure)
        _write(figure, dark, ground=GROUND, dpi=dpi)


def _write(figure: Figure, path: str | Path, *, ground: str, dpi: int) -> None:
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=dpi, facecolor=ground, metadata={"Software": None})
