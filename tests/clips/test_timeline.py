"""Several clips on one time axis, where the truth is known."""

from itertools import permutations

import numpy as np
import pytest

from la2ds.clips.matching.match import align
from la2ds.clips.matching.timeline import timeline
from la2ds.errors import InputError
from tests.fixtures.warped_clips import warped_clip

# clip -> (frames, frames per second, power): at a share s of its time it is at s ** power of the movement.
TEMPI = {"even": (60, 30, 1.0), "late": (90, 25, 2.0), "early": (40, 20, 0.6), "long": (120, 50, 1.4)}


def clips_of(names, **more):
    return [warped_clip(n, t, lambda s, p=p: s**p, fps=f, **more) for n in names for t, f, p in [TEMPI[n]]]


@pytest.mark.parametrize("embedded", [False, True])
def test_the_same_moment_of_all_clips_is_in_one_place(embedded):
    found = timeline(clips_of(TEMPI, embedded=embedded))
    durations = [(t - 1) / f for t, f, _ in TEMPI.values()]
    # Before, the clip called early is within its first frame.
    moments = np.linspace(0.15, 0.95, 30)
    # The true place of a moment: how far clips are at it, in the mean.
    true = np.median(durations) * np.mean([moments ** (1 / p) for *_, p in TEMPI.values()], axis=0)
    for name, (frames, _, power) in TEMPI.items():
        own = found[found.video == name]
        there = np.interp(moments ** (1 / power) * (frames - 1), own.frame, own.common)
        # Motion differs with the tempo, and with it what poses say.
        assert np.abs(there - true).max() < (0.02 if embedded else 0.06) * np.median(durations)


def test_two_clips_stand_in_the_middle_of_their_matches():
    a, b = clips_of(["even", "late"])
    found, match = timeline([a, b]), align(a, b)
    place = 0.5 * (a.times[-1] + b.times[-1])
    for i in range(60):
        partners = [b.times[j] / b.times[-1] for n, j in match.path if n == i]
        assert found.common[i] == pytest.approx(place * (a.times[i] / a.times[-1] + np.mean(partners)) / 2)


def test_the_order_of_the_clips_makes_no_difference():
    clips = clips_of(["even", "late", "early"])
    first = timeline(clips).set_index(["video", "frame"]).common
    for order in permutations(clips):
        other = timeline(order).set_index(["video", "frame"]).common
        assert np.abs(other.reindex(first.index) - first).max() < 1e-9


def test_time_rises_in_every_clip_within_the_median_duration():
    found = timeline(clips_of(TEMPI))
    assert list(found) == ["video", "frame", "time", "common"]
    assert found.common.between(0, np.median([(t - 1) / f for t, f, _ in TEMPI.values()])).all()
    for (name, own), (frames, fps, _) in zip(found.groupby("video", sort=False), TEMPI.values(), strict=True):
        assert len(own) == frames and own.time.iloc[1] == pytest.approx(1 / fps), name
        assert (np.diff(own.common) > 0).all()


def test_one_clip_keeps_its_own_time_and_one_frame_stands_at_the_start():
    clip = warped_clip("a", 31)
    np.testing.assert_allclose(timeline([clip]).common, clip.times)
    assert timeline([warped_clip("a", 1)]).common.tolist() == [0]


def test_clips_that_cannot_be_told_apart_are_refused():
    with pytest.raises(InputError, match="expected at least one clip, and names that differ, found none"):
        timeline([])
    with pytest.raises(InputError, match="names that differ, found a, a"):
        timeline([warped_clip("a", 5), warped_clip("a", 5)])
