"""Aligning sequential actions in the wild (VAVA; Liu et al., CVPR 2022): optimal transport with priors on time.

After the public file, the only code there is; it cannot run as it is, since it uses N and M before it sets them.
Where we differ from it, and why:

* i/N is the true time of a frame as a share of the clip, and windows are in frames of the clip, because views here are
  cropped and warped; the file counts sampled frames.
* The place of the nearest frame is that frame's place; the file's index is one too small, once virtual frames count.
* The best and the worst match of a frame are read from the transport plan T; the file reads them from K * D, which is
  largest neither for the nearest frame nor for the farthest.
* The file divides the transport cost by the number of cells twice, which all but removes it: ``transport_divisions`` is
  2 for the file's form, 0 for the cost itself.

The file does not say whether vectors are normalised, and does not do it: ``similarity: distance``. With ``cosine`` they
are.
"""

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from la2ds.learning.objectives.base import Objective, Sequences
from la2ds.learning.objectives.common import frame_numbers, ordered_pairs, squared_distances

# The file's defaults.
VIRTUAL_COST = 0.5  # zeta: cost of matching nothing
VIRTUAL_GAP = 1.5 * 2 * 5.0  # over N + M: the gap in time, where a match is with nothing
PRIOR_WIDTH = 2.0  # delta, in units of sqrt(1/N^2 + 1/M^2)
ORDER_WEIGHT = 1.0  # lambda1, times N + M
ENTROPY_WEIGHT = 0.1  # lambda2, times N M / 4
SINKHORN_STEPS = 20
INTER_TEMPERATURE = 0.5
INTER_WEIGHT = 1e-4


class TransportAlignment(Objective):
    """(C(x) + C(y)) / 2 + transport cost + 1e-4 inter-clip contrast, over all ordered pairs of clips."""

    views = 1
    least_clips = 2

    def forward(self, first: Sequences, second: Sequences, *, generator: Generator, step: int) -> Tensor:
        """Average over ordered pairs."""
        z = F.normalize(first.z, dim=-1) if self.config.similarity == "cosine" else first.z
        left, right = ordered_pairs(z)
        distance = squared_distances(z[left], z[right])  # (P, N, M)
        plan, cost = transport(distance, first.times[left], first.times[right], step=step)
        cells = plan.shape[1] * plan.shape[2], distance.shape[1] * distance.shape[2]
        transport_cost = (plan * cost).sum((1, 2)).mean() / math.prod(cells[: self.config.transport_divisions])
        between = _between(distance / z.shape[-1], plan[:, 1:, 1:]).mean()
        return self._within(z, first) + transport_cost + INTER_WEIGHT * between

    def _within(self, z: Tensor, clips: Sequences) -> Tensor:
        """Contrast within clips, averaged over them and their pairs of frames (the mean over pairs of clips, too)."""
        frames = frame_numbers(clips.times, clips.lengths)
        gap = (frames[:, :, None] - frames[:, None, :]).abs()
        distance = squared_distances(z, z) / z.shape[-1]
        far = (self.config.margin - distance).clamp(min=0)
        return torch.where(gap > self.config.window, far, distance / (gap**2 + 1)).mean()


def transport(distance: Tensor, times0: Tensor, times1: Tensor, *, step: int) -> tuple[Tensor, Tensor]:
    """Find how each pair's frames are matched, with one virtual frame before each clip that takes what has no match.

    Args:
        distance: (P, N, M) squared distances.
        times0: (P, N) times of the first clip, as shares of it.
        times1: (P, M) times of the second clip.
        step: number of the update: trust moves slowly from the diagonal to the nearest frame.

    Returns:
        (P, N + 1, M + 1) plans, which sum to 1, and the costs of the same cells.
    """
    rows, columns = distance.shape[1:]
    cost = F.pad(distance, (1, 0, 1, 0), value=VIRTUAL_COST)
    with torch.no_grad():
        prior, order = _priors(distance, times0, times1, step=step)
    log_kernel = (ORDER_WEIGHT * (rows + columns) * order - cost) / (ENTROPY_WEIGHT * rows * columns / 4)
    kernel = (prior * log_kernel.exp()).clamp(1e-15, 1e20)
    return _sinkhorn(kernel), cost


def _priors(distance: Tensor, times0: Tensor, times1: Tensor, *, step: int) -> tuple[Tensor, Tensor]:
    """Say what time makes of a match: Gaussian prior and inverse-difference weights S / lambda1, (P, N + 1, M + 1)."""
    rows, columns = distance.shape[1] + 1, distance.shape[2] + 1
    trust = min(max(0.999 ** math.isqrt(step + 1), 0.001), 0.999)
    diagonal = (times0[:, :, None] - times1[:, None, :]).abs()
    nearest = times1.gather(1, distance.argmin(2))
    gaps = torch.stack([diagonal, (times1[:, None, :] - nearest[:, :, None]).abs()])
    gaps = F.pad(gaps, (1, 0, 1, 0), value=VIRTUAL_GAP / (rows + columns))
    gaps[..., 0, 0] = 0  # nothing and nothing match
    width = PRIOR_WIDTH * math.hypot(1 / rows, 1 / columns)
    gauss = torch.exp(-((gaps / width) ** 2) / 2) / (PRIOR_WIDTH * math.sqrt(2 * math.pi))
    prior, order = (trust * part[0] + (1 - trust) * part[1] for part in (gauss, 1 / (gaps**2 + 1)))
    return prior, order


def _sinkhorn(kernel: Tensor) -> Tensor:
    """Scale rows and columns until each row and each column has the same mass: (P, N, M) -> plans that sum to 1."""
    rows, columns = kernel.shape[1:]
    u = kernel.new_full((len(kernel), rows, 1), 1 / rows)
    for _ in range(SINKHORN_STEPS):
        u = 1 / rows / (kernel @ (1 / columns / (kernel.mT @ u)))
    v = 1 / columns / (kernel.mT @ u)
    u = 1 / rows / (kernel @ v)
    return u * kernel * v.mT


def _between(distance: Tensor, plan: Tensor) -> Tensor:
    """Contrast of each frame's best and worst match, in both clips: (P, N, M) twice -> (P,)."""

    def mean_distance(axis: int, *, best: bool) -> Tensor:
        chosen = plan.argmax(axis, keepdim=True) if best else plan.argmin(axis, keepdim=True)
        return distance.gather(axis, chosen).mean((1, 2)) / INTER_TEMPERATURE

    best, worst = (mean_distance(2, best=b) + mean_distance(1, best=b) for b in (True, False))
    # Cross entropy of two logits (best, worst), of which the worst match's distance should be the larger.
    return F.softplus(best - worst)
