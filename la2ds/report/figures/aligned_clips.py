"""Two clips of each action side by side, the second brought into step by each method: ``python -m la2ds draw_clips``.

The first clip plays at its own pace. Beside it plays the second, once per method, at the pace of the cheapest monotone
path between the two clips' embeddings (``la2ds.evaluation.align``). One film holds the actions one after the other.
"""

import argparse
import itertools
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from la2ds.errors import InputError
from la2ds.evaluation.align import frame_costs, match_frames
from la2ds.formats.embeddings import Embeddings
from la2ds.formats.labels import BACKGROUND, read_labels
from la2ds.formats.videos import read_videos
from la2ds.report.figures.film import write_film
from la2ds.report.figures.person import NIGHT, Person, read_people, read_poses_2d, show
from la2ds.report.figures.shown import add_inputs, embedded_clips, labels_of, methods_of, read_all
from la2ds.report.figures.style import phase_colours, title

log = logging.getLogger(__name__)
FPS = 12.5
LONGEST = 75  # pictures of one action; a longer clip plays faster
SIZE, BAR, TOP, EDGE = 200, 12, 42, 8  # pixels
PAPER, SOFT, NO_PHASE = "#e5e7eb", "#9aa3b2", "#3c4452"


@dataclass(frozen=True)
class Duet:
    """Two clips and how they are played.

    Attributes:
        first: video_id of the clip that sets the pace.
        second: video_id of the other.
        times: (N,) frames of the first that are shown.
        partners: method -> (N,) frames of the second shown beside them.
    """

    first: str
    second: str
    times: np.ndarray
    partners: dict[str, np.ndarray]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_inputs(parser)
    parser.add_argument("--keypoints", nargs="+", required=True, help="keypoint shards; only their clips are shown")
    parser.add_argument("--frames", nargs="*", default=[], help="frame shards of the same clips; none for skeletons")
    parser.add_argument("--output", required=True, help="WebM to write")


def main(args: argparse.Namespace) -> None:
    """Align the first two val clips of every action, and film them."""
    videos, labels = read_videos(args.videos), read_labels(args.labels)
    embeddings = read_all(args.embeddings)
    shard = read_poses_2d(args.keypoints)
    with_pose = videos[videos.video_id.isin(list(shard.clips))]
    rates = {str(v): float(r) for v, r in zip(videos.video_id, videos.fps, strict=True)}
    duets = {}
    for action, methods in embeddings.items():
        both = [str(v) for v in embedded_clips(action, methods, with_pose, labels).video_id[:2]]
        if len(both) < 2:
            log.warning("%s: fewer than two embedded videos with a pose, not filmed", action)
            continue
        duets[action] = make_duet((both[0], both[1]), methods, fps=rates[both[0]])
    if not duets:
        raise InputError(args.videos, expected="an action with two embedded videos with a pose", found="none")
    at: dict[str, set[int]] = {}
    for duet in duets.values():
        at.setdefault(duet.first, set()).update(map(int, duet.times))
        at.setdefault(duet.second, set()).update(int(t) for partner in duet.partners.values() for t in partner)
    widths = {str(v): float(w) for v, w in zip(videos.video_id, videos.width, strict=True)}
    people = read_people(shard, args.frames, {v: sorted(times) for v, times in at.items()}, widths)
    names = labels_of(methods_of(embeddings), args.methods_dir)
    stage = Stage(names, people, dict(labels.phases))
    count = write_film(args.output, (p for a, duet in duets.items() for p in stage.play(a, duet)), fps=FPS)
    log.info("%s: %d actions, %d pictures", args.output, len(duets), count)


def make_duet(both: tuple[str, str], methods: Mapping[str, Embeddings], *, fps: float) -> Duet:
    """Find the frames of the second clip that belong to the shown ones of the first.

    Args:
        both: video_ids.
        methods: embeddings of both clips by each method.
        fps: frames per second of the first; 25 where it is NaN.
    """
    first, second = both
    length = len(next(iter(methods.values())).clips[first])
    seconds = length / (fps if fps > 0 else 25.0)
    count = int(np.clip(round(seconds * FPS), min(length, 2), LONGEST))
    times = np.linspace(0, length - 1, count).round().astype(int)
    partners = {m: partners_of(e.clips[first], e.clips[second])[times] for m, e in methods.items()}
    return Duet(first, second, times, partners)


