"""Cross entropy over human phase labels: an upper bound on what a network can learn, never a method to compare with.

Everything else in this folder is blind to labels. A table that shows this row says how much of what is missing
is the objective's fault, and how much the network's, the keypoints' and the labels' own.
"""

from torch import Generator, Tensor, nn
from torch.nn import functional as F

from la2ds.config import ObjectiveConfig
from la2ds.learning.objectives.base import Objective, Sequences

PHASES = 64  # more than any dataset names; logits that no label asks for learn to be low


class Supervised(Objective):
    """A linear classifier of phases on the projections, trained with them; frames labelled background do not count."""

    views = 1
    labelled = True

    def __init__(self, config: ObjectiveConfig) -> None:
        super().__init__(config)
        self.classifier = nn.Linear(config.sal_width, PHASES)

    def forward(self, first: Sequences, second: Sequences, *, generator: Generator, step: int) -> Tensor:
        """Average over labelled frames.

        Raises:
            ValueError: if there are no labels.
        """
        if first.phases is None:
            raise ValueError("objective supervised needs the labels of its training clips")
        logits = self.classifier(first.z)
        return F.cross_entropy(logits.flatten(0, 1), first.phases.flatten(), ignore_index=-1)
