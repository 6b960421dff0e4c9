"""Intervals of the mean over seeds: sums that are averaged first give what averaged metrics do."""

import numpy as np
import pytest

from la2ds.evaluation.resampling import draw_counts, recompute
from la2ds.formats.results.units import pair_units
from la2ds.report.tables.intervals import MEAN, resample

IDS = ("a", "b", "c", "d")


def of_run(seed: int, *, counted: int):
    rng = np.random.default_rng(seed)
    return pair_units(IDS, n=np.full((4, 4), counted), total=counted * rng.random((4, 4)))


@pytest.mark.parametrize("counted", [(5, 5, 5), (5, 7, 5)])
def test_a_mean_over_seeds_is_that_of_each_seed_s_metric(counted):
    runs = {("row", seed): of_run(seed, counted=n) for seed, n in enumerate(counted)}
    values, videos = resample({"squat": runs}, actions=["squat"], draw=draw_counts)
    expected = np.mean([recompute(units, draw_counts("squat", 4)) for units in runs.values()], axis=0)
    assert videos == 4 and np.isnan(expected).any()  # where one video alone was drawn
    np.testing.assert_allclose(values["row", "squat"], expected, rtol=1e-12)
    np.testing.assert_allclose(values["row", MEAN], expected, rtol=1e-12)


def test_the_mean_over_actions_is_of_seeds_that_have_them_all():
    first = {("row", seed): of_run(seed, counted=5) for seed in range(3)}
    second = {("row", seed): of_run(seed + 3, counted=5) for seed in range(2)}
    values, _ = resample({"squat": first, "lunge": second}, actions=["squat", "lunge"], draw=draw_counts)
    both = [(first["row", s], "squat") for s in range(2)] + [(second["row", s], "lunge") for s in range(2)]
    expected = np.mean([recompute(units, draw_counts(action, 4)) for units, action in both], axis=0)
    np.testing.assert_allclose(values["row", MEAN], expected, rtol=1e-12)