def partners_of(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Give each frame of the first clip one of the second: the middle one of those that the path matches it with.

    Args:
        first: (N, D) embeddings.
        second: (M, D) embeddings.

    Returns:
        (N,) frame numbers, never falling.
    """
    path = match_frames(frame_costs(first, second, kind="squared"))
    return np.array([int(np.median(path[path[:, 0] == t, 1])) for t in range(len(first))])


class Stage:
    """The room the films are drawn in: a panel for the first clip and one per method, each with a bar of its phases."""

    def __init__(
        self, names: Mapping[str, str], people: Mapping[str, Person], phases: Mapping[str, np.ndarray]
    ) -> None:
        """Lay out the panels.

        Args:
            names: method -> its name in print.
            people: video_id -> what is shown of a clip.
            phases: video_id -> (T,) phases.
        """
        self.names, self.people, self.phases = names, people, phases
        self.count = len(names) + 1
        self.width = self.count * (SIZE + EDGE) + EDGE
        self.height = TOP + BAR + 4 + SIZE + EDGE
        # The codec wants even numbers; all of these are.

    def play(self, action: str, duet: Duet) -> Iterator[np.ndarray]:
        """Draw one action, picture by picture: (H, W, 3) uint8."""
        figure = Figure(figsize=(self.width / 100, self.height / 100), dpi=100, facecolor=NIGHT)
        canvas = FigureCanvasAgg(figure)
        self._write(figure, EDGE, 15, title(action), size=10, colour=PAPER)
        parts = [(duet.first, "query", duet.times)]
        parts += [(duet.second, self.names[m], frames) for m, frames in duet.partners.items()]
        panels = []
        for n, (video_id, name, _) in enumerate(parts):
            x = EDGE + n * (SIZE + EDGE)
            self._write(figure, x, TOP - 6, name, size=8.5, colour=SOFT if n else PAPER)
            axis = figure.add_axes(self._place(x, TOP + BAR + 4, SIZE, SIZE))
            axis.spines[:].set_visible(False)
            panels.append((axis, self._bar(figure, x, self.phases[video_id])))
        for frames in zip(*(frames for _, _, frames in parts), strict=True):
            for (axis, cursor), (video_id, _, _), t in zip(panels, parts, frames, strict=True):
                _clear(axis)
                show(axis, self.people[video_id], int(t), size=SIZE)
                cursor.set_xdata([t + 0.5])
            canvas.draw()  # type: ignore[no-untyped-call]
            yield np.asarray(canvas.buffer_rgba())[..., :3]  # type: ignore[no-untyped-call]

    def _bar(self, figure: Figure, x: int, phases: np.ndarray) -> Line2D:
        """Draw a clip's phases as a coloured bar, and give the line that says which frame is shown.

        It stands above the clip, for players lay their knobs over the lower edge.
        """
        axis = figure.add_axes(self._place(x, TOP, SIZE, BAR))
        axis.set_axis_off()
        axis.set_xlim(0, len(phases))
        axis.set_ylim(0, 1)
        # The whole study's colours, so that a phase looks the same in every clip.
        colour = phase_colours(1 + max(int(p.max(initial=0)) for p in (self.phases[v] for v in self.people)))
        edges = [0, *(np.flatnonzero(np.diff(phases)) + 1), len(phases)]
        for a, b in itertools.pairwise(edges):
            shade = NO_PHASE if phases[a] == BACKGROUND else colour[phases[a]]
            axis.axvspan(a, b, 0.15, 0.85, color=shade, linewidth=0)
        return axis.plot([0.5, 0.5], [0, 1], color="#ffffff", linewidth=2.2)[0]

    def _write(self, figure: Figure, x: int, y: int, text: str, *, size: float, colour: str) -> None:
        figure.text(x / self.width, 1 - y / self.height, text, fontsize=size, color=colour, va="baseline")

    def _place(self, x: int, y: int, width: int, height: int) -> tuple[float, float, float, float]:
        return x / self.width, 1 - (y + height) / self.height, width / self.width, height / self.height


def _clear(axis: Axes) -> None:
    for artist in [*axis.images, *axis.lines, *axis.collections]:
        artist.remove()
