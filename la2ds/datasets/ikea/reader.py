"""Reader of IKEA ASM (Ben-Shabat et al., WACV 2021): people put furniture together, seen by three cameras.

Below the root, or below the folders that the options name, lie ``<furniture>/<scan>/<camera>/``; what is in a camera's
folder:

* ``images/scan_video.avi``, or ``images/FFFFFF.jpg`` or ``.png``; 1920 x 1080 pixels.
* ``predictions/pose2d/<name>``, ``pose2d`` (true positions of some frames), ``pose3d``, ``predictions/pose3d/<name>``:
  see ``ikea_poses``.

The annotation files, which also say who is for training, are described in ``ikea_annotations``, the phases in
``ikea_actions``. ``labels`` of the dataset file: ``segments`` (gt_segments.json), ``database``, or ``auto`` for the
first of them that is there. A video is called as its scan. One scan (Lack_Coffee_Table, 0014_black_floor_08_04_...) was
never labelled: it is listed as published, all background. As soon as one scan's folder is there, scans without one are
left out, with a warning; with annotation files alone all are listed. Options of the dataset file:

* ``camera``: dev1, dev2 or dev3; default dev3, which alone has true positions.
* ``pose_2d``: a folder of ``predictions/pose2d``, default keypoint_rcnn, or ``truth`` for the marked frames.
* ``pose_3d``: a folder of ``predictions/pose3d``, or ``truth`` (default) for ``pose3d``, which is triangulated.
* ``images``, ``poses``: folders below the root that hold the furniture's folders; default: the root itself.
* ``fps``: frame rate of every video; default: unknown.
"""

import logging
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from la2ds.config import DatasetConfig
from la2ds.datasets.ikea.actions import BACKGROUND_LABEL, FURNITURE, Furniture
from la2ds.datasets.ikea.annotations import (
    DATABASE,
    SEGMENTS,
    Segment,
    compare_splits,
    find_file,
    read_database,
    read_lists,
    read_segments,
)
from la2ds.datasets.ikea.poses import read_predictions, read_space, read_truth
from la2ds.datasets.reader import check_options, check_root, is_rate, make_shard
from la2ds.datasets.video import PICTURES
from la2ds.errors import InputError
from la2ds.formats.keypoints import KeypointShard
from la2ds.formats.labels import BACKGROUND, Labels
from la2ds.formats.quarantine import ClipErrors
from la2ds.formats.skeletons import COCO17
from la2ds.formats.videos import SPLITS

log = logging.getLogger(__name__)

SIZE = (1920, 1080)
VIDEO = "scan_video.avi"
LABELS = ("auto", "segments", "database")
TRUTH = "truth"


@dataclass(frozen=True)
class _Options:
    """The options with their defaults."""

    camera: str = "dev3"
    pose_2d: str = "keypoint_rcnn"
    pose_3d: str = TRUTH
    images: str = ""
    poses: str = ""
    fps: float = nan


@dataclass(frozen=True)
class _Annotations:
    """What the annotation files say, by furniture/scan: segments, train or val, and frames, where that is written."""

    file: Path
    segments: dict[str, list[Segment]]
    splits: dict[str, str]
    frames: dict[str, int]


def index(root: Path, dataset: DatasetConfig) -> tuple[pd.DataFrame, Labels]:
    """List the scans of the wanted furniture; see ``Reader.index``."""
    check_root(root)
    options = _options(root, dataset.options)
    wanted = _wanted(root, dataset.actions)
    errors = ClipErrors()
    annotations = _read_annotations(root, dataset.labels, errors)
    rows: list[dict[str, object]] = []
    phases: dict[str, np.ndarray] = {}
    for action, furniture in wanted.items():
        unknown: Counter[str] = Counter()
        scans = _present(root, _scans(annotations, furniture, errors), options, errors)
        for scan in scans:
            name = scan.split("/")[1]
            if name in phases:
                raise InputError(annotations.file, expected="each scan once", found=f"{name} twice")
            with errors.of(scan):
                frames = _frames(annotations, scan)
                phases[name] = to_phases(annotations.segments[scan], frames, furniture.labels, unknown)
                rows.append(_row(name, action, annotations.splits[scan], frames=frames, fps=options.fps))
                rows[-1]["source"] = _source(root, scan, annotations.file, options)
        _report(annotations.file, action, [annotations.splits[scan] for scan in scans], unknown)
    errors.need(rows)
    errors.settle()
    if not rows:
        raise InputError(annotations.file, expected=f"scans of {', '.join(dataset.actions)}", found="none")
    refused = errors.refusals(root, "index", name=lambda scan: scan.rpartition("/")[2])
    return pd.DataFrame(rows), Labels(phases, "human", refused)


