"""From the heatmaps of a frame to one vector: square patches, attention among them, and a linear map of them all.

A frame also shows motion: for each step s the difference between the maps s frames later and s frames earlier, as
further channels. Patches are embedded linearly, so the difference is taken of embedded patches instead of maps, which
is the same and moves a tenth of the numbers.
"""

import torch
from einops import rearrange
from torch import Tensor, nn

from la2ds.config import EncoderConfig
from la2ds.learning.encoders.base import InputShape
from la2ds.learning.encoders.layers import Block, heads_of


class HeatmapFrames(nn.Module):
    """Patches of a frame attend to each other (no class token: a linear map of all patches keeps their places).

    Attributes:
        tokens: patches of a frame.
    """

    def __init__(self, config: EncoderConfig, shape: InputShape, *, layers: int) -> None:
        """Build the layers.

        Args:
            config: widths.
            shape: of the maps.
            layers: layers of attention.

        Raises:
            ValueError: if the patches do not tile the maps.
        """
        super().__init__()
        if shape.size % config.patch:
            raise ValueError(f"patch {config.patch} does not divide the heatmap size {shape.size}")
        width = config.spatial_dim
        self.patch, self.motion = config.patch, shape.motion
        self.tokens = (shape.size // config.patch) ** 2
        # Of a patch's maps and then of each motion's.
        self.patches = nn.Linear(shape.channels * (1 + len(shape.motion)) * config.patch**2, width)
        self.place = nn.Parameter(torch.randn(self.tokens, width) * 0.02)
        heads = heads_of(config, width)
        self.spatial = nn.ModuleList(Block(dim=width, heads=heads, dropout=config.dropout) for _ in range(layers))
        self.frame = nn.Sequential(nn.LayerNorm(self.tokens * width), nn.Linear(self.tokens * width, config.dim))

    def tokenise(self, maps: Tensor) -> Tensor:
        """(B, F, C, H, W) -> (B * F, tokens, spatial_dim), before attention."""
        side = self.patch
        x = rearrange(maps, "b f c (h p) (w q) -> b f (h w) (c p q)", p=side, q=side)
        weights = rearrange(self.patches.weight, "d (m k) -> (m d) k", k=x.shape[-1])
        still, *moving = (x @ weights.mT).split(len(self.place[0]), -1)
        for step, embedded in zip(self.motion, moving, strict=True):
            still = still + difference(embedded, step)
        return (still + (self.patches.bias + self.place)).flatten(0, 1)

    def attend(self, x: Tensor) -> Tensor:
        """(B * F, tokens, spatial_dim) -> the same."""
        for block in self.spatial:
            x = block(x)
        return x

    def summarise(self, x: Tensor, *, clips: int) -> Tensor:
        """(B * F, tokens, spatial_dim) -> (B, F, D)."""
        return rearrange(self.frame(x.flatten(1)), "(b f) d -> b f d", b=clips)

    def forward(self, maps: Tensor) -> Tensor:
        """(B, F, C, H, W) -> (B, F, D)."""
        return self.summarise(self.attend(self.tokenise(maps)), clips=len(maps))


def difference(x: Tensor, step: int) -> Tensor:
    """Take what is ``step`` frames later minus what is as much earlier, first and last frame repeated: (B, F, ...)."""
    frames, last = torch.arange(x.shape[1], device=x.device), x.shape[1] - 1
    return x[:, (frames + step).clamp(max=last)] - x[:, (frames - step).clamp(min=0)]
