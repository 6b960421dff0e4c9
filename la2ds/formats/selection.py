"""The videos of a table that a job works on."""

import logging
from collections.abc import Container
from pathlib import Path

import pandas as pd

from la2ds.config import ALL
from la2ds.errors import InputError
from la2ds.formats.videos import read_videos

log = logging.getLogger(__name__)


def videos_of(path: str | Path, *, action: str, split: str | None = None) -> pd.DataFrame:
    """Read the rows of an action (``all`` for every action) and, if given, of a split.

    Raises:
        InputError: if there are none.
    """
    videos = read_videos(path)
    if (videos.action == ALL).any():
        raise InputError(path, expected=f"actions other than {ALL}, which stands for every action", found=ALL)
    if action != ALL:
        videos = videos[videos.action == action]
    if split is not None:
        videos = videos[videos.split == split]
    if videos.empty:
        expected = f"videos of action {action}" + (f" in split {split}" if split else "")
        raise InputError(path, expected=expected, found="none")
    return videos


def present(videos: pd.DataFrame, clips: Container[str], *, content: str) -> pd.DataFrame:
    """Keep the videos a shard holds; those it lacks (quarantined ones) are named in a warning."""
    is_present = videos.video_id.map(lambda video_id: video_id in clips).astype(bool)
    if not is_present.all():
        missing = videos.video_id[~is_present]
        log.warning("%d of %d videos have no %s: %s", len(missing), len(videos), content, ", ".join(missing))
    return videos[is_present]
