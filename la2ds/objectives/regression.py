"""Contrastive regression between a clip and its augmented copy.

CASA (Kwon et al., CVPR 2022, section 3.3) and, after it, LA2DS regress the time of a frame through soft matching: the
frame's similarity to all frames of the other view, softmax, expected time, squared error. This is the symmetric form
with time as a share of the clip and cosine similarity; CASA's released form differs (one direction, frame numbers,
unsquared distances). Which form LA2DS uses is not known to us.
"""

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from la2ds.config import ObjectiveConfig
from la2ds.objectives.base import Objective, Sequences


class Regression(Objective):
    """Squared error of the expected time, both directions, optionally weighed by the match's own spread."""

    def __init__(self, config: ObjectiveConfig) -> None:
        super().__init__()
        self.config = config

    def forward(self, first: Sequences, second: Sequences, *, generator: Generator, step: int) -> Tensor:
        """Average over clips, directions and frames that the other view covers."""
        similarity = F.normalize(first.z, dim=-1) @ F.normalize(second.z, dim=-1).mT / self.config.temperature
        there = self._one_way(similarity.mT, source=second.times, target=first.times)
        back = self._one_way(similarity, source=first.times, target=second.times)
        return (there + back) / 2

    def _one_way(self, similarity: Tensor, *, source: Tensor, target: Tensor) -> Tensor:
        """Find the source frames' times among the target frames; similarity is (B, source, target)."""
        match = similarity.softmax(-1)
        expected = torch.einsum("bst,bt->bs", match, target)
        error = (expected - source) ** 2
        if self.config.variance:
            # TCC's regression with variance (Dwibedi et al., CVPR 2019, eq. 4): a broad match has its price.
            spread = torch.einsum("bst,bt->bs", match, target**2) - expected**2
            spread = spread.clamp(min=0) + 1e-4
            error = error / spread + self.config.variance * spread.log()
        # A frame outside the other view's range has no partner there.
        covered = (source >= target[:, :1]) & (source <= target[:, -1:])
        return (error * covered).sum() / covered.sum().clamp(min=1)
