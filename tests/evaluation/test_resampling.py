"""Bootstrap over videos against loops written from the definitions, and the tests' false alarms."""

import time

import numpy as np
import pytest
import scipy.stats
from sklearn.metrics import r2_score

from la2ds.evaluation.resampling import RESAMPLES, draw_counts, holm, interval, p_value, recompute
from la2ds.formats.results.units import Units, event_units, pair_units, video_units

IDS = ("a", "b", "c", "d", "e")


def drawn(counts: np.ndarray) -> list[int]:
    """Spell a resample out: each video as often as it was drawn."""
    return [video for video, count in enumerate(counts) for _ in range(int(count))]


@pytest.fixture
def counts() -> np.ndarray:
    return draw_counts("squat", len(IDS), resamples=40)


def test_as_many_videos_are_drawn_as_there_are_and_the_same_for_every_method():
    counts = draw_counts("squat", 7)
    assert counts.shape == (RESAMPLES, 7) and (counts.sum(1) == 7).all()
    assert np.array_equal(counts, draw_counts("squat", 7))
    assert not np.array_equal(counts, draw_counts("lunge", 7))
    # Binomial(7, 1/7) each: mean 1, variance 6/7.
    assert counts.mean(0) == pytest.approx(np.ones(7), abs=0.05)
    assert counts.var(0) == pytest.approx(np.full(7, 6 / 7), abs=0.05)


def test_a_mean_over_frames_is_that_of_the_drawn_videos_frames(counts):
    rng = np.random.default_rng(1)
    frames = [rng.random(n) for n in (3, 8, 5, 1, 12)]
    units = video_units(IDS, n=np.array([len(f) for f in frames]), total=np.array([f.sum() for f in frames]))
    expected = [np.concatenate([frames[v] for v in drawn(row)]).mean() for row in counts]
    assert recompute(units, counts) == pytest.approx(expected, abs=1e-12)


def test_a_mean_over_pairs_is_that_of_the_drawn_pairs_of_different_videos(counts):
    rng = np.random.default_rng(2)
    sizes, values = rng.integers(1, 4, (5, 5)), rng.normal(size=(5, 5, 3))
    sizes[1, 3] = 0  # a pair that has no value
    totals = np.array([[values[i, j, : sizes[i, j]].sum() for j in range(5)] for i in range(5)])
    units = pair_units(IDS, n=sizes, total=totals)
    for row, found in zip(counts, recompute(units, counts), strict=True):
        cells = [x for i in drawn(row) for j in drawn(row) if i != j for x in values[i, j, : sizes[i, j]]]
        assert found == pytest.approx(np.mean(cells) if cells else np.nan, abs=1e-12, nan_ok=True)


def test_r2_is_that_of_the_drawn_videos_frames(counts):
    rng = np.random.default_rng(3)
    lengths = np.array([4, 9, 6, 2, 7])
    target = rng.normal(size=(lengths.sum(), 2)) + 5
    predicted = target + rng.normal(size=target.shape)
    units = event_units(IDS, lengths, target=target, predicted=predicted)
    starts = np.cumsum(lengths) - lengths
    for row, found in zip(counts, recompute(units, counts), strict=True):
        frames = np.concatenate([np.arange(starts[v], starts[v] + lengths[v]) for v in drawn(row)])
        assert found == pytest.approx(r2_score(target[frames], predicted[frames]), abs=1e-9)


def test_a_resample_without_anything_to_score_has_no_value():
    units = pair_units(("a", "b"), n=np.ones((2, 2)), total=np.ones((2, 2)))
    assert recompute(units, np.array([[2.0, 0.0], [1.0, 1.0]])) == pytest.approx([np.nan, 1.0], nan_ok=True)


def test_the_interval_is_scipy_s_percentile_interval():
    sample = np.random.default_rng(5).normal(size=25)
    units = video_units([str(n) for n in range(25)], n=np.ones(25), total=sample)
    low, high = interval(recompute(units, draw_counts("squat", 25)))
    other = scipy.stats.bootstrap((sample,), np.mean, method="percentile", n_resamples=10_000, rng=0)
    spread = sample.std() / 5
    assert abs(low - other.confidence_interval.low) < 0.1 * spread
    assert abs(high - other.confidence_interval.high) < 0.1 * spread


