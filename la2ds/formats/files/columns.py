"""Columns of files with a row for every frame: clips laid one behind the other, and taken apart again."""

import itertools
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from la2ds.errors import InputError
from la2ds.formats.files.parquet import require_columns

_KEYS = ("video_id", "frame")


def frame_index(clips: Mapping[str, np.ndarray]) -> tuple[pa.Array, np.ndarray]:
    """Name every row's video and number its frame, from 0: two columns of sum T rows."""
    lengths = [len(c) for c in clips.values()]
    ids = pa.array(np.repeat(np.array(list(clips), dtype=object), lengths), type=pa.string())
    frames = np.concatenate([*(np.arange(n) for n in lengths), np.empty(0)]).astype(np.int32)
    return ids, frames


def fixed_lists(parts: list[np.ndarray], size: int) -> pa.Array:
    """Lay (T, size) arrays one behind the other, a list of ``size`` float32 for each row."""
    flat = np.concatenate([p.astype(np.float32).ravel() for p in parts] or [np.empty(0, np.float32)])
    return pa.FixedSizeListArray.from_arrays(pa.array(flat, type=pa.float32()), size)


def read_lists(path: str | Path, table: pa.Table, column: str, *, size: int | None = None) -> np.ndarray:
    """Read a column that holds a list of numbers in every row, whatever kind of list.

    Args:
        path: the file, for messages.
        table: N rows.
        column: its name.
        size: how many numbers a row should hold; None for any number, the same in all rows.

    Returns:
        (N, size), of the type they are stored in; NaN where a number of a list is missing.

    Raises:
        InputError: naming the column, if it is missing, holds something else, or lists of other lengths.
    """
    require_columns(path, _KEYS if column in _KEYS else (*_KEYS, column), table.column_names)
    kind, values = table.schema.field(column).type, table[column].combine_chunks()
    lists = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    if not lists or not _is_number(kind.value_type):
        raise InputError(path, expected=f"a list of numbers in every row of column {column}", found=str(kind))
    if values.null_count:
        found = f"{values.null_count} empty rows"
        raise InputError(path, expected=f"a list of numbers in every row of column {column}", found=found)
    lengths = sorted(pc.unique(pc.list_value_length(values)).to_pylist())
    if not lengths:
        lengths = [kind.list_size if pa.types.is_fixed_size_list(kind) else size or 0]
    if len(lengths) > 1:
        expected = f"lists of one length in column {column}"
        raise InputError(path, expected=expected, found=f"lengths {', '.join(map(str, lengths[:3]))}")
    if size not in (None, lengths[0]):
        raise InputError(path, expected=f"{size} numbers in each row of column {column}", found=str(lengths[0]))
    flat = values.flatten().to_numpy(zero_copy_only=False)
    return np.asarray(flat).reshape(len(values), lengths[0])


def read_whole(path: str | Path, table: pa.Table, column: str, *, low: int, high: int) -> np.ndarray:
    """Read a column of whole numbers, which may be stored as fractions (12.0).

    Returns:
        (N,) int64.

    Raises:
        InputError: naming the column, if it is missing, or a value is no whole number from ``low`` to ``high``.
    """
    require_columns(path, _KEYS if column in _KEYS else (*_KEYS, column), table.column_names)
    expected, kind = f"whole numbers from {low} to {high} in column {column}", table.schema.field(column).type
    if not _is_number(kind):
        raise InputError(path, expected=expected, found=str(kind))
    values = table[column].to_numpy()  # NaN where one is missing
    bad = ~((values >= low) & (values <= high) & (np.floor(values) == values))
    if bad.any():
        row = int(bad.argmax())
        raise InputError(path, expected=expected, found=f"{values[row]} in row {row}")
    return np.asarray(values, dtype=np.int64)


def by_video(
    path: str | Path, table: pa.Table, values: np.ndarray, *, any_order: bool = False
) -> dict[str, np.ndarray]:
    """Split rows by video, in order of appearance.

    Args:
        path: the file, for messages.
        table: N rows with columns video_id and frame.
        values: (N, ...) what belongs to each row.
        any_order: whether rows may stand in any order, as in other people's files.

    Returns:
        video_id -> (T, ...), frames 0 .. T - 1.

    Raises:
        InputError: naming the video of which a frame is missing, twice there, or (if order counts) elsewhere.
    """
    require_columns(path, _KEYS, table.column_names)
    frames = read_whole(path, table, "frame", low=0, high=np.iinfo(np.int32).max)
    codes, ids = pd.factorize(np.asarray(_names(path, table), dtype=object))
    if (codes < 0).any():
        found = f"none in row {int((codes < 0).argmax())}"
        raise InputError(path, expected="a name in every row of column video_id", found=found)
    if any_order:
        order = np.lexsort([frames, codes])
        codes, frames, values = codes[order], frames[order], values[order]
    cuts = np.flatnonzero(codes[1:] != codes[:-1]) + 1
    clips: dict[str, np.ndarray] = {}
    for a, b in itertools.pairwise([0, *cuts.tolist(), len(codes)] if len(codes) else []):
        name = str(ids[codes[a]])
        misplaced = np.flatnonzero(frames[a:b] != np.arange(b - a))
        if name in clips or len(misplaced):
            found = "rows of it apart from others"
            if len(misplaced):
                found = f"frame {frames[a + misplaced[0]]} in place of {misplaced[0]}"
            raise InputError(path, expected=f"frames 0, 1, 2, ... of video {name} together", found=found)
        clips[name] = values[a:b]
    return clips


def _names(path: str | Path, table: pa.Table) -> list[str | int | None]:
    """Read the column video_id: text, which some programs number (dictionaries), or whole numbers."""
    kind = table.schema.field("video_id").type
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    text = pa.types.is_string(inner) or pa.types.is_large_string(inner) or pa.types.is_string_view(inner)
    if not text and not pa.types.is_integer(inner):
        raise InputError(path, expected="a name in every row of column video_id", found=str(kind))
    try:
        return list(table["video_id"].to_pylist())
    except UnicodeDecodeError as error:
        raise InputError(path, expected="names in UTF-8 in column video_id", found=repr(error.object[:20])) from error


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))
