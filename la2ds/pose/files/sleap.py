"""Poses that SLEAP wrote (Pereira et al., Nature Methods 2022): ``.slp`` files, or analysis files (``.analysis.h5``).

They are read by ``sleap-io``, which SLEAP's makers keep (extra ``la2ds[poses]``); pictures are never opened. An
instance that somebody corrected by hand takes the place of the predicted one; its joints have confidence 1.
"""

from pathlib import Path
from typing import Any

import numpy as np

from la2ds.config.poses import PosesConfig
from la2ds.errors import InputError
from la2ds.formats.keypoints import KeypointShard
from la2ds.pose.files.read import Found, Video, make_people, read_poses
from la2ds.pose.people.people import People
from la2ds.pose.request import PoseRequest


def estimate(request: PoseRequest) -> KeypointShard:
    """Read the poses of the requested videos, as the joint set of the dataset file, or one that the joints' names fit.

    Raises:
        InputError: as ``read_poses``; or if ``sleap-io`` is not installed, or a file is not SLEAP's, or of several
            videos.
    """
    return read_poses(request, "sleap", read)


def read(video: Video, file: Path, config: PosesConfig) -> Found:
    """Read a file of one video."""
    labels = _load(file)
    if len(labels.videos) > 1 or len(labels.skeletons) != 1:
        found = f"{len(labels.videos)} videos and {len(labels.skeletons)} skeletons"
        raise InputError(file, expected="one video and one skeleton", found=found)
    tracks = [str(track.name) for track in labels.tracks]
    if config.individual and config.individual not in tracks:
        expected = f"the track {config.individual} ('poses.individual')"
        raise InputError(file, expected=expected, found=f"tracks {', '.join(tracks) or 'of no name'}")
    frames = {int(frame.frame_idx): _people(frame, config) for frame in labels}
    return Found(tuple(str(node.name) for node in labels.skeletons[0].nodes), frames)


def _load(file: Path) -> Any:
    # Late: only this source needs it, and it is an extra.
    try:
        import sleap_io
    except ImportError as error:
        raise InputError(file, expected="sleap-io to read it (pip install 'la2ds[poses]')", found=str(error)) from error
    try:
        if file.suffix == ".slp":
            return sleap_io.load_slp(str(file), open_videos=False)
        return sleap_io.load_analysis_h5(str(file))
    # Broken files fail anywhere in that library.
    except Exception as error:
        found = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(file, expected="a SLEAP file", found=found) from error


def _people(frame: Any, config: PosesConfig) -> People:
    values = [
        _values(instance)
        for instance in [*frame.user_instances, *frame.unused_predictions]
        if not config.individual or (instance.track and instance.track.name == config.individual)
        if getattr(instance, "score", np.inf) >= config.min_score
    ]
    joints = len(frame.instances[0].skeleton.nodes) if frame.instances else 0
    return make_people(np.array(values).reshape(-1, joints, 3))


def _values(instance: Any) -> np.ndarray:
    position = np.asarray(instance.numpy(), dtype=np.float64)[:, :2]
    points = instance.points
    certain = np.ones(len(position))
    score = points["score"] if "score" in (points.dtype.names or ()) else certain
    return np.column_stack([position, score])
