"""A film of many repetitions of one movement: where each begins and ends.

A repetition leaves a pose and comes back to it, moving the same way as before (``pose_features`` hold both). Every pose
in which the body slows down is tried as the one to come back to. Its returns part the film, the parts are matched with
each other, and the pose wins whose parts are alike and hold most of the film's motion. So a movement is cut where it is
at rest rather than half way, where cuts leave half a movement at each end.
"""

from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from la2ds.clips.clip import Clip
from la2ds.clips.matching.features import pose_features
from la2ds.clips.matching.paths import match_pairs
from la2ds.clips.matching.places import body_places
from la2ds.clips.matching.same_movement import motion_distance

COLUMNS = ["video", "repetition", "first_frame", "last_frame", "first_time", "last_time", "confidence"]
# All of these were chosen on drawn films, seeds 0 to 19 (tests/benchmarks/repetitions.py), and are reported on others.
SMOOTH = 0.08  # seconds, standard deviation: what an estimator trembles
AWAY, BACK = 0.4, 0.6  # of the farthest pose: how far a repetition goes at least, and how near it comes back
ALIKE = 0.45  # distance (``motion_distance``) up to which two parts are repetitions of one movement
HELD, HELD_BY_ONE = 0.5, 0.75  # of a film's motion is in its repetitions; in its only one, which nothing bears out
LONE = 0.5  # distance that such a one is taken to have
ONSET = 0.15  # of the way: who has gone further has begun to move
POSES = 24  # tried at most
WITNESSES = 7  # parts that each part is matched with, at most

Parts = list[tuple[int, int]]


def reps(clip: Clip) -> pd.DataFrame:
    """Find the repetitions in a film of one person: what a movement is cut into.

    Args:
        clip: the film; embeddings are not looked at.

    Returns:
        a row for each repetition, in order; none if there is none.
        video: the clip's name.
        repetition: from 1.
        first_frame, last_frame: from 0, both part of it. Rests between repetitions belong to none.
        first_time, last_time: the same in seconds.
        confidence: how alike it is to the others, in [0, 1]: 1 the same motion, 0 an unrelated one. NaN where there is
            but one: a film that leaves a pose and comes back to it once.

    Raises:
        InputError: if no joint was found in any frame.
    """
    features = gaussian_filter1d(pose_features(clip), SMOOTH * clip.fps, axis=0)
    places, place = body_places(clip), features[:, : features.shape[1] // 2]
    motion = np.concatenate([[0], (np.diff(place, axis=0) ** 2).sum(1)])
    cuttings = _cuttings(features, motion)
    nothing_else = all(len(cuts) == 2 for cuts in cuttings)
    best, found, apart = 0.0, Parts(), np.zeros(0)
    for cuts in cuttings:
        parts, distances = _alike(features, places, cuts)
        lone = len(parts) == 1
        held = sum(float(motion[first:last].sum()) for first, last in parts) / max(float(motion.sum()), 1e-12)
        score = held * (1 - LONE if lone else 1 - float(distances.mean()))
        if score > best and (nothing_else and held >= HELD_BY_ONE if lone else held >= HELD):
            best, found, apart = score, parts, distances
    spans = [_trimmed(place, first, last) for first, last in found]
    rows = [
        (clip.name, n, first, last, clip.times[first], clip.times[last], 1 - far)
        for n, ((first, last), far) in enumerate(zip(spans, apart, strict=True), 1)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _cuttings(features: np.ndarray, motion: np.ndarray) -> list[np.ndarray]:
    """Give the ways to part a film: frames in which it comes back to some pose, two or more each.

    Args:
        features: (T, D) poses.
        motion: (T,) how much moves since the frame before.
    """
    tried = np.unique([0, *_valleys(motion), len(motion) - 1])
    tried = tried[np.linspace(0, len(tried) - 1, min(POSES, len(tried))).astype(int)]
    found: list[np.ndarray] = []
    for frame in tried:
        cuts = _returns(features, features[frame])
        if len(cuts) > 1:
            cuts = _returns(features, features[cuts].mean(0))
        if len(cuts) > 1 and not any(_nearly_equal(cuts, others) for others in found):
            found.append(cuts)
    return found


def _returns(features: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """Give the frames that are nearest to a pose, one for each time the film has been away from it."""
    away = np.linalg.norm(features - pose, axis=1)
    low, high = np.quantile(away, [0.01, 0.95])
    minima = _valleys(away, depth=AWAY * (high - low))
    return np.asarray(minima[away[minima] <= low + BACK * (high - low)])


def _valleys(values: np.ndarray, *, depth: float = 0.0) -> np.ndarray:
    """Give the minima of (T,) values that rise by ``depth`` on both sides; the ends are taken to rise."""
    return np.asarray(find_peaks(-np.concatenate([[np.inf], values, [np.inf]]), prominence=depth)[0] - 1)


def _nearly_equal(cuts: np.ndarray, others: np.ndarray) -> bool:
    return len(cuts) == len(others) and bool(np.abs(cuts - others).max() <= 0.3 * np.median(np.diff(cuts)))


def _alike(features: np.ndarray, places: np.ndarray, cuts: np.ndarray) -> tuple[Parts, np.ndarray]:
    """Give the parts between cuts that are most alike, and how far each is from the others: NaN if it is the only one.

    Args:
        features: (T, D) to match parts by.
        places: (T, J, 2) to hold them against each other by.
        cuts: rising frames.
    """
    parts = list(pairwise(cuts.tolist()))
    held = np.unique(np.linspace(0, len(parts) - 1, WITNESSES).astype(int))
    pairs = [(part, witness) for part in range(len(parts)) for witness in held if part != witness]
    spans = [slice(first, last + 1) for first, last in parts]
    table = np.zeros((len(parts), len(parts)))
    paths = match_pairs([(features[spans[part]], features[spans[witness]]) for part, witness in pairs])
    for (part, witness), path in zip(pairs, paths, strict=True):
        table[part, witness] = motion_distance(places[spans[part]], places[spans[witness]], path)
    near = np.nan_to_num(table, nan=np.inf) <= ALIKE  # NaN: nothing moves
    usual = held[near[:, held].sum(0).argmax()]
    chosen = np.flatnonzero(near[:, usual])
    if len(chosen) == 1:
        return [parts[usual]], np.array([np.nan])
    of = [[w for w in held if w != part and near[w, usual]] or [usual] for part in chosen]
    return [parts[part] for part in chosen], np.array([np.median(table[p, w]) for p, w in zip(chosen, of, strict=True)])


def _trimmed(place: np.ndarray, first: int, last: int) -> tuple[int, int]:
    """Leave out the rests at both ends of a part: its first and last frame."""
    way = place[first : last + 1]
    return first + _onset(way), last - _onset(way[::-1])


def _onset(way: np.ndarray) -> int:
    """Give the last frame that is no further than ``ONSET`` from the first, before the movement is half way."""
    away = np.linalg.norm(way - way[0], axis=1)
    half = int(np.argmax(away > 0.5 * away.max()))
    return half - int(np.argmax(away[half::-1] <= ONSET * away.max()))