def test_the_interval_leaves_undefined_resamples_out_unless_they_are_the_most():
    values = np.concatenate([np.linspace(0, 1, 101), np.full(100, np.nan)])
    assert interval(values) == pytest.approx((0.025, 0.975))
    assert np.isnan(interval(np.append(values, [np.nan, np.nan]))).all()
    assert np.isnan(interval(np.empty(0))).all()


def test_p_by_hand_and_never_below_what_so_few_videos_can_tell():
    difference = np.array([0.0, 0.2] * 50)  # spread 0.1 around 0.1
    widened = 0.1 * np.sqrt(40 / 38)
    expected = 2 * scipy.stats.t.sf(0.3 / widened, df=38)
    for sign in (1, -1):
        assert p_value(sign * difference, sign * 0.3, videos=40, groups=2) == pytest.approx(expected)
    assert p_value(difference, 9.0, videos=4) == 2**-3
    assert p_value(np.zeros(100), 0.0, videos=40) == 1
    assert p_value(np.full(100, 0.2), 0.2, videos=40) == 2**-39
    assert np.isnan(p_value(np.full(5, np.nan), 1.0, videos=40))
    assert np.isnan(p_value(difference, 0.1, videos=3, groups=3))


def test_p_of_a_mean_over_videos_is_that_of_the_paired_t_test():
    rng = np.random.default_rng(7)
    names, ones = [str(n) for n in range(15)], np.ones(15)
    counts = draw_counts("squat", 15)
    for shift in (0.0, 0.3, 0.6):
        first, second = rng.normal(size=15) + shift, rng.normal(size=15)
        resampled = [recompute(video_units(names, n=ones, total=values), counts) for values in (first, second)]
        found = p_value(resampled[0] - resampled[1], float((first - second).mean()), videos=15)
        assert found == pytest.approx(scipy.stats.ttest_rel(first, second).pvalue, rel=0.06, abs=0.003)


def test_holm_by_hand():
    # 4 tests: 0.01 * 4, then 0.02 * 3, then 0.03 * 2 which may not be below the one before, then 0.4.
    assert holm([0.4, 0.01, np.nan, 0.03, 0.02]) == pytest.approx([0.4, 0.04, np.nan, 0.06, 0.06], nan_ok=True)
    assert holm([0.9, 0.6]) == [1, 1]
    assert holm([]) == []


def test_holm_rejects_what_the_stepwise_procedure_rejects():
    for seed in range(30):
        p = np.random.default_rng(seed).beta(0.3, 1, size=12)
        rejected = set()
        for place, index in enumerate(np.argsort(p)):
            if p[index] > 0.05 / (12 - place):
                break
            rejected.add(int(index))
        assert {n for n, value in enumerate(holm(p)) if value <= 0.05} == rejected


def pairs_of(rng: np.random.Generator, videos: int) -> Units:
    """Alike methods: every pair's value is the sum of what its videos bring and of chance."""
    own = rng.normal(size=(2, videos))
    cells = own[0][:, None] + own[1][None] + rng.normal(size=(videos, videos))
    return pair_units([str(n) for n in range(videos)], n=np.ones((videos, videos)), total=cells)


@pytest.mark.parametrize("kind", ["videos", "pairs"])
def test_methods_that_are_alike_seldom_differ(kind):
    """5 % of false alarms are allowed."""
    rng = np.random.default_rng(0)
    counts = draw_counts("squat", 30, resamples=999)
    p = []
    for _ in range(400):
        if kind == "pairs":
            first, second = pairs_of(rng, 30), pairs_of(rng, 30)
        else:
            names, ones = [str(n) for n in range(30)], np.ones(30)
            first, second = (video_units(names, n=ones, total=rng.normal(size=30)) for _ in "ab")
        observed = [recompute(units, np.ones((1, 30)))[0] for units in (first, second)]
        p.append(p_value(recompute(first, counts) - recompute(second, counts), observed[0] - observed[1], videos=30))
    assert 0.02 < np.mean(np.array(p) < 0.05) < 0.08  # 0.05 ± 2.8 standard errors
    assert 0.4 < np.mean(p) < 0.6


def test_thirteen_actions_of_sixty_videos_take_less_than_a_second():
    units = pairs_of(np.random.default_rng(0), 60)
    start = time.process_time()
    for action in range(13):
        interval(recompute(units, draw_counts(str(action), 60)))
    assert time.process_time() - start < 3  # under a second on a quiet machine
