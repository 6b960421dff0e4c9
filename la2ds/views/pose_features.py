"""What poses alone say about each frame of a clip, without training: the other way to match clips than an embedding."""

import numpy as np

from la2ds.formats.skeletons import Skeleton
from la2ds.views.joints import far_off, fill_gaps

STEP = 0.1  # seconds before and after a frame between which its motion is taken
# Of a joint's motion in body sizes against its place. Of 0, 0.5, 1, 2 and 4 the one with the most events within 3 %
# on the first twelve training clips of the demo's two actions.
MOTION_WEIGHT = 2.0


def pose_features(position: np.ndarray, times: np.ndarray, *, skeleton: Skeleton) -> np.ndarray:
    """Describe each frame by where the joints are, seen from the hips, and how they move.

    Left and right are kept apart. Joints that are missing, or further off than any of this body can be, are filled in
    along time (``la2ds.views.joints``).

    Args:
        position: (T, J, D); NaN where missing.
        times: (T,) seconds, rising.
        skeleton: of the J joints.

    Returns:
        (T, 2 D J) float64, finite: the coordinates of every joint, then how they change in ``2 * STEP`` seconds, times
        ``MOTION_WEIGHT``. The unit is such that the squared distance of two frames is the mean over joints, in body
        sizes squared (``body_size``).
    """
    known = np.where((np.isfinite(position).all(-1) & ~far_off(position))[..., None], position, np.nan)
    filled = fill_gaps(known)
    filled = filled - centre(filled, skeleton)[:, None]
    place = (filled / body_size(filled)).reshape(len(filled), -1)
    motion = _at(times + STEP, times, place) - _at(times - STEP, times, place)
    return np.concatenate([place, MOTION_WEIGHT * motion], axis=1) / np.sqrt(filled.shape[1])


def centre(position: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Give the middle of the hips, or of all joints where the joint set does not say what stands for hips.

    Args:
        position: (T, J, D) without gaps.
        skeleton: of J joints.

    Returns:
        (T, D).
    """
    named = skeleton.virtual.get("mid_hip", skeleton.joints)
    return np.asarray(position[:, [skeleton.index(joint) for joint in named]].mean(1))


def body_size(position: np.ndarray) -> float:
    """Give the size of a body: the root mean square distance of its joints from their middle, median over frames.

    Needs no limb or trunk, which a camera may see from its end.

    Args:
        position: (T, J, D) without gaps.

    Returns:
        in the unit of ``position``; 1 where all joints are in one place.
    """
    apart = position - position.mean(1, keepdims=True)
    size = float(np.median(np.sqrt((apart**2).sum(-1).mean(-1))))
    return size if size > 0 else 1.0


def _at(wanted: np.ndarray, times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Read (T, D) values at other times, linearly between frames and the nearest beyond the ends."""
    return np.stack([np.interp(wanted, times, column) for column in values.T], axis=1)
