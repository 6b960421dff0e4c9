"""The heatmap encoder: patches of a frame attend to each other, then frames of a view attend to each other.

LA2DS (Tran et al., ECCV 2024) encodes heatmap sequences with "self-attention in space and time"; which video
transformer it uses is not known to us. The factorised encoder (space first, then time; ViViT's model 2, Arnab et al.,
ICCV 2021) and every size are our choice.
"""

import torch
from einops import rearrange
from torch import Tensor, nn

from la2ds.config import EncoderConfig
from la2ds.encoders.layers import Block, sinusoid


class HeatmapTransformer(nn.Module):
    """Factorised space-time transformer over heatmap sequences."""

    def __init__(self, config: EncoderConfig, *, channels: int, size: int) -> None:
        """Build the network.

        Args:
            config: widths and depths.
            channels: C of the input, motion channels included.
            size: H = W of the input, in pixels.

        Raises:
            ValueError: if the patches do not tile the maps.
        """
        super().__init__()
        if size % config.patch:
            raise ValueError(f"patch {config.patch} does not divide the heatmap size {size}")
        self.config = config
        width = config.spatial_dim
        tokens = (size // config.patch) ** 2
        self.patches = nn.Linear(channels * config.patch**2, width)
        self.place = nn.Parameter(torch.randn(tokens, width) * 0.02)

        def block(dim: int) -> Block:
            heads = max(1, dim * config.heads // config.dim)  # heads of one width in space and in time
            return Block(dim=dim, heads=heads, dropout=config.dropout)

        self.spatial = nn.ModuleList(block(width) for _ in range(config.spatial_layers))
        self.frame = nn.Sequential(nn.LayerNorm(tokens * width), nn.Linear(tokens * width, config.dim))
        self.temporal = nn.ModuleList(block(config.dim) for _ in range(config.temporal_layers))
        self.norm = nn.LayerNorm(config.dim)

    def forward(self, maps: Tensor, places: Tensor) -> Tensor:
        """Embed every frame of every view.

        Args:
            maps: (B, F, C, H, W) heatmaps in [0, 1], motion channels in [-1, 1].
            places: (B, F) what the temporal layers may know of a frame's place, in frames.

        Returns:
            (B, F, D).
        """
        side = self.config.patch
        x = rearrange(maps, "b f c (h p) (w q) -> (b f) (h w) (c p q)", p=side, q=side)
        x = self.patches(x) + self.place
        for block in self.spatial:
            x = block(x)
        x = rearrange(self.frame(x.flatten(1)), "(b f) d -> b f d", b=len(maps))
        if self.config.position != "none":
            x = x + sinusoid(places, self.config.dim)
        for block in self.temporal:
            x = block(x)
        return self.norm(x)
