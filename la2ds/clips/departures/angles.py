"""Angles of joints in the picture, in degrees, frame by frame.

All are measured in the picture's plane, so they depend on where the camera stands: of a movement towards the camera
they see little, and two films are comparable as far as they were taken from one side. ``left_`` and ``right_`` are the
person's own sides.

* knee: between thigh and shin; elbow: between upper arm and forearm. 180 is straight, less is bent.
* hip: between the trunk's side (hip to shoulder) and the thigh. 180 is straight, less is bent.
* shoulder: between the trunk's side (shoulder to hip) and the upper arm. 0 is a hanging arm, 180 a raised one.
* trunk: lean of the line from the hips' middle to the shoulders' middle against the vertical. 0 is upright, positive to
  the right of the picture, negative to the left, ±180 upside down.

All but the trunk are interior angles from 0 to 180, which a mirrored film leaves as they are; the trunk's lean changes
its sign. Joints are smoothed lightly before: the median of three frames, which takes out a single wrong one.

Of a limb that points towards the camera the angle means little. Where a limb is seen at less than ``SHORT`` of its
length, 60 degrees or more out of the picture's plane, its angles have confidence 0. Lengths are those of an average
body (Drillis & Contini 1966; Winter 2009, figure 4.1), in lengths of the trunk as the clip's longest views show it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from la2ds.clips.clip import Clip

SHORT = 0.5
# From shoulder to hip is 0.288 of a body's height; the others in shares of that.
LENGTHS = {
    frozenset(joints): length / 0.288
    for joints, length in {
        ("shoulder", "elbow"): 0.186,
        ("elbow", "wrist"): 0.146,
        ("shoulder", "hip"): 0.288,
        ("hip", "knee"): 0.245,
        ("knee", "ankle"): 0.246,
    }.items()
}
# angle -> the joint it is measured at and the joints on both sides of it
INTERIOR = {
    f"{side}_{name}": tuple(f"{side}_{joint}" for joint in joints)
    for name, joints in {
        "knee": ("hip", "knee", "ankle"),
        "hip": ("shoulder", "hip", "knee"),
        "shoulder": ("hip", "shoulder", "elbow"),
        "elbow": ("shoulder", "elbow", "wrist"),
    }.items()
    for side in ("left", "right")
}
TRUNK = "trunk"
_TRUNK_JOINTS = ("left_hip", "right_hip", "left_shoulder", "right_shoulder")


@dataclass(frozen=True)
class Angles:
    """The angles of a clip.

    Attributes:
        degrees: angle -> (T,) float64, NaN where a joint is missing or two of them lie on one spot; only angles whose
            joints the clip's joint set has, so it can be empty.
        confidence: angle -> (T,) float64 in [0, 1], that of the least certain joint; 0 where the angle is NaN, or one
            of its limbs points too much towards the camera or away from it.
    """

    degrees: dict[str, np.ndarray]
    confidence: dict[str, np.ndarray]


def joint_angles(clip: Clip) -> Angles:
    """Measure the angles that a clip's joint set allows; see the top of this file for what they are."""
    poses, trunk = smoothed(clip.poses), trunk_length(clip)
    degrees, confidence = {}, {}
    for name, joints in {**INTERIOR, TRUNK: _TRUNK_JOINTS}.items():
        if not set(joints) <= set(clip.joints):
            continue
        columns = [clip.joints.index(joint) for joint in joints]
        found = poses[:, columns]
        degrees[name] = _lean(found) if name == TRUNK else _interior(found)
        least = clip.confidence[:, columns].min(axis=1).astype(np.float64)
        trusted = np.isfinite(degrees[name]) & ~_foreshortened(found, joints, trunk)
        confidence[name] = np.where(trusted, least, 0.0)
    return Angles(degrees, confidence)


def trunk_length(clip: Clip) -> float:
    """Give how long the trunk, from the hips' middle to the shoulders', is seen at most: pixels; NaN if never.

    That is the 95th percentile over the clip, for single frames may be wrong.
    """
    if not set(_TRUNK_JOINTS) <= set(clip.joints):
        return float("nan")
    poses = smoothed(clip.poses)[:, [clip.joints.index(joint) for joint in _TRUNK_JOINTS]]
    lengths = np.hypot(*(poses[:, :2].mean(axis=1) - poses[:, 2:].mean(axis=1)).T)
    lengths = lengths[np.isfinite(lengths)]
    return float(np.percentile(lengths, 95)) if len(lengths) else float("nan")


def label_of(angle: str) -> str:
    """Write an angle's name for people: ``left knee``."""
    return angle.replace("_", " ")


def joints_of(angle: str) -> Sequence[str]:
    """Name the joints at which an angle is seen: one, or the trunk's four."""
    return _TRUNK_JOINTS if angle == TRUNK else (INTERIOR[angle][1],)


def smoothed(poses: np.ndarray) -> np.ndarray:
    """Take each coordinate's median over a frame and its two neighbours: (T, J, 2) float64.

    Missing joints stay missing; a missing neighbour, or one beyond the ends, takes no part.
    """
    values = poses.astype(np.float64)
    padded = np.pad(values, ((1, 1), (0, 0), (0, 0)), constant_values=np.nan)
    before, after = padded[:-2], padded[2:]
    # Of two values a median would be their mean, which shifts a moving joint; so both neighbours, or none.
    both = np.isfinite(before) & np.isfinite(after)
    return np.where(both, np.median(np.stack([before, values, after]), axis=0), values)


def _interior(found: np.ndarray) -> np.ndarray:
    """Give the angle at the second of three joints: (T, 3, 2) pixels -> (T,) degrees from 0 to 180."""
    first, second = found[:, 0] - found[:, 1], found[:, 2] - found[:, 1]
    across = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    return _known(np.degrees(np.arctan2(np.abs(across), (first * second).sum(-1))), first, second)


def _foreshortened(found: np.ndarray, joints: Sequence[str], trunk: float) -> np.ndarray:
    """Tell where a limb between neighbours among (T, J, 2) joints is seen too short: (T,) bool."""
    short = np.zeros(len(found), dtype=bool)
    for n, pair in enumerate(pairwise(joints)):
        usual = LENGTHS.get(frozenset(joint.partition("_")[2] for joint in pair))
        if usual:
            short |= np.hypot(*(found[:, n] - found[:, n + 1]).T) < SHORT * usual * trunk
    return short


def _lean(found: np.ndarray) -> np.ndarray:
    """Give the lean of the line from the middle of two hips to that of two shoulders: (T, 4, 2) pixels -> (T,)."""
    up = found[:, 2:].mean(axis=1) - found[:, :2].mean(axis=1)
    return _known(np.degrees(np.arctan2(up[:, 0], -up[:, 1])), up)


def _known(degrees: np.ndarray, *limbs: np.ndarray) -> np.ndarray:
    """Take out angles of limbs without length."""
    return np.where(np.all([np.hypot(*limb.T) > 0 for limb in limbs], axis=0), degrees, np.nan)
