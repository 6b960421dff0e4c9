"""Whether two matched clips show one movement at all, and whether one is mirrored or runs backwards.

Asked of the poses along the path, whoever found it. Where the joints are in the mean depends on the camera more than on
the movement, so it is taken off; what is left is the motion about it. Two motions that have nothing to do with each
other are apart by the square root of 2 times their size: that is distance 1. Clips of one motion have distance 0.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from la2ds.clips.clip import Clip
from la2ds.clips.matching.features import pose_features
from la2ds.clips.matching.match import Match
from la2ds.clips.matching.paths import match_pairs
from la2ds.clips.matching.places import body_places, without_nan
from la2ds.formats.skeletons import skeleton_named

Seems = Literal["same", "mirrored", "reversed", "other", "unknown"]

# Of clips of one action of Penn Action (tests/benchmarks/same_movement.py): their median in 13 actions, and what 95 of
# 100 stay below in the 7 it was chosen on; in the other 6 it is 90 of 100, which is what people are told.
USUAL, LIMIT = 0.64, 0.95
# How much nearer a mirrored clip's joints, or a backward clip's motion, have to be to be called so; chosen there, too.
MIRRORED, REVERSED = 0.65, 0.7
FEWEST_JOINTS = 4  # seen in both clips at some match
STILL = 0.02  # body sizes of motion, root mean square over frames and joints: less is the estimator's trembling


@dataclass(frozen=True)
class Sameness:
    """What was found.

    Attributes:
        distance: 0 for the same motion, 1 for motions that have nothing to do with each other, more where one of the
            two moves far less; of the mirrored clip where that is less, of the backward one where it seems so; NaN if
            unknown.
        usual: the median of clips of one movement.
        limit: what 9 of 10 clips of one movement stay below.
        seems: ``same``; ``mirrored`` or ``reversed`` where b fits far better so; ``other`` where it does not fit;
            ``unknown`` where too little is seen or moves.
        sentence: what to tell people.
    """

    distance: float
    usual: float
    limit: float
    seems: Seems
    sentence: str

    @property
    def is_same(self) -> bool:
        """Say whether nothing speaks against one movement."""
        return self.seems in ("same", "unknown")


def sameness(match: Match) -> Sameness:
    """Tell whether two clips show one movement.

    Raises:
        InputError: if a clip has no pose in any frame.
    """
    a, b = match.a, match.b
    one, two = WaysToSee.of(a), WaysToSee.of(b)
    (found,) = judge([(one, two)], given=[motion_distance(one.places, two.places, match.path)])
    seems, distance = found.seems, found.distance
    sentence = f"Whether {a.name} and {b.name} show one movement is not known: too few joints are seen or move."
    if seems != "unknown":
        sentence = _sentence(a.name, b.name, seems, distance)
    return Sameness(distance, USUAL, LIMIT, seems, sentence)


@dataclass(frozen=True)
class WaysToSee:
    """What a clip is matched and held against others by: as it is, in a mirror, and backwards.

    Attributes:
        features, mirrored, backwards: (T, D) ``pose_features``.
        places: (T, J, 2) ``body_places``; backwards they are the same in reverse.
        mirrored_places: (T, J, 2).
    """

    features: np.ndarray
    mirrored: np.ndarray
    backwards: np.ndarray
    places: np.ndarray
    mirrored_places: np.ndarray

    @classmethod
    def of(cls, clip: Clip) -> "WaysToSee":
        """Look at a clip.

        Raises:
            InputError: if no joint was found in any frame.
        """
        mirror, back = mirrored(clip), backwards(clip)
        own, in_mirror, in_time = (pose_features(way) for way in (clip, mirror, back))
        return cls(own, in_mirror, in_time, body_places(clip), body_places(mirror))


class Judgement(NamedTuple):
    """What is found of a pair: ``seems`` and ``distance`` of ``Sameness``, and the distances as it is and backwards."""

    seems: Seems
    distance: float
    forwards: float
    backwards: float


def judge(pairs: Sequence[tuple[WaysToSee, WaysToSee]], given: Sequence[float] | None = None) -> Iterator[Judgement]:
    """Tell of many pairs at once whether they show one movement.

    Args:
        pairs: the clips.
        given: of each pair the distance along a path that was found otherwise, which may be less than by poses.
    """
    ways = [(a.features, way) for a, b in pairs for way in (b.features, b.mirrored, b.backwards)]
    paths = match_pairs(ways)
    for n, (a, b) in enumerate(pairs):
        path, mirror_path, back_path = (next(paths) for _ in range(3))
        yield _judged(a, b, path, mirror_path, back_path, given=given[n] if given is not None else None)


def _judged(
    a: WaysToSee, b: WaysToSee, path: np.ndarray, mirror_path: np.ndarray, back_path: np.ndarray, given: float | None
) -> Judgement:
    by_poses = motion_distance(a.places, b.places, path)
    found = by_poses if given is None else given
    if not np.isfinite(found):
        return Judgement("unknown", found, found, found)
    in_mirror = motion_distance(a.places, b.mirrored_places, mirror_path)
    in_time = motion_distance(a.places, b.places[::-1], back_path)
    nearer = place_distance(a.places, b.mirrored_places, mirror_path) < MIRRORED * place_distance(
        a.places, b.places, path
    )
    if nearer and in_mirror <= LIMIT:
        return Judgement("mirrored", in_mirror, found, in_time)
    # Held against the path by poses, too: the given one may be worse for reasons of its own.
    if in_time < REVERSED * min(found, by_poses) and in_time <= LIMIT:
        return Judgement("reversed", in_time, found, in_time)
    distance = min(found, in_mirror)
    return Judgement("same" if distance <= LIMIT else "other", distance, found, in_time)


def motion_distance(a: np.ndarray, b: np.ndarray, path: np.ndarray) -> float:
    """Give how far the joints of matched frames are apart about their means, in root mean square.

    Args:
        a: (Ta, J, 2) places of one clip's joints (``body_places``); NaN where not seen.
        b: (Tb, J, 2) those of another.
        path: (L, 2) matched frames.

    Returns:
        as a share of the square root of 2 times the geometric mean of how much both move along the path. NaN where
        fewer than ``FEWEST_JOINTS`` joints are seen in both, or one of the two moves less than ``STILL``.
    """
    one, two = (places - without_nan(np.nanmean, places, 0) for places in _seen_in_both(a, b, path))
    if np.isfinite(one).all(-1).any(0).sum() < FEWEST_JOINTS:
        return float("nan")
    apart, first, second = (float(np.sqrt(2 * np.nanmean(values**2))) for values in (one - two, one, two))
    if min(first, second) < STILL:
        return float("nan")
    return apart / float(np.sqrt(2 * first * second))


def movement(places: np.ndarray) -> float:
    """Give how much the joints of a clip move about their means, in root mean square and body sizes.

    Args:
        places: (T, J, 2) ``body_places``; NaN where not seen.

    Returns:
        NaN where fewer than ``FEWEST_JOINTS`` joints are seen in any frame.
    """
    if np.isfinite(places).all(-1).any(0).sum() < FEWEST_JOINTS:
        return float("nan")
    return float(np.sqrt(2 * np.nanmean((places - without_nan(np.nanmean, places, 0)) ** 2)))


def place_distance(a: np.ndarray, b: np.ndarray, path: np.ndarray) -> float:
    """Give how far the joints of matched frames are apart, in root mean square and body sizes; see above."""
    one, two = _seen_in_both(a, b, path)
    return float(np.sqrt(2 * without_nan(np.nanmean, (one - two) ** 2, None)))


def _seen_in_both(a: np.ndarray, b: np.ndarray, path: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lay the joints of matched frames side by side, (L, J, 2) each; NaN where one of the two is not seen."""
    one, two = a[path[:, 0]], b[path[:, 1]]
    unseen = np.isnan(one) | np.isnan(two)
    return np.where(unseen, np.nan, one), np.where(unseen, np.nan, two)


