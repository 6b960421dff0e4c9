"""Poses in COCO's JSON formats: joints times x, y and a third number (https://cocodataset.org/#format-data).

Two forms are read. A list of results ``[{image_id, keypoints, score}, ...]``, as AlphaPose writes it too: the third
number is a confidence, cut to [0, 1]. A mapping ``{images: [{id, file_name}], annotations: [{image_id, keypoints}],
categories: [{id, keypoints}]}``: the third number is COCO's flag, 0 missing, 1 marked though hidden (confidence 0.5,
as for Penn Action: our choice), 2 visible (1); annotations with a ``score`` are results, and read like them. Entries
without joints (boxes alone) are left out.

Joints are called as the category calls them, or known by their number (``joint_names.BY_COUNT``). Which video and frame
a picture is: ``la2ds.pose.files.picture_names``, of its ``file_name``, or in a list of results its ``image_id``.
"""

import functools
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from la2ds.config.poses import PosesConfig
from la2ds.errors import InputError
from la2ds.formats.files.text import read_json
from la2ds.formats.keypoints import KeypointShard
from la2ds.formats.skeletons import SKELETONS
from la2ds.pose.files.joint_names import BY_COUNT
from la2ds.pose.files.picture_names import parse_names, titles_of
from la2ds.pose.files.read import Found, Video, make_people, numbers, read_poses, refuse_settings
from la2ds.pose.request import PoseRequest

HIDDEN = 0.5
_FLAGS = np.array([0, HIDDEN, 1])


class _Content(NamedTuple):
    """A file: its J joints, and what pictures' names say of their video -> frame -> its people, each (J, 3)."""

    joints: tuple[str, ...]
    titles: dict[str, dict[int, list[np.ndarray]]]


def estimate(request: PoseRequest) -> KeypointShard:
    """Read the poses of the requested videos, as the joint set of the dataset file, or the one that the joints fit.

    Raises:
        InputError: as ``read_poses``; or if pictures' names do not fit the pattern, or none is of the video.
    """
    _load.cache_clear()  # the file may have changed since another call
    return read_poses(request, "coco_json", read)


def read(video: Video, file: Path, config: PosesConfig) -> Found:
    """Read a video's people from its own file, or from one that holds all videos."""
    refuse_settings(file, config, pose="coco_json", why={"individual": "does not tell people apart"})
    joints, titles = _load(file, config.images, config.min_score)
    frames: dict[int, list[np.ndarray]] = {}
    for title in titles_of(file, video, titles, single_video=file.stem != "coco_json"):
        for frame, people in titles[title].items():
            frames.setdefault(frame, []).extend(people)
    people_of_frames = {t: make_people(np.array(values).reshape(-1, len(joints), 3)) for t, values in frames.items()}
    return Found(joints, people_of_frames, next((s.name for s in SKELETONS.values() if s.joints == joints), ""))


@functools.lru_cache(maxsize=1)
def _load(file: Path, pattern: str, min_score: float) -> _Content:
    """Read a file once for all its videos."""
    content = read_json(file)
    results = isinstance(content, list)
    if results:
        entries = _dicts(file, content, "results")
        names = {_image_id(file, entry): str(entry["image_id"]) for entry in entries}
        named = {}
    else:
        content = content if isinstance(content, dict) else {}
        entries = _dicts(file, content.get("annotations"), "annotations, or of results")
        images = _dicts(file, content.get("images"), "images")
        names = {_image_id(file, image, "id"): str(image.get("file_name")) for image in images}
        named = _named(_dicts(file, content.get("categories", []), "categories"))
    places = dict(zip(names, parse_names(file, names.values(), pattern), strict=True))
    titles: dict[str, dict[int, list[np.ndarray]]] = {}
    for title, frame in places.values():
        titles.setdefault(title, {}).setdefault(frame, [])
    posed = [entry for entry in entries if entry.get("keypoints")]
    if entries and not posed:
        keys = ", ".join(map(str, list(entries[0])[:9]))
        raise InputError(file, expected="'keypoints' in annotations or results", found=f"none, but {keys}")
    joints = _joints(file, posed[0], named) if posed else BY_COUNT[17]
    for entry in posed:
        image = _image_id(file, entry)
        if image not in places:
            raise InputError(file, expected="annotations of pictures among 'images'", found=f"image_id {image!r}")
        values = _values(file, entry, len(joints), scored=results or "score" in entry)
        if _score(file, entry) >= min_score:
            title, frame = places[image]
            titles[title][frame].append(values)
    return _Content(joints, titles)


def _named(categories: list[dict[str, Any]]) -> dict[object, tuple[str, ...]]:
    """Give the joints of each category that names some."""
    return {
        str(category.get("id")): tuple(map(str, category["keypoints"]))
        for category in categories
        if isinstance(category.get("keypoints"), list)
    }


def _joints(file: Path, entry: dict[str, Any], named: dict[object, tuple[str, ...]]) -> tuple[str, ...]:
    """Say which joints a file has, by one of its people."""
    count = len(entry["keypoints"]) / 3 if isinstance(entry["keypoints"], list) else 0
    names = named.get(str(entry.get("category_id")), ())
    if len(set(names)) == count:
        return names
    if count not in BY_COUNT:
        counts = " or ".join(map(str, BY_COUNT))
        expected = f"keypoints of {counts} joints, times x, y and a third number, or 'categories' that name the joints"
        found = f"{3 * count:g} values" if count else type(entry["keypoints"]).__name__
        raise InputError(file, expected=expected, found=found)
    return BY_COUNT[int(count)]


def _dicts(file: Path, value: Any, content: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise InputError(file, expected=f"a list of {content}", found=type(value).__name__)
    return value


def _image_id(file: Path, entry: dict[str, Any], key: str = "image_id") -> object:
    image = entry.get(key)
    if type(image) not in (int, str):
        found = repr(image)[:80] if key in entry else f"none, but {', '.join(map(str, list(entry)[:9]))}"
        raise InputError(file, expected=f"an {key}, a number or a name", found=found)
    return image


def _score(file: Path, entry: dict[str, Any]) -> float:
    """Give a person's score; infinite where there is none, or NaN: a missing score is not a low one."""
    score = entry.get("score", np.inf)
    if type(score) not in (int, float) or (abs(score) > 1e300 and score != np.inf):
        raise InputError(file, expected="a number as score", found=repr(score)[:80])
    return np.inf if math.isnan(score) else float(score)


def _values(file: Path, entry: dict[str, Any], joints: int, *, scored: bool) -> np.ndarray:
    wanted = [3 * joints, *(3 * count for count, names in BY_COUNT.items() if len(names) == joints != count)]
    values = numbers(file, entry["keypoints"], what=f"keypoints ({joints} joints)", counts=wanted)
    triples = values.reshape(-1, 3)[:joints]
    if scored:
        return triples
    if not np.isin(triples[:, 2], (0, 1, 2)).all():
        other = triples[~np.isin(triples[:, 2], (0, 1, 2)), 2][0]
        raise InputError(file, expected="visibility 0, 1 or 2 in annotations without a score", found=f"{other:g}")
    return np.column_stack([triples[:, :2], _FLAGS[triples[:, 2].astype(int)]])
