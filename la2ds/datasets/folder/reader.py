"""Reader of people's own videos: ``<root>/<action>/<name>.mp4``, and two tables beside the folders if there are any.

``labels.csv`` has key events: columns video, event (a number or a name) and frame (counted from 0) or time (seconds).
``splits.csv`` has columns video and split (train or val); without it, videos are split by a hash of their names. Both
are described in ``folder_tables``. Videos without labels have background only; where no video has labels, the label
source is ``none``, and only what needs no labels can be scored. A video that cannot be opened stays in the table with
no frames, so that decoding puts it on the quarantine list with the reason.
"""

import hashlib
import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from la2ds.config import DatasetConfig
from la2ds.datasets.folder.labels import Film, label_films
from la2ds.datasets.folder.tables import Names, read_marks, read_splits
from la2ds.datasets.reader import check_root
from la2ds.errors import InputError
from la2ds.formats.keypoints import KeypointShard
from la2ds.formats.labels import BACKGROUND, Labels

log = logging.getLogger(__name__)

SUFFIXES = (".mp4", ".mov", ".avi", ".mkv", ".webm")
TABLES = ("labels.csv", "splits.csv")
POSES = "poses"  # the folder of poses that are files, where the dataset file names no other
TRAIN_SHARE = 2 / 3


def index(root: Path, dataset: DatasetConfig) -> tuple[pd.DataFrame, Labels]:
    """List the videos of the wanted actions; see ``Reader.index``."""
    check_root(root)
    if dataset.options:
        raise InputError(root, expected="no options for reader folder", found=repr(next(iter(dataset.options))))
    sources = list_sources(root)
    check_actions(root, dataset.actions, sources)
    names = Names(sources)
    # Before the videos, which take longer: a table's fault shows at once.
    marks, splits = read_marks(root / "labels.csv", names), read_splits(root / "splits.csv", names)
    wanted = {v: source for v, source in sources.items() if v.partition("/")[0] in dataset.actions}
    films = [open_film(root, video_id, source) for video_id, source in wanted.items()]
    phases = label_films(root / "labels.csv", films, marks)
    labelled = sum(bool((p != BACKGROUND).any()) for p in phases.values())
    log.info("%d of %d videos have labels", labelled, len(films))
    split = given_splits(root / "splits.csv", films, splits) if splits else draw_all_splits(films)
    videos = pd.DataFrame([_row(film, split[film.video_id]) for film in films])
    return videos, Labels(phases, "human" if labelled else "none")


def annotations(root: Path, dataset: DatasetConfig, videos: pd.DataFrame, *, dims: int) -> KeypointShard:
    """Refuse: own videos come without poses; see ``Reader.annotations``."""
    expected = "an estimator, such as pose: mediapipe, or poses in files for own videos"
    raise InputError(root, expected=expected, found="pose: annotations")


def list_sources(root: Path) -> dict[str, str]:
    """List the videos of all folders: video_id (``action/name``) -> path below ``root``, sorted.

    Other files are counted and named in the log.

    Raises:
        InputError: if two videos of a folder differ in their ending only.
    """
    sources: dict[str, str] = {}
    others = []
    for path in sorted(root.iterdir()):
        if path.name == POSES and path.is_dir():
            continue
        if not path.is_dir():
            others += [path.name] if path.name not in TABLES else []
            continue
        for file in sorted(path.iterdir()):
            source = f"{path.name}/{file.name}"
            # macOS writes ._clip.mp4 beside clip.mp4 on foreign disks, and that is no video.
            if file.suffix.lower() not in SUFFIXES or file.name.startswith(".") or not file.is_file():
                others.append(source)
                continue
            video_id = f"{path.name}/{file.stem}"
            if video_id in sources:
                found = f"{sources[video_id]} and {source}"
                raise InputError(root, expected="names that differ in more than their ending", found=found)
            sources[video_id] = source
    if others:
        log.warning("%d files or folders are no videos and are left alone: %s", len(others), ", ".join(others))
    return sources


