"""Smooth time warping: against loops, enumeration of all paths, numerical gradients, and single pairs."""

import itertools

import pytest
import torch
from torch import Tensor

from la2ds.learning.objectives.soft_dtw import cumulative_cost, skew, soft_dtw, unskew
from tests.fixtures.slow_warping import slow_table


def costs(*shape: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


def cheapest_path(cost: Tensor) -> float:
    """The least sum over all monotone paths, by listing them."""
    rows, columns = cost.shape
    best = float("inf")
    for length in range(max(rows, columns) - 1, rows + columns - 1):
        for steps in itertools.product(((1, 0), (0, 1), (1, 1)), repeat=length):
            i, j, total = 0, 0, cost[0, 0].item()
            for di, dj in steps:
                i, j = i + di, j + dj
                if i >= rows or j >= columns:
                    break
                total += cost[i, j].item()
            if (i, j) == (rows - 1, columns - 1):
                best = min(best, total)
    return best


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1), (2, 2), (3, 5), (6, 4)])
@pytest.mark.parametrize("expected", [False, True])
def test_tables_and_their_gradients_equal_the_loop(shape: tuple[int, int], expected: bool) -> None:
    weights = costs(*shape) - 0.3  # every cell has its own weight in the loss, so every adjoint is seen
    results = []
    for fast in (True, False):
        cost = costs(2, *shape)[1].clone().requires_grad_()
        if fast:
            table = cumulative_cost(cost[None], gamma=0.3, expected=expected)[0]
        else:
            table = torch.stack([torch.stack(row) for row in slow_table(cost, 0.3, expected=expected)])
        (table * weights).sum().backward()
        results.append((table.detach(), cost.grad))
    torch.testing.assert_close(results[0], results[1], rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("shape", [(2, 1, 1), (2, 3, 4), (1, 4, 3)])
@pytest.mark.parametrize("expected", [False, True])
def test_numerical_gradients(shape: tuple[int, int, int], expected: bool) -> None:
    cost = costs(*shape).requires_grad_()
    assert torch.autograd.gradcheck(lambda c: cumulative_cost(c, gamma=0.2, expected=expected), cost)


@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (3, 2), (3, 3), (3, 4)])
def test_small_gamma_gives_the_cheapest_path(shape: tuple[int, int]) -> None:
    cost = costs(*shape)
    assert soft_dtw(cost[None], gamma=1e-6).item() == pytest.approx(cheapest_path(cost), abs=1e-5)
    last = cumulative_cost(cost[None], gamma=1e-6, expected=True)[0, -1, -1]
    assert last.item() == pytest.approx(cheapest_path(cost), abs=1e-5)


@pytest.mark.parametrize("expected", [False, True])
def test_a_batch_equals_its_pairs_one_by_one(expected: bool) -> None:
    batch = costs(5, 6, 4).requires_grad_()
    cumulative_cost(batch, gamma=0.1, expected=expected)[:, -1, -1].sum().backward()
    for n in range(5):
        single = batch.detach()[n : n + 1].clone().requires_grad_()
        table = cumulative_cost(single, gamma=0.1, expected=expected)
        torch.testing.assert_close(table, cumulative_cost(batch.detach(), gamma=0.1, expected=expected)[n : n + 1])
        table[:, -1, -1].sum().backward()
        torch.testing.assert_close(single.grad[0], batch.grad[n], rtol=1e-12, atol=1e-14)


def test_soft_dtw_is_symmetric_and_below_the_hard_one() -> None:
    cost = costs(3, 5, 4)
    torch.testing.assert_close(soft_dtw(cost, gamma=0.1), soft_dtw(cost.mT.contiguous(), gamma=0.1))
    assert (soft_dtw(cost, gamma=0.1) <= soft_dtw(cost, gamma=1e-6)).all()
    # The expected value of the neighbours lies above their minimum.
    expected = cumulative_cost(cost, gamma=0.1, expected=True)[:, -1, -1]
    assert (expected >= soft_dtw(cost, gamma=1e-6) - 1e-9).all()


def test_single_precision_stays_near_double_at_training_size() -> None:
    for expected in (False, True):
        results = []
        for dtype in (torch.float64, torch.float32):
            cost = (20 * costs(3, 40, 40)).to(dtype).requires_grad_()
            table = cumulative_cost(cost, gamma=0.1, expected=expected)
            table[:, -1, -1].sum().backward()
            assert torch.isfinite(table).all()
            results.append((table.detach().double(), cost.grad.double()))
        torch.testing.assert_close(results[0], results[1], rtol=1e-4, atol=2e-3)


def test_skewing_and_back() -> None:
    cells = costs(2, 3, 5)
    skewed = skew(cells, fill=-1.0)
    assert skewed.shape == (7, 2, 3)
    for k, p, i in itertools.product(range(7), range(2), range(3)):
        assert skewed[k, p, i] == (cells[p, i, k - i] if 0 <= k - i < 5 else -1.0)
    assert torch.equal(unskew(skewed, columns=5), cells)


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="gamma must be above 0"):
        cumulative_cost(costs(1, 2, 2), gamma=0)
    with pytest.raises(ValueError, match="N and M above 0"):
        cumulative_cost(costs(2, 2), gamma=1)
    with pytest.raises(ValueError, match="N and M above 0"):
        cumulative_cost(costs(1, 0, 2), gamma=1)
