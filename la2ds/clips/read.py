"""From a film, a pose file or arrays to a clip, by the very steps of the workflow's stages; what takes long is kept."""

import logging
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from la2ds.clips.clip import Clip
from la2ds.clips.estimate import estimate_apart, settings_of
from la2ds.clips.pose_file import read_pose_file
from la2ds.clips.store import cache_folder, film_folder
from la2ds.config import FramesConfig
from la2ds.config.strict import RangeError
from la2ds.errors import InputError
from la2ds.formats.frames import read_frames, write_frames
from la2ds.formats.keypoints import read_keypoints
from la2ds.formats.skeletons import known_skeleton
from la2ds.formats.videos import read_videos, write_videos
from la2ds.pose.sound import OUTLIERS

log = logging.getLogger(__name__)

CLIP = "clip"  # what a film is called in files of the cache, which know contents and no names
WEIGHTS = "pose_landmarker_full.task"
ASSUMED_FPS = 30.0
KEPT = 3  # files of a film: its row, its frames, its poses
PICTURES = FramesConfig()


def read(
    film: str | Path,
    *,
    name: str | None = None,
    people: int = 1,
    poses: str | Path | None = None,
    program: str | None = None,
) -> Clip:
    """Read a film of one movement of one person; the poses are MediaPipe's, or another program's.

    The same film is not looked at twice: frames and poses are kept in ``la2ds.clips.store.cache_folder()``. What is
    broken there is made anew.

    Args:
        film: the film.
        name: what to call it; the file's name if not given.
        people: 1 where there is one person in the film, which is checked; more to follow the largest and most central
            of so many.
        poses: file of the film's poses, or folder of such files.
        program: which program wrote them, an entry of ``la2ds.pose.sources.SOURCES`` such as ``openpose``.

    Raises:
        InputError: if it is no film, has fewer than two frames, shows nobody, or several people where one was expected.
    """
    path = Path(film)
    try:
        settings_of(people)
    except RangeError as error:
        raise InputError("people", expected=error.expected, found=str(error.found)) from error
    for _ in range(KEPT):
        try:
            return _read(path, name=name, people=people, poses=poses, program=program)
        except InputError as error:
            broken = Path(error.file)
            if not path.is_file() or broken.parent != film_folder(path) or not broken.is_file():
                raise
            log.warning("%s; it is made anew", error)
            broken.unlink()
    return _read(path, name=name, people=people, poses=poses, program=program)


def _read(path: Path, *, name: str | None, people: int, poses: str | Path | None, program: str | None) -> Clip:
    folder = examined(path)
    videos = read_videos(folder / "videos.csv").assign(source=str(path))
    if int(videos.frames.iloc[0]) < 2:
        raise InputError(path, expected="a film of at least two frames", found="one")
    frames = decoded(path, videos, folder)
    if (poses is None) != (program is None):
        raise InputError(path, expected="both 'poses' and 'program', or neither", found="one of them")
    if poses is not None and program is not None:
        shard = read_pose_file(Path(poses), program, videos, path)
    else:
        shard = read_keypoints(estimated(frames, videos, folder, people=people))
        if OUTLIERS in shard.metadata:
            count = shard.metadata[OUTLIERS]
            log.warning("%s: %s joints lie far outside the picture and count as missing", path, count)
    times = next(read_frames(frames))[1]
    if np.isnan(times).any():
        log.warning("%s: does not say its frame rate, %g a second are assumed", path, ASSUMED_FPS)
        times = np.arange(len(times)) / ASSUMED_FPS
    fps, size = float(videos.fps.iloc[0]), (int(videos.width.iloc[0]), int(videos.height.iloc[0]))
    joints = shard.clips[CLIP]
    clip = Clip(name or path.name, joints.position, joints.confidence, times, fps, size, shard.skeleton, frames=frames)
    return clip if fps > 0 else replace(clip, fps=ASSUMED_FPS)


