"""The verb ``check_videos``: what ``check`` says of the clips of each action of a dataset."""

import argparse
import logging
from pathlib import Path

import numpy as np
import pandas as pd

from la2ds.clips.clip import Clip
from la2ds.clips.matching.check import problems_of
from la2ds.formats.check import CHECK_COLUMNS
from la2ds.formats.files.storage import atomic_path
from la2ds.formats.keypoints import read_keypoints
from la2ds.formats.selection import present
from la2ds.formats.videos import USUAL_FPS, read_videos

log = logging.getLogger(__name__)

MOST = 1000  # clips of an action, each a tenth of a second; of more so many are checked, spread over their names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--videos", type=Path, required=True, help="videos.csv, which names the shards")
    parser.add_argument("--keypoints-dir", type=Path, required=True, help="folder of the keypoint shards (2D)")
    parser.add_argument("--output", type=Path, required=True, help="CSV to write")


def main(args: argparse.Namespace) -> None:
    """Check action by action, so that memory holds the clips of one."""
    tables = []
    for action, rows in read_videos(args.videos).groupby("action"):
        chosen = np.unique(np.linspace(0, len(rows) - 1, min(MOST, len(rows))).round().astype(int))
        clips = read_clips(rows.iloc[chosen], args.keypoints_dir)
        found = problems_of(clips)
        found.insert(0, "action", str(action))
        log.info(
            "%s: %d of %d clips checked, %d with a problem", action, len(clips), len(rows), (found.problem != "").sum()
        )
        tables.append(found)
    checked = pd.concat(tables) if tables else pd.DataFrame(columns=["action", *CHECK_COLUMNS])
    with atomic_path(args.output) as temporary:
        checked.to_csv(temporary, index=False, float_format="%.4f")


def read_clips(videos: pd.DataFrame, folder: Path) -> list[Clip]:
    """Read the keypoints of videos as clips named by their ``video_id``; those that were set aside are left out."""
    clips = []
    for name, rows in videos.groupby("shard"):
        shard, wanted = read_keypoints(folder / f"{name}.parquet"), set(rows.video_id)
        own = {video_id: clip for video_id, clip in shard.clips.items() if video_id in wanted}
        table = present(rows, own, content="keypoints")
        rates = table.fps.astype(float).fillna(USUAL_FPS)
        for video_id, fps, width, height in zip(table.video_id, rates, table.width, table.height, strict=True):
            pose = own[video_id]
            times = np.arange(len(pose)) / fps
            size = int(width), int(height)
            clips.append(Clip(video_id, pose.position, pose.confidence, times, fps, size, shard.skeleton))
    return clips
