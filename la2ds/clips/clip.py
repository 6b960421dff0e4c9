"""A clip as it is compared with others: its poses, their times, and what a model makes of them."""

import errno
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from la2ds.errors import InputError
from la2ds.formats.skeletons import skeleton_named


@dataclass(frozen=True)
class Clip:
    """One clip of one movement.

    Attributes:
        name: what it is called in tables and pictures: its file's name, unless another was given.
        poses: (T, J, 2) float32 joints in pixels of the film, x to the right and y down; NaN where missing.
        confidence: (T, J) float32 in [0, 1]; 0 where missing.
        times: (T,) float64 seconds from the film's time zero, rising.
        fps: frames per second in the mean.
        size: width and height of the film in pixels.
        skeleton: name of the joint set, such as ``body13``.
        embedding: (T, D) float32, finite; None where no model has looked at the clip.
        frames: frames shard with the clip's pictures (``la2ds.formats.frames``); None where there are poses alone.
    """

    name: str
    poses: np.ndarray
    confidence: np.ndarray
    times: np.ndarray
    fps: float
    size: tuple[int, int]
    skeleton: str = "body13"
    embedding: np.ndarray | None = None
    frames: Path | None = None

    def __post_init__(self) -> None:
        """Refuse shapes that disagree."""
        joints = len(getattr(skeleton_named(self.skeleton), "joints", ()))
        shape = len(self.times), joints
        if self.poses.shape != (*shape, 2) or self.confidence.shape != shape:
            raise ValueError(
                f"{self.name}: poses {self.poses.shape} and confidence {self.confidence.shape}, not {shape}"
            )
        made = self.embedding
        if made is None:
            return
        if made.ndim != 2 or len(made) != len(self.times) or not made.shape[1] or not np.isfinite(made).all():
            expected, missing = f"embeddings of shape ({len(self.times)}, D), finite", int((~np.isfinite(made)).sum())
            raise InputError(self.name, expected=expected, found=f"{made.shape}, {missing} not finite")

    def __len__(self) -> int:
        """Count the frames."""
        return len(self.times)

    @property
    def joints(self) -> tuple[str, ...]:
        """Name the joints, in the order of ``poses``."""
        skeleton = skeleton_named(self.skeleton)
        return skeleton.joints if skeleton else ()

    def frame_at(self, time: float) -> int:
        """Give the frame that is nearest to a time in seconds."""
        return int(np.abs(self.times - time).argmin())


def clips_in(clips: Clip | Iterable[object]) -> list[Clip]:
    """List clips, also where there is but one.

    Raises:
        InputError: if one is none, such as the path of a film.
    """
    taken = []
    for clip in [clips] if isinstance(clips, Clip | str) else clips:
        if not isinstance(clip, Clip):
            name, kind = str(clip) if isinstance(clip, str | Path) else "the clips", type(clip).__name__
            raise InputError(name, expected="a clip, as la2ds.read makes of a film", found=f"a {kind}")
        taken.append(clip)
    return taken


def clips_of_one_set(clips: Clip | Iterable[object], *, fewest: int, most: int | None = None) -> list[Clip]:
    """List clips that are held against each other.

    Raises:
        InputError: if one is no clip, there are too few or too many, two of one name, or several joint sets.
    """
    taken = clips_in(clips)
    names = [clip.name for clip in taken]
    if len(names) < fewest or (most is not None and len(names) > most):
        wanted = f"at least {fewest}" if most is None else f"{fewest} to {most}"
        raise InputError("the clips", expected=f"{wanted} clips of one movement", found=str(len(names)))
    if len(set(names)) < len(names):
        raise InputError("the clips", expected="names that differ", found=", ".join(names))
    for clip in taken:
        if clip.skeleton != taken[0].skeleton:
            expected = f"the joint set {taken[0].skeleton} of {taken[0].name}"
            raise InputError(clip.name, expected=expected, found=clip.skeleton)
    return taken


def path_of(given: object, what: str, *, expected: str = "a path") -> Path:
    """Take a name of a file or folder, which need not be there.

    Raises:
        InputError: if it is no name, or one that the system cannot even look for, such as one of 5,000 letters.
    """
    if not isinstance(given, str | Path):
        raise InputError(what, expected=expected, found=f"a {type(given).__name__}")
    try:
        Path(given).stat()
    except ValueError as error:  # a zero byte
        raise InputError(what, expected=expected, found=repr(given)) from error
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.ELOOP):
            raise InputError(what, expected=expected, found=f"{str(given)[:40]}...: {error.strerror}") from error
    return Path(given)
