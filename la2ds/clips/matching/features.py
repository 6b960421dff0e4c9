"""The features of ``la2ds.views.pose_features`` of a clip at hand."""

import numpy as np

from la2ds.clips.clip import Clip
from la2ds.errors import InputError
from la2ds.formats.skeletons import skeleton_named
from la2ds.views import pose_features as formula


def pose_features(clip: Clip) -> np.ndarray:
    """Describe each frame by its pose and motion: (T, 4 J) float64, finite.

    Raises:
        InputError: if no joint was found in any frame.
    """
    skeleton = skeleton_named(clip.skeleton)
    if skeleton is None or not np.isfinite(clip.poses).all(-1).any():
        raise InputError(clip.name, expected="a pose in some frame", found=f"no joint in {len(clip)} frames")
    return formula.pose_features(clip.poses, clip.times, skeleton=skeleton)
