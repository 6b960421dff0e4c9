"""GTA against loops: tables cell by cell, cycle frame by frame."""

import pytest
import torch
from torch import Tensor

from la2ds.config import ObjectiveConfig
from la2ds.learning.objectives.base import Sequences
from la2ds.learning.objectives.gta import GlobalAlignment
from tests.fixtures.objective_checks import (
    call,
    equals_the_witness,
    falls_in_ten_steps,
    is_finite_on_degenerate_inputs,
    pairs,
    softmax,
    toy,
    unit,
)
from tests.fixtures.slow_warping import slow_table

CONFIGS = [ObjectiveConfig(kind="gta"), ObjectiveConfig(kind="gta", cycle="probabilities", gamma=0.5, smoothing=0.2)]


def table(config: ObjectiveConfig, x: Tensor, y: Tensor) -> list[list[Tensor]]:
    columns = [[-p.log() for p in softmax([unit(a) @ unit(b) / config.temperature for a in x])] for b in y]
    cost = torch.stack([torch.stack(column) for column in columns]).T
    return slow_table(cost, config.gamma, expected=True)


def by_rows(r: list[list[Tensor]]) -> list[list[Tensor]]:
    """Softmax of -r over the row index, within each column."""
    columns = [softmax([-row[j] for row in r]) for j in range(len(r[0]))]
    return [[column[i] for column in columns] for i in range(len(r))]


def slow(config: ObjectiveConfig, first: Sequences, second: Sequences) -> Tensor:
    terms, frames = [], first.z.shape[1]
    for a, b in pairs(first):
        there, back = table(config, first.z[a], first.z[b]), table(config, first.z[b], first.z[a])
        p, q = by_rows(there), by_rows(back)
        cycle = 0
        for k in range(frames):  # from frame k of x to y, and back to frame i of x
            home = [sum(p[i][j] * q[j][k] for j in range(frames)) for i in range(frames)]
            logs = [v.log() for v in (softmax(home) if config.cycle == "logits" else home)]
            target = [(1 - config.smoothing) * (i == k) + config.smoothing / frames for i in range(frames)]
            cycle = cycle - sum(t * v for t, v in zip(target, logs, strict=True)) / frames
        terms.append(cycle + config.dtw_weight * (there[-1][-1] + back[-1][-1]))
    return sum(terms) / len(terms)


@pytest.mark.parametrize("config", CONFIGS)
def test_value_and_gradient(config: ObjectiveConfig) -> None:
    equals_the_witness(config, slow, *toy())


@pytest.mark.parametrize("config", CONFIGS)
def test_degenerate_inputs(config: ObjectiveConfig) -> None:
    is_finite_on_degenerate_inputs(config, frames=(1, 6, 40))


@pytest.mark.parametrize("config", CONFIGS)
def test_it_falls(config: ObjectiveConfig) -> None:
    falls_in_ten_steps(config)


def test_probabilities_as_logits_hardly_change() -> None:
    """Why there is a switch: with 30 frames the best possible cycle is little better than a uniform one."""
    best, uniform = torch.eye(30), torch.full((30, 30), 1 / 30)
    losses = [torch.nn.functional.cross_entropy(c, torch.arange(30), label_smoothing=0.1) for c in (best, uniform)]
    assert losses[1] - losses[0] < 0.9


def test_matching_clips_score_better_than_reversed_ones() -> None:
    angle = torch.linspace(0, 3, 10)
    arc = torch.stack([angle.cos(), angle.sin()], -1)
    times, lengths = torch.linspace(0, 1, 10).expand(2, 10), torch.tensor([20, 20])
    for config in CONFIGS:
        same, turned = (
            call(GlobalAlignment(config), Sequences(torch.stack([arc, other]), times, lengths), None)
            for other in (arc, arc.flip(0))
        )
        assert same < turned
