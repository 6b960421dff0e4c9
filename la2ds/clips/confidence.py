"""How sure a match is: how much dearer the paths are that take a frame elsewhere."""

from typing import Literal

import numpy as np
import torch

from la2ds.learning.objectives.dtw_path import accumulated_cost

By = Literal["embedding", "poses"]

TOLERANCE = 0.03  # of the other clip's frames: what counts as right
# What a path may cost more than the cheapest, as a share of the cheapest, before its weight falls to 1/e.
SOFTNESS = {"embedding": 0.1, "poses": 0.1}


def match_confidence(table: np.ndarray, partners: np.ndarray, *, by: By) -> np.ndarray:
    """Estimate for each first frame the chance that its partner is within ``TOLERANCE`` of the right one.

    Args:
        table: (N, M) costs.
        partners: (N,) the column that the cheapest path takes each row to.
        by: what costs are made of.

    Returns:
        (N,) float64 in [0, 1].
    """
    return near(partner_chances(table, by=by), partners)


def partner_chances(table: np.ndarray, *, by: By) -> np.ndarray:
    """Weigh for each row the columns by the cheapest path through that cell: (N, M) costs -> (N, M), rows sum to 1.

    A path's weight falls by e for each ``SOFTNESS`` of the cheapest path's cost that it costs more. So neither the
    scale of costs nor the frame rate matters.
    """
    through = through_costs(table)
    dearer = np.maximum(through - through.min(1, keepdims=True), 0)
    weight = np.exp(-dearer / (SOFTNESS[by] * float(through.min()) or 1.0))
    return np.asarray(weight / weight.sum(1, keepdims=True))


def near(chances: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Sum the chances of columns within ``TOLERANCE`` of one column per row: (N, M), (N,) -> (N,)."""
    count = chances.shape[1]
    return np.asarray((chances * (np.abs(np.arange(count) - columns[:, None]) <= TOLERANCE * count)).sum(1))


def through_costs(table: np.ndarray) -> np.ndarray:
    """Give for each cell of an (N, M) table of costs the cost of the cheapest path that goes through it."""
    cost = torch.from_numpy(np.ascontiguousarray(table))[None]
    before = accumulated_cost(cost)
    after = accumulated_cost(cost.flip(1, 2)).flip(1, 2)
    return (before + after - cost)[0].numpy()
