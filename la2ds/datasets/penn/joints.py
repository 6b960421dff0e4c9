"""Penn Action's joints as BODY13.

* The published ``left_*`` joints are anatomically the right side (in front views they are left in the image), so sides
  are swapped.
* A joint at the origin (x <= 1 and y <= 1, Penn's mark for "out of view") is missing, also if it is called visible.
  A mark that was scaled with the picture (0.73 instead of 1) is still one.
* A joint that is visible in no frame and lies at one place in all of them is missing: it is that mark again, scaled up
  (1.5 and 1.5, in 99 of the published files with some other places), or was never looked for.
* An invisible joint with a position was guessed by the annotator: it keeps the position, with confidence 0.5 (our
  choice; CASA and others ignore visibility).
* A joint more than one picture size outside the picture is missing, and so is the outside end of a jump longer than the
  picture's diagonal. The published files hold no such joint: the jumps of 100 diagonals and more that are reported of
  them come from subtracting coordinates in the unsigned integers some files store, hence the conversion up front.
* Coordinates stay as published. Whether they start at 0 or at 1 is not documented, and is less than a heatmap pixel.
"""

import numpy as np

from la2ds.formats.keypoints import Keypoints
from la2ds.formats.skeletons import BODY13

GUESSED = 0.5


def to_body13(
    x: np.ndarray, y: np.ndarray, visibility: np.ndarray, *, size: tuple[int, int]
) -> tuple[Keypoints, dict[str, int]]:
    """Convert one sequence.

    Args:
        x: (T, 13) pixels, any numeric type, in the published order of joints.
        y: (T, 13) pixels.
        visibility: (T, 13), 0 where not visible.
        size: width and height of the pictures, in pixels.

    Returns:
        the pose, NaN and confidence 0 where missing; and how many joints were visible, guessed, at the origin,
        at one place, implausible.
    """
    position = np.stack([x, y], axis=-1).astype(np.float64)  # (T, 13, 2)
    origin = np.asarray((position <= 1).all(axis=-1) | ~np.isfinite(position).all(axis=-1))  # (T, 13)
    still = (np.ptp(position, axis=0) == 0).all(axis=-1) & ~(visibility > 0).any(axis=0) & ~origin
    still &= len(position) > 1
    implausible = ~origin & ~still & _implausible(np.where(origin[..., None], np.nan, position), np.array(size))
    missing = origin | still | implausible
    confidence = np.where(missing, 0, np.where(visibility > 0, 1, GUESSED)).astype(np.float32)
    position[missing] = np.nan
    counts = {
        "visible": int((confidence == 1).sum()),
        "guessed": int((confidence == GUESSED).sum()),
        "missing at the origin": int(origin.sum()),
        "missing at one place in all frames": int(still.sum()),
        "missing as implausible": int(implausible.sum()),
    }
    # The published order is BODY13's with the sides exchanged.
    swap = list(BODY13.mirror)
    return Keypoints(position[:, swap].astype(np.float32), confidence[:, swap]), counts


def _implausible(position: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Mark joints (T, J) that lie far outside or jump there; ``position`` is NaN where missing, which is not marked."""
    outside = np.maximum(-position, position - size)  # (T, J, 2), pixels beyond the nearer border
    far: np.ndarray = (outside > size).any(axis=-1)
    jump = np.linalg.norm(np.diff(position, axis=0), axis=-1) > np.linalg.norm(size)  # (T - 1, J)
    jumping = np.zeros_like(far)
    jumping[1:] |= jump
    jumping[:-1] |= jump
    # Two points of the picture are never a diagonal apart, so one end is outside: that is the wrong one.
    far |= jumping & (outside > 0).any(axis=-1)
    return far
