"""A frame of each action and its like in other videos, as each method finds them: ``python -m la2ds draw_gallery``."""

import argparse
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from la2ds.evaluation.metrics.distances import Gallery
from la2ds.formats.embeddings import Embeddings
from la2ds.formats.labels import BACKGROUND, Labels, read_labels
from la2ds.formats.videos import read_videos
from la2ds.report.figures.person import Person, read_people, read_poses_2d, show
from la2ds.report.figures.shown import add_inputs, embedded_clips, labels_of, methods_of, read_all
from la2ds.report.figures.style import BETTER, GREY, INK, WORSE, add_outputs, nothing, save, title, wrapped

log = logging.getLogger(__name__)
SHOWN = 5
Place = tuple[str, int]  # video_id and frame
# Sizes in inches.
CELL, QUERY, GAP = 1.12, 1.9, 0.06
NAME, LINE, HEAD = 0.26, 0.42, 0.3
PIXELS = 170  # of a picture's side


@dataclass(frozen=True)
class Search:
    """A query of one action and what was found.

    Attributes:
        query: the frame that is searched for.
        found: method -> the nearest frame of each of the nearest videos, nearest first.
    """

    query: Place
    found: dict[str, list[Place]]

    @property
    def places(self) -> list[Place]:
        """Query and finds."""
        return [self.query, *(place for places in self.found.values() for place in places)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_inputs(parser)
    parser.add_argument("--keypoints", nargs="+", required=True, help="keypoint shards; only their clips are shown")
    parser.add_argument("--frames", nargs="*", default=[], help="frame shards of the same clips; none for skeletons")
    add_outputs(parser)


def main(args: argparse.Namespace) -> None:
    """Search, and show query and finds."""
    videos, labels = read_videos(args.videos), read_labels(args.labels)
    embeddings = read_all(args.embeddings)
    shard = read_poses_2d(args.keypoints)
    with_pose = videos[videos.video_id.isin(list(shard.clips))]
    searches = {}
    for action, methods in embeddings.items():
        clips = gallery_clips(embedded_clips(action, methods, with_pose, labels))
        if len(clips) < 2:
            log.warning("%s: fewer than two embedded videos with a pose, nothing to search in", action)
            continue
        searches[action] = search(clips, methods, labels)
    at: dict[str, list[int]] = {}
    for video_id, t in sorted({place for found in searches.values() for place in found.places}):
        at.setdefault(video_id, []).append(t)
    widths = {str(v): float(w) for v, w in zip(videos.video_id, videos.width, strict=True)}
    people = read_people(shard, args.frames, at, widths)
    names = labels_of(methods_of(embeddings), args.methods_dir)
    save(draw(searches, names, people, labels), args.output, args.dark, dpi=120)
    log.info("%s: %d actions, %d methods", args.output, len(searches), len(names))


def gallery_clips(clips: pd.DataFrame) -> list[str]:
    """Give the val clips, or all where there are no two of them."""
    val = clips[clips.split == "val"]
    return [str(v) for v in (val if len(val) > 1 else clips).video_id]


def search(clips: Sequence[str], methods: Mapping[str, Embeddings], labels: Labels) -> Search:
    """Search the other clips for the middle of the first clip's middle phase.

    Of each other clip its nearest frame takes part, since the very nearest frames are often neighbours of one video.
    """
    query, others = clips[0], list(clips[1:])
    t = query_frame(labels.phases[query])
    found = {}
    for method, embeddings in methods.items():
        vector = embeddings.clips[query][t : t + 1]
        frames = Gallery([embeddings.clips[v] for v in others]).nearest(vector)[:, 0]
        distances = [
            float(((embeddings.clips[v][n].astype(np.float64) - vector[0]) ** 2).sum())
            for v, n in zip(others, frames, strict=True)
        ]
        nearest = np.argsort(distances, kind="stable")[:SHOWN]
        found[method] = [(others[n], int(frames[n])) for n in nearest]
    return Search((query, t), found)


def query_frame(phases: np.ndarray) -> int:
    """Give the middle frame of the middle one of a clip's (T,) phases, or of the clip where it has none."""
    labelled = np.unique(phases[phases != BACKGROUND])
    if not len(labelled):
        return len(phases) // 2
    frames = np.flatnonzero(phases == labelled[len(labelled) // 2])
    return int(frames[len(frames) // 2])


def draw(
    searches: Mapping[str, Search], names: Mapping[str, str], people: Mapping[str, Person], labels: Labels
) -> Figure:
    """Draw a block per action: the query at the left, beside it a row of finds per method."""
    if not searches:
        return nothing("No action has two embedded videos with a pose, so there is nothing to search in.")
    row = NAME + CELL + LINE
    block = HEAD + max(len(names) * row, QUERY + LINE) + 0.15
    width, height = QUERY + 0.3 + SHOWN * (CELL + GAP), block * len(searches)
    actions = {video_id: action for action, found in searches.items() for video_id, _ in found.places}
    page = _Page(Figure(figsize=(width, height)), width, height, people, labels, actions)
    for n, (action, found) in enumerate(searches.items()):
        top = n * block
        page.write(0.03, top + 0.18, title(action), size=11)
        page.show((0.03, top + HEAD + NAME), QUERY, found.query)
        words = wrapped(f"query: {page.phase(found.query)}", 34)
        page.write(0.03, top + HEAD + NAME + QUERY + 0.05, words, size=8, va="top")
        for m, (method, places) in enumerate(found.found.items()):
            y = top + HEAD + m * row
            page.write(QUERY + 0.3, y + 0.19, names[method], size=9)
            for k, place in enumerate(places):
                page.show((QUERY + 0.3 + k * (CELL + GAP), y + NAME), CELL, place, query=found.query)
    return page.figure


@dataclass(frozen=True)
class _Page:
    """A figure that is laid out in inches from its upper left corner."""

    figure: Figure
    width: float
    height: float
    people: Mapping[str, Person]
    labels: Labels
    actions: Mapping[str, str]

    def write(self, x: float, y: float, text: str, *, size: float, colour: str = INK, va: str = "baseline") -> None:
        """Write a line that stands on y, or lines that hang from it."""
        self.figure.text(x / self.width, 1 - y / self.height, text, fontsize=size, color=colour, va=va)

    def show(self, corner: tuple[float, float], side: float, place: Place, *, query: Place | None = None) -> None:
        """Show a frame; of a find, say by sign, line and colour whether it is of the query's phase."""
        x, y = corner
        axis = self.figure.add_axes(
            (x / self.width, 1 - (y + side) / self.height, side / self.width, side / self.height)
        )
        show(axis, self.people[place[0]], place[1], size=PIXELS if query else 2 * PIXELS)
        if query is None:
            axis.spines[:].set_visible(False)
            return
        colour, sign = self._mark(axis, self.labels.phases[place[0]][place[1]], self.labels.phases[query[0]][query[1]])
        words = wrapped(f"{sign} {self.phase(place)}".strip(), 19, lines=3)
        self.write(x, y + side + 0.04, words, size=7, colour=colour, va="top")

    def phase(self, place: Place) -> str:
        """Name a frame's phase, or the frame where it has none."""
        phase = self.labels.phases[place[0]][place[1]]
        return f"frame {place[1]}" if phase == BACKGROUND else self.labels.name_of(self.actions[place[0]], int(phase))

    @staticmethod
    def _mark(axis: Axes, phase: int, query_phase: int) -> tuple[str, str]:
        """Frame a find: a full line where the phase is right, dashes where it is not, none where there is no phase."""
        if BACKGROUND in (phase, query_phase):
            axis.spines[:].set_visible(False)
            return GREY, ""
        right = phase == query_phase
        axis.spines[:].set(color=BETTER if right else WORSE, linewidth=2.2, linestyle="-" if right else (0, (3, 1.5)))
        return (BETTER, "✓") if right else (WORSE, "✗")
