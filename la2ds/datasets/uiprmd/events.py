"""Key events of UI-PRMD's movements, computed from the motion: the labels are kinematic, no person set them.

Each movement goes out and comes back; its one event is the turning point. Phase 0 lasts up to and including it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.ndimage import gaussian_filter1d

from la2ds.formats.skeletons import BODY13

SMOOTHING = 3.0  # frames (60 ms), standard deviation
RESTING = 5  # frames at each end of a clip
MOVING = 0.5  # joints that go at least that share as far as the one that goes furthest
LEAST = 50.0  # millimetres by which the turning point must exceed both ends of the clip


@dataclass(frozen=True)
class Movement:
    """One of the dataset's movements.

    Attributes:
        number: in the names of the files.
        turns: what marks the turning point: the hips at their lowest, the hand of the moving arm at its highest, or the
            joints that move at their furthest from where they are in the mean of the clip's ends.
    """

    number: int
    turns: Literal["hips lowest", "hand highest", "joints furthest"]


# The first two rules were checked on all clips of their movements (hips that stand still say nothing of the arms'). The
# third is for movements whose files were not at hand; on the clips of the others it finds what their own rules find,
# but for sit_to_stand, where people rest at the turning point.
MOVEMENTS = {
    "deep_squat": Movement(1, "hips lowest"),
    "hurdle_step": Movement(2, "joints furthest"),
    "inline_lunge": Movement(3, "joints furthest"),
    "side_lunge": Movement(4, "hips lowest"),
    "sit_to_stand": Movement(5, "hips lowest"),  # begins and ends standing
    "standing_active_straight_leg_raise": Movement(6, "joints furthest"),
    "standing_shoulder_abduction": Movement(7, "hand highest"),
    "standing_shoulder_extension": Movement(8, "hand highest"),  # behind the body
    "standing_shoulder_internal_external_rotation": Movement(9, "joints furthest"),
    "standing_shoulder_scaption": Movement(10, "joints furthest"),
}


def find_phases(points: np.ndarray, movement: Movement) -> np.ndarray | None:
    """Label a clip.

    Args:
        points: (T, 13, 3) positions of BODY13 in the world frame (z up), in millimetres, none missing.
        movement: what is done.

    Returns:
        (T,) int16: 0 up to and including the turning point, 1 after; None where nothing turns, or a clip starts or ends
        at its extreme.
    """
    way = gaussian_filter1d(progress(points, movement), SMOOTHING)
    event = int(np.argmax(way))
    if way[event] - max(way[0], way[-1]) < LEAST:
        return None
    return (np.arange(len(way)) > event).astype(np.int16)


def progress(points: np.ndarray, movement: Movement) -> np.ndarray:
    """Measure how far the movement has gone, (T,) in millimetres: depth of the hips, height of the hand, or way."""
    if movement.turns == "joints furthest":
        rest = (points[:RESTING].mean(axis=0) + points[-RESTING:].mean(axis=0)) / 2
        way = np.linalg.norm(points - rest, axis=-1)
        reach = way.max(axis=0)
        return np.asarray(np.sqrt((way[:, reach >= MOVING * reach.max()] ** 2).mean(axis=1)))
    if movement.turns == "hips lowest":
        return np.asarray(-_heights(points, "hip").mean(axis=1))
    hands = _heights(points, "wrist")
    return np.asarray(hands[:, np.argmax(np.ptp(hands, axis=0))])


def _heights(points: np.ndarray, joint: str) -> np.ndarray:
    """Give the (T, 2) heights of a joint, left and right."""
    return np.asarray(points[:, [BODY13.index(f"{side}_{joint}") for side in ("left", "right")], 2])
