"""The heatmap encoder: patches of a frame attend to each other, and frames of a view attend to each other.

LA2DS (Tran et al., ECCV 2024) encodes heatmap sequences with "self-attention in space and time"; which video
transformer it uses is not known to us. The default, a factorised encoder (space first, then time; ViViT's model 2,
Arnab et al., ICCV 2021), and every size are our choice. ``divided`` attends in space and then in time within every
layer (TimeSformer's divided attention, Bertasius et al., ICML 2021, in the other order); ``spatial_only`` and
``temporal_only`` leave one of the two away and show what each gives.
"""

from einops import rearrange
from torch import Tensor, nn

from la2ds.config import EncoderConfig
from la2ds.learning.encoders.base import Encoder, InputShape
from la2ds.learning.encoders.heatmap_frames import HeatmapFrames
from la2ds.learning.encoders.layers import Block, Temporal, heads_of, sinusoid
from la2ds.views.view import View


class HeatmapTransformer(Encoder):
    """Space-time transformer over heatmap sequences."""

    def __init__(self, config: EncoderConfig, shape: InputShape) -> None:
        """Build the network.

        Args:
            config: widths and depths.
            shape: of the maps.

        Raises:
            ValueError: if the patches do not tile the maps.
        """
        super().__init__()
        self.config, self.dim = config, config.dim
        space = config.spatial_layers if config.attention in ("factorised", "spatial_only") else 0
        self.frames = HeatmapFrames(config, shape, layers=space)
        if config.attention == "divided":
            self.divided = nn.ModuleList(Divided(config) for _ in range(config.temporal_layers))
        elif config.attention != "spatial_only":
            self.temporal = Temporal(config, dim=config.dim)
        self.norm = nn.LayerNorm(config.dim)

    def embed(self, view: View) -> Tensor:
        """Embed every frame of every view: (B, F, D)."""
        if view.maps is None:
            raise ValueError("heatmap_transformer needs heatmaps")
        if self.config.attention == "divided":
            return self.norm(self._embed_divided(view, view.maps))
        x = self.frames(view.maps)
        if self.config.attention != "spatial_only":
            x = self.temporal(x, view.places, view.valid)
        return self.norm(x)

    def _embed_divided(self, view: View, maps: Tensor) -> Tensor:
        x = rearrange(self.frames.tokenise(maps), "(b f) n d -> b f n d", b=len(maps))
        if self.config.position != "none":
            x = x + sinusoid(view.places, x.shape[-1])[:, :, None]
        for block in self.divided:
            x = block(x, view.valid)
        return self.frames.summarise(x.flatten(0, 1), clips=len(maps))


class Divided(nn.Module):
    """One layer of divided attention: patches of a frame, then the frames of a patch."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        width, heads = config.spatial_dim, heads_of(config, config.spatial_dim)
        self.padded = 0 in (config.frames, config.test_frames)
        self.space = Block(dim=width, heads=heads, dropout=config.dropout)
        self.time = Block(dim=width, heads=heads, dropout=config.dropout)

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:
        """(B, F, N, D) tokens, (B, F) whether there is a frame -> (B, F, N, D)."""
        clips, _, tokens, _ = x.shape
        x = self.space(x.flatten(0, 1))
        x = rearrange(x, "(b f) n d -> (b n) f d", b=clips)
        x = self.time(x, valid.repeat_interleave(tokens, 0) if self.padded else None)
        return rearrange(x, "(b n) f d -> b f n d", b=clips)
