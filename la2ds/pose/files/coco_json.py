"""Poses in COCO's JSON formats: 17 joints times x, y and a third number (https://cocodataset.org/#format-data).

Two forms are read. A list of results ``[{image_id, keypoints, score}, ...]``: the third number is a confidence, cut to
[0, 1]. A mapping ``{images: [{id, file_name}], annotations: [{image_id, keypoints}]}``: the third number is COCO's
flag, 0 missing, 1 marked though hidden (confidence 0.5, as for Penn Action: our choice), 2 visible (1); annotations
with a ``score`` are results, and read like them.

Which video and frame a picture is: the picture's ``file_name``, or in a list of results its ``image_id``, is held
against the pattern ``poses.images``, which names a ``frame`` and a ``video``. By default the last number is the frame,
and what stands before it is the video: ``squat/anna_1/000012.jpg`` and ``squat_anna_1_000012.jpg`` are frame 12 of
``squat/anna_1``. A file for one video may have pictures without the video's name (``000012.jpg``, 12), or with its last
part. ``poses.first_frame`` is the number of the first frame.
"""

import contextlib
import functools
import math
import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from la2ds.config.poses import PosesConfig
from la2ds.errors import InputError
from la2ds.formats.files.text import read_json
from la2ds.formats.keypoints import KeypointShard
from la2ds.formats.skeletons import COCO17
from la2ds.pose.files.read import Found, Video, make_people, numbers, read_poses, refuse_settings
from la2ds.pose.request import PoseRequest
from la2ds.pose.sources import video_name

LIMIT_S = 60  # to read the names of a file's pictures; a million of them take two
HIDDEN = 0.5
_FLAGS = np.array([0, HIDDEN, 1])
# What pictures' names say of their video -> frame -> its people, each (17, 3) x, y, confidence.
_Titles = dict[str, dict[int, list[np.ndarray]]]


def estimate(request: PoseRequest) -> KeypointShard:
    """Read the poses of the requested videos, as coco17 or body13.

    Raises:
        InputError: as ``read_poses``; or if pictures' names do not fit the pattern, or none is of the video.
    """
    _load.cache_clear()  # the file may have changed since another call
    return read_poses(request, "coco_json", read)


def read(video: Video, file: Path, config: PosesConfig) -> Found:
    """Read a video's people from its own file, or from one that holds all videos."""
    refuse_settings(file, config, pose="coco_json", why={"individual": "does not tell people apart"})
    titles = _load(file, config.images, config.min_score)
    single_video = file.stem != "coco_json"
    frames: dict[int, list[np.ndarray]] = {}
    for title in titles:
        if is_of(video, title, single_video=single_video):
            for frame, people in titles[title].items():
                frames.setdefault(frame, []).extend(people)
    if not frames:
        found = f"pictures of {', '.join(map(repr, list(titles)[:3])) or 'nothing'}"
        expected = f"pictures of {video.video_id} by the pattern 'poses.images'"
        raise InputError(file, expected=expected, found=found)
    joints = len(COCO17.joints)
    people_of_frames = {t: make_people(np.array(values).reshape(-1, joints, 3)) for t, values in frames.items()}
    return Found(COCO17.joints, people_of_frames, COCO17.name)


def is_of(video: Video, title: str, *, single_video: bool) -> bool:
    """Tell whether a picture's name names a video: by id or path, with or without ending, or with ``_`` for ``/``.

    Args:
        video: the video.
        title: what the picture's name says of its video; may be empty.
        single_video: whether the file is for this video alone: then an empty name, or the path's last part, is enough.
    """
    names = {video.video_id, video.name} | ({"", Path(video.name).name} if single_video else set())
    return bool({title, video_name(title)} & (names | {name.replace("/", "_") for name in names}))


def parse_name(file: Path, name: str, pattern: str) -> tuple[str, int]:
    """Read a picture's name.

    Returns:
        the video's name, empty where the picture's does not tell; and the number of the frame.

    Raises:
        InputError: if it does not fit the pattern.
    """
    match = re.fullmatch(pattern, name)
    if match is None or not re.fullmatch(r"[0-9]{1,18}", match["frame"] or ""):
        raise InputError(file, expected=f"names of pictures like 'poses.images', {pattern}", found=repr(name[:80]))
    return match["video"] or "", int(match["frame"])


@functools.lru_cache(maxsize=1)
def _load(file: Path, pattern: str, min_score: float) -> _Titles:
    """Read a file once for all its videos."""
    content = read_json(file)
    results = isinstance(content, list)
    if results:
        entries = _dicts(file, content, "results")
        names = {_image_id(file, entry): str(entry["image_id"]) for entry in entries}
    else:
        content = content if isinstance(content, dict) else {}
        entries = _dicts(file, content.get("annotations"), "annotations, or of results")
        images = _dicts(file, content.get("images"), "images")
        names = {_image_id(file, image, "id"): str(image.get("file_name")) for image in images}
    with _time_limit(file, pattern):
        places = {image: parse_name(file, name, pattern) for image, name in names.items()}
    titles: _Titles = {}
    for title, frame in places.values():
        titles.setdefault(title, {}).setdefault(frame, [])
    for entry in entries:
        image = _image_id(file, entry)
        if image not in places:
            raise InputError(file, expected="annotations of pictures among 'images'", found=f"image_id {image!r}")
        joints = _joints(file, entry, scored=results or "score" in entry)
        if _score(file, entry) >= min_score:
            title, frame = places[image]
            titles[title][frame].append(joints)
    return titles


@contextlib.contextmanager
def _time_limit(file: Path, pattern: str) -> Iterator[None]:
    """Give up on a pattern that tries one way after the other for longer than anybody waits, such as ``(a+)+``.

    Python looks at signals while it matches; a thread could not be stopped. Where there are none (Windows), there is
    no limit.

    Raises:
        InputError: naming the pattern.
    """
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: object) -> None:
        expected = f"names of pictures that 'poses.images' is held against within {LIMIT_S} s"
        raise InputError(file, expected=expected, found=f"none by {pattern}, which repeats what is repeated")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _dicts(file: Path, value: Any, content: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise InputError(file, expected=f"a list of {content}", found=type(value).__name__)
    return value


def _image_id(file: Path, entry: dict[str, Any], key: str = "image_id") -> object:
    image = entry.get(key)
    if type(image) not in (int, str):
        raise InputError(file, expected=f"an {key}, a number or a name", found=repr(image)[:80])
    return image


def _score(file: Path, entry: dict[str, Any]) -> float:
    """Give a person's score; infinite where there is none, or NaN: a missing score is not a low one."""
    score = entry.get("score", np.inf)
    if type(score) not in (int, float) or (abs(score) > 1e300 and score != np.inf):
        raise InputError(file, expected="a number as score", found=repr(score)[:80])
    return np.inf if math.isnan(score) else float(score)


def _joints(file: Path, entry: dict[str, Any], *, scored: bool) -> np.ndarray:
    values = numbers(file, entry.get("keypoints"), what="keypoints (17 joints)", counts=[3 * len(COCO17.joints)])
    joints = values.reshape(-1, 3)
    if scored:
        return joints
    if not np.isin(joints[:, 2], (0, 1, 2)).all():
        other = joints[~np.isin(joints[:, 2], (0, 1, 2)), 2][0]
        raise InputError(file, expected="visibility 0, 1 or 2 in annotations without a score", found=f"{other:g}")
    return np.column_stack([joints[:, :2], _FLAGS[joints[:, 2].astype(int)]])
