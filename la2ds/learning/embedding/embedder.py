"""A trained network as one module that embeds a whole clip, the way ``python -m la2ds embed`` does.

``FrameEmbedder`` has everything between what a user has of a clip and its embeddings: resampling to the frames of the
network's input, windows, the mirror image, and interpolation back to the clip's own frames. It can be traced for clips
of any length (``torch.export``), so a model kept in MLflow needs neither this package nor pickles.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from la2ds.config import MethodConfig
from la2ds.formats.skeletons import known_skeleton, skeleton_named
from la2ds.learning.embedding.network import embed_whole
from la2ds.learning.model import Model, input_shape, load_weights, network_of
from la2ds.views.whole_view import ClipParts


class FrameEmbedder(nn.Module):
    """Whole clips to frame embeddings; in evaluation mode, and meant to stay there."""

    def __init__(self, model: Model, *, method: MethodConfig, skeleton: str, features: tuple[int, int]) -> None:
        """Wrap a network.

        Args:
            model: network with its weights.
            method: its settings.
            skeleton: name of its joint set; empty where its input has no joints.
            features: channels and grid of the picture features; zeros where its input has none.
        """
        super().__init__()
        self.encoder = model.encoder
        self.method = method
        self.skeleton = skeleton_named(skeleton)
        self.shape = input_shape(method, self.skeleton, features)
        self.eval()

    @property
    def inputs(self) -> dict[str, tuple[torch.dtype, tuple[int, ...]]]:
        """Name what ``forward`` takes, in order, with the type and the shape of one frame.

        Returns:
            ``heatmaps`` (C, H, W) float32 in [0, 1]; ``joints`` (J, D) float32, shares of the box or millimetres,
            without gaps; ``pictures`` (3, S, S) uint8, red, green, blue; ``features`` (K, G, G) float32.
        """
        shape = self.shape
        frame_shapes: dict[str, tuple[torch.dtype, tuple[int, ...]]] = {}
        if shape.channels:
            frame_shapes["heatmaps"] = (torch.float32, (shape.channels, shape.size, shape.size))
        if shape.points and self.skeleton:
            joints = len(self.skeleton.joints)
            frame_shapes["joints"] = (torch.float32, (joints, shape.points // joints))
        if shape.pictures:
            frame_shapes["pictures"] = (torch.uint8, (3, shape.pictures, shape.pictures))
        if shape.features:
            frame_shapes["features"] = (torch.float32, (shape.features, shape.grid, shape.grid))
        return frame_shapes

    def forward(self, first: Tensor, second: Tensor | None = None) -> Tensor:
        """Embed one clip of at least two frames.

        Args:
            first: (T, ...) the first of ``inputs``.
            second: (T, ...) the second, where there are two.

        Returns:
            (T, D) float32.
        """
        parts = [first] if second is None else [first, second]
        named = dict(zip(self.inputs, parts, strict=True))
        # Maps are read as bytes elsewhere.
        maps = 255 * named["heatmaps"] if "heatmaps" in named else None
        clip = ClipParts(maps, named.get("joints"), named.get("pictures", named.get("features")))
        return embed_whole(self.encoder, clip, method=self.method, skeleton=self.skeleton)


def load_embedder(path: str | Path, method: MethodConfig) -> FrameEmbedder:
    """Read a method's ``model.safetensors``; joint set and features are those the file names.

    Raises:
        InputError: if the file is no weights file, or belongs to a network with other settings.
    """
    network = network_of(path)
    skeleton, (channels, grid) = network["skeleton"], network["features"]
    features = channels, grid
    if skeleton:
        known_skeleton(path, skeleton)
    model = load_weights(path, method, skeleton, features=features)
    return FrameEmbedder(model, method=method, skeleton=skeleton, features=features)
