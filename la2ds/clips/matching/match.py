"""Two clips matched frame by frame: the cheapest monotone path (``la2ds align``), with tied or with open ends."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from la2ds.clips.clip import Clip, clips_in
from la2ds.clips.matching.confidence import TOLERANCE, By, match_confidence
from la2ds.clips.matching.features import pose_features
from la2ds.errors import InputError
from la2ds.evaluation.align import frame_costs, match_frames, partners_of
from la2ds.evaluation.open_ends import match_open, opened
from la2ds.formats.files.storage import atomic_path

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Ends = Literal["tied", "open"]
# Prices of a frame without a partner (``la2ds.evaluation.open_ends``). By embeddings of 0.2 to 0.6 the one with the
# least mean error on seeds 0 and 1 of tests/benchmarks/open_ends.py. By poses of 0.2 to 0.8 the one that harms least
# where nothing was cut; it still does some on Penn Action, so by poses ends are tied unless open ones are asked for.
PRICES: dict[By, float] = {"embedding": 0.3, "poses": 0.8}
USUAL_ENDS: dict[By, Ends] = {"embedding": "open", "poses": "tied"}


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
        path: (L, 2) int64 frames of a and of b, both never falling: with tied ends from the first frames of both to the
            last. With open ends frames of one of the two may be left out at the start, and of one at the end.
        costs: (L,) float64, what each match costs: the squared Euclidean distance of what ``by`` names. Costs of
            embeddings and of poses have scales of their own.
        by: ``embedding``, or ``poses`` for ``la2ds.views.pose_features``.
        confidence: (Ta,) float64 in [0, 1], the estimated chance that the partner of a's frame is within
            ``la2ds.clips.matching.confidence.TOLERANCE`` of the right one; 0 where it has none.
        ends: ``tied`` or ``open``.
    """

    a: Clip
    b: Clip
    path: np.ndarray
    costs: np.ndarray
    by: By
    confidence: np.ndarray
    ends: Ends = "tied"

    @property
    def matched(self) -> np.ndarray:
        """Tell which frames of a have a partner: (Ta,) bool, all with tied ends."""
        frames = np.arange(len(self.a))
        return np.asarray((frames >= self.path[0, 0]) & (frames <= self.path[-1, 0]))

    @property
    def cost(self) -> float:
        """Average the costs along the path."""
        return float(self.costs.mean())

    @property
    def partners(self) -> np.ndarray:
        """Give each frame of a one frame of b, the middle one of its matches: (Ta,) int64, never falling.

        Frames without a partner are given the nearest frame that is one.
        """
        return partners_of(self.path, len(self.a))

    @property
    def table(self) -> np.ndarray:
        """Compute what each match would cost, on the path or not: (Ta, Tb) float64."""
        return self._tables[0]

    @property
    def _tables(self) -> list[np.ndarray]:
        return cost_tables(*witnesses((self.a, self.b), by=self.by)[1])

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
        frame = index(frame)  # type: ignore[arg-type]
        if not 0 <= frame < len(self.a):
            raise ValueError(f"{self.a.name} has frames 0 to {len(self.a) - 1}, not {frame}")
        partner = int(self.partners[frame])
        return Matched(partner, float(self.b.times[partner]), float(self.confidence[frame]))

    def reversed(self) -> "Match":
        """Give the same matches as those of b with a; confidences are then of b's frames."""
        tables = [table.T for table in self._tables]
        return _match(self.b, self.a, tables, self.path[:, ::-1], by=self.by, ends=self.ends)

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

    def plot(self, path: str | Path | None = None) -> "Figure":
        """Draw the path over the table of costs, and the confidence.

        Args:
            path: PNG to write; None to write none.

        Returns:
            matplotlib's figure.
        """
        from la2ds.report.figures.match import draw_match  # late: matplotlib is no part of the bare installation
        from la2ds.report.figures.style import save

        names = self.a.name, self.b.name
        figure = draw_match(self.table, self.path, self.confidence, names=names, tolerance=TOLERANCE)
        if path is not None:
            save(figure, path)
        return figure

    def film(self, path: str | Path, *, skeleton_only: bool = False) -> None:
        """Film both clips side by side, in step; see ``la2ds.clips.film.film_match``."""
        from la2ds.clips.film import film_match  # late: films need more than the bare installation

        film_match(self, path, skeleton_only=skeleton_only)


