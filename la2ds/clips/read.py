"""From a film, a pose file or arrays to a clip, by the very steps of the workflow's stages; what takes long is kept."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from la2ds.clips.clip import Clip, path_of
from la2ds.clips.estimate import settings_of
from la2ds.clips.kept import CLIP, Kept, estimated, is_known, kept_of, poses_file
from la2ds.clips.pose_file import read_pose_file
from la2ds.clips.store import film_folder
from la2ds.config.strict import RangeError
from la2ds.errors import InputError
from la2ds.formats.frames import read_frames
from la2ds.formats.keypoints import read_keypoints
from la2ds.formats.skeletons import known_skeleton
from la2ds.pose.sound import OUTLIERS

log = logging.getLogger(__name__)

ASSUMED_FPS = 30.0
KEPT = 3  # files of a film: its row, its frames, its poses


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
    path = path_of(film, "the film")
    _check_people(people)
    for _ in range(KEPT):
        try:
            return _read(path, name=name, people=people, poses=poses, program=program)
        except InputError as error:
            _drop_broken(error, path)
    return _read(path, name=name, people=people, poses=poses, program=program)


def read_several(films: Iterable[str | Path], *, people: int = 1) -> list[Clip | InputError]:
    """Read films as ``read`` does, all poses found by one process, and give what is wrong in place of a clip.

    Raises:
        InputError: if ``people`` is out of range, or the cache cannot be written.
    """
    _check_people(people)
    given = [*films]
    refused = _estimate_new(given, people=people)
    clips: list[Clip | InputError] = []
    for film in given:
        try:
            clips.append(refused.get(str(film)) or read(film, people=people))
        except InputError as error:
            clips.append(error)
    return clips


def _estimate_new(films: Sequence[str | Path], *, people: int) -> dict[str, InputError]:
    """Find the poses of films that are not kept yet: film -> what is wrong with it."""
    refused: dict[str, InputError] = {}
    new: dict[Path, tuple[str, Kept]] = {}  # by folder: a film may be there twice
    for film in films:
        try:
            path = path_of(film, "the film")
            if not is_known(path, people=people):
                kept = kept_of(path)
                new.setdefault(kept.folder, (str(film), kept))
        except InputError as error:
            if error.file == str(film):  # else something in the cache, which ``read`` makes anew
                refused[str(film)] = error
    answers = estimated([kept for _, kept in new.values()], people=people)
    return refused | {film: answer for (film, _), answer in zip(new.values(), answers, strict=True) if answer}


def _check_people(people: int) -> None:
    try:
        settings_of(people)
    except RangeError as error:
        raise InputError("people", expected=error.expected, found=str(error.found)) from error


def _drop_broken(error: InputError, film: Path) -> None:
    """Remove a broken file of the cache, for it is made anew; raise what is wrong with anything else."""
    broken = Path(error.file)
    if not film.is_file() or broken.parent != film_folder(film) or not broken.is_file():
        raise error
    log.warning("%s; it is made anew", error)
    broken.unlink()


def _read(path: Path, *, name: str | None, people: int, poses: str | Path | None, program: str | None) -> Clip:
    kept = kept_of(path)
    frames, videos = kept.frames, kept.videos
    if (poses is None) != (program is None):
        raise InputError(path, expected="both 'poses' and 'program', or neither", found="one of them")
    if poses is not None and program is not None:
        shard = read_pose_file(path_of(poses, "the pose file"), program, videos, path)
    else:
        output = kept.folder / poses_file(people)
        if not output.is_file():
            (refused,) = estimated([kept], people=people)
            if refused:
                raise refused
        shard = read_keypoints(output)
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
