"""Pictures alone: a feature vector for every frame, and attention among the frames of a view.

The shape is CARL's (Chen et al., "Frame-wise Action Representations for Long Videos via Sequence Contrastive Learning",
CVPR 2022): feature map, spatial maximum, two layers with dropout, a linear map, a positional code, pre-norm transformer
layers. Three things are ours: LayerNorm where CARL has BatchNorm, so that a clip's embedding depends on no other clip;
a final norm, which pre-norm layers want and CARL leaves out; and the sizes. Where attention sees how far a frame lies
in the whole clip, as in CARL, the code tells the true time (``encoder.position: clip``).
"""

import itertools

from torch import Tensor, nn

from la2ds.config import EncoderConfig
from la2ds.learning.encoders.base import Encoder, InputShape
from la2ds.learning.encoders.frame_cnn import FrameFeatures
from la2ds.learning.encoders.layers import Temporal
from la2ds.views.view import View


class RgbTransformer(Encoder):
    """Frame features, then attention in time."""

    def __init__(self, config: EncoderConfig, shape: InputShape) -> None:
        """Build the network.

        Args:
            config: widths and depths.
            shape: of the pictures or of their stored features.

        Raises:
            ValueError: if there are neither pictures nor features.
        """
        super().__init__()
        self.dim = config.dim
        self.features = FrameFeatures(shape, centred=config.centred)
        widths = (self.features.channels, config.hidden, config.hidden)
        layers = [_layer(a, b, dropout=config.dropout) for a, b in itertools.pairwise(widths)]
        self.frame = nn.Sequential(*layers, nn.Linear(config.hidden, config.dim))
        self.temporal = Temporal(config, dim=config.dim)
        self.norm = nn.LayerNorm(config.dim)

    def embed(self, view: View) -> Tensor:
        """Embed every frame of every view: (B, F, D)."""
        if view.pictures is None:
            raise ValueError("rgb_transformer needs pictures")
        pooled = self.features(view.pictures, view.valid).amax((-1, -2))
        return self.norm(self.temporal(self.frame(pooled), view.places, view.valid))


def _layer(inside: int, outside: int, *, dropout: float) -> nn.Module:
    return nn.Sequential(nn.Dropout(dropout), nn.Linear(inside, outside), nn.LayerNorm(outside), nn.ReLU())
