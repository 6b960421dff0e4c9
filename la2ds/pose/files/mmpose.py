"""Poses that MMPose's inferencer wrote (https://mmpose.readthedocs.io): a JSON file for each video.

``[{frame_id, instances: [{keypoints: [[x, y], ...], keypoint_scores, bbox_score}, ...]}, ...]``, or the same below
``instance_info`` beside ``meta_info``, which names the joints; without it they are known by their number. Scores of
joints may be above 1, and are cut there. ``poses.min_score`` is held against ``bbox_score``.
"""

from pathlib import Path
from typing import Any

import numpy as np

from la2ds.config.poses import PosesConfig
from la2ds.errors import InputError
from la2ds.formats.files.text import read_json
from la2ds.formats.keypoints import KeypointShard
from la2ds.pose.files.frames_json import list_entries, read_frames
from la2ds.pose.files.joint_names import BY_COUNT
from la2ds.pose.files.read import Found, Video, numbers, read_poses, refuse_settings
from la2ds.pose.request import PoseRequest


def estimate(request: PoseRequest) -> KeypointShard:
    """Read the poses of the requested videos, as the joint set of the dataset file, or one that the joints fit.

    Raises:
        InputError: as ``read_poses``; or if a file is of pictures instead of a video's frames.
    """
    return read_poses(request, "mmpose", read)


def read(video: Video, file: Path, config: PosesConfig) -> Found:
    """Read a video's file."""
    refuse_settings(file, config, pose="mmpose", why={"individual": "does not tell people apart"})
    content = read_json(file)
    entries = list_entries(file, content)
    instances = [_instances(file, entry) for entry in entries]
    first = next((person for people in instances for person in people), {})
    joints, count = _joints(file, content, first)

    def people(entry: Any) -> np.ndarray:
        found = [_person(file, person, count) for person in _instances(file, entry) if _is_sure(file, person, config)]
        return np.array(found).reshape(-1, count, 3)[:, : len(joints)]

    return read_frames(video, file, config, entries, joints, people)


def _instances(file: Path, entry: Any) -> list[dict[str, Any]]:
    people = entry.get("instances") if isinstance(entry, dict) else None
    if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
        found = ", ".join(map(str, list(entry)[:9])) if isinstance(entry, dict) else type(entry).__name__
        expected = "frame_id and instances of every frame, as MMPose writes of a video"
        raise InputError(file, expected=expected, found=found)
    return people


def _joints(file: Path, content: Any, person: dict[str, Any]) -> tuple[tuple[str, ...], int]:
    """Give the names of the joints that are kept, and how many there are."""
    meta = content.get("meta_info") if isinstance(content, dict) else None
    named = meta.get("keypoint_id2name") if isinstance(meta, dict) else None
    if isinstance(named, dict):
        return tuple(str(named[key]) for key in sorted(named, key=lambda key: (len(key), key))), len(named)
    points = person.get("keypoints") if person else BY_COUNT[17]
    count = len(points) if isinstance(points, list | tuple) else 0
    if count not in BY_COUNT:
        counts = " or ".join(map(str, BY_COUNT))
        raise InputError(file, expected=f"{counts} joints, or 'meta_info' that names them", found=str(count))
    return BY_COUNT[count], count


def _person(file: Path, person: dict[str, Any], count: int) -> np.ndarray:
    points = person.get("keypoints")
    rows = points if isinstance(points, list) and all(isinstance(row, list) for row in points) else []
    flat = [v for row in rows for v in row]
    position = numbers(file, flat, what=f"keypoints, x and y of {count} joints", counts=[2 * count])
    scores = numbers(file, person.get("keypoint_scores"), what="keypoint_scores", counts=[count])
    return np.column_stack([position.reshape(-1, 2), scores])


def _is_sure(file: Path, person: dict[str, Any], config: PosesConfig) -> bool:
    """Whether a person's box has the least score; a missing score is not a low one."""
    if person.get("bbox_score") is None:
        return True
    return not numbers(file, [person["bbox_score"]], what="bbox_score", counts=[1])[0] < config.min_score
