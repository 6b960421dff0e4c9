"""Contrastive regression between a clip and its augmented copy.

CASA (Kwon et al., CVPR 2022, section 3.3) and, after it, LA2DS regress the time of a frame through soft matching: the
frame's similarity to all frames of the other view, softmax, expected time, squared error. This is the symmetric form
with time as a share of the clip and cosine similarity; CASA's released form differs (one direction, frame numbers,
unsquared distances). Which form LA2DS uses is not known to us.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from la2ds.config import ObjectiveConfig


class Regression:
    """Squared error of the expected time, both directions, optionally weighed by the match's own spread."""

    def __init__(self, config: ObjectiveConfig) -> None:
        self.config = config

    def __call__(self, z0: Tensor, z1: Tensor, times0: Tensor, times1: Tensor) -> Tensor:
        """Compute the loss.

        Args:
            z0: (B, F, D) projections of the first views.
            z1: (B, G, D) projections of the second views of the same clips.
            times0: (B, F) true times of the frames as shares of the clip, increasing.
            times1: (B, G) the same for the second views.

        Returns:
            the mean over clips, directions and frames that the other view covers.
        """
        similarity = F.normalize(z0, dim=-1) @ F.normalize(z1, dim=-1).mT / self.config.temperature
        there = self._one_way(similarity.mT, source=times1, target=times0)
        back = self._one_way(similarity, source=times0, target=times1)
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
