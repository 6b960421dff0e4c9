"""VAVA against loops over cells, with the file's own layout: virtual frames first, Sinkhorn on plain matrices."""

import math

import pytest
import torch
from torch import Tensor

from la2ds.config import ObjectiveConfig
from la2ds.learning.objectives.base import Sequences
from la2ds.learning.objectives.vava import transport
from tests.fixtures.objective_checks import (
    STEP,
    equals_the_witness,
    falls_in_ten_steps,
    frame,
    is_finite_on_degenerate_inputs,
    pairs,
    squared,
    toy,
    unit,
)

CONFIGS = [
    ObjectiveConfig(kind="vava", similarity="distance", window=15.0),
    ObjectiveConfig(kind="vava", transport_divisions=0, window=5.0, margin=0.5),
    ObjectiveConfig(kind="vava", transport_divisions=1),
]


def slow_plan(x: Tensor, y: Tensor, s: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """Plan and costs of one pair; row and column 0 are virtual."""
    real_n, real_m = len(x), len(y)
    n, m = real_n + 1, real_m + 1
    lambda1, lambda2 = 1.0 * (real_n + real_m), 0.1 * real_n * real_m / 4
    phi = min(max(0.999 ** int(math.sqrt(STEP + 1)), 0.001), 0.999)
    n0 = math.sqrt(1 / n**2 + 1 / m**2)
    rows, costs = [], []
    for i in range(n):
        row, row_costs = [], []
        for j in range(m):
            virtual = i == 0 or j == 0
            if virtual:
                d1 = d2 = 0.0 if i == j else 1.5 * 2 * 5 / (n + m)
                cost = torch.tensor(0.5, dtype=x.dtype)
            else:
                nearest = min(range(real_m), key=lambda k: squared(x[i - 1], y[k]).item())
                d1, d2 = abs(s[i - 1] - t[j - 1]).item(), abs(t[j - 1] - t[nearest]).item()
                cost = squared(x[i - 1], y[j - 1])
            gauss = [math.exp(-((d / n0) ** 2) / (2 * 2.0**2)) / (2.0 * math.sqrt(2 * math.pi)) for d in (d1, d2)]
            p = phi * gauss[0] + (1 - phi) * gauss[1]
            closeness = lambda1 * (phi / (d1**2 + 1) + (1 - phi) / (d2**2 + 1))
            row.append((p * torch.exp((closeness - cost) / lambda2)).clamp(1e-15, 1e20))
            row_costs.append(cost)
        rows.append(torch.stack(row))
        costs.append(torch.stack(row_costs))
    kernel = torch.stack(rows)
    a, b = torch.full((n,), 1 / n, dtype=x.dtype), torch.full((m,), 1 / m, dtype=x.dtype)
    u = a
    for _ in range(20):
        u = 1 / ((kernel / a[:, None]) @ (b / (kernel.T @ u)))
    v = b / (kernel.T @ u)
    u = 1 / ((kernel / a[:, None]) @ v)
    return u[:, None] * kernel * v[None], torch.stack(costs)


def slow(config: ObjectiveConfig, first: Sequences, second: Sequences) -> Tensor:
    frames, width = first.z.shape[1:]
    z = [torch.stack([unit(v) for v in c]) if config.similarity == "cosine" else c for c in first.z]

    def within(clip: int) -> Tensor:
        total = 0
        for i in range(frames):
            for j in range(frames):
                distance = squared(z[clip][i], z[clip][j]) / width
                gap = abs(frame(first, clip, i) - frame(first, clip, j))
                far = max(torch.zeros_like(distance), config.margin - distance)
                total = total + (far if gap > config.window else distance / (gap**2 + 1))
        return total / frames**2

    terms = []
    for a, b in pairs(first):
        plan, costs = slow_plan(z[a], z[b], first.times[a], first.times[b])
        moved = (plan * costs).sum()
        if config.transport_divisions > 0:
            moved = moved / (frames + 1) ** 2
        if config.transport_divisions > 1:
            moved = moved / frames**2
        logits = []
        for choose in (torch.argmax, torch.argmin):
            there = sum(squared(z[a][i], z[b][int(choose(plan[i + 1, 1:]))]) for i in range(frames))
            back = sum(squared(z[b][j], z[a][int(choose(plan[1:, j + 1]))]) for j in range(frames))
            logits.append((there + back) / frames / width / 0.5)
        between = (logits[0].exp() + logits[1].exp()).log() - logits[1]
        terms.append(0.5 * (within(a) + within(b)) + moved + 1e-4 * between)
    return sum(terms) / len(terms)


@pytest.mark.parametrize("config", CONFIGS)
def test_value_and_gradient(config: ObjectiveConfig) -> None:
    equals_the_witness(config, slow, *toy())


@pytest.mark.parametrize("config", CONFIGS)
def test_degenerate_inputs(config: ObjectiveConfig) -> None:
    is_finite_on_degenerate_inputs(config, frames=(1, 2, 6))


@pytest.mark.parametrize("config", CONFIGS)
def test_it_falls(config: ObjectiveConfig) -> None:
    falls_in_ten_steps(config)


def test_plans_have_uniform_margins_and_follow_time() -> None:
    times = torch.linspace(0, 1, 8, dtype=torch.float64)[None]
    plan, cost = transport(torch.zeros(1, 8, 8, dtype=torch.float64), times, times, step=0)
    assert plan.shape == cost.shape == (1, 9, 9)
    torch.testing.assert_close(plan.sum(2), torch.full((1, 9), 1 / 9, dtype=torch.float64))
    # Twenty steps bring the other margin near.
    torch.testing.assert_close(plan.sum(1), torch.full((1, 9), 1 / 9, dtype=torch.float64), atol=1e-3, rtol=0)
    assert torch.equal(plan[0, 1:, 1:].argmax(1), torch.arange(8))  # nothing but time tells the frames apart