def _row(name: str, action: str, split: str, *, frames: int, fps: float) -> dict[str, object]:
    width, height = SIZE
    return {
        "video_id": name,
        "action": action,
        "split": split,
        "frames": frames,
        "fps": fps,
        "width": width,
        "height": height,
    }


def to_phases(segments: list[Segment], frames: int, labels: tuple[str, ...], unknown: Counter[str]) -> np.ndarray:
    """Write segments as one phase for each frame.

    Args:
        segments: label, first frame, frame after the last; where they overlap the later one counts.
        frames: frames of the video.
        labels: the phases' labels, phase 0 first.
        unknown: counts the frames whose label is another, by label; they are background.

    Returns:
        (frames,) int16; ``BACKGROUND`` between segments, too.
    """
    numbers = {label: number for number, label in enumerate(labels)} | {BACKGROUND_LABEL: BACKGROUND}
    phases = np.full(frames, BACKGROUND, dtype=np.int16)
    for label, first, after in segments:
        phases[first:after] = numbers.get(label, BACKGROUND)
        if label not in numbers:
            unknown[label] += after - first
    return phases


def annotations(root: Path, dataset: DatasetConfig, videos: pd.DataFrame, *, dims: int) -> KeypointShard:
    """Read the joints of COCO17 in pixels or in the camera's frame; see ``Reader.annotations``."""
    check_root(root)
    options = _options(root, dataset.options)
    name = options.pose_2d if dims == 2 else options.pose_3d
    below = f"pose{dims}d" if name == TRUTH else f"predictions/pose{dims}d/{name}"
    read = read_space if dims == 3 else read_truth if name == TRUTH else read_predictions
    clips, errors = {}, ClipErrors()
    for video, action, frames in zip(videos.video_id, videos.action, videos.frames, strict=True):
        scan = f"{_wanted(root, (action,))[action].folder}/{video}"
        with errors.of(video):
            clips[video] = read(root / options.poses / scan / options.camera / below, int(frames))
            empty = int((clips[video].confidence == 0).all(axis=1).sum())
            if empty and name != TRUTH:
                log.warning("%s: nobody is found in %d of %d frames", video, empty, frames)
    estimator = f"ikea_asm {below}"
    return make_shard(root, videos, clips, errors, skeleton=COCO17.name, estimator=estimator, dims=dims)


def _read_annotations(root: Path, labels: str, errors: ClipErrors) -> _Annotations:
    """Read the files that are there; the database alone says how many frames there are."""
    if labels not in LABELS:
        raise InputError(root, expected=f"labels {', '.join(LABELS)}", found=repr(labels))
    files = {"segments": find_file(root, SEGMENTS), "database": find_file(root, DATABASE)}
    kind = next((kind for kind, file in files.items() if file), "segments") if labels == "auto" else labels
    file, database = files[kind], files["database"]
    if file is None:
        wanted = f"{SEGMENTS} or {DATABASE}" if labels == "auto" else {"segments": SEGMENTS}.get(kind, DATABASE)
        raise InputError(root, expected=wanted, found="no such file there or where it is published")
    found, subsets = read_segments(files["segments"], errors) if files["segments"] else ({}, {})
    others, frames = read_database(database, errors) if database else ({}, {})
    splits = read_lists(root)
    if splits:
        compare_splits(splits, subsets, splits)
    elif not subsets:
        expected = f"the split in train_cross_env.txt and test_cross_env.txt, or in {SEGMENTS}"
        raise InputError(root, expected=expected, found="neither")
    log.info("labels from %s", file)
    return _Annotations(file, found if kind == "segments" else others, splits or subsets, frames)


