"""Pieces that several encoders share."""

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F


class Attention(nn.Module):
    """Multi-head self-attention (Vaswani et al., NeurIPS 2017, section 3.2.2)."""

    def __init__(self, *, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.out = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        """Attend among the tokens of a sequence: (B, N, D) -> (B, N, D)."""
        q, k, v = rearrange(self.qkv(x), "b n (three h d) -> three b h n d", three=3, h=self.heads)
        return self.out(rearrange(F.scaled_dot_product_attention(q, k, v), "b h n d -> b n (h d)"))


class Block(nn.Module):
    """Pre-norm transformer layer (Xiong et al., ICML 2020): attention, then a two-layer network four times as wide."""

    def __init__(self, *, dim: int, heads: int, dropout: float, expansion: int = 4) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attention = Attention(dim=dim, heads=heads)
        self.mlp = nn.Sequential(nn.Linear(dim, expansion * dim), nn.GELU(), nn.Linear(expansion * dim, dim))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(B, N, D) -> (B, N, D)."""
        x = x + self.dropout(self.attention(self.norm1(x)))
        return x + self.dropout(self.mlp(self.norm2(x)))


def sinusoid(places: Tensor, dim: int) -> Tensor:
    """Sinusoidal code of real-valued places (Vaswani et al., section 3.5).

    Args:
        places: (...,) positions, in frames.
        dim: even width of the code.

    Returns:
        (..., dim).
    """
    rates = 10000 ** (-torch.arange(0, dim, 2, dtype=torch.float32, device=places.device) / dim)
    angles = places[..., None].float() * rates
    return torch.cat([angles.sin(), angles.cos()], -1)
