"""The joints of a clip as arrays: the subject's box, and gaps filled. Without PyTorch, whose import takes seconds."""

import numpy as np

# Detectors give far-off guesses for hidden joints; the box leaves them out.
MIN_CONFIDENCE = 0.1


def square_box(position: np.ndarray, confidence: np.ndarray, *, enlarge: float) -> tuple[np.ndarray, float]:
    """Find the smallest square around all visible joints of the whole clip (PoseConv3D's compacting), enlarged.

    Args:
        position: (T, J, 2) pixels; NaN where missing.
        confidence: (T, J); joints below ``MIN_CONFIDENCE`` take no part, unless none is above it.
        enlarge: factor of the side, 1 for none.

    Returns:
        the upper left corner (2,) and the side, in pixels; a clip without any joint gets corner 0 and side 1.
    """
    present = np.isfinite(position).all(-1)
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
        (T, J, 2) float32; 0 and 1 are the box's edges, NaN where missing.
    """
    corner, side = square_box(position, confidence, enlarge=enlarge)
    return ((position - corner) / side).astype(np.float32)


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
