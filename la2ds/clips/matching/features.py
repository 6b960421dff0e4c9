"""What poses alone say about each frame of a clip, without training: the other way to match clips than an embedding."""

import numpy as np

from la2ds.clips.clip import Clip
from la2ds.errors import InputError
from la2ds.formats.skeletons import Skeleton, skeleton_named
from la2ds.views.joints import far_off, fill_gaps

STEP = 0.1  # seconds before and after a frame between which its motion is taken
# Of a joint's motion in body sizes against its place. Of 0, 0.5, 1, 2 and 4 the one with the most events within 3 %
# on the first twelve training clips of the demo's two actions.
MOTION_WEIGHT = 2.0


def pose_features(clip: Clip) -> np.ndarray:
    """Describe each frame by where the joints are, seen from the hips, and how they move.

    Left and right are kept apart. Joints that are missing, or further off than any of this body can be, are filled in
    along time (``la2ds.views.joints``).

    Returns:
        (T, 4 J) float64, finite: x and y of every joint, then how they change in ``2 * STEP`` seconds, times
        ``MOTION_WEIGHT``. The unit is such that the squared distance of two frames is the mean over joints, in body
        sizes squared (``body_size``).

    Raises:
        InputError: if no joint was found in any frame.
    """
    skeleton = skeleton_named(clip.skeleton)
    found = np.isfinite(clip.poses).all(-1)
    if skeleton is None or not found.any():
        raise InputError(clip.name, expected="a pose in some frame", found=f"no joint in {len(clip)} frames")
    known = np.where((found & ~far_off(clip.poses))[..., None], clip.poses, np.nan)
    position = fill_gaps(known)
    position = position - centre(position, skeleton)[:, None]
    place = (position / body_size(position)).reshape(len(clip), -1)
    motion = _at(clip.times + STEP, clip.times, place) - _at(clip.times - STEP, clip.times, place)
    joints = position.shape[1]
    return np.concatenate([place, MOTION_WEIGHT * motion], axis=1) / np.sqrt(joints)


def centre(position: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Give the middle of the hips, or of all joints where the joint set does not say what stands for hips.

    Args:
        position: (T, J, 2) without gaps.
        skeleton: of J joints.

    Returns:
        (T, 2).
    """
    named = skeleton.virtual.get("mid_hip", skeleton.joints)
    return np.asarray(position[:, [skeleton.index(joint) for joint in named]].mean(1))


def body_size(position: np.ndarray) -> float:
    """Give the size of a body: the root mean square distance of its joints from their middle, median over frames.

    Needs no limb or trunk, which a camera may see from its end.

    Args:
        position: (T, J, 2) without gaps.

    Returns:
        in the unit of ``position``; 1 where all joints are in one place.
    """
    apart = position - position.mean(1, keepdims=True)
    size = float(np.median(np.sqrt((apart**2).sum(-1).mean(-1))))
    return size if size > 0 else 1.0


def _at(wanted: np.ndarray, times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Read (T, D) values at other times, linearly between frames and the nearest beyond the ends."""
    return np.stack([np.interp(wanted, times, column) for column in values.T], axis=1)
