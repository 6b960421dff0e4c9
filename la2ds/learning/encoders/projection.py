"""The projection head that training alone uses; embeddings are taken before it."""

from torch import Tensor, nn


class Projection(nn.Module):
    """Two linear layers with a ReLU (SimCLR's head, Chen et al., ICML 2020); the identity when the width is 0."""

    def __init__(self, *, dim: int, width: int) -> None:
        super().__init__()
        self.head: nn.Module = nn.Identity()
        if width:
            self.head = nn.Sequential(nn.Linear(dim, width), nn.ReLU(), nn.Linear(width, width))

    def forward(self, x: Tensor) -> Tensor:
        """(B, F, D) -> (B, F, width)."""
        return self.head(x)
