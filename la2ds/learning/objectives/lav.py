"""Learning by aligning videos (LAV; Haresh et al., CVPR 2021): soft-DTW and a contrastive term within each clip.

After the released code. Its contrastive term (C-IDM) weighs far frames by 1 + (difference of times)^2 with times as
shares of the clip, so that weights lie between 1 and 2; ``time: frames`` takes frame numbers instead, which makes the
weights of far frames very large. The soft-DTW is not normalised, as in the released settings.
"""

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from la2ds.learning.objectives.base import Objective, Sequences
from la2ds.learning.objectives.common import frame_numbers, squared_distances, unordered_pairs
from la2ds.learning.objectives.soft_dtw import soft_dtw


class AlignmentInTime(Objective):
    """[ soft-DTW(x, y) + idm_weight (I(x) + I(y)) ] / F over all pairs of clips, on unit vectors.

    Both parts are the same for (x, y) and (y, x), so each pair counts once.
    """

    views = 1
    least_clips = 2

    def forward(self, first: Sequences, second: Sequences, *, generator: Generator, step: int) -> Tensor:
        """Average over pairs."""
        z = F.normalize(first.z, dim=-1)
        left, right = unordered_pairs(z)
        warping = soft_dtw(squared_distances(z[left], z[right]), gamma=self.config.gamma).mean()
        # Every clip is in as many pairs as any other: the mean over pairs of I(x) + I(y) is twice the mean over clips.
        within = 2 * self._within(z, first).mean()
        return (warping + self.config.idm_weight * within) / z.shape[1]

    def _within(self, z: Tensor, clips: Sequences) -> Tensor:
        """Contrastive IDM of each clip, summed over its pairs of frames: (B, F, D) -> (B,)."""
        frames = frame_numbers(clips.times, clips.lengths)
        gap = _gaps(frames)
        time_gap = gap if self.config.time == "frames" else _gaps(clips.times)
        distance = squared_distances(z, z)
        far = (1 + time_gap**2) * (self.config.margin - distance).clamp(min=0)
        return torch.where(gap > self.config.window, far, distance).sum((1, 2))


def _gaps(times: Tensor) -> Tensor:
    """(B, F) -> (B, F, F) absolute differences."""
    return (times[:, :, None] - times[:, None, :]).abs()
