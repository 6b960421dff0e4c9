"""The cheapest monotone path through a table of costs, for a batch of pairs at once (Sakoe and Chiba, 1978).

From (i, j) a path comes from (i-1, j-1), diagonally; from (i-1, j), vertically; or from (i, j-1), horizontally. It
starts in the first cell, ends in the last, and sums its cells; each step off the diagonal adds ``step_cost``. Of
equally cheap ways into a cell, the diagonal step is taken before the vertical, and that before the horizontal.

Both sweeps go over the N + M - 1 anti-diagonals, whose cells do not depend on each other: the first sums costs, the
second starts in the last cell and marks those the path came through. Nothing here has a gradient.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from la2ds.learning.objectives.soft_dtw import skew, unskew


def accumulated_cost(cost: Tensor, *, step_cost: float = 0.0) -> Tensor:
    """Sum costs along the cheapest path to each cell.

    Args:
        cost: (P, N, M) finite cost of matching frame i of the first with frame j of the second clip.
        step_cost: what a vertical or horizontal step adds, in units of cost; at least 0.

    Returns:
        (P, N, M); the last cell is the cost of the whole path.

    Raises:
        ValueError: if the cost is not a batch of tables that are not empty, or the step's cost is below 0.
    """
    return unskew(_sweep(cost, step_cost)[2:, :, 1:], columns=cost.shape[2])


def cheapest_path(cost: Tensor, *, step_cost: float = 0.0) -> Tensor:
    """Mark the cells of the cheapest path: (P, N, M) -> (P, N, M), True on it; see ``accumulated_cost``."""
    diagonal, vertical, horizontal = _steps(_sweep(cost, step_cost), step_cost)  # (K, P, N) each
    count, _, rows = diagonal.shape
    # Two diagonals and a row behind the end, so that what comes after a cell is a plain slice: (K + 2, P, N + 1).
    after = (0, 1, 0, 0, 0, 2)
    diagonal, vertical, horizontal = (F.pad(came, after) for came in (diagonal, vertical, horizontal))
    on = torch.zeros_like(diagonal)
    on[count - 1, :, rows - 1] = True
    for k in reversed(range(count - 1)):
        near, far = on[k + 1], on[k + 2]
        found = near[:, :-1] & horizontal[k + 1, :, :-1]
        found |= near[:, 1:] & vertical[k + 1, :, 1:]
        found |= far[:, 1:] & diagonal[k + 2, :, 1:]
        on[k, :, :-1] = found
    return unskew(on[:count, :, :rows], columns=cost.shape[2])


def expected_match(cost: Tensor, *, step_cost: float) -> Tensor:
    """Give the mean column that the cheapest path matches with each row: (P, N, M) -> (P, N); see ``accumulated_cost``.

    Means lie in [0, M - 1] and do not fall from one row to the next.
    """
    path = cheapest_path(cost, step_cost=step_cost).to(cost.dtype)
    columns = torch.arange(cost.shape[2], dtype=cost.dtype, device=cost.device)
    return path @ columns / path.sum(-1)


@torch.no_grad()
def _sweep(cost: Tensor, step_cost: float) -> Tensor:
    """Accumulate by diagonals: (K + 2, P, N + 1), cell (i, j) at [i + j + 2, :, i + 1] as in ``soft_dtw``."""
    if cost.ndim != 3 or 0 in cost.shape[1:]:
        raise ValueError(f"costs must be (pairs, N, M) with N and M above 0, got {tuple(cost.shape)}")
    if step_cost < 0:
        raise ValueError(f"step_cost must be at least 0, got {step_cost}")
    diagonals = skew(cost, fill=torch.inf)  # (K, P, N)
    pairs, rows = diagonals.shape[1:]
    table = cost.new_full((len(diagonals) + 2, pairs, rows + 1), torch.inf)
    table[0, :, 0] = 0  # where all paths start
    for k, diagonal in enumerate(diagonals):
        near, far = table[k + 1], table[k]
        off = torch.minimum(near[:, :-1], near[:, 1:]) + step_cost
        torch.add(diagonal, torch.minimum(off, far[:, :-1]), out=table[k + 2, :, 1:])
    return table


def _steps(table: Tensor, step_cost: float) -> tuple[Tensor, Tensor, Tensor]:
    """Say by which step the cheapest path enters each cell: diagonal, vertical, horizontal, (K, P, N) each."""
    above, before, corner = table[1:-1, :, :-1], table[1:-1, :, 1:], table[:-2, :, :-1]
    # The very sums of the sweep, so that rounding cannot choose another way than the one that was summed.
    diagonal = corner <= torch.minimum(above, before) + step_cost
    vertical = ~diagonal & (above <= before)
    return diagonal, vertical, ~diagonal & ~vertical