def check_actions(root: Path, actions: Sequence[str], sources: Mapping[str, str]) -> None:
    """Name folders that nobody asked for, and refuse actions without videos.

    Raises:
        InputError: naming the first such action and the folders there are.
    """
    folders = {video_id.partition("/")[0]: None for video_id in sources}
    for action in actions:
        if action not in folders:
            expected = f"videos ({', '.join(SUFFIXES)}) in {root / action}, since {action} is among 'actions'"
            raise InputError(root, expected=expected, found=f"videos in {', '.join(folders) or 'no folder'}")
    unasked = [folder for folder in folders if folder not in actions]
    if unasked:
        log.info("%d folders are not among 'actions' and are left out: %s", len(unasked), ", ".join(unasked))


def open_film(root: Path, video_id: str, source: str) -> Film:
    """Look at a video: what it announces, and the size of its first frame."""
    # Late: whoever reads a dataset's own poses imports all readers, and may have no decoder.
    from la2ds.datasets.video import VideoError, open_video

    action = video_id.partition("/")[0]
    unread = Film(video_id, action, source, frames=0, fps=math.nan, size=(0, 0), times=np.empty(0))
    try:
        video = open_video(root / source)
        picture = next(iter(video.read()), None)
    except VideoError as error:
        log.warning("%s cannot be read and will be quarantined: %s", video_id, error)
        return unread
    if picture is None:
        log.warning("%s has no frame and will be quarantined", video_id)
        return unread
    height, width = picture.shape[:2]
    return Film(video_id, action, source, video.frames, video.fps, (width, height), video.times)


def draw_all_splits(films: Sequence[Film]) -> dict[str, str]:
    """Split every action by itself; videos without frames, which cannot be scored, do not count and go to train."""
    splits = {film.video_id: "train" for film in films}
    for action in dict.fromkeys(film.action for film in films):
        ids = [film.video_id for film in films if film.action == action and film.frames]
        if len(ids) < 2:
            log.warning("%s: %d readable videos, so none is left to be scored", action, len(ids))
        splits |= draw_splits(ids)
    return splits


def draw_splits(ids: Sequence[str]) -> dict[str, str]:
    """Split one action's videos by a hash of their names, which keeps most where they are when others come or go.

    About two thirds are for training. Each split has at least one of two or three videos and two of more, since
    alignment is scored between two; those nearest to the border move where the hash alone would not give that.

    Args:
        ids: video ids.

    Returns:
        video_id -> train or val.
    """
    draws = {v: int.from_bytes(hashlib.sha256(v.encode()).digest()[:8]) / 2**64 for v in ids}
    least = min(2, len(ids) // 2)
    count = sum(draw < TRAIN_SHARE for draw in draws.values())
    count = min(max(count, least, 1), len(ids) - least)
    order = sorted(ids, key=lambda v: draws[v])
    return {v: "train" if place < count else "val" for place, v in enumerate(order)}


def given_splits(file: Path, films: Sequence[Film], splits: Mapping[str, str]) -> dict[str, str]:
    """Check that a table of splits has every video.

    Raises:
        InputError: naming the first video without a split.
    """
    for film in films:
        if film.video_id not in splits:
            raise InputError(file, expected="a split for every video", found=f"none for {film.video_id}")
    for action in dict.fromkeys(film.action for film in films):
        found = {splits[film.video_id] for film in films if film.action == action and film.frames}
        if len(found) < 2:
            log.warning("%s has no readable videos in one of the splits and cannot be scored", action)
    return {film.video_id: splits[film.video_id] for film in films}


def _row(film: Film, split: str) -> dict[str, object]:
    width, height = film.size
    return {
        "video_id": film.video_id,
        "action": film.action,
        "split": split,
        "source": film.source,
        "frames": film.frames,
        "fps": film.fps,
        "width": width,
        "height": height,
    }
