"""Frames of the val clips on a plane, near where their embeddings are near: ``python -m la2ds draw_map``.

t-SNE (van der Maaten & Hinton, 2008) keeps neighbours together; distances between groups, and their sizes, say nothing.
"""

import argparse
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from la2ds.formats.labels import BACKGROUND, Labels, read_labels
from la2ds.formats.videos import read_videos
from la2ds.report.figures.shown import add_inputs, embedded_clips, labels_of, methods_of, read_all
from la2ds.report.figures.style import FAINT, GREY, INK, add_outputs, nothing, phase_colours, save, title, wrapped

log = logging.getLogger(__name__)
POINTS = 400  # frames of an action, of as many val clips as there are
FEWEST = 12  # frames below which a map says nothing
SEED = 0
MARKERS = "os^Dvp"


@dataclass(frozen=True)
class Plane:
    """An action's frames as every method lays them out.

    Attributes:
        phases: (N,) phase of each frame, -1 for background.
        places: method -> (N, 2), the same frames in the same order.
    """

    phases: np.ndarray
    places: dict[str, np.ndarray]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_inputs(parser)
    add_outputs(parser)


def main(args: argparse.Namespace) -> None:
    """Lay out the same frames by every method, for every action."""
    videos, labels = read_videos(args.videos), read_labels(args.labels)
    embeddings = read_all(args.embeddings)
    planes = {}
    for action, methods in embeddings.items():
        clips = embedded_clips(action, methods, videos, labels)
        frames = chosen_frames(clips, labels)
        if len(frames) < FEWEST:
            log.warning("%s: %d val frames, too few for a map", action, len(frames))
            continue
        phases = np.array([labels.phases[v][t] for v, t in frames])
        vectors = {m: np.array([e.clips[v][t] for v, t in frames]) for m, e in methods.items()}
        planes[action] = Plane(phases, {method: lay_out(v) for method, v in vectors.items()})
    names = labels_of(methods_of(embeddings), args.methods_dir)
    save(draw(planes, names, labels), args.output, args.dark)
    log.info("%s: %d actions, %d methods", args.output, len(planes), len(names))


def chosen_frames(clips: pd.DataFrame, labels: Labels) -> list[tuple[str, int]]:
    """Choose at most ``POINTS`` frames of the val clips at random, the same each time: (video_id, frame), in order."""
    ids = sorted(str(v) for v in clips.video_id[clips.split == "val"])
    frames = [(v, t) for v in ids for t in range(len(labels.phases[v]))]
    if len(frames) <= POINTS:
        return frames
    chosen = np.random.default_rng(SEED).choice(len(frames), POINTS, replace=False)
    return [frames[n] for n in sorted(chosen)]


def lay_out(vectors: np.ndarray) -> np.ndarray:
    """Lay (N, D) embeddings, N >= ``FEWEST``, out on a plane: (N, 2). The metric is Euclidean, as in retrieval."""
    # From the two directions of most variance, which makes the map the same each time; a single number has but one.
    start = "pca" if vectors.shape[1] > 1 else "random"
    perplexity = min(30.0, (len(vectors) - 1) / 4)
    map_ = TSNE(perplexity=perplexity, init=start, random_state=SEED, max_iter=500)
    # So few points are laid out faster by one thread than by many.
    with threadpool_limits(1):
        return np.asarray(map_.fit_transform(vectors.astype(np.float64)))


def draw(planes: Mapping[str, Plane], names: Mapping[str, str], labels: Labels) -> Figure:
    """Draw a row of maps per action, a column per method; behind each row what its phases are called."""
    if not planes:
        return nothing("The validation clips have too few frames for a map.")
    figure = Figure(figsize=(max(2.1 * len(names), 4.0) + 2.2, 2.05 * len(planes) + 0.4), layout="constrained")
    axes = figure.subplots(len(planes), len(names), squeeze=False)
    count = 1 + max(int(plane.phases.max()) for plane in planes.values())
    for method, axis in zip(names, axes[0], strict=True):
        axis.set_title(names[method], fontsize=9.5, color=INK)
    for row, (action, plane) in zip(axes, planes.items(), strict=True):
        for axis, method in zip(row, names, strict=True):
            if method in plane.places:
                _panel(axis, plane.phases, plane.places[method], count)
            axis.set_xticks([])
            axis.set_yticks([])
            axis.spines[:].set_color(FAINT)
        row[0].set_ylabel(title(action), fontsize=9.5, color=INK)
        phases = [int(phase) for phase in np.unique(plane.phases)]
        handles = [Line2D([], [], linestyle="", **_look(phase, phase_colours(count))) for phase in phases]
        words = [wrapped(labels.name_of(action, phase), 26, lines=3) for phase in phases]
        row[-1].legend(handles, words, loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=7.5, frameon=False)
    return figure


def _panel(axis: Axes, phases: np.ndarray, places: np.ndarray, count: int) -> None:
    colour = phase_colours(count)
    for phase in np.unique(phases):
        of_phase = places[phases == phase]
        width = 0.0 if phase >= 0 else 0.8
        look = _look(int(phase), colour)
        axis.plot(*of_phase.T, linestyle="", markersize=3.6, markeredgewidth=width, alpha=0.85, **look)


def _look(phase: int, colour: list[str]) -> dict[str, Any]:
    if phase == BACKGROUND:
        return {"color": GREY, "marker": "x"}
    return {"color": colour[phase], "marker": MARKERS[phase % len(MARKERS)]}
