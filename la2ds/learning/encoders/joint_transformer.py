"""Joints as numbers in place of maps: a small network for each frame, then frames of a view attend to each other.

Time is attended to as in ``heatmap_transformer``; a frame costs a third of what its maps cost there (our choice).
"""

import torch
from torch import Tensor, nn

from la2ds.config import EncoderConfig
from la2ds.learning.encoders.base import Encoder, InputShape
from la2ds.learning.encoders.layers import Temporal
from la2ds.views.view import View

MOTION = (1, 2)  # frames of the view to either side: without motion up and down look alike
SMALLEST = 0.02  # of the box: bodies are not scaled up beyond that


class JointTransformer(Encoder):
    """Transformer over sequences of 2D joints, where exactly 0 says that a joint is missing."""

    def __init__(self, config: EncoderConfig, shape: InputShape) -> None:
        """Build the network.

        Args:
            config: widths and depth.
            shape: of the coordinates.

        Raises:
            ValueError: if there are no coordinates.
        """
        super().__init__()
        if shape.points == 0:
            raise ValueError("joint_transformer needs coordinates")
        self.dim = config.dim
        numbers = shape.points // 2 * (5 + 2 * len(MOTION))
        width = 2 * config.dim
        self.frame = nn.Sequential(nn.Linear(numbers, width), nn.GELU(), nn.Linear(width, config.dim))
        self.temporal = Temporal(config, dim=config.dim)
        self.norm = nn.LayerNorm(config.dim)

    def embed(self, view: View) -> Tensor:
        """Embed every frame of every view: (B, F, D)."""
        if view.points is None:
            raise ValueError("joint_transformer needs coordinates")
        numbers = describe(view.points.unflatten(-1, (-1, 2)))
        return self.norm(self.temporal(self.frame(numbers), view.places, view.valid))


def describe(joints: Tensor) -> Tensor:
    """Describe each frame by its joints in the clip's box and about the body's middle, and by how they move.

    Args:
        joints: (B, F, J, 2) shares of the box about its middle; 0 where missing.

    Returns:
        (B, F, 9 J): places, whether seen, places about the middle in sizes of the body, motion at each of ``MOTION``;
        0 where a joint is missing, in the motion also where it is missing in one of the two frames.
    """
    seen = (joints != 0).any(-1, keepdim=True).to(joints.dtype)
    count = seen.sum(2, keepdim=True).clamp(min=1)
    about = (joints - joints.sum(2, keepdim=True) / count) * seen
    size = ((about**2).sum((2, 3), keepdim=True) / count).sqrt().mean(1, keepdim=True).clamp(min=SMALLEST)
    parts = [2 * joints, seen, about / size]
    frames = torch.arange(joints.shape[1], device=joints.device)
    for step in MOTION:
        later, earlier = (frames + step).clamp(max=len(frames) - 1), (frames - step).clamp(min=0)
        parts.append(4 * (joints[:, later] - joints[:, earlier]) * seen[:, later] * seen[:, earlier])
    return torch.cat([part.flatten(2) for part in parts], -1)
