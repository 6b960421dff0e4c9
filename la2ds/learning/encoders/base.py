"""What every encoder is built from, is given, and gives back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor, nn

if TYPE_CHECKING:
    from la2ds.views.view import View


@dataclass(frozen=True)
class InputShape:
    """The sizes of a view's parts that a network's weights depend on; 0 for a part that is absent.

    Attributes:
        channels: C of the maps.
        motion: steps, in frames of the view, of the differences of maps, which are further channels.
        size: H = W of the maps.
        points: numbers a frame of coordinates has (joints times dimensions).
        pictures: height and width of the pictures.
        features: channels of stored picture features.
        grid: height and width of stored picture features.
    """

    channels: int = 0
    motion: tuple[int, ...] = ()
    size: int = 0
    points: int = 0
    pictures: int = 0
    features: int = 0
    grid: int = 0


class Encoder(nn.Module):
    """Turns views into frame embeddings. Built as ``ENCODERS[kind](config, shape)``.

    Attributes:
        dim: width D of the embedding.
    """

    dim: int

    def embed(self, view: "View") -> Tensor:
        """Embed every frame of every view, each view for itself: (B, F, D). Rows of padding mean nothing."""
        raise TypeError(f"{type(self).__name__} does not say how it embeds")

    def forward(self, views: Sequence["View"]) -> list[Tensor]:
        """Embed one view of each clip, or two: encoders that compare two views while they encode override this."""
        return [self.embed(view) for view in views]
