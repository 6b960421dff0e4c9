"""Bootstrap over videos: what a metric would be of other videos, interval, and test of a difference.

Resamples are numbers of times each video is drawn. A pair counts as often as both its videos were drawn together; a
video drawn twice makes no pair with itself, since a clip aligned with itself is no alignment.
"""

import zlib
from collections.abc import Sequence

import numpy as np
from scipy.special import stdtr

from la2ds.formats.results.units import ALONE, Units

RESAMPLES = 10_000
LEVEL = 0.95
# Resamples at once: with pairs of 1000 videos 8 MB.
CHUNK = 1000


def draw_counts(name: str, videos: int, *, resamples: int = RESAMPLES) -> np.ndarray:
    """Draw with replacement as many videos as there are.

    Args:
        name: what decides the random numbers, an action's name: every method is scored on the same resamples.
        videos: V.
        resamples: B.

    Returns:
        (B, V) how often each video was drawn; rows sum to V.
    """
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    return rng.multinomial(videos, np.full(videos, 1 / videos), size=resamples).astype(np.float64)


def recompute(units: Units, counts: np.ndarray, known: dict[bytes, np.ndarray] | None = None) -> np.ndarray:
    """Compute a metric on resamples.

    Args:
        units: what the metric is made of.
        counts: (B, V) how often each video of ``units.ids`` was drawn.
        known: what was counted on these resamples, filled in; mostly the same for all methods.

    Returns:
        (B,); NaN where nothing was drawn that it could be computed from.
    """
    summed = _pairs if (units.other != ALONE).any() else _videos
    if summed is _pairs or np.isnan(units.residual).all():
        known = {} if known is None else known
        key = b"".join(part.tobytes() for part in (units.n, units.video, units.other))
        if key not in known:
            known[key] = summed(units, units.n, counts)
        return _ratio(summed(units, units.total, counts), known[key])
    values = []
    for event in np.unique(units.event):
        of_event = units.event == event
        n, total, squares, residual = (
            _videos(units, np.where(of_event, sums, 0), counts)
            for sums in (units.n, units.total, units.squares, units.residual)
        )
        values.append(1 - _ratio(residual, squares - _ratio(total**2, n)))
    return np.mean(values, axis=0)


def _videos(units: Units, sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return counts @ np.bincount(units.video, sums, minlength=len(units.ids))


def _pairs(units: Units, sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    videos = len(units.ids)
    matrix = np.bincount(units.video * videos + units.other, sums, minlength=videos**2).reshape(videos, videos)
    parts = [counts[start : start + CHUNK] for start in range(0, len(counts), CHUNK)]
    return np.concatenate([np.einsum("bv,bv->b", part @ matrix, part) for part in parts] or [np.empty(0)])


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)


def interval(resampled: np.ndarray) -> tuple[float, float]:
    """Take the percentile interval of the resamples that have a value; NaN where fewer than half have one."""
    defined = resampled[~np.isnan(resampled)]
    if 2 * len(defined) < max(1, len(resampled)):
        return float("nan"), float("nan")
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def p_value(difference: np.ndarray, observed: float, *, videos: int, groups: int = 1) -> float:
    """Test whether a difference is zero, two-sided, by its spread over resamples.

    Student's t of the observed difference over its bootstrap standard error, which is widened by
    sqrt(videos / (videos - groups)), as resamples of few videos spread too little; videos - groups degrees of freedom.
    For a mean over videos of one action this is the paired t-test. The share of resamples beyond zero would raise more
    false alarms than it promises where videos are few. Signs of single videos are not flipped, since tau and alignment
    error are made of pairs, which belong to two videos each, and R^2 is no sum over videos.

    Args:
        difference: (B,) the metric of one method minus that of another, on the same resamples.
        observed: the same of the videos as they are.
        videos: how many videos were drawn from. No test over so few can go below 2^(1 - videos): a floor.
        groups: how many groups of videos, each drawn for itself, they are made of.

    Returns:
        p in (0, 1]; NaN where fewer than half of the resamples have a value, or every group is a single video.
    """
    defined = difference[~np.isnan(difference)]
    if 2 * len(defined) < max(1, len(difference)) or videos <= groups or np.isnan(observed):
        return float("nan")
    error = float(defined.std()) * np.sqrt(videos / (videos - groups))
    # Rounding aside, what differs by the same amount on every resample differs surely, or not at all.
    if error < 1e-12:
        p = 1.0 if abs(observed) < 1e-12 else 0.0
    else:
        p = 2 * float(stdtr(videos - groups, -abs(observed) / error))
    return min(1.0, max(p, 2.0 ** (1 - min(videos, 1000))))


def holm(p: Sequence[float]) -> list[float]:
    """Correct p-values for their number (Holm 1979); NaN is no test and stays."""
    order = sorted((value, index) for index, value in enumerate(p) if value == value)
    corrected, least = [float("nan")] * len(p), 0.0
    for place, (value, index) in enumerate(order):
        least = max(least, min(1.0, value * (len(order) - place)))
        corrected[index] = least
    return corrected
