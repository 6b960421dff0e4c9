"""Poses that OpenPose wrote (Cao et al., PAMI 2019): a folder of JSON files per video, one file for each frame.

``<video>_000000000012_keypoints.json`` (``--write_json``) holds ``people``, each with ``pose_keypoints_2d``, 25 times
x, y, confidence (BODY_25), and with ``--hand`` also ``hand_left_keypoints_2d`` and ``hand_right_keypoints_2d``, 21
times each, from the wrist over thumb, index, middle, ring and little finger, base to tip: the order of HANDS42. A joint
that was not found has confidence 0.

Where ``poses.skeleton`` asks for hands42, body and hands are followed together and the hands are kept.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np

from la2ds.config.poses import PosesConfig
from la2ds.errors import InputError
from la2ds.formats.files.text import numbered_files, read_json
from la2ds.formats.keypoints import KeypointShard
from la2ds.formats.skeletons import BODY25, HANDS42
from la2ds.pose.files.read import Found, Video, make_people, numbers, read_poses, refuse_settings
from la2ds.pose.people.people import People
from la2ds.pose.request import PoseRequest

_NAME = re.compile(r"(?:.*\D)?(\d+)_keypoints\.json")
_COCO18 = 18
_HANDS = ("hand_left_keypoints_2d", "hand_right_keypoints_2d")
_JOINTS_OF_A_HAND = 21


def estimate(request: PoseRequest) -> KeypointShard:
    """Read the poses of the requested videos, as body25, coco17, body13 or hands42.

    Raises:
        InputError: as ``read_poses``; or if the files are of OpenPose's older model COCO, or hands are wanted and
            were not looked for.
    """
    return read_poses(request, "openpose", read)


def read(video: Video, folder: Path, config: PosesConfig) -> Found:
    """Read a folder of JSON files."""
    why = {"individual": "does not tell people apart", "min_score": "gives people no score"}
    refuse_settings(folder, config, pose="openpose", why=why)
    hands = config.skeleton == HANDS42.name
    frames = {frame: _people(file, read_json(file), hands=hands) for frame, file in _list_files(folder).items()}
    # Body and hands both have wrists.
    joints = (*(f"body_{joint}" for joint in BODY25.joints), *HANDS42.joints) if hands else BODY25.joints
    return Found(joints, frames, BODY25.name)


def _list_files(folder: Path) -> dict[int, Path]:
    files = numbered_files(folder, _NAME)
    if not files:
        raise InputError(folder, expected="files like <video>_000000000012_keypoints.json", found="none")
    return files


def _people(file: Path, content: Any, *, hands: bool) -> People:
    people = content.get("people") if isinstance(content, dict) else None
    if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
        raise InputError(file, expected="a list of people", found=type(people).__name__)
    # Somebody of whom no joint was found may have an empty list.
    parts = [_parts(file, person, hands=hands) for person in people if person.get("pose_keypoints_2d") != []]
    joints = len(BODY25.joints) + (len(HANDS42.joints) if hands else 0)
    return make_people(np.array(parts).reshape(-1, joints, 3))


def _parts(file: Path, person: dict[str, Any], *, hands: bool) -> np.ndarray:
    body = person.get("pose_keypoints_2d")
    if isinstance(body, list) and len(body) == 3 * _COCO18:
        expected = "25 joints (--model_pose BODY_25)"
        raise InputError(file, expected=expected, found="the 18 joints of OpenPose's older model COCO")
    values = [numbers(file, body, what="pose_keypoints_2d", counts=[3 * len(BODY25.joints)])]
    for hand in _HANDS if hands else ():
        values.append(numbers(file, person.get(hand), what=f"{hand} (--hand)", counts=[3 * _JOINTS_OF_A_HAND]))
    return np.concatenate(values)
