"""``videos.csv``: one row per video."""

from pathlib import Path

import pandas as pd

from la2ds.errors import InputError
from la2ds.formats.storage import atomic_path, require_columns

VIDEO_COLUMNS = ["video_id", "action", "split", "source", "frames", "fps", "width", "height", "shard"]


SPLITS = ("train", "val")
# Of one clip: 46 hours at 60 a second. A file that speaks of more is wrong, and would fill the memory.
MOST_FRAMES = 10_000_000
LARGEST_SIDE = 65_535  # of a picture, in pixels: what JPEG can hold


def write_videos(path: str | Path, videos: pd.DataFrame) -> None:
    """Write ``videos.csv``: columns ``VIDEO_COLUMNS``, sorted by video_id; fps is empty where unknown."""
    with atomic_path(path) as temporary:
        videos[VIDEO_COLUMNS].sort_values("video_id").to_csv(temporary, index=False)


def read_videos(path: str | Path) -> pd.DataFrame:
    """Read ``videos.csv``, sorted by video_id (the file order every protocol refers to).

    Raises:
        InputError: if it is no table, a column is missing, an id is twice, or a split is neither train nor val.
    """
    if not Path(path).is_file():
        raise InputError(path, expected="a videos table", found="no such file")
    text = {name: str for name in ("video_id", "action", "split", "source", "shard")}
    try:
        videos = pd.read_csv(path, dtype=text, keep_default_na=False, na_values={"fps": [""]})
    except ValueError as error:  # pandas' parser and decoding errors derive from it
        raise InputError(path, expected="a CSV table", found=str(error).splitlines()[0]) from error
    require_columns(path, VIDEO_COLUMNS, videos.columns)
    duplicates = videos.video_id[videos.video_id.duplicated()]
    if len(duplicates):
        raise InputError(path, expected="each video_id once", found=f"{duplicates.iloc[0]} more than once")
    other_splits = sorted(set(videos.split) - set(SPLITS))
    if other_splits:
        raise InputError(path, expected="split train or val", found=f"split {other_splits[0]!r}")
    return videos.sort_values("video_id", ignore_index=True)
