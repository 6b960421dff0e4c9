"""Poses that SLEAP wrote (Pereira et al., Nature Methods 2022): ``.slp``, ``.analysis.h5`` or ``.analysis.csv`` files.

They are read by ``sleap-io``, which SLEAP's makers keep (extra ``la2ds[poses]``); pictures are never opened. An
instance that somebody corrected by hand takes the place of the predicted one. Joints without a score, as all that are
placed by hand, have confidence 1; frames without anybody are frames.
"""

from pathlib import Path
from typing import Any

import numpy as np

from la2ds.config.poses import PosesConfig
from la2ds.errors import InputError
from la2ds.formats.files.storage import first_line
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
    joints = tuple(str(node.name) for node in labels.skeletons[0].nodes)
    return Found(joints, {int(frame.frame_idx): _people(frame, config, len(joints)) for frame in labels})


def _load(file: Path) -> Any:
    import sleap_io  # late: only this source needs it, and it is an extra

    try:
        if file.suffix == ".slp":
            return sleap_io.load_slp(str(file), open_videos=False)
        if file.suffix == ".csv":
            return sleap_io.load_csv(str(file), format="sleap")
        return sleap_io.load_analysis_h5(str(file))
    # Broken files fail anywhere in that library.
    except Exception as error:
        if "'point_scores' doesn't exist" in str(error):
            return _load_old(file)
        raise InputError(file, expected="a SLEAP file", found=first_line(error)) from error


def _load_old(file: Path) -> Any:
    """Read an analysis file without scores, as SLEAP before 1.1.4 wrote them, which ``sleap-io`` does not read."""
    import h5py
    import sleap_io

    try:
        with h5py.File(file) as content:
            names, tracks = ([name.decode() for name in content[key][:]] for key in ("node_names", "track_names"))
            points = content["tracks"][:].transpose(3, 0, 2, 1)  # frames, tracks, joints, x and y
        skeleton, video = sleap_io.Skeleton(names), sleap_io.Video(file.name, open_backend=False)
        named = [sleap_io.Track(name) for name in tracks]
        return sleap_io.Labels.from_numpy(points, videos=[video], skeletons=[skeleton], tracks=named)
    except Exception as error:
        raise InputError(file, expected="a SLEAP analysis file", found=first_line(error)) from error


def _people(frame: Any, config: PosesConfig, joints: int) -> People:
    values = [
        _values(instance)
        for instance in [*frame.user_instances, *frame.unused_predictions]
        if not config.individual or (instance.track and instance.track.name == config.individual)
        # A missing score is not a low one.
        if not _score(instance) < config.min_score
    ]
    return make_people(np.array(values).reshape(-1, joints, 3))


def _score(instance: Any) -> float:
    """Give an instance's score, NaN where it has none, for which ``sleap-io`` gives 0: then no joint has one either."""
    score = float(getattr(instance, "score", np.nan))
    return np.nan if score == 0 and np.isnan(_values(instance)[:, 2]).all() else score


def _values(instance: Any) -> np.ndarray:
    position = np.asarray(instance.numpy(), dtype=np.float64)[:, :2]
    points = instance.points
    certain = np.ones(len(position))
    score = points["score"] if "score" in (points.dtype.names or ()) else certain
    return np.column_stack([position, score])
