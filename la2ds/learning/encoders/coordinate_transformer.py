"""CASA's encoder: joints as numbers, and frames of two views that attend to each other (Kwon et al., CVPR 2022).

A frame's coordinates pass a small network, get a positional code, and then eight layers of linear attention
(Katharopoulos et al., ICML 2020), in turn within a view and between the two. Sizes, the order of the updates and the
initial weights are those of CASA's released code. Two things are not:

* The code pads every clip to the longest of its action and attends to the padding, so that embeddings depend on how
  much of it there is. ``masked`` keeps padding out; ``masked: false`` is the code's form.
* The code reads positional codes from a table of 5000 frames; here they are computed, for any number of frames.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from la2ds.config import EncoderConfig
from la2ds.learning.encoders.base import Encoder, InputShape
from la2ds.views.view import View

PAIRS = 4  # of layers: one within a view, one between the views
EPS = 1e-6  # keeps the sum of the weights above 0
LONG = 1 << 13  # of more frames in a batch nothing is kept for the gradient: clips are embedded again, one by one

# (B, F, D) coordinates, (B, F) places, and (B, F) whether there is a frame where that counts.
Part = tuple[Tensor, Tensor, Tensor | None]


class CoordinateTransformer(Encoder):
    """Linear-attention transformer over a pair of coordinate sequences. The embedding is as wide as the input."""

    def __init__(self, config: EncoderConfig, shape: InputShape) -> None:
        """Build the network.

        Args:
            config: heads (at most), ``masked`` and ``position``; depth and widths are CASA's.
            shape: of the coordinates.

        Raises:
            ValueError: if there are no coordinates, or the settings do not fit their number.
        """
        super().__init__()
        width = shape.points
        if width == 0:
            raise ValueError("coordinate_transformer needs coordinates")
        if config.dim not in (0, width):
            raise ValueError(f"dim must be 0, or the {width} coordinates of a frame, got {config.dim}")
        self.config, self.dim = config, width
        self.frame = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        # As wide as the input, whatever the skeleton: CASA's 15 heads of 75 numbers are 13 of 39.
        heads = max(n for n in range(1, config.heads + 1) if width % n == 0)
        self.layers = nn.ModuleList(LinearAttentionLayer(dim=width, heads=heads) for _ in range(2 * PAIRS))
        for weight in self.layers.parameters():
            if weight.ndim > 1:
                nn.init.xavier_uniform_(weight)

    def embed(self, view: View) -> Tensor:
        """Embed a view as CASA does after training: as the first of a pair of itself. (B, F, D).

        The two of the pair part company in the first layer between them, where the second attends to the first as it
        has become.
        """
        return self._encode(view, view)[0]

    def forward(self, views: Sequence[View]) -> list[Tensor]:
        """Embed two views of each clip together, the original first; or one view for itself. (B, F, D) each."""
        if len(views) == 1:
            return [self.embed(views[0])]
        first, second = views
        return self._encode(first, second)

    def _encode(self, first: View, second: View) -> list[Tensor]:
        pair = self._part(first), self._part(second)
        if pair[0][1].numel() <= LONG or not torch.is_grad_enabled():
            return self._attend(*pair)
        clips = [
            [tuple(x if x is None else x[n : n + 1] for x in part) for part in pair] for n in range(len(pair[0][0]))
        ]
        embedded = [checkpoint(self._attend, *clip, use_reentrant=False) for clip in clips]
        return [torch.cat(part) for part in zip(*embedded, strict=True)]

    def _part(self, view: View) -> Part:
        if view.points is None:
            raise ValueError("coordinate_transformer needs coordinates")
        return view.points, view.places, view.valid if self.config.masked else None

    def _attend(self, first: Part, second: Part) -> list[Tensor]:
        x, y = self._tokens(*first[:2]), self._tokens(*second[:2])
        valid_x, valid_y = first[2], second[2]
        for n, layer in enumerate(self.layers):
            if n % 2 == 0:
                x, y = layer(x, x, valid_x), layer(y, y, valid_y)
            else:
                x = layer(x, y, valid_y)
                y = layer(y, x, valid_x)  # attends to what the first has just become
        return [x, y]

    def _tokens(self, points: Tensor, places: Tensor) -> Tensor:
        """Each frame's vector with its positional code: (B, F, D)."""
        even = self.dim + self.dim % 2
        x = self.frame(points) * even**0.5
        return x if self.config.position == "none" else x + positional_code(places.to(x), self.dim)


class LinearAttentionLayer(nn.Module):
    """One sequence attends to another (or to itself): no bias, no dropout, norms before the sum."""

    same_head: Tensor

    def __init__(self, *, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        head = torch.arange(dim) // (dim // heads)
        self.register_buffer("same_head", (head[:, None] == head).float(), persistent=False)
        self.query, self.key, self.value, self.merge = (nn.Linear(dim, dim, bias=False) for _ in range(4))
        self.mlp = nn.Sequential(
            nn.Linear(2 * dim, 2 * dim, bias=False), nn.ReLU(), nn.Linear(2 * dim, dim, bias=False)
        )
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)

    def forward(self, x: Tensor, source: Tensor, valid: Tensor | None = None) -> Tensor:
        """(B, F, D) frames, (B, S, D) frames they attend to, (B, S) which of these take part -> (B, F, D)."""
        message = linear_attention(self.query(x), self.key(source), self.value(source), self.same_head, valid)
        message = self.norm1(self.merge(message))
        return x + self.norm2(self.mlp(torch.cat([x, message], -1)))


def linear_attention(q: Tensor, k: Tensor, v: Tensor, same_head: Tensor, valid: Tensor | None = None) -> Tensor:
    """Average values by phi(q) . phi(k), with phi(u) = elu(u) + 1, in time linear in the frames.

    Heads here are as narrow as three numbers, so all of them are one product, of which those within a head are kept.

    Args:
        q: (B, F, D) queries.
        k: (B, S, D) keys.
        v: (B, S, D) values, finite even where not valid.
        same_head: (D, D) 1 where two of the D numbers belong to one head, 0 elsewhere.
        valid: (B, S) which source frames take part; None for all.

    Returns:
        (B, F, D).
    """
    q, k = F.elu(q) + 1, F.elu(k) + 1
    if valid is not None:
        k = k * valid[..., None]  # a frame of weight 0 counts neither in the numerator nor in the denominator
    return q @ (k.mT @ v * same_head) / ((q * k.sum(1, keepdim=True)) @ same_head + EPS)


def positional_code(places: Tensor, dim: int) -> Tensor:
    """Sines and cosines by turns, as in CASA's table (that of Vaswani et al., NeurIPS 2017, section 3.5).

    Args:
        places: (...,) frame numbers, which need not be whole.
        dim: width of the code; an odd width lacks the last cosine of the next even one.

    Returns:
        (..., dim), of the dtype of ``places``.
    """
    even = dim + dim % 2
    rates = 10000 ** (-torch.arange(0, even, 2, dtype=places.dtype, device=places.device) / even)
    angles = places[..., None] * rates
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(-2)[..., :dim]
