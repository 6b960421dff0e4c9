"""Reader of people's own videos: ``<root>/<action>/<name>.mp4``, and two tables beside the folders if there are any.

``labels.csv`` has key events: columns video, event (a number or a name) and frame (counted from 0) or time (seconds).
``splits.csv`` has columns video and split (train or val); without it, videos are split by a hash of their names. Both
are described in ``folder_tables``. Videos without labels have background only; where no video has labels, the label
source is ``none``, and only what needs no labels can be scored. Every video is read once in full, and the table says
what was seen. One that cannot be read stays in the table with no frames, and in its split: decoding puts it on the
quarantine list with the reason, and nothing changes for the others.
"""

import hashlib
import logging
import math
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from la2ds.config import DatasetConfig
from la2ds.datasets.folder.labels import Film, label_films
from la2ds.datasets.folder.tables import Names, read_marks, read_splits
from la2ds.datasets.reader import check_root
from la2ds.errors import InputError
from la2ds.formats.keypoints import KeypointShard
from la2ds.formats.labels import BACKGROUND, Labels
from la2ds.formats.quarantine import Refusal
from la2ds.formats.videos import SPLITS

log = logging.getLogger(__name__)

SUFFIXES = (
    *(".mp4", ".m4v", ".mov", ".3gp", ".avi", ".mkv", ".webm", ".wmv", ".flv", ".ogv"),
    *(".mpg", ".mpeg", ".ts", ".mts", ".m2ts"),
)
TABLES = ("labels.csv", "splits.csv")
ASPECT_TOLERANCE = 0.01  # some cameras announce 1280/1281
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
    films = read_films(root, wanted, salvage=dataset.frames.salvage)
    phases, events = label_films(root / "labels.csv", films, marks)
    labelled = sum(bool((p != BACKGROUND).any()) for p in phases.values())
    log.info("%d of %d videos have labels", labelled, len(films))
    split = given_splits(root / "splits.csv", films, splits) if splits else draw_all_splits(films)
    videos = pd.DataFrame([_row(film, split[film.video_id]) for film in films])
    refused = tuple(film.refused for film in films if film.refused)
    return videos, Labels(phases, "human" if labelled else "none", refused, events)


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
    # Late: whoever reads a dataset's own poses imports all readers, and may have no decoder.
    from la2ds.datasets.video import printable

    for path in sorted(root.iterdir()):
        if path.name == POSES and path.is_dir():
            continue
        if not path.is_dir():
            others += [printable(path.name)] if path.name not in TABLES else []
            continue
        for file in sorted(path.iterdir()):
            source = f"{printable(path.name)}/{printable(file.name)}"
            # macOS writes ._clip.mp4 beside clip.mp4 on foreign disks, and that is no video.
            if file.suffix.lower() not in SUFFIXES or file.name.startswith(".") or not file.is_file():
                others.append(source)
                continue
            video_id = source.removesuffix(file.suffix)
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


def read_films(root: Path, sources: Mapping[str, str], *, salvage: bool) -> list[Film]:
    """Read videos once in full, and say which of them other programs may see differently."""
    from la2ds.datasets.films.witness import differs

    films, narrow = [], []
    for video_id, source in tqdm(sources.items(), desc="index", unit="video"):
        film, aspect = read_film(root, video_id, source, salvage=salvage)
        films.append(film)
        narrow += [f"{video_id} ({aspect:.3g})"] if abs(aspect - 1) > ASPECT_TOLERANCE else []
    readable = [film for film in films if film.frames]
    heard = differs([root / film.source for film in readable], [film.times for film in readable])
    otherwise = [f"{film.video_id} ({words})" for film, words in zip(readable, heard, strict=True) if words]
    if narrow:
        text = "%d videos have pixels that are not square (width over height) and are taken as they are stored: %s"
        log.warning(text, len(narrow), ", ".join(narrow))
    if otherwise:
        text = "%d videos are seen differently by decord, so frame numbers from elsewhere may be others: %s"
        log.warning(text, len(otherwise), ", ".join(otherwise))
    return films


def read_film(root: Path, video_id: str, source: str, *, salvage: bool) -> tuple[Film, float]:
    """Read a video to its end.

    Returns:
        what it holds; and its pixels' width over their height.
    """
    from la2ds.datasets.video import VideoError, examine, open_video

    action = video_id.partition("/")[0]
    try:
        video = open_video(root / source, salvage=salvage)
        facts = examine(video, salvage=salvage)
    except VideoError as error:
        log.warning("%s cannot be read and will be quarantined: %s", video_id, error.reason)
        refused = Refusal(video_id, source, error.stage, error.reason)
        return Film(video_id, action, source, 0, math.nan, (0, 0), np.empty(0), refused), 1.0
    if facts.complaints:
        text = "%s: FFmpeg reports %d errors and goes on; look at the pictures, packets may be lost"
        log.warning(text, video_id, facts.complaints)
    times, fps = facts.timing.times, facts.timing.fps
    return Film(video_id, action, source, facts.frames, fps, facts.size, times), video.aspect


def draw_all_splits(films: Sequence[Film]) -> dict[str, str]:
    """Split every action by itself, and all of its videos: which of them can be read changes nothing."""
    splits: dict[str, str] = {}
    for action in dict.fromkeys(film.action for film in films):
        splits |= draw_splits([film.video_id for film in films if film.action == action])
        _warn_of_empty_split(action, films, splits)
    return splits


def _warn_of_empty_split(action: str, films: Sequence[Film], splits: Mapping[str, str]) -> None:
    readable = [splits[film.video_id] for film in films if film.action == action and film.frames]
    if len(set(readable)) < len(SPLITS):
        log.warning(
            "%s: %d readable videos, and none in one of the splits; what needs both is not scored",
            action,
            len(readable),
        )


def draw_splits(ids: Sequence[str]) -> dict[str, str]:
    """Split one action's videos by a hash of their names, which keeps most where they are when others come or go.

    About two thirds are for training. Each split has at least one of two or three videos and two of more, since
    alignment is scored between two; those nearest to the border move where the hash alone would not give that.

    Args:
        ids: video ids.

    Returns:
        video_id -> train or val.
    """
    # macOS takes letters and their accents apart in names of files; the split is to be the same there.
    names = {v: unicodedata.normalize("NFC", v) for v in ids}
    draws = {v: int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) / 2**64 for v, name in names.items()}
    least = min(2, len(ids) // 2)
    count = sum(draw < TRAIN_SHARE for draw in draws.values())
    count = min(max(count, least, 1), len(ids) - least)
    order = sorted(ids, key=lambda v: (draws[v], v))
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
        _warn_of_empty_split(action, films, splits)
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
