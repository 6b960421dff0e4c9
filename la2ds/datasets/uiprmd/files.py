"""The files of UI-PRMD (Vakanski et al., Data 2018): motion of 10 people by Vicon markers, 10 movements, 10 times each.

Two layouts are read below the dataset's root, the first that is there:

* ``vicon_joints.parquet``: columns movement, subject, episode, frame, joints; one row per frame at 50 Hz; joints are
  15 x (x, y, z), named in the metadata.
* ``mMM_sSS_eEE_positions.txt``, as published, in the root or any folder below it: one row per frame at 100 Hz, comma
  separated, 39 markers x (x, y, z), (0, 0, 0) where a marker was lost. Every second frame is taken. Joints are found as
  ``uiprmd_markers`` says. We hold no such file: this layout is tried on made-up files alone.

Positions are in millimetres in the world frame (z up). Clips are named ``mMM_sSS_eEE``.
"""

import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from la2ds.datasets.uiprmd.markers import MARKERS, USED, fill_gaps, to_joints
from la2ds.errors import InputError
from la2ds.formats.quarantine import ClipErrors
from la2ds.formats.skeletons import BODY13

TABLE = "vicon_joints.parquet"
FPS = 50.0
_NAME = re.compile(r"m(\d{2})_s(\d{2})_e(\d{2})")
_KEYS = ("movement", "subject", "episode")


def clip_parts(name: str) -> tuple[int, int, int]:
    """Take a clip's name apart: movement, subject, episode."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"a clip's name must look like m01_s01_e01, got {name!r}")
    movement, subject, episode = map(int, match.groups())
    return movement, subject, episode


def list_files(root: Path, movements: Collection[int]) -> list[Path]:
    """List the files that hold these movements.

    Raises:
        InputError: if there are none.
    """
    if (root / TABLE).is_file():
        return [root / TABLE]
    files = {name: file for file in sorted(root.rglob("m*_positions.txt")) if _NAME.fullmatch(name := _clip(file))}
    wanted = [file for name, file in files.items() if clip_parts(name)[0] in movements]
    if not wanted:
        numbers = ", ".join(map(str, sorted(movements)))
        expected = f"{TABLE}, or mMM_sSS_eEE_positions.txt of movements {numbers}"
        raise InputError(root, expected=expected, found="neither")
    return wanted


def read_clips(
    files: Collection[Path], movements: Collection[int], errors: ClipErrors
) -> Iterator[tuple[str, Path, np.ndarray]]:
    """Read the clips of some movements; one that is broken, or with a marker that is never seen, goes to ``errors``.

    Yields:
        each clip's name, its file, and (T, 13, 3) float64 positions of BODY13 in the world frame, none missing.

    Raises:
        InputError: if the table is broken.
    """
    for file in files:
        if file.name == TABLE:
            yield from ((name, file, points) for name, points in _read_table(file, movements, errors))
            continue
        with errors.of(_clip(file)):
            yield _clip(file), file, to_joints(_read_native(file))


def _clip(file: Path) -> str:
    return file.name.removesuffix("_positions.txt")


def _read_table(file: Path, movements: Collection[int], errors: ClipErrors) -> Iterator[tuple[str, np.ndarray]]:
    try:
        table = pq.read_table(file)
    except (pa.ArrowException, OSError) as error:
        raise InputError(file, expected="a Parquet file", found=str(error).splitlines()[0]) from error
    columns = (*_KEYS, "frame", "joints")
    if missing := [c for c in columns if c not in table.column_names]:
        raise InputError(file, expected=f"columns {', '.join(columns)}", found=f"no {', '.join(missing)}")
    for column in columns[:-1]:
        kind = table.schema.field(column).type
        if not pa.types.is_integer(kind) or table[column].null_count:
            raise InputError(file, expected=f"whole numbers in column {column}", found=str(kind))
    order = [_joint_names(file, table).index(joint) for joint in BODY13.joints]
    keys = np.stack([table[c].to_numpy().astype(np.int64) for c in _KEYS], axis=1)
    rows = np.flatnonzero(np.isin(keys[:, 0], list(movements)))
    rows = rows[np.lexsort([table["frame"].to_numpy()[rows], *keys[rows].T[::-1]])]
    if not len(rows):
        return
    joints = table["joints"].combine_chunks()
    points = joints.flatten().to_numpy().reshape(len(keys), -1, 3)[rows][:, order].astype(np.float64)
    frames, keys = table["frame"].to_numpy()[rows], keys[rows]
    starts = np.flatnonzero((keys[1:] != keys[:-1]).any(axis=1)) + 1
    for k in np.split(np.arange(len(rows)), starts):
        name = "m{:02d}_s{:02d}_e{:02d}".format(*keys[k[0]])
        with errors.of(name):
            if not np.array_equal(frames[k], np.arange(len(k))):
                raise InputError(file, expected=f"frames 0, 1, 2, ... of {name}", found="others")
            if not np.isfinite(points[k]).all():
                raise InputError(file, expected=f"finite positions of {name}", found="others")
            yield name, points[k]


def _joint_names(file: Path, table: pa.Table) -> list[str]:
    """Read the joints' names; all of BODY13 must be there, three numbers each."""
    try:
        names = json.loads((table.schema.metadata or {})[b"joints"])
    except (KeyError, ValueError):
        names = None
    if not isinstance(names, list) or not set(BODY13.joints) <= {n for n in names if isinstance(n, str)}:
        expected = f"metadata 'joints' to name {', '.join(BODY13.joints)}"
        raise InputError(file, expected=expected, found="others" if names else "none")
    kind = table.schema.field("joints").type
    if not pa.types.is_fixed_size_list(kind) or kind.list_size != 3 * len(names) or table["joints"].null_count:
        raise InputError(file, expected=f"{3 * len(names)} numbers in each row of joints", found=str(kind))
    return names


def _read_native(file: Path) -> np.ndarray:
    """Read every second frame, (T, 39, 3), zeros where lost."""
    try:
        values = np.loadtxt(file, delimiter=",", ndmin=2)
    except (OSError, ValueError) as error:
        raise InputError(file, expected="rows of numbers", found=str(error).splitlines()[0]) from error
    if values.shape[1] != 3 * len(MARKERS) or not np.isfinite(values).all():
        expected = f"rows of {3 * len(MARKERS)} finite numbers"
        raise InputError(file, expected=expected, found=f"an array of shape {values.shape}")
    markers = values.reshape(len(values), -1, 3)
    if missing := [m for m in USED if not markers[:, MARKERS.index(m)].any()]:
        raise InputError(file, expected="every marker to be seen", found=f"{', '.join(missing)} never")
    return fill_gaps(markers)[::2]
