"""CASA's random changes of a skeleton, and the skeleton as the numbers an encoder sees.

Kwon et al., CVPR 2022, and its code: each change is made of a whole view with its own probability, in the order angle
noise, mirroring, jitter. The code works on the joint angles of a body model; here are joints alone, so noise added to a
joint's angle becomes a turn of everything beyond it about that joint, which keeps the bones' lengths. What the code
draws but does not use, and what it does beside its paper, are settings (see ``SkeletonAugmentationConfig``).

Random numbers are drawn on the CPU, the same amount whatever is made of them.
"""

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from la2ds.config import CoordinatesConfig, SkeletonAugmentationConfig
from la2ds.coordinates import normalise, point
from la2ds.pose.skeletons import Skeleton

SMOOTHING = 10  # frames of the moving average over angle noise
ROOT = "mid_hip"


def skeleton_points(
    position: Tensor,
    valid: Tensor,
    generator: Generator | None,
    *,
    skeleton: Skeleton,
    coordinates: CoordinatesConfig,
    config: SkeletonAugmentationConfig,
) -> Tensor:
    """Normalise joints and write each frame as one vector, changed at random or as it is.

    Args:
        position: (B, F, J, D) shares of the box, or millimetres in space; NaN where missing.
        valid: (B, F) whether there is a frame.
        generator: where randomness comes from (CPU); None for no change.
        skeleton: joint set.
        coordinates: dimensions and normalisation.
        config: probabilities and strengths of the changes.

    Returns:
        (B, F, J * D), joint by joint; 0 for missing joints and, unless it is jittered, in the padding. With angle
        noise, joints beyond a missing one are missing too.
    """
    if generator is None:
        points = normalise(position, skeleton=skeleton, config=coordinates)
        return (points * valid[..., None, None]).flatten(2)
    position = turn_joints(position, valid, generator, skeleton=skeleton, config=config)
    points = normalise(position, skeleton=skeleton, config=coordinates)
    points = mirror(points, generator, skeleton=skeleton, coordinates=coordinates, config=config)
    points = points * valid[..., None, None]
    moves = jitter(points.shape, generator, config=config).to(points)
    if not config.jitter_padding:
        moves = moves * valid[..., None, None]
    return (points + moves).flatten(2)


def turn_joints(
    position: Tensor,
    valid: Tensor,
    generator: Generator,
    *,
    skeleton: Skeleton,
    config: SkeletonAugmentationConfig,
) -> Tensor:
    """Turn every joint of some clips by smooth noise, in space about all three axes, in the plane about one.

    Args:
        position: (B, F, J, D); NaN where missing.
        valid: (B, F) whether there is a frame.
        generator: where randomness comes from (CPU).
        skeleton: joint set.
        config: probability and variance of the noise, and whether it is used at all.

    Returns:
        (B, F, J, D); the hip centre stays where it is, and so do the lengths of all bones of the tree.
    """
    clips, _, _, dims = position.shape
    chosen = (torch.rand(clips, generator=generator) < config.angle).to(position.device)
    axes = 3 if dims == 3 else 1
    noise = smooth_noise(valid, generator, channels=(1 + len(skeleton.tree)) * axes, variance=config.angle_variance)
    if not config.angle_adds:
        return position
    angles = torch.deg2rad(noise).unflatten(-1, (-1, axes)).to(position)
    rotations = rotation_matrices(angles) if dims == 3 else plane_rotations(angles[..., 0])
    return torch.where(chosen[:, None, None, None], turn_tree(position, rotations, skeleton=skeleton), position)


