"""The cheapest path against a cell-by-cell table with backtracking, against all paths, and on tables done by hand."""

import pytest
import torch
from torch import Tensor

from la2ds.learning.objectives.dtw_path import accumulated_cost, cheapest_path, expected_match
from tests.fixtures.slow_warping import STEPS, slow_match, slow_path

SHAPES = [(1, 1), (1, 4), (4, 1), (2, 2), (3, 5), (6, 4), (7, 7)]


def least_sum(cost: Tensor, step_cost: float, i: int, j: int) -> float:
    """The least over all paths to a cell, by walking every one of them."""
    before = [
        least_sum(cost, step_cost, i - di, j - dj) + (0 if di == dj else step_cost)
        for di, dj in STEPS
        if i >= di and j >= dj
    ]
    return float(cost[i, j]) + min(before, default=0.0)


def tables(pairs: int, shape: tuple[int, int], kind: str) -> Tensor:
    """Random numbers; whole numbers, which tie often; or a single number."""
    generator = torch.Generator().manual_seed(3)
    if kind == "equal":
        return torch.full((pairs, *shape), 0.5, dtype=torch.float64)
    if kind == "whole":
        return torch.randint(0, 3, (pairs, *shape), generator=generator).double()
    return torch.rand((pairs, *shape), generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["random", "whole", "equal"])
@pytest.mark.parametrize("step_cost", [0.0, 0.25, 1.0])  # sums of whole numbers and these are exact, so ties are ties
def test_equals_the_loop(shape: tuple[int, int], kind: str, step_cost: float) -> None:
    cost = tables(20, shape, kind)
    sums, marked = accumulated_cost(cost, step_cost=step_cost), cheapest_path(cost, step_cost=step_cost)
    match = expected_match(cost, step_cost=step_cost)
    for pair, table in enumerate(cost):
        expected, path = slow_path(table, step_cost)
        torch.testing.assert_close(sums[pair].tolist(), expected, rtol=1e-14, atol=0)
        assert sorted(path) == [tuple(cell) for cell in marked[pair].nonzero().tolist()]
        torch.testing.assert_close(match[pair].tolist(), slow_match(table, step_cost), rtol=1e-14, atol=0)


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1), (3, 4), (5, 4)])
def test_no_path_is_cheaper(shape: tuple[int, int]) -> None:
    cost = tables(3, shape, "random")
    sums = accumulated_cost(cost, step_cost=0.1)
    for pair, table in enumerate(cost):
        least = least_sum(table, 0.1, shape[0] - 1, shape[1] - 1)
        assert sums[pair, -1, -1].item() == pytest.approx(least, rel=1e-12)


def test_the_mean_of_what_is_matched() -> None:
    """Row 0 meets columns 0 to 2, row 1 column 3, row 2 column 3."""
    cost = torch.tensor([[[0.0, 0, 0, 9], [9, 9, 9, 0], [9, 9, 9, 0]]])
    assert expected_match(cost, step_cost=0.02).tolist() == [[1, 3, 3]]
    assert expected_match(cost.mT, step_cost=0.02).tolist() == [[0, 0, 0, 1.5]]
    assert accumulated_cost(cost, step_cost=0.5)[0, -1, -1] == 1.5  # three steps off the diagonal


def test_among_equals_the_diagonal_comes_first_and_then_the_vertical() -> None:
    """Seen from the end: the path leaves the diagonal only at the border, where it must."""
    cost = torch.zeros(1, 2, 3)
    assert cheapest_path(cost)[0].tolist() == [[True, True, False], [False, False, True]]
    assert cheapest_path(cost.mT)[0].tolist() == [[True, False], [True, False], [False, True]]
    hill = torch.zeros(1, 3, 3)
    hill[0, 1, 1] = 9
    # Round the hill there are two ways of the same cost; the last cell is entered from above.
    assert cheapest_path(hill)[0].nonzero().tolist() == [[0, 0], [0, 1], [1, 2], [2, 2]]


@pytest.mark.parametrize("frames", [1, 2, 9])
def test_a_sequence_matches_itself_frame_by_frame(frames: int) -> None:
    z = torch.nn.functional.normalize(torch.randn(4, frames, 3, generator=torch.Generator().manual_seed(0)), dim=-1)
    for cost in (1 - z @ z.mT, torch.zeros(4, frames, frames)):
        assert (expected_match(cost, step_cost=0.02) == torch.arange(frames)).all()


def test_pairs_do_not_see_each_other() -> None:
    cost = tables(5, (6, 4), "random")
    together = expected_match(cost, step_cost=0.02)
    alone = torch.cat([expected_match(table[None], step_cost=0.02) for table in cost])
    assert torch.equal(together, alone)
    assert expected_match(cost[:0], step_cost=0.02).shape == (0, 6)


def test_nothing_has_a_gradient() -> None:
    cost = tables(2, (4, 4), "random").requires_grad_()
    for found in (accumulated_cost(cost), cheapest_path(cost), expected_match(cost, step_cost=0.02)):
        assert not found.requires_grad


def test_a_cost_that_is_no_number_gives_no_number() -> None:
    cost = torch.full((1, 3, 3), torch.nan)
    assert expected_match(cost, step_cost=0.02).isnan().any()


@pytest.mark.parametrize(
    ("cost", "step_cost", "told"),
    [
        (torch.zeros(3, 3), 0.0, r"must be \(pairs, N, M\) with N and M above 0, got \(3, 3\)"),
        (torch.zeros(2, 0, 3), 0.0, r"got \(2, 0, 3\)"),
        (torch.zeros(2, 3, 0), 0.0, r"got \(2, 3, 0\)"),
        (torch.zeros(2, 3, 3), -0.1, r"step_cost must be at least 0, got -0\.1"),
    ],
)
def test_impossible_arguments_are_refused(cost: Tensor, step_cost: float, told: str) -> None:
    for function in (accumulated_cost, cheapest_path, expected_match):
        with pytest.raises(ValueError, match=told):
            function(cost, step_cost=step_cost)
