"""One long table: the same sums and paths as the batch that is learned from has, ties and doubtful costs included."""

import numpy as np
import pytest
import torch

from la2ds.evaluation import align, warping
from la2ds.evaluation.align import frame_costs, match_clips, match_frames
from la2ds.learning.objectives.dtw_path import cheapest_path

SHAPES = [(1, 1), (1, 6), (6, 1), (2, 2), (5, 9), (9, 5), (30, 31), (40, 7)]


def table(kind: str, shape: tuple[int, int]) -> np.ndarray:
    rng = np.random.default_rng(shape)
    return {"noise": rng.random(shape), "whole": rng.integers(0, 3, shape).astype(float), "equal": np.ones(shape)}[kind]


def batch_path(cost: np.ndarray) -> np.ndarray:
    return cheapest_path(torch.from_numpy(cost)[None])[0].nonzero().numpy()


@pytest.mark.parametrize("band", [(1, 1), (4, 3), (7, 16), (1024, 128)])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["noise", "whole", "equal"])
def test_equals_the_batch(kind, shape, band, monkeypatch):
    monkeypatch.setattr(warping, "BAND", band[0])
    monkeypatch.setattr(warping, "ROWS", band[1])
    cost = table(kind, shape)
    assert np.array_equal(match_frames(cost), batch_path(cost))
    if kind == "noise":
        sure = warping.path_through(lambda rows, columns: cost[rows, columns], shape, error=1e-15)
        assert np.array_equal(sure, batch_path(cost))


@pytest.mark.parametrize("kind", ["squared", "cosine"])
@pytest.mark.parametrize("still", [False, True])
def test_costs_from_a_product_give_the_path_of_the_sums(kind, still, monkeypatch):
    rng = np.random.default_rng(3)
    first, second = (np.cumsum(rng.normal(size=(n, 8)), axis=0).astype(np.float32) for n in (150, 170))
    if still:
        first[40:60], second[30:70] = first[40], first[40]
    expected = batch_path(frame_costs(first, second, kind=kind))
    monkeypatch.setattr(align, "AT_ONCE", 0)
    calls = []
    monkeypatch.setattr(align, "frame_costs", lambda *a, **k: calls.append(0) or frame_costs(*a, **k))
    assert np.array_equal(match_clips(first, second, kind=kind), expected)
    assert bool(calls) == still  # identical frames leave doubt, others do not


def test_an_error_within_reach_of_another_path_is_told():
    cost = np.array([[0.0, 1.0, 9.0], [1.0 + 1e-9, 9.0, 1.0], [9.0, 1.0, 0.0]])  # two ways round the middle

    def tile(rows, columns):
        return cost[rows, columns]

    assert warping.path_through(tile, (3, 3), error=1e-8) is None
    assert warping.path_through(tile, (3, 3), error=1e-12).tolist() == [[0, 0], [0, 1], [1, 2], [2, 2]]
