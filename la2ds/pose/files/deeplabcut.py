"""Poses in DeepLabCut's CSV files (Mathis et al., Nature Neuroscience 2018; Lauer et al., Nature Methods 2022).

Heads of columns are rows ``scorer``, (``individuals``,) ``bodyparts`` and ``coords`` (x, y, likelihood); each further
row is a frame, whose number (from ``poses.first_frame``) its first cell says. A joint is missing where x or y is, or
its likelihood is 0; where only the likelihood is missing it counts as 1.

DeepLabCut's ``.h5`` files are not read: they hold pickles, which would run whatever they contain. ``save_as_csv=True``
in ``deeplabcut.analyze_videos``, or ``deeplabcut.analyze_videos_converth5_to_csv``, writes the CSV.
"""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from la2ds.config.poses import PosesConfig
from la2ds.errors import InputError
from la2ds.formats.keypoints import KeypointShard
from la2ds.pose.files.read import Found, Video, make_people, read_poses, refuse_settings
from la2ds.pose.request import PoseRequest

_HEADS = (["scorer", "bodyparts", "coords"], ["scorer", "individuals", "bodyparts", "coords"])
_VALUES = ("x", "y", "likelihood")
_Column = tuple[str, str, str]  # individual or nothing, body part, coordinate
# In files of several animals, what belongs to none of them.
_NOBODY = "single"


def estimate(request: PoseRequest) -> KeypointShard:
    """Read the poses of the requested videos, as the joint set of the dataset file, or one that the joints' names fit.

    Raises:
        InputError: as ``read_poses``; or if a file has other heads or is of labelled pictures.
    """
    return read_poses(request, "deeplabcut", read)


def read(video: Video, file: Path, config: PosesConfig) -> Found:
    """Read a CSV file of one animal or several."""
    refuse_settings(file, config, pose="files in DeepLabCut's layout", why={"min_score": "give nobody a score"})
    numbers, columns = _read_csv(file)
    animals = _choose(file, list(dict.fromkeys(animal for animal, _, _ in columns)), config.individual)
    joints = list(dict.fromkeys(joint for animal, joint, _ in columns if animal in animals))
    # Individuals need not have the same body parts: those that one has not are missing.
    nothing = np.full(len(numbers), np.nan)
    values = np.array([[[columns.get((a, j, v), nothing) for v in _VALUES] for j in joints] for a in animals])
    frames = {t: make_people(values[..., n]) for n, t in enumerate(numbers)}
    return Found(tuple(joints), frames)


def _choose(file: Path, animals: list[str], individual: str) -> list[str]:
    if not individual:
        return [animal for animal in animals if animal != _NOBODY] or animals
    if individual not in animals:
        found = ", ".join(animals) if any(animals) else "a file that tells no individuals apart"
        raise InputError(file, expected=f"the individual {individual} ('poses.individual')", found=found)
    return [individual]


def _read_csv(file: Path) -> tuple[list[int], dict[_Column, np.ndarray]]:
    """Read a file.

    Returns:
        T frames; and (T,) values by (individual or nothing, body part, coordinate).
    """
    try:
        head = pd.read_csv(file, header=None, nrows=4, dtype=str, keep_default_na=False)
        rows = next((rows for rows in _HEADS if head[0].tolist()[: len(rows)] == rows), None)
        if rows is None:
            found = ", ".join(head[0].tolist())
            raise InputError(file, expected="rows scorer, (individuals,) bodyparts and coords at the top", found=found)
        table = pd.read_csv(file, header=None, skiprows=len(rows), dtype={0: str})
    except InputError:
        raise
    except (OSError, ValueError) as error:  # pandas' parser and decoding errors derive from it
        raise InputError(file, expected="a CSV table", found=str(error).splitlines()[0]) from error
    if len(table.columns) != len(head.columns):
        found = f"{len(table.columns)} in those of frames"
        raise InputError(file, expected=f"as many cells in every row as at the top, {len(head.columns)}", found=found)
    columns: dict[_Column, np.ndarray] = {}
    for place in head.columns[1:]:
        names = dict(zip(rows, head[place], strict=False))
        column = names.get("individuals", ""), names["bodyparts"], names["coords"]
        if column in columns:
            raise InputError(file, expected="each column once", found=f"two of {' '.join(column).strip()}")
        if table[place].dtype.kind not in "iuf":
            raise InputError(file, expected=f"numbers as {' '.join(column).strip()}", found="other cells")
        columns[column] = table[place].to_numpy(np.float64)
    _check_columns(file, columns)
    return _frames(file, table[0].tolist()), columns


def _check_columns(file: Path, columns: Iterable[_Column]) -> None:
    columns = set(columns)
    for animal, joint, _ in sorted(columns):
        lacking = [value for value in _VALUES if (animal, joint, value) not in columns]
        if lacking:
            raise InputError(file, expected=f"x, y and likelihood of {joint}", found=f"no {', '.join(lacking)}")


def _frames(file: Path, cells: list[object]) -> list[int]:
    no_frames = [cell for cell in cells if not re.fullmatch("[0-9]{1,18}", str(cell))]
    if no_frames:
        expected = "numbers of frames in the first column (labelled pictures are not read)"
        raise InputError(file, expected=expected, found=repr(no_frames[0])[:80])
    frames = [int(str(cell)) for cell in cells]
    duplicates = [frame for frame, times in Counter(frames).items() if times > 1]
    if duplicates:
        raise InputError(file, expected="each frame once", found=f"frame {duplicates[0]} more than once")
    return frames
