"""Sequence contrastive loss (CARL; Chen et al., CVPR 2022, section 3.3) on time as a share of the clip."""

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from la2ds.learning.objectives.base import Objective, Sequences


class SequenceContrastive(Objective):
    """KL divergence between a Gaussian of the true time difference and the softmax of the similarities.

    CARL measures time in frames (sigma^2 = 10 frames^2); views of one clip may differ in speed here, so sigma is a
    share of the clip. Both directions.
    """

    def forward(self, first: Sequences, second: Sequences, *, generator: Generator, step: int) -> Tensor:
        """Average over clips, directions and frames."""
        similarity = F.normalize(first.z, dim=-1) @ F.normalize(second.z, dim=-1).mT / self.config.temperature
        closeness = -((first.times[:, :, None] - second.times[:, None, :]) ** 2) / (2 * self.config.sigma**2)
        return (divergence(closeness, similarity) + divergence(closeness.mT, similarity.mT)) / 2


def divergence(closeness: Tensor, similarity: Tensor) -> Tensor:
    """Average KL(softmax(closeness) || softmax(similarity)) along the last axis over all others: (..., M) -> scalar."""
    target = closeness.log_softmax(-1)
    return torch.sum(target.exp() * (target - similarity.log_softmax(-1)), -1).mean()
