"""Fine-grained frame retrieval: the share of a frame's nearest neighbours in other videos that are of its phase."""

import logging

import numpy as np

from la2ds.config import ProtocolConfig
from la2ds.evaluation.metrics.clips import ActionClips, Clip
from la2ds.evaluation.metrics.distances import Gallery
from la2ds.formats.labels import BACKGROUND
from la2ds.formats.results.metrics import Row
from la2ds.formats.results.units import video_units

log = logging.getLogger(__name__)


def retrieval(data: ActionClips, protocol: ProtocolConfig) -> list[Row]:
    """Precision at K over the nearest frames of the other val videos (the literature's "AP@K").

    ``average=frames``, the default, is VAOT's public code: every frame counts the same. ``average=videos`` with a
    stride is CARL's: mean within a video, then over videos. LAV's, which searches the query's own video and finds the
    query, is not offered. Among frames at equal distance the one first in file order counts as nearer (the peers'
    argsort and scikit-learn's neighbours leave that order open, which shows where many distances are equal, as for
    t/T). Precision divides by K even where the gallery has fewer frames of the right phase, so it is capped; the cap is
    logged.

    Returns:
        one row per K: n queries; dropped val frames left out as background. NaN with n = 0 where there is no gallery.
    """
    if not protocol.retrieval_k:
        return []
    strided = [_strided(clip, protocol.retrieval_stride) for clip in data.val]
    labelled = [_without_background(clip) if protocol.drop_background else clip for clip in strided]
    dropped = sum(len(c.phases) for c in strided) - sum(len(c.phases) for c in labelled)
    clips = [c for c in labelled if len(c.phases)]
    queries = sum(len(c.phases) for c in clips)
    hits = precision_at(clips, protocol.retrieval_k) if len(clips) > 1 else []
    rows = []
    for column, k in enumerate(protocol.retrieval_k):
        variant = f"k={k}/average={protocol.retrieval_average}"
        if not hits:
            log.warning("retrieval: nothing to search in, since %d val videos have frames", len(clips))
            rows.append(Row("retrieval", variant, float("nan"), 0, dropped + queries))
            continue
        _log_cap(clips, k)
        shares = [h[:, column] for h in hits]
        if protocol.retrieval_average == "videos":
            shares = [s.mean(keepdims=True) for s in shares]
        counts, totals = np.array([len(s) for s in shares]), np.array([s.sum() for s in shares])
        units = video_units([c.video_id for c in clips], n=counts, total=totals)
        rows.append(Row("retrieval", variant, float(np.concatenate(shares).mean()), queries, dropped, units))
    return rows


def precision_at(clips: list[Clip], ks: tuple[int, ...]) -> list[np.ndarray]:
    """Give each frame's share of right phases among its K nearest frames of the other clips.

    Args:
        clips: V >= 2 clips.
        ks: the K values.

    Returns:
        one (T_v, len(ks)) array per clip, in [0, 1].
    """
    gallery = Gallery([c.embedding for c in clips])
    phases = np.concatenate([c.phases for c in clips])
    out = []
    for v, clip in enumerate(clips):
        frames_of_clip = slice(gallery.starts[v], gallery.ends[v])
        size = len(phases) - len(clip.phases)
        precision = np.empty((len(clip.phases), len(ks)))
        for row, nearest in enumerate(gallery.nearest_outside(clip.embedding, frames_of_clip, min(max(ks), size))):
            right = np.cumsum(phases[nearest] == clip.phases[row])
            precision[row] = [right[min(k, len(right)) - 1] / k for k in ks]
        out.append(precision)
    return out


def _strided(clip: Clip, stride: int) -> Clip:
    return Clip(clip.video_id, clip.embedding[::stride], clip.phases[::stride], clip.fps)


def _without_background(clip: Clip) -> Clip:
    keep = clip.phases != BACKGROUND
    return Clip(clip.video_id, clip.embedding[keep], clip.phases[keep], clip.fps)


def _log_cap(clips: list[Clip], k: int) -> None:
    """Log the precision a perfect embedding would reach, where it is below 1."""
    everywhere = np.concatenate([c.phases for c in clips])
    caps = []
    for clip in clips:
        for phase, queries in zip(*np.unique(clip.phases, return_counts=True), strict=True):
            right = np.count_nonzero(everywhere == phase) - queries
            caps.append((min(k, right) / k, queries))
    shares, weights = np.array(caps).T
    if (shares < 1).any():
        log.warning(
            "retrieval: precision at %d can reach %.4f only, frames are few", k, np.average(shares, weights=weights)
        )
