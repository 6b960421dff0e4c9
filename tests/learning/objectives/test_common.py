"""Pairs, distances, frame numbers; and objectives that need two clips say so."""

import pytest
import torch

from la2ds.config import ObjectiveConfig
from la2ds.learning.objectives import OBJECTIVES
from la2ds.learning.objectives.common import frame_numbers, ordered_pairs, squared_distances, unordered_pairs
from tests.fixtures.objective_checks import call, toy


def test_pairs() -> None:
    left, right = unordered_pairs(torch.zeros(3, 2))
    assert list(zip(left.tolist(), right.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 2)]
    left, right = ordered_pairs(torch.zeros(3))
    both = list(zip(left.tolist(), right.tolist(), strict=True))
    assert both == [(0, 1), (0, 2), (1, 2), (1, 0), (2, 0), (2, 1)]
    assert [(b, a) for a, b in both] == both[3:] + both[:3]


def test_distances_and_frames() -> None:
    x, y = torch.tensor([[1.0, 0], [0, 2]]), torch.tensor([[0.0, 0], [3, 4], [1, 0]])
    assert squared_distances(x, y).tolist() == [[1, 20, 0], [4, 13, 5]]
    frames = frame_numbers(torch.tensor([[0.0, 0.5, 1], [0, 0.25, 1]]), torch.tensor([11, 1]))
    assert frames.tolist() == [[0, 5, 10], [0, 0, 0]]


@pytest.mark.parametrize("kind", ["tcc", "lav", "gta", "vava"])
def test_one_clip_alone_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match="at least 2 in a batch, got 1"):
        call(OBJECTIVES[kind](ObjectiveConfig(kind=kind)), *toy(clips=1))


@pytest.mark.parametrize("kind", ["tcc", "lav", "gta", "vava"])
def test_the_order_of_the_clips_does_not_matter(kind: str) -> None:
    objective = OBJECTIVES[kind](ObjectiveConfig(kind=kind))
    first, second = toy()
    turned = [type(v)(v.z.flip(0), v.times.flip(0), v.lengths.flip(0)) for v in (first, second)]
    torch.testing.assert_close(call(objective, first, second), call(objective, *turned))
