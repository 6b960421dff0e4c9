"""How sure a match is: how much dearer the paths are that take a frame elsewhere.

A path through one table of costs is dearer than the cheapest by a share of the cheapest one's cost, so neither the unit
of costs nor the frame rate matters. Where embeddings match two clips, their poses are a second witness: both shares are
averaged. They err at different moments: on the demo, where all choices here were made, right and wrong matches are told
apart with an area under the ROC curve of 0.68 and 0.77 (squat, jumping_jacks) instead of 0.63 and 0.67 by embeddings
alone.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch

from la2ds.learning.objectives.dtw_path import accumulated_cost

By = Literal["embedding", "poses"]

TOLERANCE = 0.03  # of the other clip's frames: what counts as right
# What a path may cost more than the cheapest, as a share of that, before its weight falls to 1/e. Of eleven from 0.01
# to 1 the one with the least log loss of confidences on the demo's val clips, matched by poses: events of
# tests/benchmarks/carry_events.py.
SOFTNESS = 0.05

# A median over clips errs less than one of them, so the mean of their chances is raised to this power. Of 1, 1.5, 2,
# 2.5 and 3 the one with the least log loss on the demo's val clips, two, three, five or eight of them marked, by
# embeddings and by poses.
SHARPNESS = 2.5


def match_confidence(tables: Sequence[np.ndarray], partners: np.ndarray) -> np.ndarray:
    """Estimate for each first frame the chance that its partner is within ``TOLERANCE`` of the right one.

    Args:
        tables: see ``partner_chances``.
        partners: (N,) the column that each row was matched with.

    Returns:
        (N,) float64 in [0, 1].
    """
    return near(partner_chances(tables), partners)


def partner_chances(tables: Sequence[np.ndarray]) -> np.ndarray:
    """Weigh for each row the columns by how dear the cheapest path through that cell is.

    Args:
        tables: one or more (N, M) tables of costs of the same frames, whose units may differ.

    Returns:
        (N, M) float64, rows sum to 1.
    """
    through = through_costs(np.stack(tables))
    best = through.min((1, 2), keepdims=True)
    dearer = ((through - best) / np.where(best > 0, best, 1)).mean(0)
    weight = np.exp(-(dearer - dearer.min(1, keepdims=True)) / SOFTNESS)
    return np.asarray(weight / weight.sum(1, keepdims=True))


def pooled(chances: Sequence[np.ndarray]) -> np.ndarray:
    """Join what several clips say of one moment of another: (M,) chances each -> (M,), which sum to 1."""
    mean = np.mean(chances, axis=0)
    sharp = mean**SHARPNESS if len(chances) > 1 else mean
    return np.asarray(sharp / sharp.sum())


def near(chances: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Sum the chances of columns within ``TOLERANCE`` of one column per row: (N, M), (N,) -> (N,)."""
    count = chances.shape[1]
    close = np.abs(np.arange(count) - columns[:, None]) <= TOLERANCE * count
    return np.asarray((chances * close).sum(1).clip(0, 1))


def through_costs(tables: np.ndarray) -> np.ndarray:
    """Give for each cell of (K, N, M) costs the cost of the cheapest path through its table that takes this cell."""
    cost = torch.from_numpy(tables)
    # In one sweep: paths from the start, and those from the end.
    before, after = accumulated_cost(torch.cat([cost, cost.flip(1, 2)])).chunk(2)
    return (before + after.flip(1, 2) - cost).numpy()
