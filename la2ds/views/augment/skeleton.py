"""CASA's random changes of a skeleton, and the changed skeleton as numbers.

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
from la2ds.formats.skeletons import Skeleton
from la2ds.views.coordinates import normalise, point, rotation

SMOOTHING = 10  # frames of the moving average over angle noise
ROOT = "mid_hip"


def skeleton_points(
    position: Tensor,
    valid: Tensor,
    generator: Generator,
    *,
    skeleton: Skeleton,
    coordinates: CoordinatesConfig,
    config: SkeletonAugmentationConfig,
) -> Tensor:
    """Change joints at random, normalise them and write each frame as one vector.

    Args:
        position: (B, F, J, D) shares of the box, or millimetres in space; NaN where missing.
        valid: (B, F) whether there is a frame.
        generator: where randomness comes from (CPU).
        skeleton: joint set.
        coordinates: dimensions and normalisation.
        config: probabilities and strengths of the changes.

    Returns:
        (B, F, J * D), joint by joint; 0 for missing joints and, unless it is jittered, in the padding. With angle
        noise, joints beyond a missing one are missing too.
    """
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
    chosen = (torch.rand(clips, generator=generator) < config.angle).nonzero()[:, 0]
    axes = 3 if dims == 3 else 1
    channels = (1 + len(skeleton.tree)) * axes
    noise = smooth_noise(valid, generator, channels=channels, variance=config.angle_variance, chosen=chosen)
    if not config.angle_adds or len(chosen) == 0:
        return position
    angles = torch.deg2rad(noise).unflatten(-1, (-1, axes)).to(position)
    rotations = rotation_matrices(angles) if dims == 3 else plane_rotations(angles[..., 0])
    chosen = chosen.to(position.device)
    return position.index_copy(0, chosen, turn_tree(position[chosen], rotations, skeleton=skeleton))


def smooth_noise(
    valid: Tensor, generator: Generator, *, channels: int, variance: float, chosen: Tensor | None = None
) -> Tensor:
    """Draw CASA's smooth noise: Gaussian, then a moving average whose ends shrink towards 0.

    Before the average, two frames of a clip of T frames that are d apart have covariance variance * (1 - d / (2 T)).
    That is what a sum of T independent numbers has, those up to the frame counted plus and those after it minus,
    together with one more number, 3 T in variance, that all frames share; so no T x T matrix is factorised.

    Args:
        valid: (B, F) whether there is a frame; each clip's T is the number of its own.
        generator: where randomness comes from (CPU).
        channels: independent series of each clip.
        variance: before the average, in the square of the unit that is wanted.
        chosen: (C,) clips that get their noise, on the CPU; None for all. For the others it is drawn alone.

    Returns:
        (C, F, channels) on the CPU; 0 in the padding.
    """
    is_frame = valid.cpu().float()[..., None]
    steps = torch.randn((*valid.shape, channels), generator=generator)
    shared = torch.randn((len(valid), 1, channels), generator=generator)
    if chosen is not None:
        is_frame, steps, shared = is_frame[chosen], steps[chosen], shared[chosen]
    count = is_frame.sum(1, keepdim=True)  # (C, 1, 1)
    steps, shared = steps * is_frame, shared * (3 * count).sqrt()
    series = (2 * steps.cumsum(1) - steps.sum(1, keepdim=True) + shared) * is_frame
    series = series * (variance / (4 * count.clamp(min=1))).sqrt()
    # numpy.convolve's "same" with an even box: five frames before, the frame, four after.
    padded = F.pad(series.mT, (SMOOTHING // 2, SMOOTHING - 1 - SMOOTHING // 2))
    return F.avg_pool1d(padded, SMOOTHING, stride=1).mT * is_frame


def turn_tree(position: Tensor, rotations: Tensor, *, skeleton: Skeleton) -> Tensor:
    """Turn joints about their parents, each turn carrying everything beyond it.

    Args:
        position: (B, F, J, D); NaN where missing.
        rotations: (B, F, 1 + len(tree), D, D) of the root and then of the children of ``skeleton.tree``, in its order.
        skeleton: joint set.

    Returns:
        (B, F, J, D); joints beyond a missing one are missing.
    """
    names = [ROOT, *(child for _, child in skeleton.tree)]
    # The joints come first while they are turned, so that some of them are one piece of memory.
    place = torch.stack([point(position, name, skeleton=skeleton) for name in names])
    moved, turns = place.clone(), rotations.movedim(2, 0).clone(memory_format=torch.contiguous_format)
    for parents, children in _generations(skeleton):
        turn = turns[parents]
        moved[children] = moved[parents] + (turn @ (place[children] - place[parents])[..., None])[..., 0]
        turns[children] = turn @ turns[children]
    return moved[[names.index(joint) for joint in skeleton.joints]].movedim(0, 2)


def _generations(skeleton: Skeleton) -> list[tuple[list[int], list[int]]]:
    """Group the tree's children by how far they are from the root, with their parents: they can be turned at once.

    Numbers count the root as 0 and then the children, in the tree's order.
    """
    depth, number = {ROOT: 0}, {ROOT: 0}
    found: list[tuple[list[int], list[int]]] = []
    for n, (parent, child) in enumerate(skeleton.tree, start=1):
        depth[child], number[child] = depth[parent] + 1, n
        if depth[child] > len(found):
            found.append(([], []))
        parents, children = found[depth[parent]]
        parents.append(number[parent])
        children.append(n)
    return found


def rotation_matrices(vectors: Tensor) -> Tensor:
    """Turn rotation vectors, in radians, into matrices: (..., 3) -> (..., 3, 3)."""
    angle = vectors.norm(dim=-1)
    # sin(a) / a and (1 - cos(a)) / a^2, which are smooth at 0.
    first, second = torch.sinc(angle / math.pi), torch.sinc(angle / (2 * math.pi)) ** 2 / 2
    return rotation(angle.cos(), first[..., None] * vectors, vectors, second)


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
    chosen = (torch.rand(len(points), generator=generator) < config.flip).nonzero()[:, 0].to(points.device)
    if len(chosen) == 0:
        return points
    flipped = points[chosen]
    flipped = flipped[:, :, list(skeleton.mirror)] if config.flip_swaps else flipped
    flipped = flipped * points.new_tensor([-1.0] + [1.0] * (points.shape[-1] - 1))
    if coordinates.normalise == "body":  # shares of the box already lie about its middle
        flipped = normalise(flipped, skeleton=skeleton, config=coordinates, scale=False)
    return points.index_copy(0, chosen, flipped)


def jitter(shape: torch.Size, generator: Generator, *, config: SkeletonAugmentationConfig) -> Tensor:
    """Draw the moves of all joints of some clips, N(0, jitter_sigma^2) each: ``shape`` (B, ...), 0 for the others."""
    chosen = torch.rand(shape[0], generator=generator) < config.jitter
    return config.jitter_sigma * torch.randn(shape, generator=generator) * chosen.view(-1, *[1] * (len(shape) - 1))