def smooth_noise(valid: Tensor, generator: Generator, *, channels: int, variance: float) -> Tensor:
    """Draw CASA's smooth noise: Gaussian, then a moving average whose ends shrink towards 0.

    Before the average, two frames of a clip of T frames that are d apart have covariance variance * (1 - d / (2 T)).
    That is what a sum of T independent numbers has, those up to the frame counted plus and those after it minus,
    together with one more number, 3 T in variance, that all frames share; so no T x T matrix is factorised.

    Args:
        valid: (B, F) whether there is a frame; each clip's T is the number of its own.
        generator: where randomness comes from (CPU).
        channels: independent series of each clip.
        variance: before the average, in the square of the unit that is wanted.

    Returns:
        (B, F, channels) on the CPU; 0 in the padding.
    """
    there = valid.cpu().float()[..., None]
    count = there.sum(1, keepdim=True)  # (B, 1, 1)
    steps = torch.randn((*valid.shape, channels), generator=generator) * there
    shared = torch.randn((len(valid), 1, channels), generator=generator) * (3 * count).sqrt()
    series = (2 * steps.cumsum(1) - steps.sum(1, keepdim=True) + shared) * there
    series = series * (variance / (4 * count.clamp(min=1))).sqrt()
    # numpy.convolve's "same" with an even box: five frames before, the frame, four after.
    padded = F.pad(series.mT, (SMOOTHING // 2, SMOOTHING - 1 - SMOOTHING // 2))
    return F.avg_pool1d(padded, SMOOTHING, stride=1).mT * there


def turn_tree(position: Tensor, rotations: Tensor, *, skeleton: Skeleton) -> Tensor:
    """Turn joints about their parents, each turn carrying everything beyond it.

    Args:
        position: (B, F, J, D); NaN where missing.
        rotations: (B, F, 1 + len(tree), D, D) of the root and then of the children of ``skeleton.tree``, in its order.
        skeleton: joint set.

    Returns:
        (B, F, J, D); joints beyond a missing one are missing.
    """
    old = {name: point(position, name, skeleton=skeleton) for name in (ROOT, *(child for _, child in skeleton.tree))}
    new, turns = {ROOT: old[ROOT]}, {ROOT: rotations[:, :, 0]}
    for n, (parent, child) in enumerate(skeleton.tree, start=1):
        bone = turns[parent] @ (old[child] - old[parent])[..., None]
        new[child] = new[parent] + bone[..., 0]
        turns[child] = turns[parent] @ rotations[:, :, n]
    return torch.stack([new[joint] for joint in skeleton.joints], 2)


def rotation_matrices(vectors: Tensor) -> Tensor:
    """Turn rotation vectors, in radians, into matrices (Rodrigues): (..., 3) -> (..., 3, 3)."""
    x, y, z = vectors.unbind(-1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1).unflatten(-1, (3, 3))
    angle = vectors.norm(dim=-1)[..., None, None]
    # sin(a) / a and (1 - cos(a)) / a^2, which are smooth at 0.
    first, second = torch.sinc(angle / math.pi), torch.sinc(angle / (2 * math.pi)) ** 2 / 2
    return torch.eye(3).to(vectors) + first * cross + second * (cross @ cross)


def plane_rotations(angles: Tensor) -> Tensor:
    """Turn angles, in radians, into matrices of the plane: (...) -> (..., 2, 2)."""
    sine, cosine = angles.sin(), angles.cos()
    return torch.stack([cosine, -sine, sine, cosine], -1).unflatten(-1, (2, 2))


def mirror(
    points: Tensor,
    generator: Generator,
    *,
    skeleton: Skeleton,
    coordinates: CoordinatesConfig,
    config: SkeletonAugmentationConfig,
) -> Tensor:
    """Mirror some clips of normalised joints, x becoming -x, and normalise them again.

    Args:
        points: (B, F, J, D) as ``normalise`` gives them.
        generator: where randomness comes from (CPU).
        skeleton: joint set.
        coordinates: dimensions and normalisation.
        config: probability, and whether left and right joints exchange their places.
    """
    chosen = (torch.rand(len(points), generator=generator) < config.flip).to(points.device)
    flipped = points[:, :, list(skeleton.mirror)] if config.flip_swaps else points
    flipped = flipped * points.new_tensor([-1.0] + [1.0] * (points.shape[-1] - 1))
    if coordinates.normalise == "body":  # shares of the box already lie about its middle
        flipped = normalise(flipped, skeleton=skeleton, config=coordinates, scale=False)
    return torch.where(chosen[:, None, None, None], flipped, points)


def jitter(shape: torch.Size, generator: Generator, *, config: SkeletonAugmentationConfig) -> Tensor:
    """Draw the moves of all joints of some clips, N(0, jitter_sigma^2) each: ``shape`` (B, ...), 0 for the others."""
    chosen = torch.rand(shape[0], generator=generator) < config.jitter
    return config.jitter_sigma * torch.randn(shape, generator=generator) * chosen.view(-1, *[1] * (len(shape) - 1))
