"""A small network for single pictures, trained with the method; and the way pictures or stored features come in.

The papers start from ResNet-50 with ImageNet's weights (``learning.backbones`` runs such a network once and stores its
features). This one is ours, for what is to be trained from nothing on one processor core: 20,000 weights.
"""

import torch
from einops import rearrange
from torch import Tensor, nn

from la2ds.learning.encoders.base import InputShape


class FrameCnn(nn.Module):
    """Two convolutions.

    Every picture is normalised by itself, so that what a frame becomes depends on no other frame or clip; ReLU, because
    GELU costs half as much again.

    Attributes:
        channels: K of the feature map.
    """

    channels = 64

    def __init__(self) -> None:
        super().__init__()
        half = self.channels // 2
        self.layers = nn.Sequential(
            nn.Conv2d(3, half, 4, stride=4),  # patches: one matrix product instead of a costly first layer
            nn.GroupNorm(8, half),
            nn.ReLU(inplace=True),
            nn.Conv2d(half, self.channels, 3, stride=2, padding=1),
            nn.GroupNorm(8, self.channels),
            nn.ReLU(inplace=True),
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, 3, S, S) in [-1, 1] -> (N, K, S / 8, S / 8)."""
        return self.layers(pictures)


class FrameFeatures(nn.Module):
    """Feature maps of frames: from pictures by ``FrameCnn``, or stored ones as they are.

    Attributes:
        channels: K of the feature maps.
    """

    def __init__(self, shape: InputShape, *, centred: bool = False) -> None:
        """Build the network that the input needs, if it needs one.

        Args:
            shape: of the pictures or of their stored features.
            centred: take each place's mean over the frames of the view away, so that what does not change is not shown.

        Raises:
            ValueError: if there are neither pictures nor features.
        """
        super().__init__()
        if not shape.pictures and not shape.features:
            raise ValueError("an encoder of pictures needs pictures or stored features")
        self.cnn = None if shape.features else FrameCnn()
        self.channels = shape.features or FrameCnn.channels
        self.centred = centred

    def forward(self, pictures: Tensor, valid: Tensor | None = None) -> Tensor:
        """Compute a map of every frame.

        Args:
            pictures: (B, F, 3, S, S) in [-1, 1], or (B, F, K, G, G) stored features.
            valid: (B, F) whether there is a frame; None for everywhere.

        Returns:
            (B, F, K, G, G).
        """
        if self.cnn is not None:
            pictures = rearrange(self.cnn(pictures.flatten(0, 1)), "(b f) k h w -> b f k h w", b=len(pictures))
        if not self.centred:
            return pictures
        is_frame = torch.ones(pictures.shape[:2], device=pictures.device) if valid is None else valid
        # Minus the mean is added, since the gradient of what is subtracted is one more tensor of this size.
        weight = is_frame.to(pictures.dtype) / -is_frame.sum(1, keepdim=True)
        return pictures + (weight[:, None] @ pictures.flatten(2)).view(-1, 1, *pictures.shape[2:])
