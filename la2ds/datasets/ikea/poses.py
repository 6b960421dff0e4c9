"""The pose files of IKEA ASM: one JSON file for each frame, as COCO17.

* Predictions in pixels, every frame: {people: [{pose_keypoints_2d: [x, y, score] x J, boxes}]}. 17 joints are Keypoint
  R-CNN's, whose scores have no bounds (torchvision's heatmap values), so their logistic function is the confidence (our
  choice). 25 joints are OpenPose's BODY_25, whose scores are between 0 and 1.
* True positions in pixels, about 1 % of the frames: {"left shoulder": {position: [x, y], confidence: 1 to 3}}.
* Positions in space: {pose_keypoints_3d: [X, Y, Z, confidence] x 17}, centimetres in the camera's frame.

A joint at 0 in all coordinates is missing. A frame's number is the last run of digits in its file's name.
"""

import logging
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from la2ds.datasets.ikea.people import Person, active_person
from la2ds.datasets.reader import SURPLUS
from la2ds.errors import InputError
from la2ds.formats.files.text import numbered_files, read_json
from la2ds.formats.keypoints import Keypoints
from la2ds.formats.skeletons import BODY25_JOINTS, BODY25_TO_COCO17, COCO17

log = logging.getLogger(__name__)

JOINTS = len(COCO17.joints)
CERTAIN = 3  # the largest confidence of a true position
_MM_PER_CM = 10.0
_NAME = re.compile(r"(?:.*\D)?(\d+)(?:_keypoints)?\.json")

# (J, D + 1) positions and confidence of a frame, NaN where missing; None where nobody is there
_Parser = Callable[[Path, Any], np.ndarray | None]


def read_predictions(folder: Path, frames: int) -> Keypoints:
    """Read the person at work of each frame, in pixels; see ``read_frames``."""
    return read_frames(folder, frames, parse=_predicted, dims=2)


def read_truth(folder: Path, frames: int) -> Keypoints:
    """Read the positions that people have marked, in pixels; most frames have none; see ``read_frames``."""
    return read_frames(folder, frames, parse=_marked, dims=2, sparse=True)


def read_space(folder: Path, frames: int) -> Keypoints:
    """Read positions in space, in millimetres; see ``read_frames``."""
    return read_frames(folder, frames, parse=_in_space, dims=3)


def read_frames(folder: Path, frames: int, *, parse: _Parser, dims: int, sparse: bool = False) -> Keypoints:
    """Read a folder of pose files.

    Args:
        folder: holds one file for each frame.
        frames: T, frames of the video.
        parse: reads a file's content.
        dims: coordinates of a joint.
        sparse: whether most frames have no file; else frames without one are named in a warning.

    Returns:
        (T, 17, dims) positions, NaN where a joint, a person or a file is missing.

    Raises:
        InputError: if there is no file, one is broken, or one belongs to a frame beyond the video.
    """
    values = np.full((frames, JOINTS, dims + 1), np.nan)
    files = _list_files(folder, frames)
    for frame, file in files.items():
        found = parse(file, read_json(file))
        if found is not None:
            values[frame] = found
    if not sparse and len(files) < frames:
        log.warning("%s: %d of %d frames have no file, their joints are missing", folder, frames - len(files), frames)
    missing = ~np.isfinite(values).all(axis=-1)
    values[missing] = np.nan
    confidence = np.where(missing, 0, values[..., -1]).astype(np.float32)
    return Keypoints(values[..., :-1].astype(np.float32), confidence)


