"""Random changes of keypoints in the plane.

Each function does one thing to a batch and takes the generator its randomness comes from. Which augmentations there are
and how strong they are is our choice (the paper names "simple heatmap augmentation techniques based on 2D skeletons").
Random numbers are drawn on the CPU, so that a seed means the same on every device.
"""

import torch
from torch import Generator, Tensor

from la2ds.config import AugmentationConfig
from la2ds.views.augment import uniform


def rotate(position: Tensor, generator: Generator, *, largest: float) -> Tensor:
    """Turn each clip about the middle of its box by U(-largest, largest) radians."""
    angle = uniform(len(position), generator, -largest, largest).to(position)
    cos, sin = angle.cos()[:, None, None], angle.sin()[:, None, None]
    x, y = (position - 0.5).unbind(-1)
    return torch.stack([cos * x - sin * y, sin * x + cos * y], -1) + 0.5


def rescale(position: Tensor, generator: Generator, *, smallest: float, largest: float) -> Tensor:
    """Stretch x and y of each clip about the middle of its box, by factors drawn apart."""
    factor = uniform((len(position), 1, 1, 2), generator, smallest, largest).to(position)
    return (position - 0.5) * factor + 0.5


def translate(position: Tensor, generator: Generator, *, largest: float) -> Tensor:
    """Shift each clip by U(-largest, largest) of the box in x and in y."""
    return position + uniform((len(position), 1, 1, 2), generator, -largest, largest).to(position)


def mirror(
    position: Tensor, confidence: Tensor, generator: Generator, *, probability: float, partners: tuple[int, ...]
) -> tuple[Tensor, Tensor]:
    """Mirror some clips: x becomes 1 - x, and left and right joints exchange their places."""
    chosen = (torch.rand(len(position), generator=generator) < probability).to(position.device)
    order = torch.tensor(partners, device=position.device)
    flipped = position[:, :, order] * position.new_tensor([-1, 1]) + position.new_tensor([1, 0])
    position = torch.where(chosen[:, None, None, None], flipped, position)
    return position, torch.where(chosen[:, None, None], confidence[:, :, order], confidence)


def jitter(position: Tensor, generator: Generator, *, sigma: float) -> Tensor:
    """Add N(0, sigma^2) to every coordinate of every joint in every frame, sigma as a share of the box."""
    return position + sigma * torch.randn(position.shape, generator=generator).to(position)


def drop_joints(position: Tensor, generator: Generator, *, view: float, frame: float) -> Tensor:
    """Take joints away: with probability ``view`` from the whole view, with probability ``frame`` from one frame."""
    clips, frames, joints = position.shape[:3]
    whole = torch.rand((clips, 1, joints), generator=generator) < view
    single = torch.rand((clips, frames, joints), generator=generator) < frame
    return position.masked_fill((whole | single).to(position.device)[..., None], torch.nan)


def fail(position: Tensor, generator: Generator, *, missing: float, noise: float) -> Tensor:
    """Imitate a failing detector, badly in some views and hardly in others.

    Each view draws its own level: joints are missing frame by frame with probability U(0, missing), and coordinates are
    moved by N(0, sigma^2) with sigma from U(0, noise), as a share of the box.
    """
    clips = len(position)
    sigma = uniform((clips, 1, 1, 1), generator, 0.0, noise)
    share = uniform((clips, 1, 1), generator, 0.0, missing)
    position = position + (sigma * torch.randn(position.shape, generator=generator)).to(position)
    is_missing = torch.rand(position.shape[:3], generator=generator) < share
    return position.masked_fill(is_missing.to(position.device)[..., None], torch.nan)


def change_space(
    position: Tensor,
    confidence: Tensor,
    generator: Generator,
    *,
    config: AugmentationConfig,
    partners: tuple[int, ...],
) -> tuple[Tensor, Tensor, Tensor]:
    """Apply all spatial augmentations to a batch of views.

    Args:
        position: (B, F, J, 2) shares of the box; NaN where missing.
        confidence: (B, F, J).
        generator: where randomness comes from (CPU).
        config: strengths.
        partners: for each joint its partner on the other side (``Skeleton.mirror``).

    Returns:
        position and confidence of the same shapes (missing joints stay missing, confidence is 0 for them), and
        (B, 2, 3) the map every clip underwent but for jitter and noise, so that pictures can follow: p becomes
        ``map[:, :2] @ p + map[:, 2]``.
    """
    joints = position.shape[2]
    # Three points that are carried along: where they arrive says what the map was.
    corners = position.new_tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]).expand(*position.shape[:2], 3, 2)
    position = torch.cat([position, corners], 2)
    padded = torch.cat([confidence, torch.ones_like(corners[..., 0])], 2)
    order = (*partners, *range(joints, joints + 3))
    position, padded = mirror(position, padded, generator, probability=config.mirror, partners=order)
    position = rotate(position, generator, largest=config.rotation)
    position = rescale(position, generator, smallest=config.scale[0], largest=config.scale[1])
    position = translate(position, generator, largest=config.translation)
    origin, x, y = position[:, 0, joints:].unbind(1)
    position, confidence = position[:, :, :joints], padded[:, :, :joints]
    position = jitter(position, generator, sigma=config.noise)
    position = drop_joints(position, generator, view=config.joint_dropout, frame=config.frame_dropout)
    if config.fail_missing or config.fail_noise:
        position = fail(position, generator, missing=config.fail_missing, noise=config.fail_noise)
    return position, confidence * ~position.isnan().any(-1), torch.stack([x - origin, y - origin, origin], -1)
