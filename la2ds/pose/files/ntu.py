"""Poses of NTU RGB+D (Shahroudy et al., CVPR 2016): a ``.skeleton`` file of Kinect's joints for each video.

Lines: the number of frames; for each frame the number of bodies; for each body a line of ten values, the first its
identity, then the number of joints, 25, and a line for each: x, y, z in metres, x and y in the depth picture, x and y
in the colour picture, a rotation, and how it was found (0 not, 1 guessed, 2 tracked). The colour picture's pixels are
read, since that is the film; guessed joints have confidence 0.5, which is our choice. Kinect's left and right are
exchanged: in NTU's sample its left shoulder lies where MediaPipe sees the right one in the film, and the other way
round (medians over 103 frames, 9 and 18 pixels apart). That is one film.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from la2ds.config.poses import PosesConfig
from la2ds.errors import InputError
from la2ds.formats.files.text import read_text
from la2ds.formats.keypoints import KeypointShard
from la2ds.pose.files.read import Found, Video, make_people, read_poses, refuse_settings
from la2ds.pose.people.people import People
from la2ds.pose.request import PoseRequest

_ARM = ("shoulder", "elbow", "wrist", "hand")
_LEG = ("hip", "knee", "ankle", "foot")
JOINTS = (
    *("mid_hip", "spine", "neck", "head"),
    *(f"{side}_{joint}" for limb in (_ARM, _LEG) for side in ("right", "left") for joint in limb),
    *("chest", "right_hand_tip", "right_thumb", "left_hand_tip", "left_thumb"),
)
_BODY, _JOINT = 10, 12  # values in a line
_STATES = np.array([0, 0.5, 1])


def estimate(request: PoseRequest) -> KeypointShard:
    """Read the poses of the requested videos, as body13, or joints of the dataset file.

    Raises:
        InputError: as ``read_poses``; or if lines are not as many as they announce.
    """
    return read_poses(request, "ntu", read)


def read(video: Video, file: Path, config: PosesConfig) -> Found:
    """Read a video's file."""
    why = {"min_score": "gives people no score", "individual": "numbers people anew in every file"}
    refuse_settings(file, config, pose="ntu", why=why)
    lines = iter(read_text(file).split("\n"))
    count = _whole(file, lines, "frames")
    frames = {config.first_frame + t: _bodies(file, lines) for t in range(count)}
    return Found(JOINTS, frames)


def _bodies(file: Path, lines: Iterator[str]) -> People:
    people = []
    for _ in range(_whole(file, lines, "bodies")):
        _values(file, lines, "a body", _BODY)
        joints = _whole(file, lines, "joints")
        if joints != len(JOINTS):
            raise InputError(file, expected=f"{len(JOINTS)} joints of each body", found=str(joints))
        table = np.array([_values(file, lines, "a joint", _JOINT) for _ in JOINTS])
        states = table[:, -1].clip(0, len(_STATES) - 1)
        people.append(np.column_stack([table[:, 5:7], _STATES[np.nan_to_num(states).astype(int)]]))
    return make_people(np.array(people).reshape(-1, len(JOINTS), 3))


def _whole(file: Path, lines: Iterator[str], what: str) -> int:
    line = next(lines, "").strip()
    if not line.isascii() or not line.isdigit() or len(line) > 6:
        raise InputError(file, expected=f"a line with the number of {what}", found=repr(line[:80]))
    return int(line)


def _values(file: Path, lines: Iterator[str], what: str, count: int) -> list[float]:
    line = next(lines, "")
    try:
        values = [float(cell) for cell in line.split()]
    except ValueError:
        values = []
    if len(values) != count:
        raise InputError(file, expected=f"a line of {count} numbers for {what}", found=repr(line[:80]))
    return values
