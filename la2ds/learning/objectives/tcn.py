"""Time-contrastive network, single view (TCN; Sermanet et al., ICRA 2018), as the n-pairs loss of TCC's released code.

Positives lie 1 to 5 frames before their anchors. There, anchors and positives are one draw with one augmentation and
each frame is encoded with its own short context; here the positives are a second view of the clip, augmented like any
second view.
"""

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from la2ds.learning.objectives.base import Objective, Sequences
from la2ds.learning.objectives.common import frame_numbers


class TimeContrastive(Objective):
    """Cross entropy of finding an anchor's positive among the clip's, by dot product, plus a price on long vectors.

    ``norm_weight`` is the code's 0.25 * 0.002. Vectors are not normalised, and there is no temperature.
    """

    def second_times(self, times: Tensor, lengths: Tensor, generator: Generator) -> Tensor:
        """Draw positives 1 to ``reach`` whole frames before the anchors, but not before the first frame.

        They are put in order, since they are one sequence to the encoder; the i-th positive then is still between 1
        and ``reach`` frames before the i-th anchor, because anchors are in order as well.

        Args:
            times: (B, F) times of the anchors, as shares of the clip.
            lengths: (B,) frames of each clip.
            generator: where randomness comes from (CPU).
        """
        before = torch.randint(1, self.config.reach + 1, times.shape, generator=generator).to(times)
        frames = (frame_numbers(times, lengths) - before).clamp(min=0)
        return (frames / (lengths[:, None] - 1).clamp(min=1).to(times)).sort(1).values

    def forward(self, first: Sequences, second: Sequences, *, generator: Generator, step: int) -> Tensor:
        """Average over clips and anchors."""
        similarity = first.z @ second.z.mT  # (B, F, F)
        clips, frames = similarity.shape[:2]
        target = torch.arange(frames, device=similarity.device).repeat(clips)
        found = F.cross_entropy(similarity.flatten(0, 1), target)
        size = (first.z**2).sum(-1).mean() + (second.z**2).sum(-1).mean()
        return found + self.config.norm_weight * size
