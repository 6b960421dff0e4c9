"""From which side a clip was filmed, and where two clips were filmed from different ones."""

import numpy as np

from la2ds.clips.clip import Clip
from la2ds.clips.departures.angles import smoothed, trunk_length
from la2ds.clips.matching.match import Match

# Between the shoulders' middles of an average body, in lengths of its trunk (Drillis & Contini 1966).
SHOULDERS = 0.259 / 0.288
APART = 30.0  # degrees, from which on angles in two pictures are not comparable


def facing(clip: Clip) -> np.ndarray:
    """Estimate how a person is turned: 90 degrees towards the camera, 0 seen from a side, -90 from behind.

    From how far apart the shoulders are seen; a side is not told from the other. Rough, for shoulders differ.

    Returns:
        (T,) float64 degrees; NaN where a shoulder is missing, or the clip has none.
    """
    sides = ("left_shoulder", "right_shoulder")
    if not set(sides) <= set(clip.joints):
        return np.full(len(clip), np.nan)
    left, right = (smoothed(clip.poses)[:, clip.joints.index(joint), 0] for joint in sides)
    return np.asarray(np.degrees(np.arcsin(np.clip((left - right) / (SHOULDERS * trunk_length(clip)), -1, 1))))


def other_side(match: Match) -> np.ndarray:
    """Tell at which matches the two persons are turned differently, by more than ``APART``: (L,) bool."""
    i, j = match.path.T
    return np.asarray(np.abs(facing(match.a)[i] - facing(match.b)[j]) > APART)
