"""Shuffle and learn (SaL; Misra et al., ECCV 2016), as in TCC's released code.

Three frames of a clip are shown in order or not, and a small classifier says which. Tuples are drawn from the frames of
a view, evenly over them.
"""

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from la2ds.config import ObjectiveConfig
from la2ds.learning.objectives.base import Objective, Sequences

TUPLES = 8  # of each clip in each step
ORDERED = 0.25  # share of the tuples
# Of five frames a < b < c < d < e: (b, c, d) is in order; (b, a, d) and (b, e, d) are not.
TRIPLES = torch.tensor([[1, 2, 3], [1, 0, 3], [1, 4, 3]])


class ShuffleAndLearn(Objective):
    """Cross entropy of "in order" against "shuffled"; the classifier (3 D - 128 - 64 - 2) is trained along."""

    views = 1

    def __init__(self, config: ObjectiveConfig) -> None:
        super().__init__(config)
        self.width = config.sal_width
        layers = (nn.Linear(3 * self.width, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 2))
        self.head = nn.Sequential(*layers)

    def forward(self, first: Sequences, second: Sequences, *, generator: Generator, step: int) -> Tensor:
        """Average over clips and tuples.

        Raises:
            ValueError: if the projections do not have the width the classifier was built for.
        """
        clips, frames, width = first.z.shape
        if width != self.width:
            raise ValueError(f"objective.sal_width must be the width of the projections, {width}, got {self.width}")
        places, kinds = draw_triples(clips, frames, generator)
        rows = torch.arange(clips)[:, None, None]
        shown = first.z[rows.to(first.z.device), places.to(first.z.device)].flatten(2)  # (B, TUPLES, 3 D)
        shuffled = (kinds > 0).long().to(shown.device)
        return F.cross_entropy(self.head(shown).flatten(0, 1), shuffled.flatten())


def draw_triples(clips: int, frames: int, generator: Generator) -> tuple[Tensor, Tensor]:
    """Draw tuples of each clip.

    Args:
        clips: B.
        frames: frames in a view.
        generator: where randomness comes from (CPU).

    Returns:
        (B, TUPLES, 3) places in the view, and (B, TUPLES) which of ``TRIPLES`` they are (0 is "in order").

    Raises:
        ValueError: if a view has fewer than five frames.
    """
    if frames < 5:
        raise ValueError(f"sal draws five different frames of a view, which must hold at least 5, got {frames}")
    keys = torch.rand((clips, TUPLES, frames), generator=generator)
    five = keys.argsort(-1)[..., :5].sort(-1).values
    # Backwards half of the time, so that the direction of time does not give the answer.
    backwards = torch.rand((clips, TUPLES, 1), generator=generator) < 0.5
    five = torch.where(backwards, five.flip(-1), five)
    chance = torch.rand((clips, TUPLES), generator=generator)
    kinds = (chance >= ORDERED).long() + (chance >= ORDERED + (1 - ORDERED) / 2).long()
    return five.gather(-1, TRIPLES[kinds]), kinds
