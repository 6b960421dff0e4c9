"""Kendall's tau: does nearest-neighbour alignment keep the order of frames? Uses no labels."""

import logging

import numpy as np

from la2ds.config import ProtocolConfig
from la2ds.evaluation.metrics.clips import ActionClips, Clip
from la2ds.evaluation.metrics.distances import Gallery
from la2ds.formats.results.metrics import Row
from la2ds.formats.results.units import pair_units

log = logging.getLogger(__name__)

# Frames of short videos that are sought together, about.
QUERIES = 4096


def kendall_tau(data: ActionClips, protocol: ProtocolConfig) -> list[Row]:
    """Mean tau-b over ordered pairs of different videos, for the val and the train split.

    Each s-th frame of one video is carried to its nearest frame (squared Euclidean, first minimum) among each s-th
    frame of the other; tau-b compares the order before and after. From Dwibedi et al., TCC (CVPR 2019), whose text
    defines tau-a; all public code takes tau-b (scipy), and so do we. The stride is 2 in CASA and CARL, 5 in TCC, LAV
    and GTA, 4 in VAOT, and moves the number a lot.

    Returns:
        one row per split: n pairs averaged; dropped pairs for which tau is not defined, since all nearest frames
        coincide or there is one frame only. The peers drop these silently.
    """
    if not protocol.kendall_tau:
        return []
    return [
        _split_row(clips, split, protocol.tau_stride) for split, clips in (("val", data.val), ("train", data.train))
    ]


def _split_row(clips: list[Clip], split: str, stride: int) -> Row:
    taus = pair_taus([c.embedding[::stride] for c in clips])
    defined = taus[~np.isnan(taus)]
    dropped = len(taus) - len(defined)
    if dropped:
        log.warning("kendall_tau: %d of %d %s pairs have no tau (one nearest frame for all)", dropped, len(taus), split)
    variant = f"split={split}/stride={stride}"
    if not len(defined):
        return Row("kendall_tau", variant, float("nan"), 0, dropped)
    pairs = np.full((len(clips), len(clips)), np.nan)
    pairs[~np.eye(len(clips), dtype=bool)] = taus
    units = pair_units([c.video_id for c in clips], n=~np.isnan(pairs), total=np.nan_to_num(pairs))
    return Row("kendall_tau", variant, float(defined.mean()), len(defined), dropped, units)


def pair_taus(embeddings: list[np.ndarray]) -> np.ndarray:
    """Compute tau-b of every ordered pair of different videos.

    Args:
        embeddings: (T_v, D) of each of V videos.

    Returns:
        (V * (V - 1),); NaN where not defined.
    """
    if len(embeddings) < 2:
        return np.empty(0)
    gallery, taus = Gallery(embeddings), []
    group = 1 + len(embeddings) * QUERIES // len(gallery.frames)
    for first in range(0, len(embeddings), group):
        queries = embeddings[first : first + group]
        found = np.split(gallery.nearest(np.concatenate(queries)), np.cumsum([len(e) for e in queries])[:-1], axis=1)
        taus += [np.delete(tau_b(ranks), first + v) for v, ranks in enumerate(found)]
    return np.concatenate(taus)


def tau_b(ranks: np.ndarray) -> np.ndarray:
    """Compute Kendall's tau-b of (0, 1, ..., n - 1) against each row, as ``scipy.stats.kendalltau`` would.

    Args:
        ranks: (V, n) numbers.

    Returns:
        (V,) in [-1, 1]; NaN where all numbers of a row are equal or n < 2.
    """
    rows, n = ranks.shape
    if n < 2:
        return np.full(rows, np.nan)
    order = ranks.argsort(axis=1, kind="stable")
    by_rank = np.take_along_axis(ranks, order, axis=1)
    ends = np.flatnonzero(np.diff(by_rank, axis=1, append=np.inf))  # where a run of equals ends, over all rows
    run = np.diff(ends, prepend=-1)
    tied = np.bincount(ends // n, run * (run - 1) // 2, minlength=rows)
    pairs = n * (n - 1) // 2
    untied = pairs - tied
    untied[untied == 0] = np.nan
    # The order before has no ties, the order after may.
    return np.asarray((untied - 2 * inversions(order)) / np.sqrt(pairs * untied))


def inversions(permutations: np.ndarray) -> np.ndarray:
    """Count pairs that stand in falling order, in each row.

    Bit by bit from the highest, numbers that agree in all higher bits, which form a group, are parted stably into those
    without and with the bit. A number without it moves forward past as many as stood before it and are larger.

    Args:
        permutations: (V, n) of 0, 1, ..., n - 1.

    Returns:
        (V,) int64.
    """
    rows, n = permutations.shape
    numbers, place = permutations.astype(np.int32), np.arange(n, dtype=np.int32)
    moved, count = np.empty_like(numbers), np.zeros(rows, dtype=np.int64)
    for bit in reversed(range((n - 1).bit_length())):
        without = (numbers >> bit) & 1 == 0
        passed = without.cumsum(axis=1, dtype=np.int32)
        earlier = place >> (bit + 1) << bit  # numbers without the bit in the groups before, which are full
        target = np.where(without, passed - 1 + earlier, place - passed + earlier + (1 << bit))
        count += ((place - target) * without).sum(axis=1, dtype=np.int64)
        np.put_along_axis(moved, target, numbers, axis=1)
        numbers, moved = moved, numbers
    return count
