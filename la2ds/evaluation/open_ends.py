"""Clips that start or end at different moments: the cheapest path of which the ends may be left out.

A frame at an end may go without a partner for a price: a share of what it costs to match it with a frame of the other
clip taken by lot. So neither the unit of costs nor how much anybody moves matters. Along the edges of the table of
costs a path pays that price where the match is dearer (``opened``), and goes on from corner to corner as before; the
stretches at its ends that paid it are then cut off.
"""

import numpy as np

from la2ds.evaluation.align import match_frames

LEAST = 0.5  # of the shorter clip: if no more is matched, nothing speaks for these ends


def match_open(cost: np.ndarray, share: float) -> np.ndarray:
    """Find the cheapest path of which the ends may be left out.

    Args:
        cost: (N, M) what each match costs, at least 0.
        share: price of a frame without a partner, as a share of the mean cost of its row or column.

    Returns:
        (L, 2) frames of the first and of the second clip, both rising. Frames before and after have no partner, at each
        end those of one clip. From corner to corner where it would otherwise leave out more than ``LEAST`` allows.
    """
    path = match_frames(opened(cost, share))
    dear = cost[tuple(path.T)] > _edges(cost, share)[tuple(path.T)]
    last = np.array(cost.shape) - 1
    kept = path[_left_out(path, dear) : len(path) - _left_out(last - path[::-1], dear[::-1])]
    matched = min(len(np.unique(frames)) for frames in kept.T) if len(kept) else 0
    return kept if matched >= LEAST * min(cost.shape) else match_frames(cost)


def opened(cost: np.ndarray, share: float) -> np.ndarray:
    """Give (N, M) costs along whose edges none is above the price of a frame without a partner."""
    return np.minimum(cost, _edges(cost, share))


def _edges(cost: np.ndarray, share: float) -> np.ndarray:
    """Give what each cell may cost at most: (N, M), infinite away from the edges."""
    most = np.full(cost.shape, np.inf)
    for edge in (0, -1):
        most[:, edge] = share * cost.mean(1)  # the first clip goes on while the second stands
        most[edge] = np.minimum(most[edge], share * cost.mean(0))
    return most


def _left_out(path: np.ndarray, dear: np.ndarray) -> int:
    """Count the steps at the start of a path that lie on an edge, if one of them was too dear.

    The last one stays: there the other clip begins.
    """
    before = max(int(np.argmin(np.append(frames == 0, False))) for frames in path.T) - 1
    return before if dear[: max(before, 0)].any() else 0