def _list_files(folder: Path, frames: int) -> dict[int, Path]:
    if not folder.is_dir():
        near = sorted(f.name for f in folder.parent.iterdir() if f.is_dir()) if folder.parent.is_dir() else []
        found = f"none, but {', '.join(near)}" if near else "no such folder"
        raise InputError(folder, expected="a folder of poses", found=found)
    files = numbered_files(folder, _NAME)
    for frame, file in files.items():
        if frame >= frames + SURPLUS["ikea"]:
            raise InputError(file, expected=f"a frame from 0 to {frames - 1}", found=f"frame {frame}")
        if frame >= frames:
            log.warning("%s: frame %d has no label and is left out", file, frame)
    files = {frame: file for frame, file in files.items() if frame < frames}
    if not files:
        raise InputError(folder, expected="JSON files of poses, one for each frame", found="none")
    return files


def _predicted(file: Path, content: Any) -> np.ndarray | None:
    people = content.get("people") if isinstance(content, dict) else None
    if not isinstance(people, list):
        raise InputError(file, expected="a list of people", found=type(people).__name__)
    person = active_person([_person(file, entry) for entry in people])
    if person is None:
        return None
    joints = np.where(person.joints[:, :2].any(axis=1, keepdims=True), person.joints, np.nan)
    if len(joints) == JOINTS:
        joints[:, 2] = [1 / (1 + math.exp(-min(max(score, -50.0), 50.0))) for score in joints[:, 2]]
        return joints
    joints[:, 2] = np.clip(joints[:, 2], 0, 1)
    return joints[list(BODY25_TO_COCO17)]


def _person(file: Path, entry: Any) -> Person:
    if not isinstance(entry, dict):
        raise InputError(file, expected="a dict for each person", found=type(entry).__name__)
    counts = (3 * JOINTS, 3 * len(BODY25_JOINTS))
    joints = _numbers(file, entry.get("pose_keypoints_2d"), "pose_keypoints_2d", counts).reshape(-1, 3)
    if "boxes" not in entry:
        return Person(joints)
    return Person(joints, _numbers(file, entry["boxes"], "boxes", (4,)))


def _marked(file: Path, content: Any) -> np.ndarray:
    if not isinstance(content, dict):
        raise InputError(file, expected="a dict of joints", found=type(content).__name__)
    marks = {str(name).replace(" ", "_"): mark for name, mark in content.items()}
    if not set(COCO17.joints) & set(marks):
        raise InputError(file, expected=f"joints such as {COCO17.joints[5].replace('_', ' ')}", found="others")
    joints = np.full((JOINTS, 3), np.nan)
    for j, name in enumerate(COCO17.joints):
        mark = marks.get(name)
        if mark is None:
            continue
        if not isinstance(mark, dict):
            raise InputError(file, expected=f"position and confidence of {name}", found=type(mark).__name__)
        position = _numbers(file, mark.get("position"), f"position of {name}", (2,))
        sure = _numbers(file, [mark.get("confidence")], f"confidence of {name}", (1,))[0]
        if position.any() and sure > 0:
            joints[j] = [*position, min(sure / CERTAIN, 1)]
    return joints


def _in_space(file: Path, content: Any) -> np.ndarray:
    values = content.get("pose_keypoints_3d") if isinstance(content, dict) else None
    joints = _numbers(file, values, "pose_keypoints_3d", (4 * JOINTS,)).reshape(-1, 4)
    joints = np.where(joints[:, :3].any(axis=1, keepdims=True), joints, np.nan)
    return np.concatenate([joints[:, :3] * _MM_PER_CM, np.clip(joints[:, 3:], 0, 1)], axis=1)


def _numbers(file: Path, values: Any, name: str, counts: tuple[int, ...]) -> np.ndarray:
    """Refuse what is not a list of that many finite numbers."""
    try:
        numbers = np.asarray(values if isinstance(values, list) else [], dtype=np.float64)
    except (TypeError, ValueError):
        numbers = np.empty(0)
    if numbers.ndim != 1 or len(numbers) not in counts or not np.isfinite(numbers).all():
        found = f"{len(values)} values" if isinstance(values, list) else type(values).__name__
        raise InputError(file, expected=f"{' or '.join(map(str, counts))} finite numbers in {name}", found=found)
    return numbers
