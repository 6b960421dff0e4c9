"""Forward kinematics of SMPL's 24 joints (Loper et al., SIGGRAPH Asia 2015), with a rest pose of our own.

SMPL's own rest skeleton follows from its licensed model files and a person's shape; neither is used. Ours approximates
it by an average grown-up of 1.7 m: limbs have the same lengths whoever moves, and only the angles are the person's.
"""

import numpy as np

from la2ds.formats.skeletons import SMPL24

# Where a joint lies from its parent in the rest pose (upright, arms out to the sides), in millimetres: left, up, front.
# Lengths of arms and legs are Drillis and Contini's shares of the stature (1966, as in Winter's Biomechanics and Motor
# Control of Human Movement): thigh .245, shin .246, upper arm .186, forearm .146, hips to shoulders .288. Parts of the
# trunk, hands and feet are round numbers.
_MIDDLE = {
    "spine1": (0, 95, 0),
    "spine2": (0, 120, 0),
    "spine3": (0, 55, 0),
    "neck": (0, 200, -15),
    "head": (0, 90, 40),
}
_LEFT = {
    "hip": (85, -75, 0),
    "knee": (0, -417, 0),
    "ankle": (0, -418, 0),
    "foot": (20, -60, 130),
    "collar": (75, 110, -10),
    "shoulder": (105, 35, -10),
    "elbow": (316, 0, 0),
    "wrist": (248, 0, 0),
    "hand": (85, 0, 0),
}
_OFFSETS = _MIDDLE | {
    f"{side}_{joint}": (sign * x, y, z)
    for joint, (x, y, z) in _LEFT.items()
    for side, sign in (("left", 1), ("right", -1))
}
PARENTS = (-1, *(SMPL24.index(parent) for parent, _ in SMPL24.limbs))
OFFSETS = np.array([_OFFSETS.get(joint, (0, 0, 0)) for joint in SMPL24.joints], dtype=float)


def pose_joints(rotations: np.ndarray) -> np.ndarray:
    """Place the joints of a clip.

    Args:
        rotations: (T, 24, 3) axis times angle (radians) of each joint against its parent, and of the pelvis against the
            frame of reference, in which the rest pose stands with its left along x, up along y and front along z.

    Returns:
        (T, 24, 3) in millimetres in that frame of reference, the pelvis at the origin.
    """
    turns = rotation_matrices(rotations)  # (T, 24, 3, 3)
    positions = np.zeros(rotations.shape)
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:  # parents come first, so theirs is already the turn against the frame of reference
            positions[:, joint] = positions[:, parent] + turns[:, parent] @ OFFSETS[joint]
            turns[:, joint] = turns[:, parent] @ turns[:, joint]
    return positions


def rotation_matrices(vectors: np.ndarray) -> np.ndarray:
    """Turn (..., 3) axis times angle (radians) into (..., 3, 3) matrices, by Rodrigues' formula."""
    angle = np.linalg.norm(vectors, axis=-1)[..., None, None]
    x, y, z = np.moveaxis(vectors, -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)
    # sinc keeps both quotients finite where the angle is zero: sin(a)/a and (1 - cos(a))/a^2.
    return np.asarray(
        np.eye(3) + np.sinc(angle / np.pi) * cross + 0.5 * np.sinc(angle / (2 * np.pi)) ** 2 * (cross @ cross)
    )