def from_arrays(
    poses: np.ndarray,
    *,
    confidence: np.ndarray | None = None,
    fps: float = ASSUMED_FPS,
    size: tuple[int, int] | None = None,
    skeleton: str = "body13",
    name: str = CLIP,
) -> Clip:
    """Make a clip of joints that are at hand.

    Args:
        poses: (T, J, 2) pixels, x to the right and y down; NaN where missing.
        confidence: (T, J) in [0, 1]; 1 where a joint is if not given.
        fps: frames per second.
        size: width and height of the film; as far as the joints reach if not given.
        skeleton: name of their joint set (``la2ds.formats.skeletons.SKELETONS``).
        name: what to call it.

    Raises:
        InputError: if shapes disagree, a number makes no sense, or there are fewer than two frames.
    """
    position = np.asarray(poses, dtype=np.float32)
    found = _found(position, skeleton, name)
    trust = found.astype(np.float32) if confidence is None else _trusted(confidence, found, name)
    far = np.nanmax(np.where(found[..., None], position, np.nan), axis=(0, 1))
    width, height = size or (max(int(far[0]), 0) + 1, max(int(far[1]), 0) + 1)
    if not (width > 0 and height > 0):
        raise InputError(name, expected="a width and a height above 0", found=f"{width} x {height}")
    if not 0 < fps < np.inf:
        raise InputError(name, expected="frames per second above 0", found=str(fps))
    position = np.asarray(np.where(found[..., None], position, np.float32(np.nan)))
    return Clip(name, position, trust, np.arange(len(position)) / fps, float(fps), (width, height), skeleton)


def _found(position: np.ndarray, skeleton: str, name: str) -> np.ndarray:
    """Say which joints are there, (T, J), after a look at whether they are joints at all."""
    joints = len(known_skeleton(name, skeleton).joints)
    if position.ndim != 3 or position.shape[2] != 2:
        raise InputError(name, expected="joints of shape (frames, joints, 2)", found=str(position.shape))
    if position.shape[1] != joints:
        raise InputError(name, expected=f"the {joints} joints of {skeleton}", found=str(position.shape[1]))
    found = np.asarray(np.isfinite(position).all(-1))
    if len(position) < 2 or not found.any():
        count = f"{len(position)} frame{'s' if len(position) != 1 else ''}"
        told = count if found.any() or not len(position) else f"no joint in {count}"
        raise InputError(name, expected="at least two frames with a joint", found=told)
    return found


def _trusted(confidence: np.ndarray, found: np.ndarray, name: str) -> np.ndarray:
    """Take confidences, (T, J); 0 where there is no joint."""
    given = np.asarray(confidence, dtype=np.float32)
    if given.shape != found.shape:
        raise InputError(name, expected=f"confidences of shape {found.shape}", found=str(given.shape))
    low, high = given[found].min(), given[found].max()
    if not 0 <= low <= high <= 1:
        raise InputError(name, expected="confidences in 0 to 1", found=f"{low:g} to {high:g}")
    return np.asarray(np.where(found, given, np.float32(0)))


def is_known(film: Path, *, people: int = 1) -> bool:
    """Tell whether a film's poses are kept already."""
    return film.is_file() and (film_folder(film) / _poses_file(people)).is_file()


def _poses_file(people: int) -> str:
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
        with write_frames(output) as writer:
            refused = decode_shard(writer, videos.assign(source=str(film.resolve())), root=Path(), settings=PICTURES)
            if refused:
                expected, _, found = refused[0].reason.removeprefix("expected ").partition(", found ")
                raise InputError(film, expected=expected, found=found)
    return output


def estimated(frames: Path, videos: pd.DataFrame, folder: Path, *, people: int) -> Path:
    """Give the film's keypoints by MediaPipe, made if they are not there."""
    output = folder / _poses_file(people)
    if not output.is_file():
        from la2ds.pose.estimators.weights import ensure_weights

        weights = cache_folder() / WEIGHTS
        ensure_weights(weights)
        with tempfile.TemporaryDirectory() as place:
            table = Path(place, "videos.csv")
            write_videos(table, videos)
            estimate_apart(frames, table, output, weights=weights, people=people)
    return output
