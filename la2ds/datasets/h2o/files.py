"""The files of one sequence of H2O (Kwon et al., ICCV 2021), below ``<subject>/<place>/<number>/<camera>/``.

* ``rgb/FFFFFF.png``: 1280 x 720 pixels.
* ``cam_intrinsics.txt``: fx, fy, cx, cy, width, height, in pixels.
* ``hand_pose/FFFFFF.txt``: 128 numbers, for the left hand and then for the right: 1 if it is annotated and 0 if not,
  and 21 joints x (X, Y, Z), metres in the camera's frame (right, down, away from the camera).
* ``action_label/FFFFFF.txt``, of cam4 alone: the number of the action, 0 for none.

We hold no such file: the layout is the one that published loaders read, and is tried on files made by the tests. The
loaders agree that a pose is in metres and in the camera's frame, in the joint order of ``HANDS42``.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from la2ds.datasets.h2o.lists import ACTIONS
from la2ds.errors import InputError
from la2ds.formats.skeletons import HANDS42
from la2ds.formats.videos import LARGEST_SIDE

HANDS = 2
JOINTS = len(HANDS42.joints) // HANDS
MM_PER_M = 1000.0
# No hand is that far from a camera in a room; coordinates in millimetres would be.
FARTHEST = 20.0
_NUMBERS = HANDS * (1 + 3 * JOINTS)


@dataclass(frozen=True)
class Intrinsics:
    """A camera: focal lengths and principal point as (2,) in pixels, x first; width and height of its pictures."""

    focal: np.ndarray
    centre: np.ndarray
    size: tuple[int, int]

    def project(self, points: np.ndarray) -> np.ndarray:
        """Project (..., 3) points in the camera's frame to (..., 2) pixels; NaN where missing or not in front of it."""
        depth = np.where(points[..., 2:] > 0, points[..., 2:], np.nan)
        return np.asarray(self.focal * points[..., :2] / depth + self.centre)


def read_intrinsics(file: Path) -> Intrinsics:
    """Read ``cam_intrinsics.txt``.

    Raises:
        InputError: if it is missing, or the numbers describe no camera.
    """
    numbers = _read_numbers(file, 6, "fx fy cx cy width height")
    if (numbers <= 0).any() or (numbers[4:] % 1 != 0).any() or (numbers > LARGEST_SIDE).any():
        expected = f"fx fy cx cy width height above 0 and up to {LARGEST_SIDE}"
        raise InputError(file, expected=expected, found=" ".join(map(str, numbers)))
    return Intrinsics(numbers[:2], numbers[2:4], (int(numbers[4]), int(numbers[5])))


def count_frames(folder: Path, *endings: str, gaps: bool = False) -> int:
    """Count the frames of a folder, whose files are called 000000, 000001, ...; 0 if there is none.

    Args:
        folder: holds the files.
        endings: of their names.
        gaps: count files that are missing in between, too, as of pictures, where decoding names them.

    Raises:
        InputError: if one is missing in between.
    """
    if not folder.is_dir():
        return 0
    stems = [entry.name.partition(".") for entry in os.scandir(folder)]
    frames = sorted(int(stem) for stem, _, end in stems if end.lower() in endings and re.fullmatch(r"\d{6}", stem))
    if gaps and frames:
        return frames[-1] + 1
    if frames != list(range(len(frames))):
        gap = next(n for n, frame in enumerate(frames) if n != frame)
        raise InputError(folder, expected="one file for each frame from 000000 on", found=f"no {gap:06d}")
    return len(frames)


def read_hands(folder: Path, frames: int) -> np.ndarray:
    """Read ``hand_pose``.

    Args:
        folder: one file for each frame.
        frames: T.

    Returns:
        (T, 42, 3) float64, millimetres in the camera's frame; NaN where a hand is not annotated, or a joint is at 0.

    Raises:
        InputError: if there are more or fewer files, or one is broken.
    """
    count = count_frames(folder, "txt")
    if count != frames:
        raise InputError(folder, expected=f"{frames} files of hand poses", found=str(count) if count else "none")
    points = np.empty((frames, HANDS, JOINTS, 3))
    for frame in range(frames):
        points[frame] = _read_pose(folder / f"{frame:06d}.txt")
    return points.reshape(frames, HANDS * JOINTS, 3) * MM_PER_M


def _read_pose(file: Path) -> np.ndarray:
    """Read a frame's hands, (2, 21, 3) in metres."""
    hands = _read_numbers(file, _NUMBERS, "of the left and the right hand").reshape(HANDS, -1)
    annotated, points = hands[:, 0], hands[:, 1:].reshape(HANDS, JOINTS, 3)
    if not np.isin(annotated, (0, 1)).all():
        found = " and ".join(map(str, annotated))
        raise InputError(file, expected="0 or 1 before the joints of each hand", found=found)
    is_present = (annotated == 1)[:, None] & points.any(axis=-1)
    points = np.where(is_present[..., None], points, np.nan)
    if (np.abs(points) > FARTHEST).any():
        expected = f"joints in metres, within {FARTHEST:g} m of the camera"
        raise InputError(file, expected=expected, found=f"{np.nanmax(np.abs(points)):g}")
    return points


def read_actions(folder: Path) -> np.ndarray:
    """Read ``action_label``: (T,) the number of each frame's action; T is 0 if there is no such folder.

    Raises:
        InputError: if a file is broken or missing.
    """
    files = [folder / f"{frame:06d}.txt" for frame in range(count_frames(folder, "txt"))]
    actions = np.array([_read_numbers(file, 1, "of the action")[0] for file in files])
    if (no_action := np.flatnonzero((actions % 1 != 0) | (actions < 0) | (actions > ACTIONS))).size:
        raise InputError(
            files[no_action[0]], expected="the whole number of an action", found=str(actions[no_action[0]])
        )
    return actions.astype(np.int64)


def _read_numbers(file: Path, count: int, content: str) -> np.ndarray:
    try:
        numbers = np.array(file.read_text(encoding="utf-8").split(), dtype=np.float64)
    except (OSError, ValueError) as error:
        raise InputError(file, expected=f"{count} numbers {content}", found=str(error).splitlines()[0]) from error
    if len(numbers) != count or not np.isfinite(numbers).all():
        found = f"{len(numbers)} numbers" if len(numbers) != count else "some that are not finite"
        raise InputError(file, expected=f"{count} numbers {content}", found=found)
    return numbers
