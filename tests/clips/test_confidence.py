"""Chances of partners, against all paths through tiny tables one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from la2ds.clips.matching.confidence import (
    SHARPNESS,
    SOFTNESS,
    TOLERANCE,
    match_confidence,
    near,
    partner_chances,
    pooled,
    through_costs,
)
from la2ds.clips.matching.match import align
from la2ds.evaluation.align import match_frames, partners_of
from tests.fixtures.warped_clips import warped_clip

TABLES = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.floats(0, 10, width=16))
)


def all_paths(rows, columns):
    """Every path from the first cell to the last."""
    if rows == columns == 1:
        return [[(0, 0)]]
    found = []
    for di, dj in ((1, 1), (1, 0), (0, 1)):
        if rows - di >= 1 and columns - dj >= 1:
            found += [[*path, (rows - 1, columns - 1)] for path in all_paths(rows - di, columns - dj)]
    return found


@settings(deadline=None, max_examples=60)
@given(TABLES)
def test_costs_through_a_cell_are_those_of_the_cheapest_of_all_paths_through_it(table):
    found = through_costs(table[None])[0]
    sums = [(path, sum(table[cell] for cell in path)) for path in all_paths(*table.shape)]
    for cell in np.ndindex(table.shape):
        assert found[cell] == pytest.approx(min(total for path, total in sums if cell in path))


@settings(deadline=None, max_examples=60)
@given(TABLES, st.integers(0, 5))
def test_chances_fall_by_e_for_each_softness_that_the_cheapest_path_through_a_cell_is_dearer(table, seed):
    """Of two tables the shares are averaged."""
    tables = [table + 0.1, np.random.default_rng(seed).uniform(0.1, 9, table.shape)]
    for given_tables in (tables[:1], tables):
        found = partner_chances(given_tables)
        for i, j in np.ndindex(table.shape):
            odds = []
            for column in range(table.shape[1]):
                shares = []
                for costs in given_tables:
                    paths = [(path, sum(costs[cell] for cell in path)) for path in all_paths(*costs.shape)]
                    best = min(total for _, total in paths)
                    shares.append(min(total for path, total in paths if (i, column) in path) / best - 1)
                odds.append(-np.mean(shares) / SOFTNESS)
            odds = np.exp(np.array(odds) - max(odds))
            assert found[i, j] == pytest.approx(odds[j] / odds.sum(), abs=1e-9)


def test_chances_of_several_clips_are_averaged_and_sharpened():
    one, other = np.array([0.5, 0.5, 0.0]), np.array([0.1, 0.5, 0.4])
    assert pooled([one]).tolist() == one.tolist()
    mean = [0.3**SHARPNESS, 0.5**SHARPNESS, 0.2**SHARPNESS]
    assert pooled([one, other]).tolist() == pytest.approx([share / sum(mean) for share in mean])


def test_equal_clips_are_sure():
    table = np.abs(np.subtract.outer(np.arange(40.0), np.arange(40.0)))
    assert match_confidence([table], np.arange(40)).min() > 0.7
    assert match_confidence([100 * table], np.arange(40)).min() > 0.99


def test_columns_within_the_tolerance_count():
    chances = np.full((2, 100), 0.01)
    assert near(chances, np.array([50, 0])) == pytest.approx([0.07, 0.04])
    assert TOLERANCE == 0.03


def test_neither_the_scale_of_costs_nor_the_frame_rate_matters():
    table = align(warped_clip("a", 50), warped_clip("b", 70, np.square)).table + 0.01
    partners = partners_of(match_frames(table))
    found = match_confidence([table], partners)
    np.testing.assert_allclose(match_confidence([9 * table], partners), found)
    twice = table.repeat(2, 0).repeat(2, 1)
    doubled = match_confidence([twice], 2 * partners.repeat(2))[::2]
    assert np.abs(doubled - found).max() < 0.15
    assert ((found >= 0) & (found <= 1)).all()


def test_a_still_stretch_is_less_sure_than_motion():
    """Frames 30 to 59 of both clips stand still: any partner in there is as good."""

    def still(share):
        return np.interp(share, [0, 1 / 3, 2 / 3, 1], [0, 0.5, 0.5, 1])

    rng = np.random.default_rng(0)
    a, b = warped_clip("a", 90, still), warped_clip("b", 90, still)
    table = align(a, b, by="poses").table + rng.uniform(0, 1e-3, (90, 90))
    found = match_confidence([table], partners_of(match_frames(table)))
    assert found[38:52].mean() < 0.6 * min(found[8:22].mean(), found[68:82].mean())
