"""Open ends against all ways to leave frames out, one by one, and on a motion that is cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from la2ds.evaluation.align import frame_costs, match_frames
from la2ds.evaluation.open_ends import LEAST, match_open, opened

TABLES = st.tuples(st.integers(2, 5), st.integers(2, 5)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.floats(0.5, 10, width=16))
)


def slow_least(cost, share):
    """The least that any path costs, corner to corner, each of whose edge cells may be paid for by the price."""
    n, m = cost.shape
    total = np.full((n, m), np.inf)
    for i, j in np.ndindex(n, m):
        prices = [share * cost[i].mean()] * (j in (0, m - 1)) + [share * cost[:, j].mean()] * (i in (0, n - 1))
        before = [total[i - di, j - dj] for di, dj in ((1, 0), (0, 1), (1, 1)) if i >= di and j >= dj]
        total[i, j] = min([cost[i, j], *prices]) + (min(before) if before else 0)
    return total[-1, -1]


@settings(deadline=None, max_examples=80)
@given(TABLES, st.sampled_from([0.2, 0.5, 0.9]))
def test_the_path_costs_the_least_and_what_is_cut_off_was_paid_for(cost, share):
    whole = match_frames(opened(cost, share))
    paid = opened(cost, share)[tuple(whole.T)]
    assert paid.sum() == pytest.approx(slow_least(cost, share))
    kept = match_open(cost, share)
    assert min(len(set(frames)) for frames in kept.T.tolist()) >= LEAST * min(cost.shape)
    if kept.tolist() == match_frames(cost).tolist():
        return
    start = whole.tolist().index(kept[0].tolist())
    assert whole[start : start + len(kept)].tolist() == kept.tolist()
    end = len(whole) - start - len(kept)
    for cut, here in ((slice(0, start), 0), (slice(len(whole) - end, None), -1)):
        if len(whole[cut]):
            # Along one edge, on which the path does not go on, and for some frame it was paid.
            assert any(len({*frames, kept[here][axis]}) == 1 for axis, frames in enumerate(whole[cut].T.tolist()))
            assert (paid[cut] < cost[tuple(whole[cut].T)]).any()
    # Frames of one clip at most are left out at each end.
    assert 0 in kept[0] and (kept[-1] == np.array(cost.shape) - 1).any()


def curve(start, end, frames):
    """A motion that never comes back to where it was."""
    t = np.linspace(start, end, frames)
    return np.stack([t, np.sin(t), np.cos(2 * t)], axis=1)


@pytest.mark.parametrize("swapped", [False, True])
def test_a_clip_that_starts_late_and_one_that_stops_early(swapped):
    a, b = curve(2, 8, 61), curve(0, 6, 61)
    first, second = (b, a) if swapped else (a, b)
    cost = frame_costs(first, second, kind="squared")
    path = match_open(cost, 0.4)
    true = 20 if not swapped else -20
    assert np.abs(path[:, 1] - path[:, 0] - true).max() <= 3
    assert np.abs(match_frames(cost)[:, 1] - match_frames(cost)[:, 0] - true).mean() > 5


def test_a_query_is_found_in_a_long_clip():
    path = match_open(frame_costs(curve(4, 6, 21), curve(0, 10, 101), kind="squared"), 0.4)
    assert np.abs(path[:, 1] - (path[:, 0] + 40)).max() <= 3
    assert len(set(path[:, 0])) >= 19


def test_nothing_is_left_out_where_nothing_was_cut_or_nothing_fits():
    whole = frame_costs(curve(0, 6, 50), curve(0, 6, 70), kind="squared")
    np.testing.assert_array_equal(match_open(whole, 0.4), match_frames(whole))
    rng = np.random.default_rng(0)
    unlike = frame_costs(rng.normal(size=(30, 8)), rng.normal(size=(40, 8)), kind="squared")
    np.testing.assert_array_equal(match_open(unlike, 0.2), match_frames(unlike))
    for shape in ((1, 1), (1, 5), (5, 1)):
        np.testing.assert_array_equal(match_open(np.ones(shape), 0.4), match_frames(np.ones(shape)))
