"""The input of an encoder for a batch of clips."""

from dataclasses import dataclass

import torch
from torch import Tensor

from la2ds.config import MethodConfig


@dataclass(frozen=True)
class View:
    """The input of an encoder for a batch of clips, and what only the loss may use.

    Attributes:
        places: (B, F) place of each frame for temporal attention.
        times: (B, F) true time of each frame as a share of the clip; for the loss alone.
        valid: (B, F) whether there is a frame; False in the padding behind a short clip.
        maps: (B, F, C, H, W) heatmaps in [0, 1], or None.
        points: (B, F, P) coordinates of the joints, joint by joint; 0 in the padding; or None.
        pictures: (B, F, 3, S, S) red, green, blue in [-1, 1]; (B, F, K, G, G) features of a frozen backbone; or None.
        shown: (B, 2) whether heatmaps and whether pictures are shown; None for all.
    """

    places: Tensor
    times: Tensor
    valid: Tensor
    maps: Tensor | None = None
    points: Tensor | None = None
    pictures: Tensor | None = None
    shown: Tensor | None = None


def places_of(times: Tensor, method: MethodConfig) -> Tensor:
    """Give the places that positional codes are made of.

    "view" counts the frames of the view, so that the code does not depend on where in the clip a view was cut; "clip"
    is the true time (a shortcut around the pretext task, kept for the ablation).
    """
    if method.encoder.position == "clip":
        return times * (method.encoder.frames or times.shape[1])
    return torch.arange(times.shape[1], device=times.device).expand_as(times)
