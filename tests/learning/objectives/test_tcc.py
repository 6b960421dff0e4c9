"""Cycle-back regression against loops over pairs and frames."""

import pytest
import torch
from torch import Tensor

from la2ds.config import ObjectiveConfig
from la2ds.learning.objectives.base import Sequences
from la2ds.learning.objectives.tcc import CycleConsistency
from tests.fixtures.objective_checks import (
    call,
    equals_the_witness,
    falls_in_ten_steps,
    is_finite_on_degenerate_inputs,
    pairs,
    softmax,
    squared,
    toy,
)

CONFIGS = [ObjectiveConfig(kind="tcc", variance=0.001), ObjectiveConfig(kind="tcc")]


def slow(config: ObjectiveConfig, first: Sequences, second: Sequences) -> Tensor:
    terms = []
    for a, b in pairs(first):
        u, v, t = first.z[a], first.z[b], first.times[a]
        scale = config.temperature * u.shape[1]
        for i in range(len(u)):
            alpha = softmax([-squared(u[i], w) / scale for w in v])
            neighbour = sum(p * w for p, w in zip(alpha, v, strict=True))
            beta = softmax([-squared(neighbour, w) / scale for w in u])
            mean = sum(p * x for p, x in zip(beta, t, strict=True))
            error = (t[i] - mean) ** 2
            if config.variance:
                variance = sum(p * (x - mean) ** 2 for p, x in zip(beta, t, strict=True)) + 1e-4
                error = error / variance + config.variance * variance.log()
            terms.append(error)
    return sum(terms) / len(terms)


@pytest.mark.parametrize("config", CONFIGS)
def test_value_and_gradient(config: ObjectiveConfig) -> None:
    equals_the_witness(config, slow, *toy())


@pytest.mark.parametrize("config", CONFIGS)
def test_degenerate_inputs(config: ObjectiveConfig) -> None:
    is_finite_on_degenerate_inputs(config)


@pytest.mark.parametrize("config", CONFIGS)
def test_it_falls(config: ObjectiveConfig) -> None:
    falls_in_ten_steps(config)


def test_perfect_cycles_cost_nothing() -> None:
    """Frames that are far apart and equal in both clips lead back to themselves."""
    z = 30 * torch.eye(6)[None].expand(2, 6, 6)
    view = Sequences(z, torch.linspace(0, 1, 6).expand(2, 6), torch.tensor([20, 30]))
    assert call(CycleConsistency(ObjectiveConfig(kind="tcc")), view, view) < 1e-10
