"""The look all pictures share: colours that colour-blind people tell apart, quiet axes, and writing a PNG."""

import math
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from la2ds.storage import atomic_path

# Okabe & Ito (2008). Grey is kept for the reference.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
GREY = "#6b7280"
FAINT = "#d1d5db"
INK = "#1f2937"
BETTER, WORSE = PALETTE[0], PALETTE[1]


def colours(names: Sequence[str], *, reference: str = "") -> dict[str, str]:
    """Give each name a colour; the reference is grey, and a seventh name starts the palette again."""
    others = [name for name in names if name != reference]
    chosen = {name: PALETTE[n % len(PALETTE)] for n, name in enumerate(others)}
    return chosen | ({reference: GREY} if reference in names else {})


def title(text: str) -> str:
    """Write a name such as ``side_lunge`` for people."""
    return text.replace("_", " ")


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


def save(figure: Figure, path: str | Path, *, dpi: int = 130) -> None:
    """Write a PNG that says nothing about when and by what it was made, so that equal results are equal files."""
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=dpi, facecolor="white", metadata={"Software": None})
