"""Every metric against a slow loop written from the definition, on small random data."""

import functools
import statistics

import numpy as np
import pytest
import scipy.optimize
import scipy.stats

from la2ds.config import ProtocolConfig
from la2ds.evaluation.metrics import METRICS
from la2ds.evaluation.metrics.carried_events import missed_from_several
from la2ds.evaluation.metrics.clips import Clip
from la2ds.evaluation.metrics.kendall_tau import inversions, tau_b
from tests.fixtures.metric_clips import random_clips

SEEDS = [0, 1, 2]


def nearest(query: np.ndarray, frames: np.ndarray) -> int:
    distances = [sum((float(a) - float(b)) ** 2 for a, b in zip(query, f, strict=True)) for f in frames]
    return distances.index(min(distances))


def last_frames(clip: Clip) -> list[int]:
    return [max(t for t, label in enumerate(clip.phases) if label == p) for p in range(2)]


def values(metric: str, seed: int, protocol: ProtocolConfig | None = None) -> dict[str, float]:
    rows = METRICS[metric](random_clips(seed=seed), protocol or ProtocolConfig())
    return {row.variant: row.value for row in rows}


@pytest.mark.parametrize("ties", [3, 1000])
def test_tau_b_equals_scipy(ties):
    rng = np.random.default_rng(0)
    ranks = rng.integers(0, ties, size=(50, 23))
    expected = [scipy.stats.kendalltau(np.arange(23), row).statistic for row in ranks]
    assert np.abs(tau_b(ranks) - expected).max() < 1e-12


