"""A body of bones of fixed lengths in any posture, upright or lying: from the numbers of a pose to joints in space.

The demo's rig stands on its feet and faces the front. Here every direction may change, and the lowest joint touches the
floor. Body frame as there: left, up, front, in millimetres; sides are (left, right).
"""

import itertools

import numpy as np

from la2ds.datasets.demo.motion import SIDES
from la2ds.datasets.demo.subject import Subject

# What a pose is made of, and how many numbers each part has. Angles are in radians:
# facing: of the hips, to the left; pitch: of the whole body, to the front; travel: of the hips over the floor, left and
# front, mm; hop: above the floor, mm; trunk: against the hips, lean to the front, tilt to the left, twist; head: nod,
# turn; arms and thighs: directions, (left, up, front) for each side, of any length; elbows and knees: bend;
# rolls: which way an elbow bends.
PARTS = {
    "facing": 1,
    "pitch": 1,
    "travel": 2,
    "hop": 1,
    "trunk": 3,
    "head": 2,
    "arms": 6,
    "elbows": 2,
    "rolls": 2,
    "thighs": 6,
    "knees": 2,
}
_ENDS = tuple(itertools.accumulate(PARTS.values()))
PART = {name: slice(end - size, end) for (name, size), end in zip(PARTS.items(), _ENDS, strict=True)}
NUMBERS = _ENDS[-1]


def standing() -> np.ndarray:
    """Stand upright with hanging arms: (NUMBERS,)."""
    pose = np.zeros(NUMBERS)
    pose[PART["arms"]] = both(np.array([0.15, -1, 0.05]))
    pose[PART["thighs"]] = both(np.array([0.08, -1, 0]))
    pose[PART["elbows"]], pose[PART["knees"]] = 0.25, 0.03
    return pose


def both(direction: np.ndarray) -> np.ndarray:
    """Give both sides one direction, (left, up, front) of the left side: (6,)."""
    return np.concatenate([direction, direction * [-1, 1, 1]])


def build(poses: np.ndarray, subject: Subject, *, stands_on: float) -> np.ndarray:
    """Build a body.

    Args:
        poses: (T, NUMBERS).
        subject: lengths of the bones.
        stands_on: what the hips travel against: 0 the left foot, 1 the right one, 0.5 the middle of both.

    Returns:
        (T, 13, 3) joints of BODY13 in the body frame.
    """
    part = {name: poses[:, place] for name, place in PART.items()}
    hips_axes = _axes(part["facing"][:, 0], part["pitch"][:, 0], np.zeros(len(poses)))
    lean, tilt, twist = part["trunk"].T
    trunk = _axes(twist, lean, tilt) @ hips_axes
    nod, turn = part["head"].T
    face = _axes(turn, nod, np.zeros(len(poses))) @ trunk
    hips = SIDES[:, None] * subject.hip * hips_axes[:, None, 0]
    neck = trunk[:, 1] * subject.trunk
    nose = neck + face[:, 1] * subject.neck + face[:, 2] * 105
    shoulders = neck[:, None] + SIDES[:, None] * subject.shoulder * trunk[:, None, 0]
    upper = _unit(part["arms"].reshape(-1, 2, 3)) @ trunk
    # As in the demo's rig elbows bend to the front and a little to the middle, unless they are rolled.
    inwards = _across(np.stack([-0.35 * SIDES, 0.25 + 0 * SIDES, 1 + 0 * SIDES], -1) @ trunk, upper)
    roll = part["rolls"][..., None]
    inwards = np.cos(roll) * inwards + np.sin(roll) * np.cross(upper, inwards)
    elbows = shoulders + upper * subject.upper_arm
    wrists = elbows + _bent(upper, inwards, part["elbows"]) * subject.forearm
    thighs = _unit(part["thighs"].reshape(-1, 2, 3)) @ hips_axes
    knees = hips + thighs * subject.thigh
    backwards = _across(np.broadcast_to(-hips_axes[:, None, 2], thighs.shape), thighs)
    ankles = knees + _bent(thighs, backwards, part["knees"]) * subject.shin
    joints = np.concatenate([nose[:, None], shoulders, elbows, wrists, hips, knees, ankles], 1)
    foot = ankles[:, 0] * (1 - stands_on) + ankles[:, 1] * stands_on
    up = subject.ankle - joints[..., 1].min(1) + part["hop"][:, 0].clip(0)
    place = np.stack([part["travel"][:, 0] - foot[:, 0], up, part["travel"][:, 1] - foot[:, 2]], -1)
    return np.asarray(joints + place[:, None])


def _axes(turn: np.ndarray, lean: np.ndarray, tilt: np.ndarray) -> np.ndarray:
    """Give left, up and front after a turn to the left, a lean to the front, a tilt to the left: (T,) -> (T, 3, 3)."""
    zero, one = np.zeros_like(turn), np.ones_like(turn)

    def rows(*numbers: np.ndarray) -> np.ndarray:
        return np.stack(numbers, -1).reshape(-1, 3, 3)

    turned = rows(np.cos(turn), zero, -np.sin(turn), zero, one, zero, np.sin(turn), zero, np.cos(turn))
    leaned = rows(one, zero, zero, zero, np.cos(lean), np.sin(lean), zero, -np.sin(lean), np.cos(lean))
    tilted = rows(np.cos(tilt), -np.sin(tilt), zero, np.sin(tilt), np.cos(tilt), zero, zero, zero, one)
    return np.asarray(tilted @ leaned @ turned)


def _bent(bone: np.ndarray, towards: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Give the direction of the next bone, (T, 2, 3), bent by (T, 2) angles."""
    bend = angle[..., None].clip(0, 2.45)
    return np.asarray(np.cos(bend) * bone + np.sin(bend) * towards)


def _across(hint: np.ndarray, bone: np.ndarray) -> np.ndarray:
    """Give the direction at right angles to a bone that is nearest to a hint."""
    return _unit(hint - np.sum(hint * bone, axis=-1, keepdims=True) * bone)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))
