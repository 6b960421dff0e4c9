"""Poses of one film from the file of another program, by the readers that datasets use."""

import logging
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from la2ds.clips.estimate import settings_of
from la2ds.errors import InputError
from la2ds.formats.keypoints import KeypointShard
from la2ds.pose.files.joint_names import NoJointSet
from la2ds.pose.files.read import BeyondFilm
from la2ds.pose.request import PoseRequest
from la2ds.pose.sound import keep_sound
from la2ds.pose.sources import SOURCES

log = logging.getLogger(__name__)


def read_pose_file(poses: Path, program: str, videos: pd.DataFrame, film: Path) -> KeypointShard:
    """Read the poses of a film.

    Args:
        poses: the file, or for OpenPose the folder of files. Frames may be counted from 0, or from 1 where the file
            has the film's last frame; joints may be those of no named joint set, and then are all kept.
        program: an entry of ``SOURCES`` that reads files.
        videos: the film's row of a videos table.
        film: the film.

    Raises:
        InputError: if the file is missing or broken, or does not fit the film.
    """
    from la2ds.pose.verb import ESTIMATORS

    readers = [name for name, source in SOURCES.items() if source.endings]
    if program not in readers:
        raise InputError(poses, expected=f"a program among {', '.join(readers)}", found=repr(program))
    endings = SOURCES[program].endings
    ending = "" if endings == ("/",) else next((end for end in endings if poses.name.endswith(end)), None)
    if ending is None or not poses.exists() or poses.is_dir() != (ending == ""):
        wanted = "a folder of files" if endings == ("/",) else f"a file {' or '.join(endings)}"
        found = "a folder" if poses.is_dir() else "a file" if poses.exists() else "no such file"
        hint = f" ({SOURCES[program].instead})" if SOURCES[program].instead else ""
        raise InputError(poses, expected=f"{wanted} of {program}{hint}", found=found)
    rows = videos.assign(source=film.name)
    with tempfile.TemporaryDirectory() as name:
        # Readers look for a file that is called like its film, in a folder of poses beside it.
        link = Path(name, "poses", program, f"{film.stem}{ending}")
        link.parent.mkdir(parents=True)
        link.symlink_to(poses.resolve())
        try:
            shard = _read(ESTIMATORS[program], PoseRequest(settings_of(1), poses, Path(name), rows))
        except InputError as error:
            raise InputError(
                poses, expected=error.expected, found=error.found.replace(str(link), str(poses))
            ) from error
    if not shard.clips:
        raise InputError(poses, expected=f"joints of {film.name}", found="hardly any")
    return shard


def _read(reader: Callable[[PoseRequest], KeypointShard], request: PoseRequest) -> KeypointShard:
    """Read with what a dataset file would have to say: how frames are counted, and that all joints are wanted."""
    poses = request.dataset.poses
    try:
        shard = reader(request)
    except InputError as error:
        if isinstance(error.__cause__, BeyondFilm) and not poses.first_frame:
            log.warning("%s: frames are counted from 1", request.dataset_file)
            poses = replace(poses, first_frame=1)
        elif isinstance(error.__cause__, NoJointSet) and not poses.skeleton:
            poses = replace(poses, skeleton="all")
        else:
            raise
        return _read(reader, replace(request, dataset=replace(request.dataset, poses=poses)))
    return keep_sound(shard, request.videos, request.dataset.estimation)
