"""Dynamic time warping made smooth, for a batch of pairs at once.

The table R_ij = cost_ij + min(R_{i-1,j}, R_{i,j-1}, R_{i-1,j-1}) with a smooth minimum n -> m(n):

* soft minimum, m = -gamma log sum exp(-n / gamma) (Cuturi and Blondel, ICML 2017, eq. 1), used by LAV;
* expected value, m = sum softmax(-n / gamma) n, used by GTA.

Cells on one anti-diagonal do not depend on each other, so a sweep over the N + M - 1 anti-diagonals handles all pairs
and all cells of a diagonal in one operation; the backward sweep (Cuturi and Blondel, algorithm 2) is written out, since
autograd would keep a graph of several nodes for every diagonal. Only the partial derivatives of m differ between the
two minima.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn import functional as F

# What cells outside the table cost: far above any real table and far below overflow, also after division by gamma.
OUTSIDE = 1e20


def cumulative_cost(cost: Tensor, *, gamma: float, expected: bool = False) -> Tensor:
    """Fill the tables of a batch; differentiable once, in every cell.

    Args:
        cost: (P, N, M) cost of matching frame i of the first with frame j of the second clip; below 1e15.
        gamma: smoothness, in units of cost.
        expected: expected value instead of soft minimum.

    Returns:
        (P, N, M) cost of the best way to each cell; the last cell is that of the whole alignment.

    Raises:
        ValueError: if the cost is not a batch of tables that are not empty, or gamma is not above 0.
    """
    if cost.ndim != 3 or 0 in cost.shape[1:]:
        raise ValueError(f"costs must be (pairs, N, M) with N and M above 0, got {tuple(cost.shape)}")
    if gamma <= 0:
        raise ValueError(f"gamma must be above 0, got {gamma}")
    return _CumulativeCost.apply(cost, gamma, expected)  # type: ignore[no-untyped-call]


def soft_dtw(cost: Tensor, *, gamma: float) -> Tensor:
    """Give the soft-DTW cost of each pair: (P, N, M) -> (P,)."""
    return cumulative_cost(cost, gamma=gamma)[:, -1, -1]


class _CumulativeCost(Function):
    """The sweep and its derivative.

    Tables are kept by diagonals, (K + 2, P, N + 1) with K = N + M - 1: cell (i, j) is [i + j + 2, :, i + 1]. They hold
    -R / gamma, so that a soft minimum of three is two ``logaddexp``. The first two diagonals and the first row are the
    border, so that of diagonal k the neighbours (i-1, j), (i, j-1) and (i-1, j-1) are ``before`` of k + 1, ``cells`` of
    k + 1 and ``before`` of k. Small tables cost as much as the calls: views are made for all diagonals at once.
    """

    @staticmethod
    def forward(ctx: Any, cost: Tensor, gamma: float, expected: bool) -> Tensor:
        diagonals = skew(cost / gamma, fill=OUTSIDE / gamma)  # (K, P, N)
        count, pairs, rows = diagonals.shape
        table = cost.new_full((count + 2, pairs, rows + 1), -OUTSIDE / gamma)
        table[0, :, 0] = 0  # where all alignments start
        before, cells = table[:, :, :-1].unbind(), table[:, :, 1:].unbind()
        most = torch.empty_like(diagonals[0])
        for k, diagonal in enumerate(diagonals.unbind()):
            if expected:
                neighbours = torch.stack([before[k + 1], cells[k + 1], before[k]])  # (3, P, N)
                torch.sum(neighbours.softmax(0).mul_(neighbours), 0, out=most)
            else:
                torch.logaddexp(before[k + 1], cells[k + 1], out=most)
                torch.logaddexp(most, before[k], out=most)
            torch.sub(most, diagonal, out=cells[k + 2])
        ctx.save_for_backward(table)
        ctx.expected = expected
        return unskew(table[2:, :, 1:] * -gamma, columns=cost.shape[2])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (table,) = ctx.saved_tensors
        partials = _partials(table, expected=ctx.expected)
        up, corner = partials[0, :, :, 1:].unbind(), partials[2, :, :, 1:].unbind()
        left = partials[1, :, :, :-1].unbind()
        # dL/dR by diagonals, at first that of each cell alone; the border is at the end here: (K + 2, P, N + 1).
        adjoint = F.pad(skew(gradients[0], fill=0.0), (0, 1, 0, 0, 0, 2))
        cells, after = adjoint[:, :, :-1].unbind(), adjoint[:, :, 1:].unbind()
        for k in reversed(range(len(cells) - 2)):
            cells[k].addcmul_(after[k + 1], up[k + 1]).addcmul_(cells[k + 1], left[k + 1])
            cells[k].addcmul_(after[k + 2], corner[k + 2])
        return unskew(adjoint[:-2, :, :-1], columns=gradients[0].shape[2]), None, None


def _partials(table: Tensor, *, expected: bool) -> Tensor:
    """Derivatives of every cell with respect to its three neighbours, padded by zeros: (3, K + 2, P, N + 1)."""
    neighbours = torch.stack([table[1:-1, :, :-1], table[1:-1, :, 1:], table[:-2, :, :-1]])
    weights = neighbours.softmax(0)
    if expected:
        # d/dn_k of sum_l w_l n_l with w = softmax(n).
        weights = weights * (1 + neighbours - (weights * neighbours).sum(0))
    return F.pad(weights, (0, 1, 0, 0, 0, 2))


def skew(cells: Tensor, *, fill: float) -> Tensor:
    """Put anti-diagonals into rows: (P, N, M) -> (K, P, N) with [k, p, i] = cells[p, i, k - i], or ``fill`` outside."""
    pairs, rows, columns = cells.shape
    # Rows of N + M cells, read again as rows of one cell less, start one place later each: row i moves i to the right.
    flat = F.pad(cells, (0, rows), value=fill).flatten(1)[:, : rows * (rows + columns - 1)]
    return flat.reshape(pairs, rows, rows + columns - 1).permute(2, 0, 1).contiguous()


def unskew(diagonals: Tensor, *, columns: int) -> Tensor:
    """Undo ``skew``: (K, P, N) -> (P, N, M)."""
    pairs, rows = diagonals.shape[1:]
    flat = F.pad(diagonals.permute(1, 2, 0).flatten(1), (0, rows))
    return flat.reshape(pairs, rows, rows + columns)[:, :, :columns].contiguous()
