"""How sure a match is: what share of nearly as cheap paths takes a frame to nearly the same partner."""

from typing import Literal

import numpy as np
import torch

from la2ds.learning.objectives.dtw_path import accumulated_cost

TOLERANCE = 0.03  # of the other clip's frames: what counts as right
# What a path may cost more than the cheapest, as a share of the cheapest, before its weight falls to 1/e.
SOFTNESS = {"embedding": 0.1, "poses": 0.1}


def match_confidence(table: np.ndarray, partners: np.ndarray, *, by: Literal["embedding", "poses"]) -> np.ndarray:
    """Estimate for each first frame the chance that its partner is within ``TOLERANCE`` of the right one.

    Args:
        table: (N, M) costs.
        partners: (N,) the column that the cheapest path takes each row to.
        by: what costs are made of.

    Returns:
        (N,) float64 in [0, 1].
    """
    through = through_costs(table)
    scale = SOFTNESS[by] * float(through.min()) or 1.0
    weight = np.exp(-np.maximum(through - through.min(1, keepdims=True), 0) / scale)
    near = np.abs(np.arange(table.shape[1]) - partners[:, None]) <= TOLERANCE * table.shape[1]
    return np.asarray((weight * near).sum(1) / weight.sum(1))


def through_costs(table: np.ndarray) -> np.ndarray:
    """Give for each cell of an (N, M) table of costs the cost of the cheapest path that goes through it."""
    cost = torch.from_numpy(np.ascontiguousarray(table))[None]
    before = accumulated_cost(cost)
    after = accumulated_cost(cost.flip(1, 2)).flip(1, 2)
    return (before + after - cost)[0].numpy()
