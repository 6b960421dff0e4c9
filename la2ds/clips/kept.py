"""What is kept of films, made where it is not there: a row of facts, the pictures, the poses."""

import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from la2ds.clips.estimate import Task, estimate_apart
from la2ds.clips.store import cache_folder, check_cache, film_folder
from la2ds.config import FramesConfig
from la2ds.errors import InputError
from la2ds.formats.frames import write_frames
from la2ds.formats.videos import read_videos, write_videos

log = logging.getLogger(__name__)

CLIP = "clip"  # what a film is called in files of the cache, which know contents and no names
WEIGHTS = "pose_landmarker_full.task"
PICTURES = FramesConfig()


class Kept(NamedTuple):
    """What is kept of a film before its poses: the folder, the film's row, its frames shard."""

    folder: Path
    videos: pd.DataFrame
    frames: Path


def kept_of(film: Path) -> Kept:
    """Give what is kept of a film before its poses, made if it is not there.

    Raises:
        InputError: if it is no film, or one of a single frame.
    """
    folder = examined(film)
    videos = read_videos(folder / "videos.csv").assign(source=str(film))
    if int(videos.frames.iloc[0]) < 2:
        raise InputError(film, expected="a film of at least two frames", found="one")
    return Kept(folder, videos, decoded(film, videos, folder))


def is_known(film: Path, *, people: int = 1) -> bool:
    """Tell whether a film's poses are kept already."""
    return film.is_file() and (film_folder(film) / poses_file(people)).is_file()


def poses_file(people: int) -> str:
    """Name the keypoints of a film, by how many people were looked for."""
    return f"mediapipe_{people}.parquet"


def examined(film: Path) -> Path:
    """Read a film once in full, and give the folder that keeps what was found.

    Raises:
        InputError: if it is no film.
    """
    from la2ds.datasets.video import VideoError, examine, open_video

    if not film.is_file():
        raise InputError(film, expected="a film", found="a folder" if film.is_dir() else "no such file")
    folder = film_folder(film)
    if not (folder / "videos.csv").is_file():
        check_cache()
        try:
            facts = examine(open_video(film))
        except VideoError as error:
            expected, _, found = error.reason.removeprefix("expected ").partition(", found ")
            raise InputError(film, expected=expected, found=found) from error
        row: dict[str, object] = {
            "video_id": CLIP,
            "action": CLIP,
            "split": "train",
            "source": film.suffix,
            "shard": CLIP,
        }
        width, height = facts.size
        row |= {"frames": facts.frames, "fps": facts.timing.fps, "width": width, "height": height}
        write_videos(folder / "videos.csv", pd.DataFrame([row]))
    return folder


def decoded(film: Path, videos: pd.DataFrame, folder: Path) -> Path:
    """Give the film's frames shard, made if it is not there."""
    from la2ds.datasets.decode import decode_shard

    output = folder / f"frames_{PICTURES.short_side}_{PICTURES.quality}.parquet"
    if not output.is_file():
        check_cache()
        with write_frames(output) as writer:
            refused = decode_shard(writer, videos.assign(source=str(film.resolve())), root=Path(), settings=PICTURES)
            if refused:
                expected, _, found = refused[0].reason.removeprefix("expected ").partition(", found ")
                raise InputError(film, expected=expected, found=found)
    return output


def estimated(films: Sequence[Kept], *, people: int) -> list[InputError | None]:
    """Make the keypoints of films by MediaPipe; what is wrong with each, None where they are made."""
    if not films:
        return []
    check_cache()
    weights = _weights()
    with tempfile.TemporaryDirectory() as place:
        tasks = []
        for number, film in enumerate(films):
            table = Path(place, f"{number}.csv")
            write_videos(table, film.videos)
            tasks.append(Task(film.frames, table, film.folder / poses_file(people)))
        return estimate_apart(tasks, weights=weights, people=people)


def _weights() -> Path:
    """Give the estimator's weights, got if they are not there, and got anew if they are broken."""
    from la2ds.pose.estimators.weights import ensure_weights

    weights = cache_folder() / WEIGHTS
    try:
        ensure_weights(weights)
    except InputError as error:
        if not weights.is_file():
            raise
        log.warning("%s; they are got anew", error)
        weights.unlink()
        ensure_weights(weights)
    return weights
