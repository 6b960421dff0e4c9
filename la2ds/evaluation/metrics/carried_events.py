"""Key events of each video carried into every other: by nearest neighbour or along a path, from one or several."""

import numpy as np

from la2ds.evaluation.align import match_clips, partners_of
from la2ds.evaluation.metrics.distances import Gallery
from la2ds.evaluation.metrics.events import ABSENT


def carried_by_nearest(embeddings: list[np.ndarray], events: np.ndarray, *, stride: int = 1) -> np.ndarray:
    """Find the frame most like each event's: the first minimum of the squared Euclidean distance.

    Args:
        embeddings: (T_v, D) of each of V videos.
        events: (V, E) frames, -1 where absent.
        stride: every how many frames of the other video are searched.

    Returns:
        (V, V, E) by source, video searched and event; NaN where the source lacks the event.
    """
    found = np.full((len(events), *events.shape), np.nan)
    gallery = Gallery([e[::stride] for e in embeddings])
    for v, embedding in enumerate(embeddings):
        present = np.flatnonzero(events[v] != ABSENT)
        if len(present):
            found[v][:, present] = stride * gallery.nearest(embedding[events[v, present]])
    return found


def carried_along_paths(embeddings: list[np.ndarray], events: np.ndarray) -> np.ndarray:
    """Find the frame that the cheapest monotone path matches each event's with (``la2ds.evaluation.warping``).

    A path goes through the squared Euclidean distances, from the first frames of two videos to the last; a frame that
    it matches with several is carried to the middle one. The way back is the same path.

    Returns:
        as ``carried_by_nearest``.
    """
    found = np.full((len(events), *events.shape), np.nan)
    if not (events != ABSENT).any():
        return found
    for v, first in enumerate(embeddings):
        for w in range(v + 1, len(embeddings)):
            path = match_clips(first, embeddings[w], kind="squared")
            found[v, w] = _partners(path, events[v])
            found[w, v] = _partners(path[:, ::-1], events[w])
    return found


def _partners(path: np.ndarray, events: np.ndarray) -> np.ndarray:
    """Carry a video's events (E,) along a path: (E,), NaN where absent."""
    return np.where(events == ABSENT, np.nan, partners_of(path)[events])


def missed_from(found: np.ndarray, events: np.ndarray) -> np.ndarray:
    """Measure |found - true|: (V, V, E) and (V, E) -> (V, V, E) frames; NaN without the event, and within a video."""
    missed = np.abs(found - np.where(events == ABSENT, np.nan, events))
    missed[np.diag_indices(len(missed))] = np.nan
    return missed


def missed_from_several(found: np.ndarray, events: np.ndarray, *, sources: int) -> np.ndarray:
    """Measure |median found - true| where several videos say where an event is, as for one who marks several clips.

    The other videos are taken in file order, as many at a time; those left over at the end are not used.

    Args:
        found: (V, V, E) by source, video searched and event; NaN where the source lacks the event.
        events: (V, E) true frames, -1 where absent.
        sources: videos at a time, at least 1.

    Returns:
        (V, G, E) in frames, by video searched, group of sources, and event; NaN where the video lacks the event, or
        every source does. G is (V - 1) / sources, rounded down.
    """
    videos, _, count = found.shape
    groups = max(0, videos - 1) // sources
    missed = np.empty((videos, groups, count))
    for v in range(videos):
        of_others = np.delete(found[:, v], v, axis=0)[: groups * sources].reshape(groups, sources, count)
        # Of those that have the event: NaN sorts last.
        ordered, known = np.sort(of_others, axis=1), np.count_nonzero(~np.isnan(of_others), axis=1)
        low, high = (np.maximum(known - 1, 0) // 2)[:, None], (known // 2).clip(max=sources - 1)[:, None]
        middle = (np.take_along_axis(ordered, low, 1) + np.take_along_axis(ordered, high, 1))[:, 0] / 2
        missed[v] = np.abs(middle - np.where(events[v] == ABSENT, np.nan, events[v]))
    return missed
