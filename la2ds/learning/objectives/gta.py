"""Global temporal alignment with cycle consistency (GTA; Hadji et al., CVPR 2021).

After the released code, with two remarks. The code takes the first clip of a batch against each other one; here all
ordered pairs take part, each table being computed once. And it hands the probabilities of the cycle to the cross
entropy as if they were logits: they lie in [0, 1], so that the term hardly changes. That is the default
(``cycle: logits``); ``cycle: probabilities`` takes the cross entropy of the probabilities themselves.
"""

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from la2ds.learning.objectives.base import Objective, Sequences
from la2ds.learning.objectives.common import ordered_pairs
from la2ds.learning.objectives.soft_dtw import cumulative_cost


class GlobalAlignment(Objective):
    """Cycle term + dtw_weight (R^xy_end + R^yx_end) over all ordered pairs, on unit vectors."""

    views = 1
    least_clips = 2

    def forward(self, first: Sequences, second: Sequences, *, generator: Generator, step: int) -> Tensor:
        """Average over ordered pairs (and frames, in the cycle)."""
        z = F.normalize(first.z, dim=-1)
        left, right = ordered_pairs(z)
        similarity = z[left] @ z[right].mT / self.config.temperature  # (P, F, F)
        # Each frame j of the second clip chooses among the frames i of the first.
        cost = -similarity.log_softmax(1)
        table = cumulative_cost(cost, gamma=self.config.gamma, expected=True)
        # The mean over ordered pairs of R^xy + R^yx is twice the mean of R.
        return self._cycle(table) + self.config.dtw_weight * 2 * table[:, -1, -1].mean()

    def _cycle(self, table: Tensor) -> Tensor:
        """Cross entropy of going from x to y and back to the same frame: (P, F, F) tables -> scalar."""
        forth = torch.log_softmax(-table, 1)  # log p(i | j)
        back = forth.roll(len(forth) // 2, 0)  # the table of the same pair the other way round
        if self.config.cycle == "logits":
            logits = (forth.exp() @ back.exp()).mT
        else:
            # In the log domain: a matrix product of the probabilities would underflow, and its logarithm be infinite.
            logits = torch.logsumexp(forth[:, :, :, None] + back[:, None, :, :], 2).mT
        pairs, frames = logits.shape[:2]
        target = torch.arange(frames, device=logits.device).repeat(pairs)
        return F.cross_entropy(logits.flatten(0, 1), target, label_smoothing=self.config.smoothing)
