"""Poses in DeepLabCut's CSV files (Mathis et al., Nature Neuroscience 2018; Lauer et al., Nature Methods 2022).

Heads of columns are rows (``scorer``,) (``individuals``,) ``bodyparts`` and ``coords`` (x, y, likelihood); each further
row is a frame, whose number (from ``poses.first_frame``) its first cell says. Of labels (``CollectedData_….csv``) that
cell, or the first three, name a picture; those of other videos are left alone. A joint is missing where x or y is, or
its likelihood is 0; where only the likelihood is missing, as of all labels, it counts as 1.

DeepLabCut's ``.h5`` files are not read: they hold pickles, which would run whatever they contain. ``save_as_csv=True``
in ``deeplabcut.analyze_videos``, or ``deeplabcut.analyze_videos_converth5_to_csv``, writes the CSV.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from la2ds.config.poses import PosesConfig
from la2ds.errors import InputError
from la2ds.formats.files.storage import first_line
from la2ds.formats.keypoints import KeypointShard
from la2ds.pose.files.picture_names import parse_names, titles_of
from la2ds.pose.files.read import Found, Video, make_people, read_poses, refuse_settings
from la2ds.pose.request import PoseRequest

_HEADS = ("scorer", "individuals", "bodyparts", "coords")
_VALUES = ("x", "y", "likelihood")
_Column = tuple[str, str, str]  # individual or nothing, body part, coordinate
# In files of several animals, what belongs to none of them.
_NOBODY = "single"


def estimate(request: PoseRequest) -> KeypointShard:
    """Read the poses of the requested videos, as the joint set of the dataset file, or one that the joints' names fit.

    Raises:
        InputError: as ``read_poses``; or if a file has other heads, or none of its pictures is of the video.
    """
    return read_poses(request, "deeplabcut", read)


def read(video: Video, file: Path, config: PosesConfig) -> Found:
    """Read a CSV file of one animal or several."""
    refuse_settings(file, config, pose="files in DeepLabCut's layout", why={"min_score": "give nobody a score"})
    numbers, columns = _read_csv(file, video, config)
    animals = _choose(file, list(dict.fromkeys(animal for animal, _, _ in columns)), config.individual)
    joints = list(dict.fromkeys(joint for animal, joint, _ in columns if animal in animals))
    # Individuals need not have the same body parts: those that one has not are missing.
    nothing = np.full(len(next(iter(columns.values()))), np.nan)
    values = np.array([[[columns.get((a, j, v), nothing) for v in _VALUES] for j in joints] for a in animals])
    frames = {t: make_people(values[..., n]) for t, n in numbers.items()}
    return Found(tuple(joints), frames)


def _choose(file: Path, animals: list[str], individual: str) -> list[str]:
    if not individual:
        return [animal for animal in animals if animal != _NOBODY] or animals
    if individual not in animals:
        found = ", ".join(animals) if any(animals) else "a file that tells no individuals apart"
        raise InputError(file, expected=f"the individual {individual} ('poses.individual')", found=found)
    return [individual]


def _read_csv(file: Path, video: Video, config: PosesConfig) -> tuple[dict[int, int], dict[_Column, np.ndarray]]:
    """Read a file.

    Returns:
        frame -> its place among T rows; and (T,) values by (individual or nothing, body part, coordinate).
    """
    heads, table = _read_cells(file)
    coords = heads["coords"]
    if table.shape[1] != len(coords):
        found = f"{table.shape[1]} in those of frames"
        raise InputError(file, expected=f"as many cells in every row as at the top, {len(coords)}", found=found)
    # Newer versions of DeepLabCut write the folders of a picture into cells of their own.
    index = 3 if coords[1:3] == ["", ""] else 1
    columns: dict[_Column, np.ndarray] = {}
    for place in range(index, len(coords)):
        column = heads.get("individuals", [""] * len(coords))[place], heads["bodyparts"][place], coords[place]
        if column in columns:
            raise InputError(file, expected="each column once", found=f"two of {' '.join(column).strip()}")
        if table[place].dtype.kind not in "iuf":
            raise InputError(file, expected=f"numbers as {' '.join(column).strip()}", found="other cells")
        columns[column] = table[place].to_numpy(np.float64)
    _check_columns(file, columns)
    return _frames(file, ["/".join(map(str, row)) for row in table.iloc[:, :index].to_numpy()], video, config), columns


def _read_cells(file: Path) -> tuple[dict[str, list[str]], Any]:
    """Read the heads, label -> cells, and the rows below them as a table."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            rows = [row for row, _ in zip(csv.reader(text), _HEADS, strict=False)]
        if not rows:
            raise InputError(file, expected="a CSV table", found="an empty file")
        heads = {row[0]: row for row in rows if row and row[0] in _HEADS}
        if not {"bodyparts", "coords"} <= heads.keys():
            found = ", ".join(row[0] for row in rows if row)
            expected = "rows scorer, (individuals,) bodyparts and coords at the top"
            raise InputError(file, expected=expected, found=found or "no row")
        if len({len(heads[label]) for label in heads.keys() - {"scorer"}}) > 1:
            found = ", ".join(f"{len(cells)} of {label}" for label, cells in heads.items())
            raise InputError(file, expected="as many cells in each row at the top", found=found)
        table = pd.read_csv(file, header=None, skiprows=len(heads), dtype={0: str})
    except InputError:
        raise
    # pandas' parser and decoding errors are ValueErrors
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(file, expected="a CSV table", found=first_line(error)) from error
    return heads, table


def _check_columns(file: Path, columns: Iterable[_Column]) -> None:
    columns = set(columns)
    for animal, joint, _ in sorted(columns):
        if (animal, joint, "z") in columns:
            raise InputError(file, expected="x and y in pixels of one film", found=f"{joint} in space (x, y, z)")
        lacking = [value for value in ("x", "y") if (animal, joint, value) not in columns]
        if lacking:
            raise InputError(file, expected=f"x and y of {joint}", found=f"no {', '.join(lacking)}")


def _frames(file: Path, cells: Sequence[str], video: Video, config: PosesConfig) -> dict[int, int]:
    """Give for each frame of the video the row that is its."""
    numbered = all(re.fullmatch("[0-9]{1,18}", cell) for cell in cells)
    named = [("", int(cell)) for cell in cells] if numbered else parse_names(file, cells, config.images)
    wanted = titles_of(file, video, dict(named), single_video=True) if named else []
    frames = [(frame, row) for row, (title, frame) in enumerate(named) if title in wanted]
    duplicates = [frame for frame, times in Counter(frame for frame, _ in frames).items() if times > 1]
    if duplicates:
        raise InputError(file, expected="each frame once", found=f"frame {duplicates[0]} more than once")
    return dict(frames)
