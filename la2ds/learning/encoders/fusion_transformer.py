"""Heatmaps and pictures in one network (the paper's LA2DS + RGB, as far as its public words go).

That heatmaps and RGB together are best is what the paper's abstract says; where and how they meet there is not known to
us. Three places are offered, all ours: as tokens of a frame that attend to each other (``early``), as one vector each
of a frame, added before time (``mid``), or after each has attended in time on its own (``late``). Training hides one of
the two from some views, so that one trained network embeds clips with heatmaps, with pictures, or with both; a hidden
input is replaced by a learned vector.
"""

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from la2ds.config import EncoderConfig
from la2ds.learning.encoders.base import Encoder, InputShape
from la2ds.learning.encoders.frame_cnn import FrameFeatures
from la2ds.learning.encoders.heatmap_frames import HeatmapFrames
from la2ds.learning.encoders.layers import Temporal
from la2ds.views.view import View

HEATMAPS, PICTURES = 0, 1


class FusionTransformer(Encoder):
    """Space-time transformer over heatmaps and pictures."""

    def __init__(self, config: EncoderConfig, shape: InputShape) -> None:
        """Build the network.

        Args:
            config: widths, depths, and where the two inputs meet.
            shape: of the maps and of the pictures or their features.

        Raises:
            ValueError: if the patches do not tile the maps.
        """
        super().__init__()
        self.config, self.dim = config, config.dim
        self.heatmaps = HeatmapFrames(config, shape, layers=config.spatial_layers)
        self.features = FrameFeatures(shape, centred=config.centred)
        self.look: nn.Module
        if config.fusion == "early":
            self.look = PictureTokens(self.features.channels, tokens=self.heatmaps.tokens, width=config.spatial_dim)
            hidden: tuple[int, ...] = (2, self.heatmaps.tokens, config.spatial_dim)
            self.frame = nn.Linear(self.heatmaps.tokens * config.spatial_dim, config.dim)
        else:
            self.look = PictureVector(self.features.channels, config)
            hidden = (2, config.dim)
        self.hidden = nn.Parameter(torch.randn(hidden) * 0.02)
        self.temporal = Temporal(config, dim=config.dim)
        if config.fusion == "late":
            self.temporal_pictures = Temporal(config, dim=config.dim)
        self.norm = nn.LayerNorm(config.dim)

    def embed(self, view: View) -> Tensor:
        """Embed every frame of every view: (B, F, D)."""
        if view.maps is None or view.pictures is None:
            raise ValueError("fusion_transformer needs heatmaps and pictures; hide one with View.shown")
        features = self.features(view.pictures, view.valid)
        if self.config.fusion == "early":
            return self.norm(self.temporal(self._meet_in_space(view, view.maps, features), view.places, view.valid))
        heatmaps = self._or_hidden(self.heatmaps(view.maps), view, HEATMAPS)
        pictures = self._or_hidden(self.look(features), view, PICTURES)
        if self.config.fusion == "mid":
            return self.norm(self.temporal(heatmaps + pictures, view.places, view.valid))
        heatmaps = self.temporal(heatmaps, view.places, view.valid)
        return self.norm(heatmaps + self.temporal_pictures(pictures, view.places, view.valid))

    def _meet_in_space(self, view: View, maps: Tensor, features: Tensor) -> Tensor:
        heatmaps = rearrange(self.heatmaps.tokenise(maps), "(b f) n d -> b f n d", b=len(maps))
        both = [self._or_hidden(heatmaps, view, HEATMAPS), self._or_hidden(self.look(features), view, PICTURES)]
        tokens = self.heatmaps.attend(torch.cat(both, 2).flatten(0, 1))
        heatmaps, pictures = tokens.chunk(2, 1)
        return self.heatmaps.summarise(heatmaps, clips=len(maps)) + rearrange(
            self.frame(pictures.flatten(1)), "(b f) d -> b f d", b=len(maps)
        )

    def _or_hidden(self, x: Tensor, view: View, which: int) -> Tensor:
        """Put the learned vector in place of a hidden input."""
        if view.shown is None:
            return x
        shown = view.shown[:, which].view(-1, *[1] * (x.ndim - 1))
        return torch.where(shown, x, self.hidden[which].to(x.dtype))


class PictureTokens(nn.Module):
    """The feature map as one token for each patch of the heatmaps."""

    def __init__(self, features: int, *, tokens: int, width: int) -> None:
        super().__init__()
        self.side = round(tokens**0.5)
        self.token = nn.Linear(features, width)
        self.place = nn.Parameter(torch.randn(tokens, width) * 0.02)

    def forward(self, features: Tensor) -> Tensor:
        """(B, F, K, G, G) -> (B, F, tokens, width)."""
        pooled = F.adaptive_max_pool2d(features.flatten(0, 1), self.side)
        tokens = self.token(rearrange(pooled, "n k h w -> n (h w) k")) + self.place
        return rearrange(tokens, "(b f) n d -> b f n d", b=len(features))


class PictureVector(nn.Module):
    """The feature map as one vector: spatial maximum, two layers."""

    def __init__(self, features: int, config: EncoderConfig) -> None:
        super().__init__()
        width, dropout = config.hidden, nn.Dropout(config.dropout)
        first = (nn.Linear(features, width), nn.LayerNorm(width), nn.ReLU())
        self.layers = nn.Sequential(*first, dropout, nn.Linear(width, config.dim))

    def forward(self, features: Tensor) -> Tensor:
        """(B, F, K, G, G) -> (B, F, D)."""
        return self.layers(features.amax((-1, -2)))
