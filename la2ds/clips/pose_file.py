"""Poses of one film from the file of another program, by the readers that datasets use."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pandas as pd

from la2ds.clips.estimate import settings_of
from la2ds.errors import InputError
from la2ds.formats.keypoints import KeypointShard
from la2ds.pose.request import PoseRequest
from la2ds.pose.sound import keep_sound
from la2ds.pose.sources import SOURCES


def read_pose_file(poses: Path, program: str, videos: pd.DataFrame, film: Path) -> KeypointShard:
    """Read the poses of a film.

    Args:
        poses: the file, or for OpenPose the folder of files.
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
        raise InputError(poses, expected=f"{wanted} of {program}", found=found)
    settings = replace(settings_of(1), pose=program)
    rows = videos.assign(source=film.name)
    with tempfile.TemporaryDirectory() as name:
        # Readers look for a file that is called like its film, in a folder of poses beside it.
        link = Path(name, "poses", program, f"{film.stem}{ending}")
        link.parent.mkdir(parents=True)
        link.symlink_to(poses.resolve())
        try:
            shard = keep_sound(
                ESTIMATORS[program](PoseRequest(settings, poses, Path(name), rows)), rows, settings.estimation
            )
        except InputError as error:
            raise InputError(
                poses, expected=error.expected, found=error.found.replace(str(link), str(poses))
            ) from error
    if not shard.clips:
        raise InputError(poses, expected=f"joints of {film.name}", found="hardly any")
    return shard
