"""Views of whole clips for embedding: un-augmented, resampled, mirrored on demand."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from la2ds.config import MethodConfig
from la2ds.formats.skeletons import Skeleton
from la2ds.views.clips import read_at
from la2ds.views.coordinates import joint_vectors
from la2ds.views.heatmaps import mirror_channels
from la2ds.views.pictures import plain_pictures
from la2ds.views.view import View, places_of


@dataclass(frozen=True)
class ClipParts:
    """The parts of one clip; None for those that are not input of the method.

    Attributes:
        maps: (T, C, H, W) uint8 heatmaps, value / 255.
        position: (T, J, D) shares of the box or millimetres, without gaps.
        pictures: (T, 3, S, S) uint8, or (T, K, G, G) float16 features.
    """

    maps: Tensor | None = None
    position: Tensor | None = None
    pictures: Tensor | None = None

    @property
    def frames(self) -> int:
        """Give the number of frames."""
        # Not len(), which is a plain number even where a traced network is to take clips of any length.
        return next(part.shape[0] for part in (self.maps, self.position, self.pictures) if part is not None)


def whole_view(clip: ClipParts, *, method: MethodConfig, skeleton: Skeleton | None, mirrored: bool = False) -> View:
    """Resample a whole clip to the frames that embedding uses.

    Args:
        clip: one clip.
        method: settings; with ``test_frames`` 0 every frame is shown, and padding follows up to ``pad_to``.
        skeleton: joint set; None where no keypoints are used.
        mirrored: show the mirror image. Features of a frozen backbone cannot be mirrored and stay as they are.

    Returns:
        a view with B = 1.
    """
    parts = [p for p in (clip.maps, clip.position, clip.pictures) if p is not None]
    count = method.encoder.test_frames or clip.frames
    times = evenly(1, count, device=parts[0].device)[None]
    places = times * (clip.frames - 1)
    maps, points, pictures = None, None, None
    padding = 0 if method.encoder.test_frames else max(0, method.encoder.pad_to - count)
    valid = F.pad(torch.ones_like(times, dtype=torch.bool), (0, padding))
    if clip.maps is not None and skeleton is not None:
        values = clip.maps.float() / 255
        if mirrored:
            values = values[:, mirror_channels(method.input.heatmaps, skeleton)].flip(-1)
        maps = read_at(values[None], places)
    if clip.position is not None and skeleton is not None:
        position = mirror_position(clip.position, skeleton) if mirrored else clip.position
        position = F.pad(read_at(position[None], places), (0, 0, 0, 0, 0, padding))
        points = joint_vectors(position, valid, skeleton=skeleton, config=method.input.coordinates)
    if clip.pictures is not None:
        nearest = clip.pictures[places.round().long()]
        pictures = plain_pictures(nearest) if method.input.pictures.trained else nearest.float()
        pictures = pictures.flip(-1) if mirrored and method.input.pictures.trained else pictures
    times = F.pad(times, (0, padding), value=1.0)
    shown = torch.tensor([[method.encoder.shown != "rgb", method.encoder.shown != "heatmaps"]], device=times.device)
    return View(places_of(times, method), times, valid, maps, points, pictures, shown)


def evenly(last: float, count: int, *, device: torch.device) -> Tensor:
    """Give ``count`` numbers from 0 to ``last``, evenly: (count,), at least two while a network is traced."""
    if torch.compiler.is_exporting():  # linspace would freeze the number of frames at that of the example
        return torch.arange(count, device=device) * last / (count - 1)
    return torch.linspace(0, last, count, device=device)


def mirror_position(position: Tensor, skeleton: Skeleton) -> Tensor:
    """Exchange left and right of (..., J, D) joints: in the box about its middle, in space about the camera's axis."""
    swapped = position[..., list(skeleton.mirror), :].clone()
    swapped[..., 0] = 1 - swapped[..., 0] if position.shape[-1] == 2 else -swapped[..., 0]
    return swapped
