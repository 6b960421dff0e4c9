"""The path of a match over its table of costs, and how sure it is frame by frame."""

import numpy as np
from matplotlib.figure import Figure

from la2ds.report.figures.style import GREY, INK, PALETTE, quiet


def draw_match(
    table: np.ndarray, path: np.ndarray, confidence: np.ndarray, *, names: tuple[str, str], tolerance: float
) -> Figure:
    """Draw a table of costs, dark where frames are alike, with the path; below it the confidence.

    Args:
        table: (N, M) costs.
        path: (L, 2) matched frames.
        confidence: (N,) in [0, 1].
        names: of the first and the second clip.
        tolerance: share of the second clip within which confidence counts a match as right.
    """
    figure = Figure(figsize=(5.0, 5.6), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    # A few frames unlike all others would leave everything else dark.
    upper.imshow(table.T, origin="lower", aspect="auto", cmap="magma", vmax=float(np.quantile(table, 0.95)) or 1.0)
    upper.plot(*path.T, color="white", linewidth=2.4)
    upper.plot(*path.T, color=PALETTE[0], linewidth=1.2)
    upper.set_ylabel(f"frame of {names[1]}", fontsize=8, color=GREY)
    lower.fill_between(np.arange(len(confidence)), confidence, color=PALETTE[0], alpha=0.25, linewidth=0)
    lower.plot(confidence, color=PALETTE[0], linewidth=1.2)
    lower.set(xlim=(-0.5, len(table) - 0.5), ylim=(0, 1.02))
    lower.set_title(f"chance of being within {100 * tolerance:g} %", fontsize=8, loc="left", color=INK)
    lower.set_xlabel(f"frame of {names[0]}", fontsize=8, color=GREY)
    for axis in (upper, lower):
        quiet(axis)
    return figure
