"""The joints of a clip as arrays: the subject's box, and gaps filled. Without PyTorch, whose import takes seconds."""

import numpy as np

# Detectors give far-off guesses for hidden joints; the box leaves them out.
MIN_CONFIDENCE = 0.1
# Times the median distance of a body's joints from their middle, about a quarter of its height: some fifty bodies away.
# A picture that is as large as that shows a body in too few pixels for its joints to be found.
FAR = 200.0
LEAST_JOINTS = 4  # of a frame that tells how large the body is


def far_off(position: np.ndarray) -> np.ndarray:
    """Tell which joints lie where none of this body can: one such joint would make the clip's box useless.

    The body's middle and size are medians over the clip, which a few wrong joints do not move.

    Args:
        position: (T, J, D); NaN where missing.

    Returns:
        (T, J) bool; none where no frame has ``LEAST_JOINTS`` joints, for then the body's size is not known.
    """
    found = np.isfinite(position).all(-1)
    enough = found.sum(1) >= LEAST_JOINTS
    if not enough.any():
        return np.zeros(found.shape, dtype=bool)
    frames = np.where(found[enough][..., None], position[enough], np.nan).astype(np.float64)
    from_middle = np.abs(frames - np.nanmedian(frames, axis=1, keepdims=True)).max(-1)
    size = float(np.median(np.nanmedian(from_middle, axis=1)))
    away = np.abs(position - np.nanmedian(frames, axis=(0, 1))).max(-1)
    return np.asarray(found & (size > 0) & (away > FAR * size))


def outside(position: np.ndarray, size: tuple[float, float]) -> np.ndarray:
    """Tell which joints are further outside the picture than the picture is large, where no pose can be known.

    Args:
        position: (..., 2) pixels; NaN where missing.
        size: width and height of the picture.

    Returns:
        (...) bool; also where a coordinate is infinite.
    """
    margin = max(size)
    beyond = (position < -margin) | (position > np.asarray(size) + margin)
    return np.asarray(beyond.any(-1))


def square_box(position: np.ndarray, confidence: np.ndarray, *, enlarge: float) -> tuple[np.ndarray, float]:
    """Find the smallest square around all visible joints of the whole clip (PoseConv3D's compacting), enlarged.

    Args:
        position: (T, J, 2) pixels; NaN where missing.
        confidence: (T, J); joints below ``MIN_CONFIDENCE`` take no part, unless none is above it, and ``far_off``
            ones none.
        enlarge: factor of the side, 1 for none.

    Returns:
        the upper left corner (2,) and the side, in pixels; a clip without any joint gets corner 0 and side 1.
    """
    present = np.isfinite(position).all(-1) & ~far_off(position)
    confident = present & (confidence >= MIN_CONFIDENCE)
    points = position[confident if confident.any() else present]
    if len(points) == 0:
        return np.zeros(2), 1.0
    low, high = points.min(0), points.max(0)
    side = max(float((high - low).max()) * enlarge, 1.0)
    return (low + high) / 2 - side / 2, side


def to_box(position: np.ndarray, confidence: np.ndarray, *, enlarge: float) -> np.ndarray:
    """Express joints as shares of the clip's box.

    Args:
        position: (T, J, 2) pixels; NaN where missing.
        confidence: (T, J).
        enlarge: see ``square_box``.

    Returns:
        (T, J, 2) float32; 0 and 1 are the box's edges, NaN where missing or ``far_off``.
    """
    corner, side = square_box(position, confidence, enlarge=enlarge)
    return np.where(far_off(position)[..., None], np.nan, (position - corner) / side).astype(np.float32)


def fill_gaps(position: np.ndarray) -> np.ndarray:
    """Fill missing joints along time: linearly between frames, with the nearest frame at the ends.

    Args:
        position: (T, J, D); NaN where missing.

    Returns:
        (T, J, D) without NaN; a joint that is always missing gets the mean of the others, frame by frame (0 if none).
    """
    filled = np.array(position, dtype=np.float64)
    frames = np.arange(len(filled))
    never_present = []
    for j in range(filled.shape[1]):
        present = np.isfinite(filled[:, j]).all(-1)
        if not present.any():
            never_present.append(j)
            continue
        for d in range(filled.shape[2]):
            filled[:, j, d] = np.interp(frames, frames[present], filled[present, j, d])
    if never_present:
        others = [j for j in range(filled.shape[1]) if j not in never_present]
        filled[:, never_present] = filled[:, others].mean(1, keepdims=True) if others else 0.0
    return filled
