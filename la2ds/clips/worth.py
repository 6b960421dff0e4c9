"""What a learned model is worth, without labels: how alike the poses are that it matches, beside those of the clock."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from la2ds.clips.clip import Clip
from la2ds.clips.departures.angles import Angles, joint_angles
from la2ds.clips.matching.match import align
from la2ds.clips.model import Model
from la2ds.datasets.folder.reader import draw_splits

FEWEST = 6  # clips of which some are held out


def held_out(clips: Sequence[Clip]) -> tuple[list[Clip], list[Clip]]:
    """Part clips into those to learn from and those to measure on, by a hash of their names, as datasets do.

    Returns:
        all and none where there are fewer than ``FEWEST``.
    """
    if len(clips) < FEWEST:
        return list(clips), []
    splits = draw_splits([clip.name for clip in clips])
    return [c for c in clips if splits[c.name] == "train"], [c for c in clips if splits[c.name] == "val"]


def worth(model: Model, clips: Sequence[Clip]) -> str:
    """Say in one sentence how far joint angles of matched frames differ, by the model and by the clock.

    Args:
        model: what was learned.
        clips: at least two that it was not learned from.
    """
    embedded = [model.embed(clip) for clip in clips]
    gaps = np.array([angle_gaps(*pair) for pair in combinations(embedded, 2)])
    count = len(gaps)
    gaps = gaps[np.isfinite(gaps).all(1)]
    if not len(gaps):
        return f"Nothing can be said of {len(clips)} clips that were held out: no joint angle is seen in two of them."
    own, clock = gaps.mean(0)
    words = "less than" if own < clock else "no less than"
    left_out = f" ({count - len(gaps)} pairs without angles left out)" if count > len(gaps) else ""
    return (
        f"On {len(clips)} clips that were held out, joint angles of matched frames differ by {own:.1f} degrees, "
        f"{words} the {clock:.1f} of the clock, which matches equal shares of the time{left_out}."
    )


def angle_gaps(a: Clip, b: Clip) -> tuple[float, float]:
    """Give the mean difference of joint angles in degrees over the frames of a, by the match and by the clock.

    Returns:
        NaN where no angle is seen in matched frames.
    """
    first, second = joint_angles(a), joint_angles(b)
    clock = np.rint(np.linspace(0, len(b) - 1, len(a))).astype(int)
    return _gap(first, second, align(a, b).partners), _gap(first, second, clock)


def _gap(first: Angles, second: Angles, partners: np.ndarray) -> float:
    names = first.degrees.keys() & second.degrees.keys()
    gaps = [np.abs(first.degrees[name] - second.degrees[name][partners]) for name in sorted(names)]
    found = np.concatenate([gap[np.isfinite(gap)] for gap in gaps]) if gaps else np.empty(0)
    return float(found.mean()) if len(found) else float("nan")
