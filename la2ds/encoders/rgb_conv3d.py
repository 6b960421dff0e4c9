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

from la2ds.config import EncoderConfig
from la2ds.encoders.base import Encoder, InputShape
from la2ds.encoders.frame_cnn import FrameFeatures
from la2ds.views import View


class RgbConv3d(Encoder):
    """Frame features, then convolutions over pairs of frames; nothing looks further in time."""

    def __init__(self, config: EncoderConfig, shape: InputShape) -> None:
        """Build the network.

        Args:
            config: widths, and how many frames of a training view lie between the two that are seen together.
            shape: of the pictures or of their stored features.

        Raises:
            ValueError: if there are neither pictures nor features.
        """
        super().__init__()
        self.dim, self.context, self.frames = config.dim, config.context, config.frames
        self.features = FrameFeatures(shape)
        width = config.hidden
        self.pairs = nn.Sequential(_convolution(self.features.channels, width), _convolution(width, width))
        layers = [nn.Sequential(nn.Dropout(config.dropout), nn.Linear(width, width), nn.ReLU()) for _ in range(2)]
        self.frame = nn.Sequential(*layers, nn.Linear(width, config.dim))

    def embed(self, view: View) -> Tensor:
        """Embed every frame of every view: (B, F, D)."""
        if view.pictures is None:
            raise ValueError("rgb_conv3d needs pictures")
        clips, frames = view.pictures.shape[:2]
        context = nearest(self.context * frames, self.frames or frames)
        pairs = with_earlier(self.features(view.pictures), context)
        seen = self.pairs(rearrange(pairs, "b f t k h w -> (b f) k t h w")).amax((-1, -2, -3))
        return rearrange(self.frame(seen), "(b f) d -> b f d", b=clips)


def nearest(number: int, divisor: int) -> int:
    """Divide positive integers and round, halves to even, like ``round(number / divisor)``.

    In integers alone, so that a network can be traced for clips of any length.
    """
    whole, rest = number // divisor, number % divisor
    return whole + (2 * rest + whole % 2) // (divisor + 1)


def with_earlier(features: Tensor, context: int) -> Tensor:
    """Put the frame ``context`` frames earlier (or the first) before every frame: (B, F, ...) -> (B, F, 2, ...)."""
    frames = torch.arange(features.shape[1], device=features.device)
    return torch.stack([features[:, (frames - context).clamp(min=0)], features], 2)


def _convolution(inside: int, outside: int) -> nn.Module:
    groups = next(n for n in (8, 4, 2, 1) if outside % n == 0)
    return nn.Sequential(nn.Conv3d(inside, outside, 3, padding=1), nn.GroupNorm(groups, outside), nn.ReLU())
