"""Pieces that several encoders share."""

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from la2ds.config import EncoderConfig


class Attention(nn.Module):
    """Multi-head self-attention (Vaswani et al., NeurIPS 2017, section 3.2.2)."""

    def __init__(self, *, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.out = nn.Linear(dim, dim)

    def forward(self, x: Tensor, valid: Tensor | None = None) -> Tensor:
        """Attend among the tokens of a sequence: (B, N, D) -> (B, N, D); ``valid`` (B, N) says which take part."""
        q, k, v = rearrange(self.qkv(x), "b n (three h d) -> three b h n d", three=3, h=self.heads)
        mask = None if valid is None else valid[:, None, None]
        return self.out(rearrange(F.scaled_dot_product_attention(q, k, v, attn_mask=mask), "b h n d -> b n (h d)"))


class Block(nn.Module):
    """Pre-norm transformer layer (Xiong et al., ICML 2020): attention, then a two-layer network four times as wide."""

    def __init__(self, *, dim: int, heads: int, dropout: float, expansion: int = 4) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attention = Attention(dim=dim, heads=heads)
        self.mlp = nn.Sequential(nn.Linear(dim, expansion * dim), nn.GELU(), nn.Linear(expansion * dim, dim))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, valid: Tensor | None = None) -> Tensor:
        """(B, N, D) -> (B, N, D); ``valid`` (B, N) says which tokens take part, None for all."""
        x = x + self.dropout(self.attention(self.norm1(x), valid))
        return x + self.dropout(self.mlp(self.norm2(x)))


class Temporal(nn.Module):
    """Frames of a view attend to each other; the final norm is the caller's."""

    def __init__(self, config: EncoderConfig, *, dim: int) -> None:
        super().__init__()
        self.position = config.position
        # Only views of whole clips have padding, and a mask costs time.
        self.padded = 0 in (config.frames, config.test_frames)
        heads = heads_of(config, dim)
        self.blocks = nn.ModuleList(
            Block(dim=dim, heads=heads, dropout=config.dropout) for _ in range(config.temporal_layers)
        )

    def forward(self, x: Tensor, places: Tensor, valid: Tensor) -> Tensor:
        """(B, F, D) frames, (B, F) places and whether there is a frame -> (B, F, D)."""
        if self.position != "none":
            x = x + sinusoid(places, x.shape[-1])
        for block in self.blocks:
            x = block(x, valid if self.padded else None)
        return x


def heads_of(config: EncoderConfig, dim: int) -> int:
    """Give the heads of a layer of another width than the embedding, so that heads have one width everywhere."""
    return max(1, dim * config.heads // config.dim)


def sinusoid(places: Tensor, dim: int) -> Tensor:
    """Sinusoidal code of real-valued places (Vaswani et al., section 3.5).

    Args:
        places: (...,) positions, in frames.
        dim: width of the code; an odd one lacks the last cosine of the next even one.

    Returns:
        (..., dim).
    """
    rates = 10000 ** (-torch.arange(0, dim, 2, dtype=torch.float32, device=places.device) / dim)
    angles = places[..., None].float() * rates
    return torch.cat([angles.sin(), angles.cos()], -1)[..., :dim]
