"""``videos.csv``: one row per video."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from la2ds.errors import InputError
from la2ds.formats.files.sheet import read_head, read_number
from la2ds.formats.files.storage import atomic_path, first_line

VIDEO_COLUMNS = ["video_id", "action", "split", "source", "frames", "fps", "width", "height", "shard"]


SPLITS = ("train", "val")
# Of one clip: 46 hours at 60 a second. A file that speaks of more is wrong, and would fill the memory.
MOST_FRAMES = 10_000_000
USUAL_FPS = 25.0  # frames a second, where a data set does not say, as Penn Action
LARGEST_SIDE = 65_535  # of a picture, in pixels: what JPEG can hold


def write_videos(path: str | Path, videos: pd.DataFrame) -> None:
    """Write ``videos.csv``: columns ``VIDEO_COLUMNS``, sorted by video_id; fps is empty where unknown."""
    with atomic_path(path) as temporary:
        videos[VIDEO_COLUMNS].sort_values("video_id").to_csv(temporary, index=False)


def read_videos(path: str | Path) -> pd.DataFrame:
    """Read ``videos.csv``, sorted by video_id (the file order every protocol refers to).

    Raises:
        InputError: if it is no table, a column is missing, an id is twice, a split is neither train nor val, or a
            number is none.
    """
    if not Path(path).is_file():
        raise InputError(path, expected="a videos table", found="no such file")
    head = read_head(Path(path), VIDEO_COLUMNS)
    text = {name: str for name in ("video_id", "action", "split", "source", "shard")}
    form: Any = {"sep": head.delimiter, "names": list(head.columns), "header": 0, "skiprows": head.lines - 1}
    try:
        videos = pd.read_csv(path, dtype=text, keep_default_na=False, na_values={"fps": [""]}, **form)
    except ValueError as error:  # pandas' parser and decoding errors derive from it
        raise InputError(path, expected="a CSV table", found=first_line(error)) from error
    _check_numbers(path, videos)
    duplicates = videos.video_id[videos.video_id.duplicated()]
    if len(duplicates):
        raise InputError(path, expected="each video_id once", found=f"{duplicates.iloc[0]} more than once")
    other_splits = sorted(set(videos.split) - set(SPLITS))
    if other_splits:
        raise InputError(path, expected="split train or val", found=f"split {other_splits[0]!r}")
    return videos.sort_values("video_id", ignore_index=True)


def frames_of(videos: pd.DataFrame) -> dict[str, int]:
    """Give video_id -> number of frames, which files about these videos are held against."""
    return {str(v): int(t) for v, t in zip(videos.video_id, videos.frames, strict=True)}


def _check_numbers(path: str | Path, videos: pd.DataFrame) -> None:
    """Refuse frames and sizes that are no whole numbers, and frame rates that are none."""
    for name in ("frames", "width", "height"):
        _refuse_cell(path, videos, name, "a whole number", videos[name].map(lambda value: not _is_whole(value)))
    written = videos.fps
    if not pd.api.types.is_numeric_dtype(written):  # 29,97
        videos["fps"] = [np.nan if pd.isna(cell) else read_number(str(cell)) for cell in written]
    bad = written.notna() & ~((videos.fps > 0) & np.isfinite(videos.fps))
    _refuse_cell(path, videos.assign(fps=written), "fps", "a number above 0, or empty", bad)


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and int(value) >= 0


def _refuse_cell(path: str | Path, videos: pd.DataFrame, column: str, expected: str, bad: "pd.Series[bool]") -> None:
    if bad.any():
        row = int(bad.to_numpy(dtype=bool).argmax())
        cell = f"{column} of {videos.video_id.iloc[row]}"
        raise InputError(path, expected=f"{cell} to be {expected}", found=repr(videos[column].iloc[row]))
