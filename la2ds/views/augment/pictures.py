"""Random changes of a view's pictures, the same for all frames of a view.

TCC's kinds (flip, brightness, contrast; Dwibedi et al., CVPR 2019, released code) and CARL's (crop, saturation, grey;
Chen et al., CVPR 2022); strengths are settings. Random numbers are drawn on the CPU, so that a seed means the same on
every device.
"""

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from la2ds.config import PictureAugmentationConfig
from la2ds.views.augment import uniform
from la2ds.views.pictures import plain_pictures

LUMA = (0.299, 0.587, 0.114)  # grey from red, green, blue (ITU-R BT.601)


def change_pictures(
    pictures: Tensor, generator: Generator, *, config: PictureAugmentationConfig, affine: Tensor | None
) -> Tensor:
    """Apply all changes to a batch of views.

    Args:
        pictures: (B, F, 3, S, S) uint8, red, green, blue.
        generator: where randomness comes from (CPU).
        config: strengths.
        affine: (B, 2, 3) the map that the keypoints of the same views underwent, so that pictures follow it: p becomes
            ``affine[:, :2] @ p + affine[:, 2]``, p in shares of the picture, x first. None to draw a square part and
            mirroring instead.

    Returns:
        (B, F, 3, S, S) float32 in [-1, 1].
    """
    count, device = len(pictures), pictures.device
    if affine is None:
        source = draw_source(count, generator, crop=config.crop, mirror=config.mirror)
    else:
        source = inverse(affine.float())
    colour = draw_colour(count, generator, config=config)
    contrast = draw_contrast(count, generator, config=config)
    grid = sampling_grid(source.to(device), size=pictures.shape[-1])
    settings = (t.to(device).split(1) for t in (grid, *colour_map(colour, contrast)))
    changed = torch.empty(pictures.shape, device=device)
    # One view at a time stays in a processor's cache, which halves the time.
    for old, new, places, *colours in zip(pictures.split(1), changed.split(1), *settings, strict=True):
        new.copy_(change_colour(resample(plain_pictures(old), places), *colours))
    if config.noise:
        changed += 2 * config.noise * torch.randn(changed.shape, generator=generator).to(device)
    return changed.clamp_(-1, 1)


def draw_source(count: int, generator: Generator, *, crop: tuple[float, float], mirror: float) -> Tensor:
    """Draw which part of the picture fills it: a square of side U(crop) at a random place, mirrored with a probability.

    Returns:
        (count, 2, 3) the map from new to old places, in shares of the picture.
    """
    side = uniform((count,), generator, *crop)
    corner = torch.rand((count, 2), generator=generator) * (1 - side[:, None])
    flipped = torch.rand(count, generator=generator) < mirror
    source = torch.zeros(count, 2, 3)
    source[:, 0, 0] = torch.where(flipped, -side, side)
    source[:, 1, 1] = side
    source[:, 0, 2] = corner[:, 0] + torch.where(flipped, side, torch.zeros_like(side))
    source[:, 1, 2] = corner[:, 1]
    return source


def inverse(affine: Tensor) -> Tensor:
    """Turn a map around: (B, 2, 3) from old to new places -> (B, 2, 3) from new to old places."""
    turned = torch.linalg.inv(affine[:, :, :2])
    return torch.cat([turned, -turned @ affine[:, :, 2:]], 2)


def sampling_grid(source: Tensor, *, size: int) -> Tensor:
    """Give the place that every pixel is fetched from.

    Args:
        source: (B, 2, 3) the map from new to old places, in shares of the picture.
        size: S = height and width of the pictures.

    Returns:
        (B, S, S, 2) as ``grid_sample`` counts places: x first, from -1 to 1.
    """
    linear, shift = source[:, :, :2], source[:, :, 2:]
    # With p = (g + 1) / 2 on both sides, g_old = A g_new + A 1 + 2 b - 1.
    theta = torch.cat([linear, linear.sum(2, keepdim=True) + 2 * shift - 1], 2)
    return F.affine_grid(theta, [len(source), 1, size, size], align_corners=False)


def resample(pictures: Tensor, grid: Tensor) -> Tensor:
    """Fetch every pixel from another place, bilinearly; places outside the picture get its border.

    Args:
        pictures: (B, F, 3, S, S).
        grid: (B, S, S, 2) see ``sampling_grid``.

    Returns:
        (B, F, 3, S, S).
    """
    flat = pictures.flatten(1, 2)  # all frames of a view share one grid, as channels of one picture
    return F.grid_sample(flat, grid, padding_mode="border", align_corners=False).view(pictures.shape)


def draw_colour(count: int, generator: Generator, *, config: PictureAugmentationConfig) -> Tensor:
    """Draw saturation and brightness.

    Returns:
        (count, 3, 4): the new colour is ``[:, :3] @ colour + [:, 3]``, colours in [-1, 1].
    """
    factor = uniform((count,), generator, *config.saturation)
    grey = torch.rand(count, generator=generator) < config.grey
    factor = torch.where(grey, torch.zeros_like(factor), factor)[:, None, None]
    shift = 2 * uniform((count, 1, 1), generator, -config.brightness, config.brightness)
    # Saturation is the distance from grey: grey + factor (colour - grey).
    mix = factor * torch.eye(3) + (1 - factor) * torch.tensor(LUMA).expand(3, 3)
    return torch.cat([mix, shift.expand(count, 3, 1)], 2)


def draw_contrast(count: int, generator: Generator, *, config: PictureAugmentationConfig) -> Tensor:
    """Draw (count,) factors of the distance from the view's mean grey."""
    return uniform((count,), generator, *config.contrast)


def colour_map(colour: Tensor, contrast: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Join a change of saturation and brightness with one of contrast about the view's mean grey.

    All of it is linear in the colour, so pixels are visited once; the mean after ``colour`` follows from that before.

    Args:
        colour: (B, 3, 4), see ``draw_colour``.
        contrast: (B,) factors.

    Returns:
        (B, 3, 3), (B, 3, 3) and (B, 3, 1): the first times a pixel's colour, the second times the view's mean colour
        and the third add up to the new colour.
    """
    factor = contrast[:, None, None]
    grey = (colour.new_tensor(LUMA) @ colour)[:, None].expand_as(colour)
    around = (1 - factor) * grey
    return factor * colour[:, :, :3], around[:, :, :3], factor * colour[:, :, 3:] + around[:, :, 3:]


def change_colour(pictures: Tensor, mix: Tensor, around: Tensor, shift: Tensor) -> Tensor:
    """Change all colours of a view alike.

    Args:
        pictures: (B, F, 3, S, S) in [-1, 1].
        mix: (B, 3, 3) what a pixel's colour is multiplied with, see ``colour_map``.
        around: (B, 3, 3) what the view's mean colour is multiplied with.
        shift: (B, 3, 1) what is added.

    Returns:
        (B, F, 3, S, S), which may leave [-1, 1].
    """
    frames = pictures.shape[1]
    shift = torch.baddbmm(shift, around, pictures.mean((1, 3, 4))[:, :, None])
    pixels = pictures.flatten(3).flatten(0, 1)  # (B F, 3, S S)
    shift, mix = (t.repeat_interleave(frames, 0) for t in (shift, mix))
    return torch.baddbmm(shift, mix, pixels).view(pictures.shape)
