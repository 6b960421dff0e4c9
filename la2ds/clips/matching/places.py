"""Where the joints of a clip are, seen from the body: what two clips' matched frames are held against each other by."""

import warnings
from collections.abc import Callable

import numpy as np

from la2ds.clips.clip import Clip
from la2ds.clips.matching.features import pose_features
from la2ds.views.joints import far_off


def body_places(clip: Clip) -> np.ndarray:
    """Give where the joints are, from the middle of the hips, in body sizes (``la2ds.views.pose_features``).

    Returns:
        (T, J, 2) float64; NaN where a joint was not seen, or lies further off than any of this body can.

    Raises:
        InputError: if no joint was found in any frame.
    """
    joints = len(clip.joints)
    places = pose_features(clip)[:, : 2 * joints].reshape(len(clip), joints, 2) * np.sqrt(joints)
    places[~np.isfinite(clip.poses).all(-1) | far_off(clip.poses)] = np.nan
    return places


def without_nan(reduce: Callable[..., np.ndarray], values: np.ndarray, axis: int | None) -> np.ndarray:
    """Reduce one axis, or all, with ``np.nanmean`` or its kind; NaN, without a warning, where all are NaN."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(reduce(values, axis=axis))