@pytest.mark.parametrize("n", [1, 2, 3, 8, 9, 33])
def test_inversions_equal_the_loop(n):
    rng = np.random.default_rng(n)
    rows = np.array([np.arange(n), np.arange(n)[::-1], *(rng.permutation(n) for _ in range(6))])
    expected = [sum(row[i] > row[j] for j in range(n) for i in range(j)) for row in rows]
    assert inversions(rows).tolist() == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_kendall_tau(seed):
    val, taus = random_clips(seed=seed).val, []
    for a in val:
        for b in val:
            if a is not b:
                found = [nearest(f, b.embedding[::2]) for f in a.embedding[::2]]
                taus.append(scipy.stats.kendalltau(range(len(found)), found).statistic)
    assert values("kendall_tau", seed)["split=val/stride=2"] == pytest.approx(np.mean(taus), abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_progression(seed):
    data = random_clips(seed=seed)

    def system(clips: list[Clip], event: int) -> tuple[np.ndarray, np.ndarray]:
        rows = [[1.0, *clip.embedding[t]] for clip in clips for t in range(len(clip.phases))]
        target = [(t - last_frames(c)[event]) / len(c.phases) for c in clips for t in range(len(c.phases))]
        return np.array(rows), np.array(target)

    scores = []
    for event in range(2):
        a, y = system(data.train, event)
        b, z = system(data.val, event)
        residual = z - b @ np.linalg.solve(a.T @ a, a.T @ y)
        scores.append(1 - (residual**2).sum() / ((z - z.mean()) ** 2).sum())
    assert values("phase_progression", seed)["labels=1.0"] == pytest.approx(np.mean(scores), abs=1e-9)


@pytest.mark.parametrize("average", ["frames", "videos"])
@pytest.mark.parametrize("seed", SEEDS)
def test_retrieval(seed, average):
    val, videos = random_clips(seed=seed).val, []
    for a in val:
        gallery = [(f, p) for b in val if b is not a for f, p in zip(b.embedding, b.phases, strict=True)]
        shares = []
        for query, phase in zip(a.embedding.astype(float), a.phases, strict=True):
            ranked = sorted(gallery, key=lambda item: ((query - item[0]) ** 2).sum())
            shares.append(np.mean([p == phase for _, p in ranked[:5]]))
        videos.append(shares)
    expected = np.mean(np.concatenate(videos)) if average == "frames" else np.mean([np.mean(s) for s in videos])
    found = values("retrieval", seed, ProtocolConfig(retrieval_average=average))
    assert found[f"k=5/average={average}"] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("seed", SEEDS)
def test_alignment_error(seed, stride):
    val, share, ms = random_clips(seed=seed).val, [], []
    for a in val:
        for b in val:
            for start, true in zip(last_frames(a), last_frames(b), strict=True) if a is not b else ():
                missed = abs(stride * nearest(a.embedding[start], b.embedding[::stride]) - true)
                share.append(missed / len(b.phases))
                ms += [1000 * missed / b.fps] if b.fps == b.fps else []
    rows = METRICS["alignment_error"](random_clips(seed=seed), ProtocolConfig(alignment_stride=stride))[:2]
    assert [r.value for r in rows] == pytest.approx([np.mean(share), np.mean(ms)], abs=1e-12)
    assert [(r.n, r.dropped) for r in rows] == [(24, 0), (18, 6)]


def cheapest(first: np.ndarray, second: np.ndarray) -> list[tuple[int, int]]:
    """Find the cheapest monotone path by trying all of them, from the end; random costs have no ties."""

    @functools.cache
    def best(i: int, j: int) -> tuple[float, tuple[tuple[int, int], ...]]:
        here = sum((float(a) - float(b)) ** 2 for a, b in zip(first[i], second[j], strict=True))
        before = [(i - di, j - dj) for di, dj in ((1, 1), (1, 0), (0, 1)) if i >= di and j >= dj]
        cost, path = min((best(*cell) for cell in before), default=(0.0, ()))
        return cost + here, (*path, (i, j))

    return list(best(len(first) - 1, len(second) - 1)[1])


@pytest.mark.parametrize("path", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_alignment_error_along_paths_and_from_several_sources(seed, path):
    val, pairs, several = random_clips(val=6, seed=seed).val, [], []
    found: dict[tuple[str, str, int], int] = {}
    for a in val:
        for b in val:
            matches = cheapest(a.embedding, b.embedding)
            for event, start in enumerate(last_frames(a)):
                partners = [j for i, j in matches if i == start]
                middle = partners[(len(partners) - 1) // 2]
                found[a.video_id, b.video_id, event] = middle if path else nearest(a.embedding[start], b.embedding)
    for b in val:
        others = [a for a in val if a is not b]
        for event, true in enumerate(last_frames(b)):
            carried = [found[a.video_id, b.video_id, event] for a in others]
            pairs += [abs(place - true) / len(b.phases) for place in carried]
            # Five others: two groups of two, and one that is left over.
            medians = [statistics.median(carried[:2]), statistics.median(carried[2:4])]
            several += [abs(place - true) / len(b.phases) for place in medians]
    scored = METRICS["alignment_error"](random_clips(val=6, seed=seed), ProtocolConfig(alignment_sources=2))
    rows = {row.variant: row for row in scored}
    variant = "unit=fraction/match=path" if path else "unit=fraction"
    assert rows[variant].value == pytest.approx(np.mean(pairs), abs=1e-12)
    assert rows[variant + "/sources=2"].value == pytest.approx(np.mean(several), abs=1e-12)
    assert (rows[variant + "/sources=2"].n, rows[variant + "/sources=2"].dropped) == (6 * 2 * 2, 0)


def test_sources_without_the_event_are_passed_over() -> None:
    """Of three sources two have the event, of the next three none has: a middle of two, and a cell that is dropped."""
    events = np.array([[4], [4], [-1], [6], [-1], [-1], [-1]])
    found = np.full((7, 7, 1), np.nan)
    found[[1, 3], 0, 0] = 5, 8
    missed = missed_from_several(found, events, sources=3)
    assert missed.shape == (7, 2, 1)
    assert missed[0, :, 0].tolist()[0] == 2.5
    assert np.isnan(missed[0, 1, 0])
    assert np.isnan(missed[2]).all()  # it lacks the event itself


@pytest.mark.parametrize("seed", SEEDS)
def test_phase_accuracy(seed):
    """The linear probe's witness is its dual solved by SciPy in one-against-one form."""
    data = random_clips(seed=seed)
    features = np.concatenate([c.embedding for c in data.train]).astype(float)
    phases = np.concatenate([c.phases for c in data.train])
    votes = []
    for query, truth in [(e.astype(float), p) for c in data.val for e, p in zip(c.embedding, c.phases, strict=True)]:
        count = np.zeros(3)
        for (a, b), (w, bias) in _pairwise_svms(seed, features, phases).items():
            count[a if query @ w + bias > 0 else b] += 1
        votes.append(count.argmax() == truth)
    found = values("phase_accuracy", seed, ProtocolConfig(label_fractions=(1.0,), classifiers=("svc_linear",)))
    assert found["labels=1.0/classifier=svc_linear"] == pytest.approx(np.mean(votes), abs=0.03)


_FITTED: dict[int, dict[tuple[int, int], tuple[np.ndarray, float]]] = {}


def _pairwise_svms(
    seed: int, features: np.ndarray, phases: np.ndarray
) -> dict[tuple[int, int], tuple[np.ndarray, float]]:
    """Minimise |w|^2 / 2 + sum of hinge losses for each pair of phases, as a quadratic programme."""
    if seed not in _FITTED:
        _FITTED[seed] = {
            (a, b): _primal_svm(
                features[np.isin(phases, (a, b))], np.where(phases[np.isin(phases, (a, b))] == a, 1.0, -1.0)
            )
            for a, b in ((0, 1), (0, 2), (1, 2))
        }
    return _FITTED[seed]


def _primal_svm(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
    d = x.shape[1]

    def slack(v: np.ndarray) -> np.ndarray:
        return y * (x @ v[:d] + v[d]) - 1 + v[d + 1 :]

    jacobian = np.hstack([y[:, None] * x, y[:, None], np.eye(len(y))])
    result = scipy.optimize.minimize(
        lambda v: v[:d] @ v[:d] / 2 + v[d + 1 :].sum(),
        np.r_[np.zeros(d + 1), np.ones(len(y))],
        jac=lambda v: np.r_[v[:d], 0, np.ones(len(y))],
        bounds=[(None, None)] * (d + 1) + [(0, None)] * len(y),
        constraints={"type": "ineq", "fun": slack, "jac": lambda _: jacobian},
        method="SLSQP",
        options={"maxiter": 500, "ftol": 1e-12},
    )
    return result.x[:d], float(result.x[d])
