"""Pictures alone: every frame beside an earlier one, looked at by convolutions in space and time.

The shape is that of TCC (Dwibedi et al., "Temporal Cycle-Consistency Learning", CVPR 2019), which TCN, SaL, LAV, GTA
and VAVA are compared with: the feature maps of two frames, two 3 x 3 x 3 convolutions, the maximum over space and time,
two layers with dropout, a linear map. Three things are ours: GroupNorm where TCC has BatchNorm, so that a clip's
embedding depends on no other clip; sizes (TCC: 512 channels, 128 outputs, on ResNet-50's 1024 x 14 x 14); and where the
earlier frame lies. TCC takes the frame of the video 15 before; this encoder has only the frames that the view shows, so
``encoder.context`` counts those of a training view; a view of more frames, as embedding shows, looks as much further
back, so that the two frames lie the same share of the clip apart.
"""

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from la2ds.config import EncoderConfig
from la2ds.learning.encoders.base import Encoder, InputShape
from la2ds.learning.encoders.frame_cnn import FrameFeatures
from la2ds.views.view import View


class RgbConv3d(Encoder):
    """Frame features, then convolutions over pairs of frames; nothing looks further in time."""

    def __init__(self, config: EncoderConfig, shape: InputShape) -> None:
        """Build the network.

        Args:
            config: widths, and how many frames of a training view lie between the two of a pair.
            shape: of the pictures or of their stored features.

        Raises:
            ValueError: if there are neither pictures nor features.
        """
        super().__init__()
        self.dim, self.context, self.frames = config.dim, config.context, config.frames
        self.features = FrameFeatures(shape)
        width = config.hidden
        self.pairs = Pairs(self.features.channels, width)
        layers = [nn.Sequential(nn.Dropout(config.dropout), nn.Linear(width, width), nn.ReLU()) for _ in range(2)]
        self.frame = nn.Sequential(*layers, nn.Linear(width, config.dim))

    def embed(self, view: View) -> Tensor:
        """Embed every frame of every view: (B, F, D)."""
        if view.pictures is None:
            raise ValueError("rgb_conv3d needs pictures")
        clips, frames = view.pictures.shape[:2]
        context = nearest(self.context * frames, self.frames or frames)
        pooled = self.pairs(self.features(view.pictures), context).amax((-1, -2, -3))
        return rearrange(self.frame(pooled), "(b f) d -> b f d", b=clips)


def nearest(number: int, divisor: int) -> int:
    """Divide positive integers and round, halves to even, like ``round(number / divisor)``.

    In integers alone, so that a network can be traced for clips of any length.
    """
    whole, rest = number // divisor, number % divisor
    return whole + (2 * rest + whole % 2) // (divisor + 1)


def earlier(features: Tensor, context: int) -> Tensor:
    """Give the frame ``context`` frames earlier (or the first) for every frame: (B, F, ...) -> (B, F, ...)."""
    frames = torch.arange(features.shape[1], device=features.device)
    return features.index_select(1, (frames - context).clamp(min=0))


class Pairs(nn.ModuleList):
    """Two 3 x 3 x 3 convolutions over every frame and an earlier one, each with normalisation.

    With padding, a kernel of three steps in time makes of two frames x0, x1 only W1 x0 + W2 x1 at the first place and
    W0 x0 + W1 x1 at the second. PyTorch's Conv3d multiplies the padding too and is slow on a processor, so these are
    convolutions of single pictures; the weights are those of a Conv3d.
    """

    def __init__(self, inside: int, width: int) -> None:
        super().__init__([_convolution(inside, width), _convolution(width, width)])

    def forward(self, features: Tensor, context: int) -> Tensor:
        """(B, F, K, G, G) -> (B F, width, 2, G, G)."""
        (first, *then), (second, *last) = (layer.children() for layer in self)
        x = nn.Sequential(*then)(convolve_with_earlier(features, context, *first.parameters()))
        return nn.Sequential(*last)(convolve_pairs(x, *second.parameters()))


def convolve_with_earlier(features: Tensor, context: int, weight: Tensor, bias: Tensor) -> Tensor:
    """Convolve every frame beside an earlier one.

    A frame is the later one of one pair and the earlier one of others, so each of the three steps of the kernel is
    applied to it once, and pairs are made of the results.

    Args:
        features: (B, F, C, H, W).
        context: how many frames earlier the other one lies.
        weight: (K, C, 3, 3, 3) of a Conv3d.
        bias: (K,).

    Returns:
        (B F, K, 2, H, W) what the Conv3d, with padding 1, gives of (earlier, this).
    """
    steps = weight.flip(2).transpose(1, 2).flatten(0, 1)  # W2, W1, W0 of each of the K
    half = bias.repeat_interleave(3) / 2  # the other half comes with the other frame
    products = F.conv2d(features.flatten(0, 1), steps, half, padding=1)
    products = rearrange(products, "(b f) (k t) h w -> b f k t h w", b=len(features), t=3)
    this, other = products[:, :, :, :2], products[:, :, :, 1:]
    return (this + earlier(other, context)).flatten(0, 1)


def convolve_pairs(pairs: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Convolve pairs of frames as a Conv3d with padding 1 does, both frames being channels of one picture.

    Args:
        pairs: (N, C, 2, H, W).
        weight: (K, C, 3, 3, 3) of a Conv3d.
        bias: (K,).

    Returns:
        (N, K, 2, H, W).
    """
    both = torch.stack([weight[:, :, 1:], weight[:, :, :2]], 1)  # (K, 2, C, 2, 3, 3): to and from each of the frames
    convolved = F.conv2d(pairs.flatten(1, 2), both.flatten(2, 3).flatten(0, 1), bias.repeat_interleave(2), padding=1)
    return convolved.unflatten(1, (-1, 2))


def _convolution(inside: int, outside: int) -> nn.Sequential:
    groups = next(n for n in (8, 4, 2, 1) if outside % n == 0)
    return nn.Sequential(nn.Conv3d(inside, outside, 3, padding=1), nn.GroupNorm(groups, outside), nn.ReLU(inplace=True))
