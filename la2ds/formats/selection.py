"""Which videos of a table a job works on."""

import logging
from collections.abc import Container
from pathlib import Path

import pandas as pd

from la2ds.errors import InputError
from la2ds.formats.videos import read_videos

log = logging.getLogger(__name__)


def videos_of(path: str | Path, *, action: str, split: str | None = None) -> pd.DataFrame:
    """Read the rows of an action (``all`` for every action) and, if given, of a split.

    Raises:
        InputError: if there are none.
    """
    videos = read_videos(path)
    if action != "all":
        videos = videos[videos.action == action]
    if split is not None:
        videos = videos[videos.split == split]
    if videos.empty:
        wanted = f"videos of action {action}" + (f" in split {split}" if split else "")
        raise InputError(path, expected=wanted, found="none")
    return videos


def present(videos: pd.DataFrame, shard: Container[str], *, what: str) -> pd.DataFrame:
    """Keep the videos a shard holds; those it lacks (quarantined ones) are named in a warning."""
    here = videos.video_id.map(lambda video_id: video_id in shard).astype(bool)
    if not here.all():
        missing = videos.video_id[~here]
        log.warning("%d of %d videos have no %s: %s", len(missing), len(videos), what, ", ".join(missing))
    return videos[here]
