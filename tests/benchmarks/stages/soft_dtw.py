"""Soft-DTW and its gradient, against the sweep of diagonals left to PyTorch's autograd."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from la2ds.learning.objectives.soft_dtw import soft_dtw
from tests.benchmarks.harness import Case

SIZES = [(pairs, frames) for pairs in (1, 8, 64) for frames in (32, 64, 256)]  # (pairs, frames of each clip)
GAMMA = 0.1


def plain(cost: Tensor) -> Tensor:
    """Sweep the diagonals of square tables, nothing but the definition: (P, N, N) -> (P,)."""
    frames = cost.shape[1]
    flipped = cost.flip(2)
    outside = cost.new_full((len(cost), 1), 1e10)
    far, near = outside.new_full((len(cost), frames + 1), 1e10), outside.new_full((len(cost), frames + 1), 1e10)
    far[:, 0] = 0
    for k in range(2 * frames - 1):
        low, high = max(0, k - frames + 1), min(k, frames - 1) + 1  # rows of this diagonal
        cells = flipped.diagonal(frames - 1 - k, 1, 2)
        ways = torch.stack([near[:, low:high], near[:, low + 1 : high + 1], far[:, low:high]])
        best = cells - GAMMA * torch.logsumexp(ways / -GAMMA, 0)
        far, near = near, F.pad(best, (low + 1, frames - high), value=1e10)
    return near[:, -1]


def make(size: tuple[int, int]) -> Case:
    pairs, frames = size
    cost = 2 * torch.rand(pairs, frames, frames, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    def found(values: Tensor, leaf: Tensor) -> np.ndarray:
        (gradient,) = torch.autograd.grad(values.sum(), leaf)
        return np.concatenate([values.detach().numpy(), gradient.numpy().ravel()])

    def ours() -> np.ndarray:
        leaf = cost.clone().requires_grad_()
        return found(soft_dtw(leaf, gamma=GAMMA), leaf)

    def by_autograd() -> np.ndarray:
        leaf = cost.clone().requires_grad_()
        return found(plain(leaf), leaf)

    return Case(ours, by_autograd, tolerance=1e-6)
