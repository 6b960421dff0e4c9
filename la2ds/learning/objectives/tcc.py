"""Temporal cycle consistency (TCC; Dwibedi et al., CVPR 2019): cycle-back regression.

A frame has a soft nearest neighbour in another clip, and that one in turn a time in the first clip.
The paper's regularisation is the log of sigma, its released code's (and ours) that of the *variance*, which is the same
with twice the weight. The code's squared distances are divided by the number of channels, and vectors are not
normalised; so here.
"""

import torch
from torch import Generator, Tensor

from la2ds.learning.objectives.base import Objective, Sequences
from la2ds.learning.objectives.common import ordered_pairs, squared_distances

# Added to the variance, in squared shares of the clip: our choice. The released code has none, and divides by zero
# where a cycle returns to one frame alone.
SMALLEST_VARIANCE = 1e-4


class CycleConsistency(Objective):
    """Error of the time a cycle returns to, over all ordered pairs of clips; time is a share of the clip.

    With ``variance`` above 0 the squared error is divided by the variance of the cycle's end, and ``variance`` weighs
    the log of that variance (the code's ``regression_mse_var``, weight 0.001); with 0 it is the plain squared error
    (``regression_mse``).
    """

    views = 1
    least_clips = 2

    def forward(self, first: Sequences, second: Sequences, *, generator: Generator, step: int) -> Tensor:
        """Average over pairs and frames."""
        left, right = ordered_pairs(first.z)
        start, other, times = first.z[left], first.z[right], first.times[left]  # (P, F, D) twice, (P, F)
        neighbour = self._match(start, other) @ other
        back = self._match(neighbour, start)
        mean = torch.einsum("pij,pj->pi", back, times)
        error = (times - mean) ** 2
        if self.config.variance:
            gaps = times[:, None, :] - mean[:, :, None]
            variance = (back * gaps**2).sum(-1) + SMALLEST_VARIANCE
            error = error / variance + self.config.variance * variance.log()
        return error.mean()

    def _match(self, x: Tensor, y: Tensor) -> Tensor:
        """Softmax over the frames of y: (P, F, D) twice -> (P, F, F)."""
        return torch.softmax(squared_distances(x, y) / (-self.config.temperature * x.shape[-1]), -1)
