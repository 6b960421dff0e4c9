"""Sequence contrast within a clip, and between clips along a time-warping path (our recipe).

Within a clip it is SCL (Chen et al., CVPR 2022), which never lets two clips meet. So each clip's first view is also
compared with the second view of other clips of the batch, where the true match is unknown: the cheapest path of dynamic
time warping (Sakoe and Chiba, 1978) through the embeddings' own distances stands in for it, as a target without
gradient. One cycle from start to end is assumed: paths join the first frames of two views, and the last.
"""

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from la2ds.config import ObjectiveConfig
from la2ds.learning.objectives.base import Objective, Sequences
from la2ds.learning.objectives.dtw_path import expected_match
from la2ds.learning.objectives.scl import SequenceContrastive, divergence


class WarpedSequenceContrastive(Objective):
    """SCL(z0_i, z1_i) + w mean_d DSCL(z0_i, z1_{(i + d) mod B}), with w = cross_weight min(1, step / ramp).

    DSCL is the KL divergence between a Gaussian around the matched frame and the softmax of the similarities, from the
    first view to the second. Shifts d are taken modulo B; one that leads a clip to itself is left out of the mean, so
    that a clip alone in its batch has SCL alone, and so has every clip in step 0 of a ramp.
    """

    def __init__(self, config: ObjectiveConfig) -> None:
        super().__init__(config)
        self.within = SequenceContrastive(config)

    def forward(self, first: Sequences, second: Sequences, *, generator: Generator, step: int) -> Tensor:
        """Average over clips, pairs and frames."""
        loss: Tensor = self.within(first, second, generator=generator, step=step)
        left, right = _shifted_pairs(first.z, self.config.shifts)
        weight = self._weight(step)
        if weight == 0 or len(left) == 0:
            return loss
        cosine = F.normalize(first.z, dim=-1)[left] @ F.normalize(second.z, dim=-1)[right].mT  # (P, F0, F1)
        time_difference = first.times[left, :, None] - second.times[right, None, :]
        closeness = self._closeness(cosine.detach(), time_difference)
        return loss + weight * divergence(closeness, cosine / self.config.temperature)

    def _weight(self, step: int) -> float:
        """Ramp up from 0 at step 0: before views of one clip agree, paths between clips are noise."""
        ramp = self.config.ramp
        return self.config.cross_weight * (min(1.0, step / ramp) if ramp else 1.0)

    def _closeness(self, cosine: Tensor, time_difference: Tensor) -> Tensor:
        """Logits of the target: cosines and differences of time, (P, F0, F1) each -> (P, F0, F1)."""
        cost = 1 - cosine + self.config.time_weight * time_difference**2
        match = expected_match(cost, step_cost=self.config.step_cost)  # (P, F0)
        frames = torch.arange(cost.shape[2], dtype=cost.dtype, device=cost.device)
        return -((frames - match[:, :, None]) ** 2) / (2 * self.config.path_sigma**2)


def _shifted_pairs(clips: Tensor, shifts: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Pair each clip i with i + d modulo B, shift by shift, without the shifts that pair it with itself.

    Args:
        clips: anything of a batch, (B, ...).
        shifts: the d.

    Returns:
        left and right index, (P,) each; P is B times the number of shifts that are left, which may be 0.
    """
    count = len(clips)
    proper = torch.tensor([d for d in shifts if d % count], dtype=torch.long, device=clips.device)
    left = torch.arange(count, device=clips.device).repeat(len(proper))
    return left, (left + proper.repeat_interleave(count)) % count
