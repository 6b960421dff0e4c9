"""Where and by how much the second clip of a match departs from the first, in words.

Angles (``la2ds.clips.departures.angles``) are compared along the match. A difference counts where it is more than
``LEAST`` degrees for at least ``SHORTEST`` frames of the first clip and could not be undone by matching a little
earlier or later: b is given the most favourable of its angles within ``SLACK`` of its length about the match, and
within three times as much where the match is not likely to be right. Moments take no part at which a joint of the
angle is missing or uncertain, a limb points to the camera, or the persons are seen from different sides
(``la2ds.clips.departures.camera``).

The trunk is compared by how far it leans, to whichever side, so that a film from the other side is no departure; of the
other angles mirroring changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from la2ds.clips.departures.angles import TRUNK, Angles, joint_angles, label_of
from la2ds.clips.departures.camera import other_side
from la2ds.clips.departures.moments import Moments, find_moments
from la2ds.clips.matching.match import Match

LEAST = 10.0  # degrees
SHORTEST = 3  # frames
FEWEST = 2 * SHORTEST  # frames of a clip that can be said to depart: some that do, and some about them
SLACK = 0.03  # of b's length, to both sides
WIDER = 3  # times the slack where a match is not likely to be right
SURE = 0.5  # least confidence of joints, and of a match that is likely
TELLING = 0.1  # of the matches, from which on it is told that they show different sides
MOST = 5  # departures told

_BENT = ("less bent", "more bent"), ("at the deepest bend", "at the straightest")
# joint -> what an angle larger in b is called, and a smaller one; what the smallest and the largest angle are called
_WORDS = {
    "knee": _BENT,
    "hip": _BENT,
    "elbow": _BENT,
    "shoulder": (
        ("further from the trunk", "closer to the trunk"),
        ("with the arm nearest to the trunk", "with the arm furthest out"),
    ),
    TRUNK: (("further from upright", "closer to upright"), ("when most upright", "when leaning most")),
}


@dataclass(frozen=True)
class Departure:
    """One difference between matched clips.

    Attributes:
        angles: the angles that differ, ``left_knee``; of both sides where they differ alike.
        degrees: b's angle minus a's at that moment, the mean over ``angles``; of the trunk, of its lean's size.
        moment: in words, ``at the lowest point``.
        step: the row of the match's path.
        frames: frame of a and of b.
        times: the same in seconds.
    """

    angles: tuple[str, ...]
    degrees: float
    moment: str
    step: int
    frames: tuple[int, int]
    times: tuple[float, float]

    @property
    def text(self) -> str:
        """Say it: ``left knee 18° less bent at the lowest point (0.82 s in A, 1.10 s in B)``."""
        joint = _joint_of(self.angles[0])
        name = label_of(self.angles[0]) if len(self.angles) == 1 else f"both {joint}s"
        name = name.replace("shoulder", "upper arm")
        more, less = _WORDS[joint][0]
        times = f"{self.times[0]:.2f} s in A, {self.times[1]:.2f} s in B"
        return f"{name} {abs(self.degrees):.0f}° {more if self.degrees > 0 else less} {self.moment} ({times})"


def departures(match: Match) -> list[Departure]:
    """Find the largest differences, the largest first, at most ``MOST``.

    None where nothing departs, or a clip has fewer than ``FEWEST`` frames.
    """
    if _too_short(match):
        return []
    first, second = joint_angles(match.a), joint_angles(match.b)
    moments, comparable = find_moments(match.a), ~other_side(match)
    found = [
        departure
        for angle in first.degrees
        if angle in second.degrees and (departure := _of_angle(match, angle, (first, second), moments, comparable))
    ]
    return sorted(_together(found), key=lambda d: -abs(d.degrees))[:MOST]


def in_short(match: Match, found: Sequence[Departure]) -> str:
    """Say in a sentence or two what the list of departures does not: that it is empty, and why; else nothing."""
    short = _too_short(match)
    if short:
        return f"{short} has fewer than {FEWEST} frames, too few to say where clips depart."
    if not set(joint_angles(match.a).degrees) & set(joint_angles(match.b).degrees):
        return "These clips have no joints at which angles are measured, so none are compared."
    told = [] if found else ["Nothing departs by more than alignment and poses are uncertain."]
    apart = float(other_side(match).mean())
    if apart > TELLING:
        share = f"for {100 * apart:.0f} % of the time" if apart < 1 else "all the time"
        told.insert(0, f"The person is seen from different sides {share}; angles are not compared there.")
    return " ".join(told)


def _too_short(match: Match) -> str:
    """Name the clip that is too short to compare; nothing if both are long enough."""
    return next((clip.name for clip in (match.a, match.b) if len(clip) < FEWEST), "")


def _of_angle(
    match: Match, angle: str, both: tuple[Angles, Angles], moments: Moments, comparable: np.ndarray
) -> Departure | None:
    """Find where one angle differs most, and name the moment."""
    i, j = match.path.T
    a, b = (_size(angle, angles.degrees[angle]) for angles in both)
    sure = comparable & (np.minimum(both[0].confidence[angle][i], both[1].confidence[angle][j]) >= SURE)
    near, far = (beyond(a[i], *_around(b, j, slack)) for slack in (SLACK, WIDER * SLACK))
    apart = np.where(sure, np.where(match.confidence[i] >= SURE, near, far), 0.0)
    best, step = 0.0, -1
    for start, end in _runs(np.nan_to_num(apart)):
        if len(set(i[start:end])) >= SHORTEST:
            here = start + int(np.abs(apart[start:end]).argmax())
            if abs(apart[here]) > abs(best):
                best, step, run = float(apart[here]), here, (start, end)
    if step < 0:
        return None
    size = np.where(sure, np.abs(apart), 0.0)
    words = _WORDS[_joint_of(angle)][1]
    name, step = moments.name(i, run, size, angle=a, words=words, peak=step)
    frames = int(i[step]), int(j[step])
    times = float(match.a.times[frames[0]]), float(match.b.times[frames[1]])
    return Departure((angle,), float(b[frames[1]] - a[frames[0]]), name, step, frames, times)


def beyond(value: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Give how far ranges are from values: positive where they are above, negative below, 0 where they hold them."""
    return np.maximum(low - value, 0.0) - np.maximum(value - high, 0.0)


