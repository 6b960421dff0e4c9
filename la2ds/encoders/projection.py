"""The projection head that training alone uses; embeddings are taken before it."""

from torch import Tensor, nn


class Projection(nn.Module):
    """Two linear layers with a ReLU (SimCLR's head, Chen et al., ICML 2020); the identity when the width is 0."""

    def __init__(self, *, dim: int, width: int) -> None:
        super().__init__()
        layers = (nn.Linear(dim, width), nn.ReLU(), nn.Linear(width, width))
        self.head = nn.Sequential(*layers) if width else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """(B, F, D) -> (B, F, width)."""
        return self.head(x)
