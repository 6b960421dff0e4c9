"""How frames of one video find their like in another, one panel per action: ``python -m la2ds draw_alignment``."""

import argparse
import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from la2ds.errors import InputError
from la2ds.evaluation.metrics.distances import Gallery
from la2ds.evaluation.metrics.events import ABSENT, event_frames
from la2ds.formats.embeddings import Embeddings
from la2ds.formats.labels import Labels, read_labels
from la2ds.formats.videos import read_videos
from la2ds.report.figures.shown import add_inputs, embedded_clips, labels_of, read_all
from la2ds.report.figures.style import FAINT, GREY, INK, add_outputs, colours, panels, save, title

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pair:
    """Two videos of an action, val videos where possible, and how methods align them.

    Attributes:
        names: video_id of the first and the second.
        frames: lengths T_a and T_b.
        events: (E, 2) true frames of the key events both videos have.
        paths: method -> (T_a,) nearest frame of the second for each frame of the first.
    """

    names: tuple[str, str]
    frames: tuple[int, int]
    events: np.ndarray
    paths: dict[str, np.ndarray]

    def missed(self, method: str) -> float:
        """Mean distance of the found from the true event frames, as a share of the second video; NaN without events."""
        found = self.paths[method][self.events[:, 0]]
        miss = np.abs(found - self.events[:, 1]) / self.frames[1]
        return float(miss.mean()) if len(miss) else float("nan")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_inputs(parser)
    parser.add_argument("--reference", required=True, help="the method drawn in grey")
    add_outputs(parser)


def main(args: argparse.Namespace) -> None:
    """Draw the first val pair of every action."""
    embeddings = read_all(args.embeddings)
    videos, labels = read_videos(args.videos), read_labels(args.labels)
    pairs = {action: make_pair(action, methods, videos, labels) for action, methods in embeddings.items()}
    shown = {action: pair for action, pair in pairs.items() if pair is not None}
    if not shown:
        raise InputError(args.videos, expected="an action with two embedded videos", found="none")
    methods = list(dict.fromkeys(method for pair in shown.values() for method in pair.paths))
    names = labels_of(methods, args.methods_dir)
    save(draw(shown, names, reference=args.reference), args.output, args.dark)
    log.info("%s: %d actions, %d methods", args.output, len(shown), len(names))


def make_pair(action: str, methods: dict[str, Embeddings], videos: pd.DataFrame, labels: Labels) -> Pair | None:
    """Align the first two videos, in file order, that every method has embedded; None where there are no two.

    Val videos where there are two, else train videos beside them: a few videos of one's own are worth a picture, too.
    """
    shown = embedded_clips(action, methods, videos, labels).head(2)
    if len(shown) < 2:
        log.warning("%s: fewer than two embedded videos, not drawn", action)
        return None
    if set(shown.split) != {"val"}:
        log.warning("%s: fewer than two embedded val videos, so %s are drawn", action, " and ".join(shown.video_id))
    both = [str(v) for v in shown.video_id]
    a, b = both
    phases = [labels.phases[v] for v in both]
    count = 1 + max(int(p.max(initial=-1)) for p in phases)
    events = np.stack([event_frames(p, count) for p in phases], axis=1)
    paths = {m: Gallery([e.clips[b]]).nearest(e.clips[a])[0] for m, e in methods.items()}
    return Pair((a, b), (len(phases[0]), len(phases[1])), events[(events != ABSENT).all(1)], paths)


def draw(pairs: dict[str, Pair], names: dict[str, str], *, reference: str) -> Figure:
    """Draw a panel per action and one legend."""
    figure, axes = panels(len(pairs), width=3.4, height=3.5)
    colour = colours(list(names), reference=reference)
    for axis, (action, pair) in zip(axes, pairs.items(), strict=True):
        _panel(axis, pair, colour)
        axis.set_title(title(action), fontsize=10, loc="left", color=INK)
    lines = [Line2D([], [], color=colour[method], linewidth=2, label=name) for method, name in names.items()]
    if any(len(pair.events) for pair in pairs.values()):
        look: dict[str, Any] = {"marker": "D", "color": INK, "markerfacecolor": "white", "markersize": 6}
        lines.append(Line2D([], [], linestyle="", label="true key events", **look))
    figure.legend(handles=lines, loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    return figure


def _panel(axis: Axes, pair: Pair, colour: dict[str, str]) -> None:
    for x, y in pair.events:
        axis.axvline(x, color=FAINT, linewidth=1, zorder=0)
        axis.axhline(y, color=FAINT, linewidth=1, zorder=0)
    for method, path in pair.paths.items():
        axis.plot(path, color=colour[method], linewidth=1.8, drawstyle="steps-mid")
    axis.plot(*pair.events.T, "D", color=INK, markerfacecolor="white", markersize=6, markeredgewidth=1.3, zorder=5)
    # Names would lie across the lines; the colours say whose number it is.
    for n, method in enumerate(pair.paths if len(pair.events) else ()):
        line = f"{100 * pair.missed(method):.1f} % off"
        place = axis.text(0.99, 0.02 + 0.065 * n, line, color=colour[method], transform=axis.transAxes, fontsize=8)
        place.set(ha="right", va="bottom")
    axis.set_xlim(0, pair.frames[0] - 1)
    axis.set_ylim(0, pair.frames[1] - 1)
    axis.set_xlabel(f"frame of {pair.names[0]}", fontsize=8, color=GREY)
    axis.set_ylabel(f"nearest frame of {pair.names[1]}", fontsize=8, color=GREY)