def align(
    a: Clip,
    b: Clip,
    *,
    by: Literal["auto", "embedding", "poses"] = "auto",
    ends: Literal["auto", "tied", "open"] = "auto",
) -> Match:
    """Match two clips of one movement.

    Args:
        a: one clip.
        b: the other.
        by: ``embedding``; ``poses``, which needs no training; ``auto`` for embeddings where both clips have them, of
            equal width, and else poses.
        ends: ``tied`` matches start with start and end with end; ``open`` leaves frames out at the start of one clip
            and at the end of one where nothing in the other is like them, as where one starts late or stops early;
            ``auto`` for open by embeddings and tied by poses.

    Raises:
        InputError: if a clip has no frame, or not what is asked for.
    """
    if ends not in ("auto", "tied", "open"):
        raise InputError("ends", expected="auto, tied or open", found=repr(ends))
    chosen, (first, second) = witnesses((a, b), by=by)
    tables = cost_tables(first, second)
    taken = USUAL_ENDS[chosen] if ends == "auto" else ends
    path = match_open(tables[0], PRICES[chosen]) if taken == "open" else match_frames(tables[0])
    return _match(a, b, tables, path, by=chosen, ends=taken)


def _match(a: Clip, b: Clip, tables: Sequence[np.ndarray], path: np.ndarray, *, by: By, ends: Ends) -> Match:
    """Put together a match of which the path is known, and say how sure it is."""
    known = Match(a, b, path, tables[0][tuple(path.T)], by, np.zeros(len(a)), ends)
    if ends == "open":
        prices = PRICES[by], PRICES["poses"]  # poses are the second witness
        tables = [opened(table, price) for table, price in zip(tables, prices, strict=False)]
    return replace(known, confidence=np.where(known.matched, match_confidence(tables, known.partners), 0.0))


def cost_tables(first: Sequence[np.ndarray], second: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Give what matches cost by each of the descriptions that both clips have, (Ta, D) and (Tb, D): (Ta, Tb) each."""
    return [frame_costs(a, b, kind="squared") for a, b in zip(first, second, strict=True)]


def witnesses(clips: Sequence[Clip], *, by: Literal["auto", "embedding", "poses"]) -> tuple[By, list[list[np.ndarray]]]:
    """Give what clips are matched by, as ``describe`` does, and beside embeddings poses, where all have such alike.

    Returns:
        ``embedding`` or ``poses``; of each clip one or two descriptions, (T, D) each, that it is matched by first.
    """
    chosen, described = describe(clips, by=by)
    several = [[own] for own in described]
    seen = all(clip.skeleton == clips[0].skeleton and np.isfinite(clip.poses).all(-1).any() for clip in clips)
    if chosen == "embedding" and seen:
        several = [[own, pose_features(clip)] for own, clip in zip(described, clips, strict=True)]
    return chosen, several


def describe(clips: Sequence[Clip], *, by: Literal["auto", "embedding", "poses"]) -> tuple[By, list[np.ndarray]]:
    """Give what frames of clips are compared by, ``embedding`` or ``poses``, and that of each clip: (T, D).

    Raises:
        InputError: as ``align`` does.
    """
    if by not in ("auto", "embedding", "poses"):
        raise InputError("by", expected="auto, embedding or poses", found=repr(by))
    for clip in clips_in(clips):
        if not len(clip):
            raise InputError(clip.name, expected="a clip of at least one frame", found="none")
    embeddings = [clip.embedding for clip in clips if clip.embedding is not None]
    widths = {embedding.shape[1] for embedding in embeddings}
    if by == "embedding" or (by == "auto" and len(embeddings) == len(clips) and len(widths) == 1):
        for clip in clips:
            if clip.embedding is None:
                raise InputError(clip.name, expected="an embedding, which a model makes", found="none")
        if len(widths) > 1:
            found = f"embeddings of {' and '.join(map(str, sorted(widths)))} numbers"
            raise InputError(clips[0].name, expected=f"embeddings of one model in it and {clips[1].name}", found=found)
        return "embedding", embeddings
    for clip in clips:
        if clip.skeleton != clips[0].skeleton:
            expected = f"the joint set {clips[0].skeleton} of {clips[0].name}"
            raise InputError(clip.name, expected=expected, found=clip.skeleton)
    return "poses", [pose_features(clip) for clip in clips]
