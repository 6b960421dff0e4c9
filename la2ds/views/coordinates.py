"""Joints as numbers: each frame turned, moved and scaled by the body itself.

In space this is CASA's normalisation (Kwon et al., CVPR 2022; its code's ``preprocess_norm_mat``, which works frame by
frame): neck in the origin, the smallest turn that takes left shoulder -> neck onto +x, then the smallest one that takes
neck -> hip centre onto +z, then a trunk of length 1. The second turn spoils the first, and a smallest turn depends on
where it starts. So place and size of the person are gone for good, and of each joint its height along the trunk and its
distance from it are independent of how the person is turned; the angle about the trunk is too where the shoulders are
at right angles to the trunk, and nearly so where they nearly are.

In the plane, which CASA does not have, our choice is the same without the shoulders, for they lie where the camera puts
them: neck in the origin, trunk along +y (y of pictures points down), trunk of length 1.

Missing joints, and frames without a trunk (neck or hip centre missing, or both in one place), become 0, as CASA's
padding is; CASA's code gives NaN for the latter.
"""

import torch
from torch import Tensor

from la2ds.config import CoordinatesConfig
from la2ds.formats.skeletons import Skeleton

# CASA's guard, for unit vectors: a turn by less than this is left out, and so is half a turn, which has no axis.
SMALLEST = 1e-6


def normalise(position: Tensor, *, skeleton: Skeleton, config: CoordinatesConfig, scale: bool = True) -> Tensor:
    """Normalise every frame for itself.

    Args:
        position: (..., J, D) joints, in any unit (``body``) or as shares of the box (``box``); NaN where missing.
        skeleton: joint set.
        config: D, and ``body``, or ``box`` for shares of the box about its middle (2D alone).
        scale: False leaves ``body`` without its last step, so that a trunk that is 1 long stays exactly so.

    Returns:
        (..., J, D), in trunk lengths or shares of the box; 0 where missing, never NaN.

    Raises:
        ValueError: if the joints or dimensions are others than those of the skeleton and the settings.
    """
    expected = (len(skeleton.joints), config.dims)
    if position.shape[-2:] != expected:
        raise ValueError(f"expected {expected} joints and dimensions, got {tuple(position.shape[-2:])}")
    if config.normalise == "box":
        return (position - 0.5).nan_to_num(0.0)
    neck, hips = (point(position, name, skeleton=skeleton) for name in ("neck", "mid_hip"))
    moved, trunk = position - neck[..., None, :], hips - neck
    length = trunk.norm(dim=-1)[..., None, None]
    turn = _upright_3d(moved, trunk, skeleton=skeleton) if config.dims == 3 else _upright_2d(trunk)
    turn = torch.where(length > SMALLEST, turn / length if scale else turn, torch.zeros_like(turn))
    return (moved @ turn.mT).nan_to_num(0.0)


def joint_vectors(position: Tensor, valid: Tensor, *, skeleton: Skeleton, config: CoordinatesConfig) -> Tensor:
    """Normalise joints and write each frame as one vector.

    Args:
        position: (B, F, J, D) shares of the box, or millimetres in space; NaN where missing.
        valid: (B, F) whether there is a frame.
        skeleton: joint set.
        config: dimensions and normalisation.

    Returns:
        (B, F, J * D), joint by joint; 0 for missing joints and in the padding.
    """
    points = normalise(position, skeleton=skeleton, config=config)
    return (points * valid[..., None, None]).flatten(2)


def point(position: Tensor, name: str, *, skeleton: Skeleton) -> Tensor:
    """Give a joint, or the mean of the joints that stand for it: (..., J, D) -> (..., D); NaN if one is missing."""
    if name in skeleton.joints:
        return position[..., skeleton.index(name), :]
    return position[..., [skeleton.index(joint) for joint in skeleton.virtual[name]], :].mean(-2)


def turn_onto(vector: Tensor, target: Tensor) -> Tensor:
    """Give the smallest rotation that takes a vector onto a direction.

    Args:
        vector: (..., 3) of any length.
        target: (3,) of length 1.

    Returns:
        (..., 3, 3); the identity where the turn is smaller than ``SMALLEST``, half a turn, or undefined.
    """
    unit = torch.nn.functional.normalize(vector, dim=-1)
    across = torch.linalg.cross(unit, target.expand_as(unit))
    cosine = unit @ target
    turn = rotation(cosine, across, across, (1 - cosine) / (across * across).sum(-1))
    tiny = across.abs().sum(-1)[..., None, None] < SMALLEST
    return torch.where(tiny, torch.eye(3, dtype=turn.dtype, device=turn.device), turn)


def rotation(cosine: Tensor, sine: Tensor, vector: Tensor, rest: Tensor) -> Tensor:
    """Put a rotation together (Rodrigues): cosine + (sine x) + rest * vector vector^T.

    Args:
        cosine: (...) of the angle.
        sine: (..., 3) the axis, of the sine's length.
        vector: (..., 3) along the axis, of any length L.
        rest: (...) (1 - cosine) / L^2.

    Returns:
        (..., 3, 3).
    """
    x, y, z = sine.unbind(-1)
    turn = torch.stack([cosine, -z, y, z, cosine, -x, -y, x, cosine], -1).unflatten(-1, (3, 3))
    return turn + (rest[..., None] * vector)[..., None] * vector[..., None, :]


def _upright_3d(moved: Tensor, trunk: Tensor, *, skeleton: Skeleton) -> Tensor:
    """Give the turn about the neck: ``across`` (the left shoulder) along -x first, then the trunk along +z."""
    x, _, z = torch.eye(3, dtype=moved.dtype, device=moved.device)
    shoulder = moved[..., skeleton.index(skeleton.across), :]
    # Without that joint there is still a trunk.
    level = turn_onto(-shoulder.nan_to_num(0.0), x)
    return turn_onto((level @ trunk[..., None])[..., 0], z) @ level


def _upright_2d(trunk: Tensor) -> Tensor:
    """Give the turn about the neck in the plane, the trunk along +y."""
    sine, cosine = torch.nn.functional.normalize(trunk, dim=-1).unbind(-1)
    return torch.stack([cosine, -sine, sine, cosine], -1).unflatten(-1, (2, 2))