def _scans(annotations: _Annotations, furniture: Furniture, errors: ClipErrors) -> list[str]:
    """List a furniture's scans that are in a split and in the labels' file, sorted."""
    listed = sorted(scan for scan in annotations.splits if re.fullmatch(rf"{furniture.folder}/\w+", scan))
    labelled = [scan for scan in listed if scan in annotations.segments]
    if len(labelled) < len(listed):
        text = "%d scans of %s are not in %s and are left out"
        log.warning(text, len(listed) - len(labelled), furniture.folder, annotations.file)
        for scan in sorted(set(listed) - set(labelled)):
            errors.lacks(scan, annotations.file, expected=f"labels of {scan}")
    return labelled


def _present(root: Path, scans: list[str], options: _Options, errors: ClipErrors) -> list[str]:
    """Leave out scans that have no folder, if any has one."""
    present = [s for s in scans if any((root / below / s).is_dir() for below in (options.images, options.poses))]
    if present and len(present) < len(scans):
        log.warning("%d scans of %d have no folder in %s and are left out", len(scans) - len(present), len(scans), root)
        for scan in sorted(set(scans) - set(present)):
            errors.lacks(scan, root / scan, expected="a folder of the scan")
    return present or scans


def _frames(annotations: _Annotations, scan: str) -> int:
    """Give the number of frames; without the database that is where the labels end, which is the same."""
    end = max((after for _, _, after in annotations.segments[scan]), default=0)
    frames = annotations.frames.get(scan, end)
    if end > frames:
        raise InputError(annotations.file, expected=f"labels of the {frames} frames of {scan}", found=f"{end} frames")
    return frames


def _source(root: Path, scan: str, labels: Path, options: _Options) -> str:
    """Give the scan's video, its folder of pictures, or the labels' file where there are no pictures."""
    folder = root / options.images / scan / options.camera / "images"
    # The published tools put single pictures beside the video.
    if (folder / VIDEO).is_file():
        return (folder / VIDEO).relative_to(root).as_posix()
    # Whether they are as many as the labels shows in decoding.
    pictures = folder.is_dir() and any(entry.name.lower().endswith(PICTURES) for entry in os.scandir(folder))
    return (folder if pictures else labels).relative_to(root).as_posix()


def _report(file: Path, action: str, splits: list[str], unknown: Counter[str]) -> None:
    """Warn where numbers are not the published ones, and where labels are none of the furniture's."""
    found, published = tuple(splits.count(split) for split in SPLITS), FURNITURE[action].scans
    if found != published:
        text = "%s: %d training and %d testing scans of %s, published are %d and %d"
        log.warning(text, file, *found, action, *published)
    if unknown:
        names = ", ".join(f"{label!r} ({count})" for label, count in sorted(unknown.items()))
        log.warning("%s: labels of %s that are not published for it are background (frames): %s", file, action, names)


def _wanted(root: Path, actions: tuple[str, ...]) -> dict[str, Furniture]:
    for action in actions:
        if action not in FURNITURE:
            raise InputError(root, expected=f"actions among {', '.join(FURNITURE)}", found=repr(action))
    return {action: FURNITURE[action] for action in actions}


def _options(root: Path, options: Mapping[str, Any]) -> _Options:
    check_options(root, options, _CHECKS)
    return _Options(**options)


def _is_folder(value: Any) -> bool:
    return isinstance(value, str) and not Path(value).is_absolute() and ".." not in Path(value).parts


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\w+", value) is not None


_CHECKS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "camera": ("dev1, dev2 or dev3", lambda value: value in ("dev1", "dev2", "dev3")),
    "pose_2d": (f"the name of a folder, or {TRUTH}", _is_name),
    "pose_3d": (f"the name of a folder, or {TRUTH}", _is_name),
    "images": ("a folder below the root", _is_folder),
    "poses": ("a folder below the root", _is_folder),
    "fps": ("a number above 0", is_rate),
}
