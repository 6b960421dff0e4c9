"""Reader of the demo: the folder that ``la2ds.datasets.demo.verb`` writes.

``manifest.csv`` lists the clips (video_id, action, split, source, frames, fps, width, height), ``labels.parquet`` holds
their phases and ``keypoints_2d.parquet`` and ``keypoints_3d.parquet`` the true poses, in pixels and in millimetres.
"""

import dataclasses
from pathlib import Path

import pandas as pd

from la2ds.config import DatasetConfig
from la2ds.datasets.reader import check_length, check_root, make_shard
from la2ds.errors import InputError
from la2ds.formats.keypoints import KeypointShard, read_keypoints
from la2ds.formats.labels import Labels, read_labels
from la2ds.formats.quarantine import ClipErrors
from la2ds.formats.videos import VIDEO_COLUMNS

_COLUMNS = [column for column in VIDEO_COLUMNS if column != "shard"]


def index(root: Path, dataset: DatasetConfig) -> tuple[pd.DataFrame, Labels]:
    """List the wanted actions' clips; see ``Reader.index``."""
    check_root(root)
    manifest = root / "manifest.csv"
    clips = _read_manifest(manifest)
    unknown = [action for action in dataset.actions if action not in set(clips.action)]
    if unknown:
        known = ", ".join(sorted(set(clips.action)))
        raise InputError(manifest, expected=f"actions among {known}", found=repr(unknown[0]))
    videos = clips[clips.action.isin(dataset.actions)]
    labels = read_labels(root / "labels.parquet")
    for clip in videos.itertuples():
        phases = labels.phases.get(str(clip.video_id))
        if phases is None:
            raise InputError(root / "labels.parquet", expected=f"labels of {clip.video_id}", found="none")
        check_length(root / "labels.parquet", str(clip.video_id), frames=int(str(clip.frames)), labels=phases)
    return videos, Labels({v: labels.phases[v] for v in videos.video_id}, labels.source, events=labels.events)


def _read_manifest(manifest: Path) -> pd.DataFrame:
    if not manifest.is_file():
        raise InputError(manifest, expected="the demo's manifest (python -m la2ds demo makes it)", found="no such file")
    text = dict.fromkeys(("video_id", "action", "split", "source"), str)
    try:
        clips = pd.read_csv(manifest, dtype=text)
    except ValueError as error:  # pandas' parser and decoding errors derive from it
        raise InputError(manifest, expected="a CSV table", found=str(error).splitlines()[0]) from error
    missing = [column for column in _COLUMNS if column not in clips.columns]
    if missing:
        raise InputError(manifest, expected=f"columns {', '.join(_COLUMNS)}", found=f"no {', '.join(missing)}")
    return clips[_COLUMNS]


def annotations(root: Path, dataset: DatasetConfig, videos: pd.DataFrame, *, dims: int) -> KeypointShard:
    """Read the generator's own poses; see ``Reader.annotations``."""
    file = root / f"keypoints_{dims}d.parquet"
    poses = read_keypoints(file)
    about = {"skeleton": poses.skeleton, "estimator": poses.estimator, "dims": poses.dims}
    shard = make_shard(file, videos, poses.clips, ClipErrors(), **about)
    return dataclasses.replace(shard, metadata=poses.metadata | shard.metadata)
