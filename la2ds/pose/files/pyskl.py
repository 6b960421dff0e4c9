"""Poses in the pickles of PYSKL and MMAction2 (Duan et al., ACM Multimedia 2022), of one video or of all.

``{annotations: [{frame_dir, keypoint (P, T, J, 2), keypoint_score (P, T, J), img_shape (height, width), total_frames},
...]}``, or that list alone; ``frame_dir`` is the video. They are unpickled as arrays and plain containers, and nothing
else (``la2ds.datasets.unpickle``). Pixels are those of ``img_shape``, and are brought to the video's.
"""

import functools
from pathlib import Path
from typing import Any

import numpy as np

from la2ds.config.poses import PosesConfig
from la2ds.datasets.unpickle import load_pickle
from la2ds.errors import InputError
from la2ds.formats.keypoints import KeypointShard
from la2ds.pose.files.joint_names import BY_COUNT
from la2ds.pose.files.picture_names import titles_of
from la2ds.pose.files.read import Found, Video, make_people, read_poses, refuse_settings
from la2ds.pose.request import PoseRequest


def estimate(request: PoseRequest) -> KeypointShard:
    """Read the poses of the requested videos, as the joint set of the dataset file, or one that the joints fit.

    Raises:
        InputError: as ``read_poses``; or if poses are in space, or left out, as of Kinetics.
    """
    _load.cache_clear()  # the file may have changed since another call
    return read_poses(request, "pyskl", read)


def read(video: Video, file: Path, config: PosesConfig) -> Found:
    """Read a video's poses from its own file, or from one that holds all videos."""
    why = {"individual": "does not tell people apart", "min_score": "gives people no score"}
    refuse_settings(file, config, pose="pyskl", why=why)
    entries = _load(file)
    titles = titles_of(file, video, entries, single_video=file.stem != "pyskl")
    entry = entries[titles[0]]
    position, score = _arrays(file, titles[0], entry)
    if position.ndim != 4 or position.shape[3] != 2 or score.shape != position.shape[:3]:
        expected = "keypoint (people, frames, joints, 2) in pixels, and keypoint_score (people, frames, joints)"
        raise InputError(file, expected=expected, found=f"{position.shape} and {score.shape} of {titles[0]}")
    if position.shape[2] not in BY_COUNT:
        counts = " or ".join(map(str, BY_COUNT))
        raise InputError(file, expected=f"{counts} joints of {titles[0]}", found=str(position.shape[2]))
    joints = BY_COUNT[position.shape[2]]
    values = np.concatenate([position * _scale(file, video, entry), score[..., None]], axis=-1)[:, :, : len(joints)]
    frames = {config.first_frame + t: make_people(values[:, t]) for t in range(values.shape[1])}
    return Found(joints, frames)


@functools.lru_cache(maxsize=1)
def _load(file: Path) -> dict[str, dict[str, Any]]:
    """Read a file once for all its videos: frame_dir -> annotation."""
    content = load_pickle(file)
    entries = content.get("annotations") if isinstance(content, dict) else content
    if not isinstance(entries, list) or not all(isinstance(e, dict) and "frame_dir" in e for e in entries):
        first = entries[0] if isinstance(entries, list) and entries else entries
        found = ", ".join(map(str, list(first)[:9])) if isinstance(first, dict) else type(first).__name__
        raise InputError(file, expected="annotations, each with frame_dir and keypoint", found=found)
    return {str(entry["frame_dir"]): entry for entry in entries}


def _arrays(file: Path, name: str, entry: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    if "keypoint" not in entry or "keypoint_score" not in entry:
        expected = f"keypoint and keypoint_score of {name} (Kinetics' list leaves them to files of their own: not read)"
        raise InputError(file, expected=expected, found=", ".join(map(str, list(entry)[:9])))
    try:
        return np.asarray(entry["keypoint"], dtype=np.float64), np.asarray(entry["keypoint_score"], dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise InputError(file, expected=f"arrays of numbers for {name}", found=str(error).splitlines()[0]) from error


def _scale(file: Path, video: Video, entry: dict[str, Any]) -> np.ndarray:
    """Give (2,) what x and y are multiplied by, for the video may be stored larger than poses were looked for."""
    shape = entry.get("img_shape")
    if not isinstance(shape, list | tuple) or len(shape) != 2 or not all(type(v) is int and v > 0 for v in shape):
        raise InputError(file, expected="img_shape, height and width", found=repr(shape)[:80])
    scale = np.array(video.size) / shape[::-1]
    if abs(scale[0] / scale[1] - 1) > 0.02:  # encoders round sizes to even numbers
        found = f"{shape[1]} x {shape[0]}"
        raise InputError(file, expected=f"a picture like {video.size[0]} x {video.size[1]}", found=found)
    return scale
