"""The base class of all objectives, and their input."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from la2ds.config import ObjectiveConfig


@dataclass(frozen=True)
class Sequences:
    """Projections of one view of each clip of a batch.

    Attributes:
        z: (B, F, D) projections, not normalised.
        times: (B, F) true time of each frame as a share of its clip, increasing.
        lengths: (B,) frames of each clip, so that ``times * (lengths - 1)`` are frame numbers.
        valid: (B, F) whether there is a frame; None where all are. False in the padding behind a short clip, whose
            ``z`` and ``times`` are finite and mean nothing. The first frame of every view is one.
        phases: (B, F) human phase of each frame, -1 for background; None but for a ``labelled`` objective.
    """

    z: Tensor
    times: Tensor
    lengths: Tensor
    valid: Tensor | None = None
    phases: Tensor | None = None

    @property
    def mask(self) -> Tensor:
        """Whether there is a frame: (B, F), all True where nothing is padded."""
        return torch.ones_like(self.times, dtype=torch.bool) if self.valid is None else self.valid


class Objective(nn.Module):
    """A loss over a batch of clips of one action (or of all). It may have weights of its own, which training learns.

    Attributes:
        views: 2 where each clip is compared with another view of itself, 1 where only different clips meet.
        padding: whether views may hold padding; where not, ``Sequences.valid`` is not used.
        labelled: whether it learns from human labels, as upper bounds alone do.
        least_clips: clips that a batch must hold; 2 where different clips are compared and no clip with itself.
        config: its settings.
    """

    views = 2
    padding = False
    labelled = False
    least_clips = 1

    def __init__(self, config: ObjectiveConfig) -> None:
        super().__init__()
        self.config = config

    def second_times(self, times: Tensor, lengths: Tensor, generator: Generator) -> Tensor | None:
        """Choose the second view's times from the first's; None leaves them to the augmentation.

        Args:
            times: (B, F) times of the first view, as shares of the clip.
            lengths: (B,) frames of each clip.
            generator: where randomness comes from (CPU).
        """
        return None

    def forward(self, first: Sequences, second: Sequences, *, generator: Generator, step: int) -> Tensor:
        """Compute the loss.

        Args:
            first: first views.
            second: second views of the same clips; the first views again where ``views`` is 1.
            generator: where randomness comes from (CPU), for objectives that sample.
            step: number of the update, for objectives that change over training.
        """
        raise TypeError(f"{type(self).__name__} does not say how it is computed")
