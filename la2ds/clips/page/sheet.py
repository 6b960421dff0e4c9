"""A picture of the clips that are most unlike the rest, at their worst moment, beside the most usual clip there."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from la2ds.clips.clip import Clip
from la2ds.clips.film import person_of
from la2ds.clips.matching.match import align
from la2ds.report.figures.person import show
from la2ds.report.figures.style import save

MOST = 6  # clips shown
SIDE = 2.1  # inches of a picture


def draw_sheet(path: str | Path, clips: Sequence[Clip], ranked: pd.DataFrame, *, skeleton_only: bool = False) -> None:
    """Draw the first clips of a ranking.

    Args:
        path: PNG to write.
        clips: all clips of it.
        ranked: what ``la2ds.clips.matching.odd.odd`` gives.
        skeleton_only: draw skeletons in place of pictures.
    """
    named = {clip.name: clip for clip in clips}
    usual = named[str(ranked.video.iloc[-1])]
    rows = ranked.iloc[: min(MOST, len(ranked) - 1)].to_dict("records")
    figure = Figure(figsize=(2 * SIDE + 0.2, len(rows) * (SIDE + 0.45)), layout="constrained")
    axes = figure.subplots(len(rows), 2, squeeze=False)
    for (left, right), row in zip(axes, rows, strict=True):
        clip, frame = named[str(row["video"])], int(row["worst_frame"])
        partner = align(clip, usual).at(frame)
        shown = [(left, clip, frame, f"{clip.name}\n{row['score']:.1f}, at {row['worst_time']:.2f} s")]
        shown += [(right, usual, partner.frame, f"{usual.name}\nthe most usual, at {partner.time:.2f} s")]
        for axis, of, t, words in shown:
            show(axis, person_of(of, pictured=not skeleton_only and of.frames is not None), t, size=240)
            axis.set_title(words, fontsize=7.5)
    save(figure, path)
