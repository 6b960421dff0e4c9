"""Tracks of joints over time, and the places in them that rules of key events speak of.

A track is (T,), one number per frame; a path is (T, 2), x and y in pixels with y growing downwards. All thresholds are
shares, of a track's range, of the clip or of the torso: it does not matter where the person stands and how large.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from la2ds.formats.skeletons import BODY13

ANNOTATED = 0.3  # share of the frames a joint must have a position in, else it is ignored
MARGIN = 0.03  # share of the clip at either end in which no extreme is sought
LATE = 0.02  # share of a track's range within which it has not yet left its extreme
TIE = 1e-5  # share of a track's range within which two values are one
_KERNEL = np.exp(-0.5 * np.arange(-4, 5) ** 2)  # a Gaussian of one frame


class JointMissing(LookupError):
    """A rule needs a joint that has too few positions."""


@dataclass(frozen=True)
class Body:
    """The joints of a clip without gaps, smoothed.

    Attributes:
        paths: joint of BODY13 -> (T, 2) pixels; joints with too few positions are absent.
        frames: T.
    """

    paths: Mapping[str, np.ndarray]
    frames: int

    def sides(self, joint: str) -> list[np.ndarray]:
        """List the paths of the left and the right joint, as far as they are there.

        Raises:
            JointMissing: if neither is.
        """
        found = [self.paths[name] for name in (f"left_{joint}", f"right_{joint}") if name in self.paths]
        if not found:
            raise JointMissing(joint)
        return found

    def middle(self, *joints: str) -> np.ndarray:
        """Give the (T, 2) mean of left and right, or the one side that is there, of the first joint that is there.

        Raises:
            JointMissing: if none of the joints is.
        """
        for joint in joints:
            if joint in self.paths:
                return self.paths[joint]
            if any(f"{side}_{joint}" in self.paths for side in ("left", "right")):
                return np.asarray(np.mean(self.sides(joint), axis=0))
        raise JointMissing(" or ".join(joints))

    @property
    def torso(self) -> float:
        """Typical length of the torso in pixels; of the thigh, where the shoulders are out of the picture."""
        try:
            ends = self.middle("shoulder"), self.middle("hip")
        except JointMissing:
            ends = self.middle("hip"), self.middle("knee")
        return float(np.median(np.linalg.norm(ends[0] - ends[1], axis=1)))


def prepare(position: np.ndarray) -> Body:
    """Fill gaps and smooth.

    Args:
        position: (T, 13, 2) pixels in the order of BODY13, not finite where missing.

    Raises:
        ValueError: if the shape is another.
    """
    frames = len(position)
    if position.shape != (frames, len(BODY13.joints), 2):
        raise ValueError(f"position must be (T, {len(BODY13.joints)}, 2), got {position.shape}")
    is_present = np.isfinite(position).all(axis=-1)  # (T, 13)
    time = np.arange(frames)
    paths = {}
    for j, name in enumerate(BODY13.joints):
        present = is_present[:, j]
        if not present.any() or present.mean() < ANNOTATED:
            continue
        # Before the first position and after the last there is nothing to join: they are held.
        filled = [np.interp(time, time[present], position[present, j, axis].astype(np.float64)) for axis in (0, 1)]
        paths[name] = np.stack([smooth(coordinate) for coordinate in filled], axis=1)
    return Body(paths, frames)


def smooth(track: np.ndarray) -> np.ndarray:
    """Convolve with a Gaussian of one frame; the ends are repeated."""
    reach = len(_KERNEL) // 2
    return np.convolve(np.pad(track, reach, mode="edge"), _KERNEL / _KERNEL.sum(), mode="valid")


def velocity(track: np.ndarray) -> np.ndarray:
    """Differentiate, in units per frame: central differences, smoothed once more."""
    return smooth(np.gradient(track))


def speed(path: np.ndarray) -> np.ndarray:
    """Measure how fast a joint moves, (T,) pixels per frame."""
    return smooth(np.linalg.norm(np.gradient(path, axis=0), axis=1))


def inner(frames: int) -> tuple[int, int]:
    """Give first frame and end (exclusive) of the part in which extremes are sought."""
    margin = round(MARGIN * frames)
    return margin, frames - margin


def peak(track: np.ndarray, start: int = 0, stop: int | None = None) -> int:
    """Find the largest value in the inner part of the clip; of a plateau or of ties the middle one.

    Args:
        track: (T,).
        start: first frame that counts.
        stop: end, exclusive; None for that of the clip.
    """
    first, last = inner(len(track))
    first = min(max(start, first), last - 1)
    last = max(min(last if stop is None else stop, last), first + 1)
    part = track[first:last]
    best = np.flatnonzero(part >= part.max() - TIE * np.ptp(track))
    return first + int(best[len(best) // 2])


def leave(track: np.ndarray, frame: int, *, span: float | None = None, stop: int | None = None) -> int:
    """Follow a maximum to the last frame that stays near it: people see the phase change when the extreme is left.

    Args:
        track: (T,).
        frame: of the maximum.
        span: what ``LATE`` is a share of; None for the range of the track.
        stop: end of the search, exclusive; None for that of the clip.
    """
    floor = track[frame] - LATE * (np.ptp(track) if span is None else span)
    stop = len(track) if stop is None else stop
    while frame + 1 < stop and track[frame + 1] >= floor:
        frame += 1
    return frame


def back_to(track: np.ndarray, frame: int, share: float, *, first: int | None = None) -> int:
    """Go backwards from a peak until the track is down to a share of it, to ``first`` (the inner part) at most."""
    first = inner(len(track))[0] if first is None else first
    floor = share * track[frame]
    while frame > first and track[frame] > floor:
        frame -= 1
    return frame


def on_to(track: np.ndarray, frame: int, share: float) -> int:
    """Go onwards from a peak until the track is down to a share of it, to the end of the clip at most."""
    floor = share * track[frame]
    while frame < len(track) - 1 and track[frame] > floor:
        frame += 1
    return frame


def rise_before(track: np.ndarray, frame: int, level: float) -> int | None:
    """Find where a track last rose above a level: the first frame of the run above it that holds ``frame``.

    Returns:
        None where the track is above the level from the start, or not above it in ``frame``.
    """
    below = np.flatnonzero(track[:frame] <= level)
    return int(below[-1]) + 1 if len(below) and track[frame] > level else None


def fall_after(track: np.ndarray, frame: int, level: float) -> int | None:
    """Find the first frame after ``frame`` that is not above a level.

    Returns:
        None where the track stays above it, or is not above it in ``frame``.
    """
    below = np.flatnonzero(track[frame + 1 :] <= level)
    return frame + 1 + int(below[0]) if len(below) and track[frame] > level else None


def first_frame(condition: np.ndarray, start: int = 0, stop: int | None = None) -> int | None:
    """Find the first frame from ``start`` on, before ``stop``, in which a (T,) condition holds."""
    holds = np.flatnonzero(condition[start:stop])
    return start + int(holds[0]) if len(holds) else None
