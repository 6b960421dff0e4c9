"""The verb ``index``: list a dataset's videos, their shards and their phase labels.

In: the dataset file and the native files below its root. Out: ``videos.csv`` and ``labels.parquet``.
"""

import argparse
import dataclasses
import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from la2ds.config import DatasetConfig, load
from la2ds.datasets.casa import reader as casa
from la2ds.datasets.demo import reader as demo_reader
from la2ds.datasets.fetch.sources import missing_root
from la2ds.datasets.folder import reader as folder
from la2ds.datasets.h2o import reader as h2o
from la2ds.datasets.ikea import reader as ikea
from la2ds.datasets.penn import reader as penn
from la2ds.datasets.reader import Reader
from la2ds.datasets.uiprmd import reader as uiprmd
from la2ds.errors import InputError
from la2ds.formats.labels import Labels, write_labels
from la2ds.formats.videos import write_videos

log = logging.getLogger(__name__)

READERS: dict[str, Reader] = {
    "casa": casa,
    "demo": demo_reader,
    "folder": folder,
    "h2o": h2o,
    "ikea": ikea,
    "penn": penn,
    "uiprmd": uiprmd,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the verb's options."""
    parser.add_argument("--dataset", type=Path, required=True, help="dataset file (config/datasets/*.yaml)")
    parser.add_argument("--root", type=Path, help="folder of the native files (default: the dataset file's root)")
    parser.add_argument("--actions", nargs="+", help="actions to list (default: the dataset file's)")
    parser.add_argument("--output-videos", type=Path, required=True, help="videos table to write (CSV)")
    parser.add_argument("--output-labels", type=Path, required=True, help="phase labels to write (Parquet)")


def main(args: argparse.Namespace) -> None:
    """Write the two tables."""
    dataset = load(DatasetConfig, args.dataset)
    if args.actions:
        dataset = dataclasses.replace(dataset, actions=tuple(args.actions))
    root = args.root or Path(dataset.root)
    if not root.is_dir():
        found = f"no such folder{missing_root(dataset.reader)}"
        raise InputError(root, expected="the dataset's root folder", found=found)
    videos, labels = READERS[dataset.reader].index(root, dataset)
    videos = assign_shards(videos, dataset.shard_size)
    for message in compare_phases(videos, labels, dataset.phases):
        log.warning("%s", message)
    for (action, split), rows in videos.groupby(["action", "split"]):
        log.info("%s %s: %d videos, %d frames", action, split, len(rows), rows.frames.sum())
    write_labels(args.output_labels, labels)
    write_videos(args.output_videos, videos)


def assign_shards(videos: pd.DataFrame, size: int) -> pd.DataFrame:
    """Add the column shard, ``{action}_{k:03d}``: per action ``size`` videos each, by video_id, both splits together.

    Returns:
        the videos sorted by video_id, with the column.
    """
    videos = videos.sort_values("video_id", ignore_index=True)
    number = videos.groupby("action").cumcount() // size
    return videos.assign(shard=[f"{a}_{k:03d}" for a, k in zip(videos.action, number, strict=True)])


def compare_phases(videos: pd.DataFrame, labels: Labels, expected: Mapping[str, int]) -> list[str]:
    """Say where the labels hold other phases than 0 .. P - 1, or none at all.

    Args:
        videos: the videos table.
        labels: phases of its videos; background does not count.
        expected: action -> P, from the dataset file.
    """
    messages = []
    for action, count in expected.items():
        ids = videos.video_id[videos.action == action]
        if ids.empty:
            continue
        found = np.unique(np.concatenate([labels.phases[v] for v in ids]))
        found = found[found >= 0]
        if not np.array_equal(found, np.arange(count)):
            text = ", ".join(map(str, found))
            messages.append(f"{action}: the dataset file says {count} phases, the labels hold {text or 'none'}")
    return messages
