"""What a metric's value is made of, video by video or pair by pair, so that intervals can be drawn from it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ALONE = -1


@dataclass(frozen=True, eq=False)
class Units:
    """Sums over the frames of a video, of a pair of videos, or of a video and a key event.

    A plain mean is sum(total) / sum(n). The coefficient of determination of an event is
    1 - sum(residual) / (sum(squares) - sum(total)^2 / sum(n)), and the value is its mean over events; only there are
    squares and residual numbers.

    Attributes:
        ids: (V,) the videos that can be drawn.
        video: (U,) number of each unit's video.
        other: (U,) number of the second video of a pair; -1 where there is none.
        event: (U,) number of the key event; 0 where there is none.
        n: (U,) what was counted.
        total: (U,) its sum; for the coefficient of determination that of target - mean of all targets.
        squares: (U,) sum of (target - mean of all targets)^2; NaN for a plain mean.
        residual: (U,) sum of (target - prediction)^2; NaN for a plain mean.
    """

    ids: tuple[str, ...]
    video: np.ndarray
    other: np.ndarray
    event: np.ndarray
    n: np.ndarray
    total: np.ndarray
    squares: np.ndarray
    residual: np.ndarray

    def __eq__(self, other: object) -> bool:
        """Compare number by number, NaN being equal to NaN."""
        if not isinstance(other, Units) or self.ids != other.ids:
            return False
        names = ("video", "other", "event", "n", "total", "squares", "residual")
        return all(np.array_equal(getattr(self, n), getattr(other, n), equal_nan=True) for n in names)

    __hash__ = None  # type: ignore[assignment]

    def counts_as(self, other: "Units") -> bool:
        """Say whether both are plain means over the same frames, so that only what is summed may differ."""
        same = self.ids == other.ids and all(
            np.array_equal(getattr(self, name), getattr(other, name)) for name in ("video", "other", "event", "n")
        )
        return same and all(np.isnan(units.residual).all() for units in (self, other))


def video_units(ids: Sequence[str], *, n: np.ndarray, total: np.ndarray) -> Units:
    """Make the units of a mean over videos: ``n`` and ``total`` are (V,)."""
    count = len(ids)
    return _units(ids, np.arange(count), np.full(count, ALONE), n, total)


def pair_units(ids: Sequence[str], *, n: np.ndarray, total: np.ndarray) -> Units:
    """Make the units of a mean over ordered pairs: (V, V), the diagonal and pairs without n left out."""
    video, other = np.nonzero((n > 0) & ~np.eye(len(n), dtype=bool))
    return _units(ids, video, other, n[video, other], total[video, other])


def event_units(ids: Sequence[str], lengths: np.ndarray, *, target: np.ndarray, predicted: np.ndarray) -> Units:
    """Make the units of a coefficient of determination.

    Args:
        ids: V videos.
        lengths: (V,) frames of each.
        target: (sum of lengths, E).
        predicted: the same.
    """
    events, video = target.shape[1], np.repeat(np.arange(len(ids)), lengths)
    centred, missed = target - target.mean(0), target - predicted
    sums = [
        np.stack([np.bincount(video, column, minlength=len(ids)) for column in values.T])
        for values in (centred, centred**2, missed**2)
    ]  # (E, V) each
    total, squares, residual = (values.ravel() for values in sums)
    return Units(
        ids=tuple(ids),
        video=np.tile(np.arange(len(ids)), events),
        other=np.full(len(total), ALONE),
        event=np.repeat(np.arange(events), len(ids)),
        n=np.tile(lengths, events).astype(np.float64),
        total=total,
        squares=squares,
        residual=residual,
    )


def _units(ids: Sequence[str], video: np.ndarray, other: np.ndarray, n: np.ndarray, total: np.ndarray) -> Units:
    nothing = np.full(len(video), np.nan)
    event = np.zeros(len(video), dtype=np.int64)
    n, total = n.astype(np.float64), total.astype(np.float64)
    return Units(tuple(ids), video, other, event, n, total, nothing, nothing)
