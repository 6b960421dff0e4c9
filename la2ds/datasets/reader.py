"""What a dataset's reader offers, and the checks that all readers share."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from la2ds.config import DatasetConfig
from la2ds.errors import InputError
from la2ds.formats.keypoints import Keypoints, KeypointShard, NothingLeft
from la2ds.formats.labels import BACKGROUND, Labels
from la2ds.formats.quarantine import ClipErrors, Refusal, as_entry

# reader -> frames that a clip may be longer than its labels; they are left out, with a warning. By IKEA ASM's authors,
# some videos are a few frames longer, and the last ones can be ignored.
SURPLUS = {"ikea": 2}


class Reader(Protocol):
    """How one native layout is read; a module with these two functions is one."""

    def index(self, root: Path, dataset: DatasetConfig) -> tuple[pd.DataFrame, Labels]:
        """List the labelled videos of the wanted actions.

        Args:
            root: folder of the native files.
            dataset: names the actions and the label format.

        Returns:
            ``VIDEO_COLUMNS`` except shard, which the verb adds (fps NaN where unknown, source relative to ``root``);
            and for each of these videos the phase of every frame. ``refused`` of the labels names the clips that
            are left out, and why.

        Raises:
            InputError: if a file of all clips is missing, broken or contradicts another, or no clip is left. What is
                wrong with one clip leaves it out.
        """

    def annotations(self, root: Path, dataset: DatasetConfig, videos: pd.DataFrame, *, dims: int) -> KeypointShard:
        """Read the poses that come with the dataset.

        Args:
            root: folder of the native files.
            dataset: as for ``index``.
            videos: rows of the videos table, usually those of one shard.
            dims: 2 for pixels, 3 for millimetres in the camera frame (right, down, away from the camera).

        Returns:
            the poses of these videos, in their order; ``quarantine`` of the metadata says which have none that can be
            used, such as of another number of frames than the table, and why.

        Raises:
            InputError: if the dataset has no poses of these dimensions, or a file of all clips is broken.
            NothingLeft: if no video has poses.
        """


def check_root(root: Path) -> None:
    """Refuse a dataset folder that does not exist.

    Raises:
        InputError: if ``root`` is not a folder.
    """
    if not root.is_dir():
        raise InputError(root, expected="the dataset's root folder", found="no such folder")


def make_shard(
    file: Path, videos: pd.DataFrame, clips: Mapping[str, Keypoints], errors: ClipErrors, **about: Any
) -> KeypointShard:
    """Put poses together as ``Reader.annotations`` promises.

    Args:
        file: file or folder that they are from, for messages.
        videos: rows of the videos table.
        clips: the poses that were found, those of other videos too.
        errors: why others were not found.
        about: skeleton, estimator and dims of the shard.

    Raises:
        NothingLeft: if no video is left.
    """
    sound = {}
    for name, frames in zip(videos.video_id, videos.frames, strict=True):
        with errors.of(name):
            found = len(clips[name]) if name in clips else 0
            if found != frames:
                raise InputError(file, expected=f"{frames} frames of {name}", found=str(found))
            sound[name] = clips[name]
    refused = errors.settle(among=set(videos.video_id) - set(sound))
    rows = [row for row in videos.to_dict("records") if row["video_id"] in refused]
    entry = as_entry([Refusal(r["video_id"], r.get("source", ""), "pose", str(refused[r["video_id"]])) for r in rows])
    shard = KeypointShard(sound, metadata=entry, **about)
    if refused and not sound:
        raise NothingLeft(next(iter(refused.values())), shard)
    return shard


def check_options(
    root: Path, options: Mapping[str, Any], checks: Mapping[str, tuple[str, Callable[[Any], bool]]]
) -> None:
    """Refuse options that a reader does not know, and values it cannot use.

    Args:
        root: the dataset's folder, for messages.
        options: of the dataset file.
        checks: option -> what it is to be, in words, and whether a value is that.

    Raises:
        InputError: naming the option.
    """
    for key, value in options.items():
        if key not in checks:
            raise InputError(root, expected=f"options among {', '.join(checks)}", found=repr(key))
        expected, check = checks[key]
        if not check(value):
            raise InputError(root, expected=f"option {key} to be {expected}", found=repr(value))


def check_length(file: str | Path, video: str, *, frames: int, labels: np.ndarray) -> None:
    """Refuse labels that are shorter or longer than their video.

    Args:
        file: where the labels come from.
        video: the video, as a person would look for it.
        frames: frames of the video.
        labels: (T,) phases.

    Raises:
        InputError: if T differs from ``frames``.
    """
    if len(labels) != frames:
        raise InputError(file, expected=f"{frames} labels, one per frame of {video}", found=f"{len(labels)} labels")


def as_array(file: str | Path, values: Any, *, expected: str) -> np.ndarray:
    """Make an array of what was read.

    Raises:
        InputError: if it is no array, such as rows of different lengths.
    """
    try:
        return np.asarray(values)
    except (ValueError, TypeError) as error:
        raise InputError(file, expected=expected, found="rows that differ in length") from error
    except OverflowError as error:
        raise InputError(file, expected=expected, found=str(error).splitlines()[0]) from error


def is_rate(value: Any) -> bool:
    """Whether an option can be a number of frames a second."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 100_000


def check_phases(file: str | Path, values: Any, *, expected: str) -> np.ndarray:
    """Refuse labels that are no phases.

    Args:
        file: where they come from.
        values: what was read, one whole number per frame, ``BACKGROUND`` or a phase.
        expected: what should have been there, and of which video.

    Returns:
        (T,) int16.

    Raises:
        InputError: if they are not whole numbers in one row, or out of range.
    """
    phases = as_array(file, values, expected=expected)
    if phases.ndim != 1 or phases.dtype.kind not in "iu":
        raise InputError(file, expected=expected, found=f"{phases.dtype} of shape {phases.shape}")
    if phases.size and not BACKGROUND <= phases.min() <= phases.max() <= np.iinfo(np.int16).max:
        raise InputError(file, expected=expected, found=f"{phases.min()} to {phases.max()}")
    return phases.astype(np.int16)
