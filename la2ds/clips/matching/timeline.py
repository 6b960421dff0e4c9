"""Several clips of one movement on one common time axis."""

import logging
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from la2ds.clips.clip import Clip, clips_in
from la2ds.clips.matching.match import describe
from la2ds.errors import InputError
from la2ds.evaluation.align import frame_costs, match_frames

log = logging.getLogger(__name__)


def timeline(clips: Sequence[Clip]) -> pd.DataFrame:
    """Put every frame of every clip on one axis: frames of different clips at one place show the same moment.

    Each clip is matched with each other one, N (N - 1) / 2 alignments for N clips. A frame's place is how far, as a
    share of its duration, a clip is at the moment in question, in the mean over all clips, its own included. No clip is
    the reference, and the order of the clips does not matter.

    Args:
        clips: at least one, by their embeddings where all have them, of equal width, and else by poses.

    Returns:
        a row per frame, in the order of clips and frames: video, frame, time (seconds in the clip), common (seconds,
        between 0 and the median duration of the clips, rising in each clip).

    Raises:
        InputError: if there is no clip, two have one name, or clips cannot be matched (``align``).
    """
    clips = clips_in(clips)
    names = [clip.name for clip in clips]
    if not names or len(set(names)) < len(names):
        found = ", ".join(names) or "none"
        raise InputError("the clips", expected="at least one clip, and names that differ", found=found)
    by, described = describe(clips, by="auto")
    log.info("%d clips matched by %s, %d alignments", len(clips), by, len(clips) * (len(clips) - 1) // 2)
    shares = [_share(clip.times) for clip in clips]
    total = [share.copy() for share in shares]
    for i, k in combinations(range(len(clips)), 2):
        path = match_frames(frame_costs(described[i], described[k], kind="squared"))
        total[i] += _matched(path, shares[k])
        total[k] += _matched(path[:, ::-1], shares[i])
    duration = float(np.median([clip.times[-1] - clip.times[0] for clip in clips]))
    rows = [
        pd.DataFrame(
            {"video": c.name, "frame": np.arange(len(c)), "time": c.times, "common": duration * t / len(clips)}
        )
        for c, t in zip(clips, total, strict=True)
    ]
    return pd.concat(rows, ignore_index=True)


def _share(times: np.ndarray) -> np.ndarray:
    """Give how far a clip is at its frames, from 0 to 1; 0 for a single frame."""
    return np.asarray((times - times[0]) / (float(times[-1] - times[0]) or 1.0))


def _matched(path: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Average the shares of the second clip over the matches of each frame of the first."""
    return np.asarray(np.bincount(path[:, 0], weights=shares[path[:, 1]]) / np.bincount(path[:, 0]))