def mirrored(clip: Clip) -> Clip:
    """Give a clip as a mirror shows it: left is right, and the left hand the right one."""
    skeleton = skeleton_named(clip.skeleton)
    order = list(skeleton.mirror) if skeleton else list(range(clip.poses.shape[1]))
    poses = clip.poses[:, order] * np.array([-1, 1], dtype=clip.poses.dtype)
    return replace(clip, poses=poses, confidence=clip.confidence[:, order], embedding=None)


def backwards(clip: Clip) -> Clip:
    """Give a clip played backwards, its frames as far apart in time as they were."""
    times = clip.times[0] + clip.times[-1] - clip.times[::-1]
    return replace(clip, poses=clip.poses[::-1], confidence=clip.confidence[::-1], times=times, embedding=None)


def _sentence(a: str, b: str, seems: Seems, distance: float) -> str:
    opening = {
        "same": f"{a} and {b} may well show one movement",
        "other": f"{a} and {b} do not seem to show one movement",
        "mirrored": f"{b} looks like a mirror image of {a}, moving the other side or filmed from there",
        "reversed": f"{b} looks like {a} played backwards",
    }[seems]
    as_it_is = "their motions" if seems in ("same", "other") else "their motions, with that undone,"
    return (
        f"{opening}: {as_it_is} are {distance:.2f} apart, where 0 is one motion and 1 two unrelated ones; for clips of "
        f"one movement it is {USUAL:.2f} in the median and below {LIMIT:.2f} in 9 of 10."
    )
