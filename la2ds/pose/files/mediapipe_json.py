"""Poses of MediaPipe's pose landmarker that somebody saved as JSON: 33 landmarks x, y, visibility for each frame.

x and y are shares of the picture's width and height. MediaPipe writes no files, so layouts differ: a list of frames
(``la2ds.pose.files.frames_json``), each a list of landmarks, or with one below ``landmarks`` or ``pose_landmarks``.
Confidence is visibility times presence, as where we run MediaPipe ourselves. ``world_landmarks`` are left alone.
"""

from pathlib import Path
from typing import Any

import numpy as np

from la2ds.config.poses import PosesConfig
from la2ds.formats.files.text import read_json
from la2ds.formats.keypoints import KeypointShard
from la2ds.pose.files.frames_json import joints_of, list_entries, people_of, read_frames
from la2ds.pose.files.read import Found, Video, read_poses, refuse_settings
from la2ds.pose.request import PoseRequest

_EYE = ("eye_inner", "eye", "eye_outer")
_PAIRS = ("shoulder", "elbow", "wrist", "pinky", "index", "thumb", "hip", "knee", "ankle", "heel", "foot_index")
# In BlazePose's order (Bazarevsky et al., 2020).
JOINTS = (
    "nose",
    *(f"{side}_{joint}" for side in ("left", "right") for joint in _EYE),
    *(f"{side}_{joint}" for joint in ("ear", "mouth", *_PAIRS) for side in ("left", "right")),
)


def estimate(request: PoseRequest) -> KeypointShard:
    """Read the poses of the requested videos, as coco17, body13, or joints of the dataset file.

    Raises:
        InputError: as ``read_poses``; or if a frame has something else than landmarks.
    """
    return read_poses(request, "mediapipe_json", read)


def read(video: Video, file: Path, config: PosesConfig) -> Found:
    """Read a video's file."""
    why = {"individual": "does not tell people apart", "min_score": "gives people no score"}
    refuse_settings(file, config, pose="mediapipe_json", why=why)

    def people(entry: Any) -> np.ndarray:
        found = [joints_of(file, person, len(JOINTS)) for person in people_of(file, entry)]
        return np.array(found).reshape(-1, len(JOINTS), 3) * (*video.size, 1)

    return read_frames(video, file, config, list_entries(file, read_json(file)), JOINTS, people)
