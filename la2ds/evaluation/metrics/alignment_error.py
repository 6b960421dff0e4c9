"""Alignment error: how far from the true key event a carried key frame lands. Ours; no peer reports it."""

import logging

import numpy as np

from la2ds.config import ProtocolConfig
from la2ds.evaluation.metrics.clips import ActionClips
from la2ds.evaluation.metrics.distances import Gallery
from la2ds.evaluation.metrics.events import ABSENT, event_frames
from la2ds.formats.results.metrics import Row
from la2ds.formats.results.units import pair_units

log = logging.getLogger(__name__)


def alignment_error(data: ActionClips, protocol: ProtocolConfig) -> list[Row]:
    """Carry each key event frame of a val video into every other by nearest neighbour, and measure the miss.

    The event of phase p is its last frame, as in phase progression. The found frame is the first minimum of the squared
    Euclidean distance over every s-th frame of the other video. The mean is over all (ordered pair of different videos,
    event), so each counts the same. This is what a user of an alignment sees, and unlike tau it needs labels.

    Returns:
        ``unit=fraction``: |found - true| / frames of the video searched; ``unit=ms``: the same in milliseconds of that
        video. n cells averaged; dropped cells without the phase in either video, for ms also those without a known
        frame rate.
    """
    if len(data.val) < 2:
        log.warning("alignment_error: no pair, since there are %d val videos", len(data.val))
        return [Row("alignment_error", f"unit={unit}", float("nan"), 0, 0) for unit in ("fraction", "ms")]
    events = np.array([event_frames(c.phases, data.phase_count) for c in data.val])  # (V, E)
    missed = _missed_frames(data, events, protocol.alignment_stride)
    frames = np.array([len(c.phases) for c in data.val], dtype=np.float64)[None, :, None]
    fps = np.array([c.fps for c in data.val], dtype=np.float64)[None, :, None]
    cells = {"fraction": missed / frames, "ms": 1000 * missed / np.where(fps > 0, fps, np.nan)}
    ids = [c.video_id for c in data.val]
    rows = [_row(unit, values, ids) for unit, values in cells.items()]
    if rows[0].dropped:
        log.warning("alignment_error: %d (pair, event) cells without the phase in one of the videos", rows[0].dropped)
    return rows


def _missed_frames(data: ActionClips, events: np.ndarray, stride: int) -> np.ndarray:
    """Give |found - true| in frames.

    Args:
        data: V val clips.
        events: (V, E) true frames, -1 where absent.
        stride: every how many frames of the second video are searched.

    Returns:
        (V, V, E) by first video, second video, event; NaN where either video lacks the event. The diagonal is no pair.
    """
    missed = np.full((len(events), *events.shape), np.nan)
    gallery = Gallery([c.embedding[::stride] for c in data.val])
    for v, clip in enumerate(data.val):
        present = np.flatnonzero(events[v] != ABSENT)
        if len(present):
            found = stride * gallery.nearest(clip.embedding[events[v, present]])  # (V, present)
            true = events[:, present]
            missed[v][:, present] = np.where(true == ABSENT, np.nan, np.abs(found - true))
    return missed


def _row(unit: str, cells: np.ndarray, ids: list[str]) -> Row:
    pairs = cells[~np.eye(len(cells), dtype=bool)].ravel()
    scored = pairs[~np.isnan(pairs)]
    if not len(scored):
        return Row("alignment_error", f"unit={unit}", float("nan"), 0, len(pairs))
    units = pair_units(ids, n=np.count_nonzero(~np.isnan(cells), axis=2), total=np.nansum(cells, axis=2))
    return Row("alignment_error", f"unit={unit}", float(scored.mean()), len(scored), len(pairs) - len(scored), units)
