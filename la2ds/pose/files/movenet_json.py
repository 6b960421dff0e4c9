"""Poses of MoveNet, or another network of TensorFlow.js, that somebody saved as JSON.

What ``detector.estimatePoses`` gives, for each frame (``la2ds.pose.files.frames_json``): people with ``keypoints``,
each ``{x, y, score, name}`` in pixels. Joints without names are COCO's 17. Python's arrays (y, x and score, in shares
of a padded square) are not read: nothing in them says how the picture lies in the square.
"""

from pathlib import Path
from typing import Any

import numpy as np

from la2ds.config.poses import PosesConfig
from la2ds.formats.files.text import read_json
from la2ds.formats.keypoints import KeypointShard
from la2ds.formats.skeletons import COCO17
from la2ds.pose.files.frames_json import joints_of, list_entries, people_of, read_frames
from la2ds.pose.files.read import Found, Video, read_poses, refuse_settings
from la2ds.pose.request import PoseRequest


def estimate(request: PoseRequest) -> KeypointShard:
    """Read the poses of the requested videos, as coco17, body13, or joints of the dataset file.

    Raises:
        InputError: as ``read_poses``; or if a frame has something else than joints with x and y.
    """
    return read_poses(request, "movenet_json", read)


def read(video: Video, file: Path, config: PosesConfig) -> Found:
    """Read a video's file."""
    why = {"individual": "does not tell people apart", "min_score": "is read without people's scores"}
    refuse_settings(file, config, pose="movenet_json", why=why)
    entries = list_entries(file, read_json(file))
    first = next((person for entry in entries for person in people_of(file, entry)), [])
    names = tuple(str(joint["name"]) for joint in first if "name" in joint) or COCO17.joints

    def people(entry: Any) -> np.ndarray:
        found = [joints_of(file, person, len(names)) for person in people_of(file, entry)]
        return np.array(found).reshape(-1, len(names), 3)

    return read_frames(video, file, config, entries, names, people)
