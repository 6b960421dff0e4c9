"""Kendall's tau: does nearest-neighbour alignment keep the order of frames? Uses no labels."""

import logging

import numpy as np

from la2ds.config import ProtocolConfig
from la2ds.evaluation.metrics.clips import ActionClips, Clip
from la2ds.evaluation.metrics.distances import Gallery
from la2ds.formats.results.metrics import Row
from la2ds.formats.results.units import pair_units

log = logging.getLogger(__name__)

# At most this many frame pairs at once: 128 MiB as int64.
CELLS = 1 << 24


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
    gallery = Gallery(embeddings)
    taus = [np.delete(tau_b(gallery.nearest(e)), v) for v, e in enumerate(embeddings)]
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
    first, second = np.triu_indices(n, k=1)
    chunk = max(1, CELLS // len(first))
    tau = np.full(rows, np.nan)
    for start in range(0, rows, chunk):
        part = slice(start, start + chunk)
        difference = ranks[part, second] - ranks[part, first]  # (V, n (n - 1) / 2)
        # Concordant minus discordant pairs; the order before has no ties, the order after may.
        score = np.count_nonzero(difference > 0, axis=1) - np.count_nonzero(difference < 0, axis=1)
        untied = np.count_nonzero(difference, axis=1).astype(np.float64)
        untied[untied == 0] = np.nan
        tau[part] = score / np.sqrt(len(first) * untied)
    return tau