def _around(b: np.ndarray, j: np.ndarray, slack: float) -> tuple[np.ndarray, np.ndarray]:
    """Give the least and the largest of b's angles about each match, as far away as a share of its length."""
    reach = max(1, round(slack * len(b)))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(b, reach, constant_values=np.nan), 2 * reach + 1)
    # Frames without the angle take no part; where there is none at all, b's own NaN says so.
    low = np.where(np.isnan(windows), np.inf, windows).min(axis=1)
    high = np.where(np.isnan(windows), -np.inf, windows).max(axis=1)
    known = np.isfinite(b)
    return np.where(known, low, np.nan)[j], np.where(known, high, np.nan)[j]


def _runs(apart: np.ndarray) -> list[tuple[int, int]]:
    """Give the stretches, end excluded, in which the difference is too large and has one sign."""
    signs = np.where(np.abs(apart) > LEAST, np.sign(apart), 0.0)
    edges = [0, *(np.flatnonzero(np.diff(signs)) + 1), len(signs)]
    return [(int(start), int(end)) for start, end in pairwise(edges) if signs[start]]


def _together(found: list[Departure]) -> list[Departure]:
    """Tell the left and the right side as one where they differ alike at one moment, which is the larger one's."""
    told: list[Departure] = []
    for departure in sorted(found, key=lambda d: -abs(d.degrees)):
        other = next((n for n, known in enumerate(told) if _alike(known, departure)), None)
        if other is None:
            told.append(departure)
            continue
        known = told[other]
        mean = (known.degrees + departure.degrees) / 2
        both = tuple(sorted((*known.angles, *departure.angles)))
        told[other] = Departure(both, mean, known.moment, known.step, known.frames, known.times)
    return told


def _alike(one: Departure, other: Departure) -> bool:
    sides = len(one.angles) == 1 and _joint_of(one.angles[0]) == _joint_of(other.angles[0]) != TRUNK
    return sides and one.degrees * other.degrees > 0 and one.moment == other.moment


def _joint_of(angle: str) -> str:
    return angle.rpartition("_")[2]


def _size(angle: str, degrees: np.ndarray) -> np.ndarray:
    return np.abs(degrees) if angle == TRUNK else degrees
