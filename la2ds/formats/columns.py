"""Columns of files with a row for every frame: clips laid one behind the other, and taken apart again."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from la2ds.errors import InputError
from la2ds.formats.storage import require_columns


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


def by_video(path: str | Path, table: pa.Table, column: str) -> dict[str, np.ndarray]:
    """Split a column by video, in order of appearance; rows of a video stand together, frames 0, 1, 2, ..."""
    require_columns(path, ("video_id", "frame", column), table.column_names)
    if table.num_rows == 0:
        return {}
    values = table[column].combine_chunks()
    if pa.types.is_fixed_size_list(values.type):
        array = values.flatten().to_numpy(zero_copy_only=False).reshape(-1, values.type.list_size)
    else:
        array = values.to_numpy(zero_copy_only=False)
    ids = np.asarray(table["video_id"].to_pylist(), dtype=object)
    frames = table["frame"].to_numpy()
    starts = np.concatenate([[0], np.flatnonzero(ids[1:] != ids[:-1]) + 1])
    ends = np.concatenate([starts[1:], [len(ids)]])
    clips: dict[str, np.ndarray] = {}
    for a, b in zip(starts, ends, strict=True):
        if ids[a] in clips or not np.array_equal(frames[a:b], np.arange(b - a)):
            raise InputError(path, expected=f"frames 0, 1, 2, ... of video {ids[a]} together", found="others")
        clips[str(ids[a])] = array[a:b]
    return clips
