"""Two clips matched frame by frame: the cheapest monotone path from both starts to both ends (``la2ds align``)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from la2ds.clips.clip import Clip
from la2ds.clips.confidence import match_confidence
from la2ds.clips.features import pose_features
from la2ds.errors import InputError
from la2ds.evaluation.align import frame_costs, match_frames
from la2ds.formats.files.storage import atomic_path

By = Literal["embedding", "poses"]


@dataclass(frozen=True)
class Matched:
    """A moment of the other clip.

    Attributes:
        frame: from 0.
        time: seconds from the film's time zero.
        confidence: estimated chance, in [0, 1], that this is right; see ``Match.confidence``.
    """

    frame: int
    time: float
    confidence: float


@dataclass(frozen=True)
class Match:
    """Two clips, and which frame of one goes with which of the other.

    Attributes:
        a: one clip.
        b: the other.
        path: (L, 2) int64 frames of a and of b, both never falling, from the first frames of both to the last.
        costs: (L,) float64, what each match costs: the squared Euclidean distance of what ``by`` names. Costs of
            embeddings and of poses have scales of their own.
        by: ``embedding``, or ``poses`` for ``la2ds.clips.features``.
        confidence: (Ta,) float64 in [0, 1], the estimated chance that the partner of a's frame is within
            ``la2ds.clips.confidence.TOLERANCE`` of the right one.
    """

    a: Clip
    b: Clip
    path: np.ndarray
    costs: np.ndarray
    by: By
    confidence: np.ndarray

    @property
    def cost(self) -> float:
        """Average the costs along the path."""
        return float(self.costs.mean())

    @property
    def partners(self) -> np.ndarray:
        """Give each frame of a one frame of b, the middle one of its matches: (Ta,) int64, never falling."""
        return partners_of(self.path)

    def at(self, frame: int | None = None, *, time: float | None = None) -> Matched:
        """Give the moment of b that goes with a moment of a.

        Args:
            frame: a frame of a, from 0.
            time: or seconds in a, of which the nearest frame is taken.

        Raises:
            ValueError: if neither or both are given, or there is no such frame.
        """
        if (frame is None) == (time is None):
            raise ValueError("give either a frame or a time")
        if time is not None:
            usual = float(np.median(np.diff(self.a.times))) if len(self.a) > 1 else 0.0
            if not self.a.times[0] - usual <= time <= self.a.times[-1] + usual:
                raise ValueError(f"{self.a.name} has times {self.a.times[0]:g} to {self.a.times[-1]:g} s, not {time:g}")
            frame = self.a.frame_at(time)
        if frame is None or not 0 <= frame < len(self.a):
            raise ValueError(f"{self.a.name} has frames 0 to {len(self.a) - 1}, not {frame}")
        partner = int(self.partners[frame])
        return Matched(partner, float(self.b.times[partner]), float(self.confidence[frame]))

    def reversed(self) -> "Match":
        """Give the same matches as those of b with a; confidences are then of b's frames."""
        path = self.path[:, ::-1]
        confidence = match_confidence(cost_table(self.b, self.a, self.by), partners_of(path), by=self.by)
        return Match(self.b, self.a, path, self.costs, self.by, confidence)

    def to_frame(self) -> pd.DataFrame:
        """Lay the path out, a match a row: frame_a, time_a, frame_b, time_b, cost, confidence."""
        i, j = self.path.T
        times = {"time_a": self.a.times[i], "time_b": self.b.times[j]}
        columns = {"frame_a": i, "frame_b": j, **times, "cost": self.costs, "confidence": self.confidence[i]}
        return pd.DataFrame(columns)[["frame_a", "time_a", "frame_b", "time_b", "cost", "confidence"]]

    def to_csv(self, path: str | Path) -> None:
        """Write ``to_frame`` as CSV."""
        with atomic_path(path) as temporary:
            self.to_frame().to_csv(temporary, index=False)

    def plot(self, path: str | Path | None = None) -> object:
        """Draw the path over the table of costs, and the confidence; see ``la2ds.clips.plot.plot_match``."""
        from la2ds.clips.plot import plot_match  # late: matplotlib is no part of the bare installation

        return plot_match(self, path)

    def film(self, path: str | Path, *, skeleton_only: bool = False) -> None:
        """Film both clips side by side, in step; see ``la2ds.clips.film.film_match``."""
        from la2ds.clips.film import film_match  # late: films need more than the bare installation

        film_match(self, path, skeleton_only=skeleton_only)


def align(a: Clip, b: Clip, *, by: Literal["auto", "embedding", "poses"] = "auto") -> Match:
    """Match two clips of one movement, start with start and end with end.

    Args:
        a: one clip.
        b: the other.
        by: ``embedding``; ``poses``, which needs no training; ``auto`` for embeddings where both clips have them, of
            equal width, and else poses.

    Raises:
        InputError: if a clip has no frame, or not what is asked for.
    """
    for clip in (a, b):
        if not len(clip):
            raise InputError(clip.name, expected="a clip of at least one frame", found="none")
    chosen: By = _chosen(a, b) if by == "auto" else by
    table = cost_table(a, b, chosen)
    path = match_frames(table)
    confidence = match_confidence(table, partners_of(path), by=chosen)
    return Match(a, b, path, table[tuple(path.T)], chosen, confidence)


def cost_table(a: Clip, b: Clip, by: By) -> np.ndarray:
    """Give the cost of matching each frame of a with each of b: (Ta, Tb) float64.

    Raises:
        InputError: if a clip has no embedding or pose, or not of the kind that the other has.
    """
    if by == "poses":
        if a.skeleton != b.skeleton:
            raise InputError(b.name, expected=f"the joint set {a.skeleton} of {a.name}", found=b.skeleton)
        return frame_costs(pose_features(a), pose_features(b), kind="squared")
    for clip in (a, b):
        if clip.embedding is None:
            raise InputError(clip.name, expected="an embedding, which a model makes", found="none")
    if a.embedding is None or b.embedding is None:
        raise AssertionError
    widths = a.embedding.shape[1], b.embedding.shape[1]
    if widths[0] != widths[1]:
        raise InputError(b.name, expected=f"embeddings of {widths[0]} numbers, as of {a.name}", found=str(widths[1]))
    return frame_costs(a.embedding, b.embedding, kind="squared")


def partners_of(path: np.ndarray) -> np.ndarray:
    """Give each first frame of a (L, 2) path the middle one of its second frames, the earlier of two: (Ta,) int64."""
    frames = np.arange(path[-1, 0] + 1)
    first = path[np.searchsorted(path[:, 0], frames, side="left"), 1]
    last = path[np.searchsorted(path[:, 0], frames, side="right") - 1, 1]
    return np.asarray((first + last) // 2)


def _chosen(a: Clip, b: Clip) -> By:
    if a.embedding is None or b.embedding is None or a.embedding.shape[1] != b.embedding.shape[1]:
        return "poses"
    return "embedding"
