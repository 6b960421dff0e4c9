"""Poses that OpenPose wrote (Cao et al., PAMI 2019), or others in its format: a JSON file for each frame.

``<video>_000000000012_keypoints.json`` (``--write_json``), or any name with the frame's number last
(``cam01.0012.json`` of Pose2Sim, ``frame_00012.json``), holds ``people``, each with ``pose_keypoints_2d``, 25 times x,
y, confidence (BODY_25); of RTMPose in this format 26 times (HALPE's) or 17 (COCO's); of OpenPose's older model COCO 18
times. With ``--hand`` there are ``hand_left_keypoints_2d`` and ``hand_right_keypoints_2d``, too, 21 times each, from
the wrist over thumb, index, middle, ring and little finger, base to tip: the order of HANDS42. A joint that was not
found has confidence 0.

A folder may hold several films: files that begin with the video's name are its own. Where ``poses.skeleton`` asks for
hands42, body and hands are followed together and the hands are kept.
"""

import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from la2ds.config.poses import PosesConfig
from la2ds.errors import InputError
from la2ds.formats.files.text import numbered_files, read_json
from la2ds.formats.keypoints import KeypointShard
from la2ds.formats.skeletons import BODY25, BODY26, COCO17, HANDS42, Skeleton
from la2ds.pose.files.read import Found, Video, make_people, numbers, read_poses, refuse_settings
from la2ds.pose.request import PoseRequest
from la2ds.pose.sources import films_in

log = logging.getLogger(__name__)

# How many joints a person has -> their names and the joint set to bring them to. COCO18 has COCO17's and the neck.
_COCO18 = tuple(joint for joint in BODY25.joints[:19] if joint != "mid_hip")
_MODELS: dict[int, tuple[tuple[str, ...], Skeleton]] = {
    17: (COCO17.joints, COCO17),
    18: (_COCO18, COCO17),
    25: (BODY25.joints, BODY25),
    26: (BODY26.joints, BODY26),
}
_HANDS = ("hand_left_keypoints_2d", "hand_right_keypoints_2d")
_JOINTS_OF_A_HAND = 21


def estimate(request: PoseRequest) -> KeypointShard:
    """Read the poses of the requested videos, as body25, body26, coco17, body13 or hands42.

    Raises:
        InputError: as ``read_poses``; or if people have another number of joints, files are of several films and none
            is the video, or hands are wanted and were not looked for.
    """
    return read_poses(request, "openpose", read)


def read(video: Video, folder: Path, config: PosesConfig) -> Found:
    """Read a folder of JSON files."""
    why = {"individual": "does not tell people apart", "min_score": "gives people no score"}
    refuse_settings(folder, config, pose="openpose", why=why)
    hands = config.skeleton == HANDS42.name
    people = _list_people(folder, video)
    count = next((_count(person) for _, found in people.values() for person in found), len(BODY25.joints))
    joints, skeleton = _MODELS.get(count, _MODELS[len(BODY25.joints)])
    width = len(joints) + (len(HANDS42.joints) if hands else 0)
    frames = {}
    for frame, (file, found) in people.items():
        parts = [_parts(file, person, len(joints), hands=hands) for person in found]
        frames[frame] = make_people(np.array(parts).reshape(-1, width, 3))
    # Body and hands both have wrists.
    names = (*(f"body_{joint}" for joint in joints), *HANDS42.joints) if hands else joints
    return Found(names, frames, skeleton.name)


def _list_people(folder: Path, video: Video) -> dict[int, tuple[Path, list[dict[str, Any]]]]:
    """Give for each frame of a video its file and who is in it."""
    films = films_in(folder)
    if not films:
        expected = "files like <video>_000000000012_keypoints.json, the frame's number last"
        raise InputError(folder, expected=expected, found="none")
    own = [name for name in (Path(video.name).name, video.name.replace("/", "_")) if name in films]
    # Whoever lays down a folder for a video need not call the files like it.
    if not own and folder.name == Path(video.name).name:
        own = list(films) if len(films) == 1 else [film for film in films if _anybody(folder, films[film])]
    if len(own) != 1:
        found = ", ".join(f"{film or 'no name'} ({len(names)} files)" for film, names in list(films.items())[:5])
        raise InputError(
            folder, expected=f"files of one film, or those of {video.video_id} called like it", found=found
        )
    for film in films.keys() - set(own):
        log.info("%s: %d files of %r are not %s's", folder, len(films[film]), film, video.video_id)
    wanted = re.compile(rf"{re.escape(own[0])}[_. -]*([0-9]+)(?:_keypoints)?\.json")
    return {frame: (file, _people(file)) for frame, file in numbered_files(folder, wanted).items()}


def _anybody(folder: Path, names: Sequence[str]) -> bool:
    return any(_people(folder / name) for name in names)


def _people(file: Path) -> list[dict[str, Any]]:
    """Read a file's people; somebody of whom no joint was found may have an empty list, and is nobody."""
    content = read_json(file)
    people = content.get("people") if isinstance(content, dict) else None
    if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
        raise InputError(file, expected="a list of people", found=type(people).__name__)
    return [person for person in people if person.get("pose_keypoints_2d") != []]


def _count(person: dict[str, Any]) -> int:
    body = person.get("pose_keypoints_2d")
    return len(body) // 3 if isinstance(body, list) else 0


def _parts(file: Path, person: dict[str, Any], joints: int, *, hands: bool) -> np.ndarray:
    values = [numbers(file, person.get("pose_keypoints_2d"), what="pose_keypoints_2d", counts=[3 * joints])]
    for hand in _HANDS if hands else ():
        values.append(numbers(file, person.get(hand), what=f"{hand} (--hand)", counts=[3 * _JOINTS_OF_A_HAND]))
    return np.concatenate(values)
