"""Repetitions ranked by how far they are from the rest: which clip is unlike the others, and where.

The alignment says which frames to compare, and the poses say how much they differ. What sets two clips apart all the
time is partly the camera and the body's proportions and partly how somebody stands: half of it counts (``CONSTANT``).
"""

import logging
from collections.abc import Sequence
from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd

from la2ds.clips.clip import Clip, clips_of_one_set
from la2ds.clips.matching.match import describe
from la2ds.clips.matching.paths import match_pairs
from la2ds.clips.matching.places import body_places, without_nan
from la2ds.errors import InputError

log = logging.getLogger(__name__)

FEWEST = 3
MOST = 200  # clips: 19,900 alignments
# Chosen on drawn clips made wrong (tests/benchmarks/odd_drawn.py), before any film was ranked.
CONSTANT = 0.5
WORST = 0.9  # quantile over a clip's frames: what is wrong for a moment is wrong
NEAR = 0.25  # quantile over the other clips: being like a quarter of them is enough, for people and cameras differ
AROUND = 0.1  # seconds before and after a frame: the worst moment is an average, not one slip of an estimator
LEAST = 1e-3  # body sizes: clips that differ by less are the same


def odd(clips: Sequence[Clip]) -> pd.DataFrame:
    """Rank clips of one movement by how unlike the rest they are.

    Every clip is matched with every other, N (N - 1) / 2 alignments for N clips: by embeddings where all have them, of
    equal width, else by poses. Two clips differ by how far their joints are apart at the worst tenth of their frames,
    and a clip is as far off as it differs from the quarter of the others that it is most like.

    Args:
        clips: ``FEWEST`` to ``MOST``, of one joint set, with names that differ.

    Returns:
        a row per clip, the most unlike first:
        video: the clip's name.
        score: how far off it is, as a multiple of the median of the others: 1 is like the others.
        distance: the same in body sizes (``la2ds.views.pose_features.body_size``).
        worst_frame, worst_time: where it differs most, averaged over 0.2 s; from 0, and in seconds.
        worst_joint: the joint that differs most there.
        nearest: the clip it differs from least.
        missing: share of the clip's joints that were not seen, which say nothing.

    Raises:
        InputError: if there are too few clips or too many, two of one name, several joint sets, or two clips have no
            joint that was seen in both.
    """
    clips = clips_of_one_set(clips, fewest=FEWEST, most=MOST)
    by, described = describe(clips, by="auto")
    places = [body_places(clip) for clip in clips]
    table = np.full((len(clips), len(clips)), np.nan)
    apart: list[list[np.ndarray]] = [[] for _ in clips]  # of every clip: (T, J) against each other clip
    pairs = list(combinations(range(len(clips)), 2))
    log.info("%d clips matched by %s, %d alignments", len(clips), by, len(pairs))
    for (i, k), path in zip(pairs, match_pairs([(described[i], described[k]) for i, k in pairs]), strict=True):
        values = differences(places[i], places[k], path)
        both = per_frame(values, path[:, 0]), per_frame(values, path[:, 1])
        table[i, k] = table[k, i] = np.mean([_worst_tenth(side) for side in both])
        if np.isnan(table[i, k]):
            raise InputError(clips[k].name, expected=f"joints seen in it and {clips[i].name}", found="none")
        for place, side in zip((i, k), both, strict=True):
            apart[place].append(side.astype(np.float32))
    far = np.maximum(np.nanquantile(table, NEAR, axis=1), LEAST)
    rows = [
        {
            "video": clip.name,
            "score": far[i] / np.median(np.delete(far, i)),
            "distance": far[i],
            **_worst_moment(clip, np.stack(apart[i])),
            "nearest": clips[int(np.nanargmin(table[i]))].name,
            "missing": float(np.isnan(places[i]).any(-1).mean()),
        }
        for i, clip in enumerate(clips)
    ]
    return pd.DataFrame(rows).sort_values("score", ascending=False, ignore_index=True, kind="stable")


def differences(a: np.ndarray, b: np.ndarray, path: np.ndarray) -> np.ndarray:
    """Give how far each joint of two clips is apart at each match.

    Args:
        a: (Ta, J, 2) places; NaN where not seen.
        b: (Tb, J, 2).
        path: (L, 2) matched frames.

    Returns:
        (L, J), after ``1 - CONSTANT`` of a joint's median difference, in x and in y, was taken off; NaN where the joint
        is not seen in both.
    """
    apart = a[path[:, 0]] - b[path[:, 1]]
    return np.asarray(np.linalg.norm(apart - (1 - CONSTANT) * without_nan(np.nanmedian, apart, 0), axis=-1))


def per_frame(values: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Average the matches of each frame.

    Args:
        values: (L, J); NaN is left out.
        frames: (L,) the frame of each match, never falling, each of 0 .. T-1 at least once.

    Returns:
        (T, J); NaN where all of a frame's are.
    """
    starts = np.searchsorted(frames, np.arange(frames[-1] + 1))
    seen = np.isfinite(values)
    count = np.add.reduceat(seen, starts, axis=0, dtype=np.int64)
    total = np.add.reduceat(np.where(seen, values, 0.0), starts, axis=0)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def _worst_tenth(values: np.ndarray) -> float:
    """Give the difference, mean over joints, that a tenth of the frames exceed: (T, J) -> NaN if there is none."""
    return float(without_nan(partial(np.nanquantile, q=WORST), without_nan(np.nanmean, values, 1), 0))


def _worst_moment(clip: Clip, apart: np.ndarray) -> dict[str, object]:
    """Find where a clip of T frames differs most from the others it is like: (N - 1, T, J) differences."""
    quantile = np.nanquantile if np.isnan(apart).any() else np.quantile  # the same, and 20 times faster
    joints = without_nan(partial(quantile, q=NEAR), apart, 0)  # (T, J)
    around = round(AROUND * clip.fps)
    smooth = np.stack(
        [without_nan(np.nanmean, joints[max(0, t - around) : t + around + 1], 0) for t in range(len(clip))]
    )
    # A frame of which nothing was seen has a mean of its neighbours, and no moment to show.
    mean = np.where(np.isfinite(joints).any(1), without_nan(np.nanmean, smooth, 1), np.nan)
    frame = int(np.nan_to_num(mean, nan=-1.0).argmax())
    joint = clip.joints[int(np.nan_to_num(smooth[frame], nan=-1.0).argmax())]
    return {"worst_frame": frame, "worst_time": float(clip.times[frame]), "worst_joint": joint}
