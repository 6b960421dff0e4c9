"""Tables with a row for every frame that other programs wrote: plain Parquet of pandas or polars, or CSV."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from la2ds.errors import InputError
from la2ds.formats.files.parquet import has_schema, read_plain
from la2ds.formats.files.sheet import read_number, read_sheet
from la2ds.formats.files.storage import first_line


def is_foreign(path: str | Path) -> bool:
    """Tell whether a file is not one of our own: no Parquet, by its name, or Parquet that names no schema of ours.

    Raises:
        InputError: if it is missing, or called like Parquet and is none.
    """
    path = Path(path)
    return path.is_dir() or path.suffix.lower() in (".csv", ".npz", ".npy") or not has_schema(path)


def read_foreign(path: str | Path, required: Sequence[str], *, text: Sequence[str] = ("video_id",)) -> pa.Table:
    """Read a CSV table, or Parquet without a schema of ours.

    Args:
        path: the file.
        required: columns that a CSV table must have; of Parquet they are asked for when they are read.
        text: columns that are text; all others of a CSV table are read as numbers, NaN where a cell holds none.

    Returns:
        the table, all columns.

    Raises:
        InputError: if it is neither, or a CSV table has no row, lacks a column, or no number is where one must be.
    """
    path = Path(path)
    if path.suffix.lower() != ".csv":
        return read_plain(path)
    lines = list(read_sheet(path, required))
    if not lines:
        raise InputError(path, expected="a row for every frame", found="none")
    rows = [row for _, row in lines]
    columns: dict[str, list[str] | np.ndarray] = {}
    for name in rows[0]:
        cells = [row[name] for row in rows]
        numbers = np.array([np.nan if name in text else read_number(cell) for cell in cells], dtype=np.float64)
        wrong = np.flatnonzero(np.isnan(numbers))
        if len(wrong) and name in required and name not in text:
            found = f"{cells[wrong[0]]!r} in {lines[wrong[0]][0]}"
            raise InputError(path, expected=f"a number in every row of column {name}", found=found)
        columns[name] = cells if name in text else numbers
    return pa.table(columns)


def read_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """Read NumPy arrays by name: those of an ``.npz`` file, or a folder of ``.npy`` files; nothing is ever unpickled.

    Returns:
        name -> array; of a folder, the names of files without their ending, with ``/`` where they lie in folders.

    Raises:
        InputError: if there is none, or one is broken or holds objects.
    """
    path = Path(path)
    if path.suffix.lower() == ".npy" and not path.is_dir():
        found = "one array, which names no video"
        raise InputError(path, expected="an .npz file, or a folder of .npy files called like the videos", found=found)
    files = sorted(path.rglob("*.npy")) if path.is_dir() else [path]
    arrays: dict[str, np.ndarray] = {}
    for file in files:
        try:
            loaded = np.load(file, allow_pickle=False)
            own = (
                {file.relative_to(path).with_suffix("").as_posix(): loaded}
                if isinstance(loaded, np.ndarray)
                else {name: loaded[name] for name in loaded.files}
            )
        # Broken archives fail anywhere in zipfile, zlib, tokenize and NumPy.
        except Exception as error:
            raise InputError(file, expected="arrays of numbers (NumPy)", found=first_line(error)) from error
        arrays |= own
    if not arrays:
        raise InputError(path, expected="arrays of numbers, one for each video", found="none")
    return arrays
