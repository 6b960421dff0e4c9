"""Alignment error: how far from the true key event a carried key frame lands. Ours; no peer reports it."""

import logging

import numpy as np

from la2ds.config import ProtocolConfig
from la2ds.evaluation.metrics.carried_events import (
    carried_along_paths,
    carried_by_nearest,
    missed_from,
    missed_from_several,
)
from la2ds.evaluation.metrics.clips import ActionClips
from la2ds.evaluation.metrics.events import event_frames
from la2ds.formats.results.metrics import Row
from la2ds.formats.results.units import pair_units, video_units

log = logging.getLogger(__name__)


def alignment_error(data: ActionClips, protocol: ProtocolConfig) -> list[Row]:
    """Carry each key event frame of a val video into every other, and measure the miss.

    The event of phase p is its last frame, as in phase progression. It is carried by nearest neighbour, over every s-th
    frame of the other video; with ``alignment_paths`` also along the cheapest monotone path through all frames, which
    keeps order and ties the ends. The mean is over all (ordered pair of different videos, event), so each counts the
    same; with ``alignment_sources`` also over all (video, group of sources, event) of the median that a group gives.
    This is what a user of an alignment sees, and unlike tau it needs labels.

    Returns:
        ``unit=fraction``: |found - true| / frames of the video searched; ``unit=ms``: the same in milliseconds of that
        video; then, in fractions, ``sources=N``, ``match=path`` and both. n cells averaged; dropped cells without the
        phase in either video, for ms also those without a known frame rate.
    """
    if len(data.val) < 2:
        log.warning("alignment_error: no pair, since there are %d val videos", len(data.val))
        return [Row("alignment_error", variant, float("nan"), 0, 0) for variant in _variants(protocol)]
    events = np.array([event_frames(c.phases, data.phase_count) for c in data.val])  # (V, E)
    embeddings, ids = [c.embedding for c in data.val], [c.video_id for c in data.val]
    frames = np.array([len(c.phases) for c in data.val], dtype=np.float64)
    fps = np.array([c.fps for c in data.val], dtype=np.float64)
    found = carried_by_nearest(embeddings, events, stride=protocol.alignment_stride)
    missed = missed_from(found, events)
    ms = 1000 * missed / np.where(fps > 0, fps, np.nan)[:, None]
    rows = [_row("unit=fraction", missed / frames[:, None], ids), _row("unit=ms", ms, ids)]
    if rows[0].dropped:
        log.warning("alignment_error: %d (pair, event) cells without the phase in one of the videos", rows[0].dropped)
    rows += _of_several(found, events, frames, ids, protocol, variant="unit=fraction")
    if protocol.alignment_paths:
        found = carried_along_paths(embeddings, events)
        rows.append(_row("unit=fraction/match=path", missed_from(found, events) / frames[:, None], ids))
        rows += _of_several(found, events, frames, ids, protocol, variant="unit=fraction/match=path")
    return rows


def _variants(protocol: ProtocolConfig) -> list[str]:
    """List the rows there are, in order."""
    several = [f"/sources={protocol.alignment_sources}"] if protocol.alignment_sources else []
    along = [f"unit=fraction/match=path{rest}" for rest in ("", *several)] if protocol.alignment_paths else []
    return ["unit=fraction", "unit=ms", *(f"unit=fraction{rest}" for rest in several), *along]


def _row(variant: str, cells: np.ndarray, ids: list[str]) -> Row:
    """Average (V, V, E) cells over pairs of different videos."""
    pairs = cells[~np.eye(len(cells), dtype=bool)].ravel()
    scored = pairs[~np.isnan(pairs)]
    if not len(scored):
        return Row("alignment_error", variant, float("nan"), 0, len(pairs))
    units = pair_units(ids, n=np.count_nonzero(~np.isnan(cells), axis=2), total=np.nansum(cells, axis=2))
    return Row("alignment_error", variant, float(scored.mean()), len(scored), len(pairs) - len(scored), units)


def _of_several(
    found: np.ndarray, events: np.ndarray, frames: np.ndarray, ids: list[str], protocol: ProtocolConfig, *, variant: str
) -> list[Row]:
    """Average the miss of medians over groups of sources; no row where the protocol asks for none."""
    if not protocol.alignment_sources:
        return []
    variant += f"/sources={protocol.alignment_sources}"
    cells = missed_from_several(found, events, sources=protocol.alignment_sources) / frames[:, None, None]
    scored = cells[~np.isnan(cells)]
    if not len(scored):
        return [Row("alignment_error", variant, float("nan"), 0, cells.size)]
    n, total = np.count_nonzero(~np.isnan(cells), axis=(1, 2)), np.nansum(cells, axis=(1, 2))
    units = video_units(ids, n=n, total=total)
    return [Row("alignment_error", variant, float(scored.mean()), len(scored), cells.size - len(scored), units)]
