"""LAV against loops: soft-DTW cell by cell, C-IDM frame by frame."""

import pytest
import torch
from torch import Tensor

from la2ds.config import ObjectiveConfig
from la2ds.learning.objectives.base import Sequences
from la2ds.learning.objectives.lav import AlignmentInTime
from tests.fixtures.objective_checks import (
    call,
    equals_the_witness,
    falls_in_ten_steps,
    frame,
    is_finite_on_degenerate_inputs,
    pairs,
    squared,
    toy,
    unit,
)
from tests.fixtures.slow_warping import slow_table

CONFIGS = [ObjectiveConfig(kind="lav"), ObjectiveConfig(kind="lav", time="frames", window=4.0, margin=1.0, gamma=0.5)]


def slow(config: ObjectiveConfig, first: Sequences, second: Sequences) -> Tensor:
    frames = first.z.shape[1]

    def within(clip: int) -> Tensor:
        total = 0
        for i in range(frames):
            for j in range(frames):
                distance = squared(unit(first.z[clip, i]), unit(first.z[clip, j]))
                gap = abs(frame(first, clip, i) - frame(first, clip, j))
                apart = gap if config.time == "frames" else first.times[clip, i] - first.times[clip, j]
                if gap > config.window:
                    total = total + (1 + apart**2) * max(torch.zeros_like(distance), config.margin - distance)
                else:
                    total = total + distance
        return total

    terms = []
    for a, b in pairs(first):  # both orders, though they are the same: the witness need not know
        cost = torch.stack([torch.stack([squared(unit(x), unit(y)) for y in first.z[b]]) for x in first.z[a]])
        warped = slow_table(cost, config.gamma, expected=False)[-1][-1]
        terms.append((warped + config.idm_weight * (within(a) + within(b))) / frames)
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


def test_the_window_is_in_frames_of_the_clip() -> None:
    """Two frames half a clip apart: 5 frames in a clip of 11, 50 frames in one of 101."""
    z = torch.eye(2)[None].expand(2, 2, 2)
    times = torch.tensor([[0.25, 0.75]] * 2)
    loss = AlignmentInTime(ObjectiveConfig(kind="lav", window=10.0, margin=4.0))
    near, far = (loss._within(z, Sequences(z, times, torch.tensor([n, n]))) for n in (11, 101))
    torch.testing.assert_close(near, torch.full((2,), 2 * 2.0))  # pulled: squared distance 2, twice
    torch.testing.assert_close(far, torch.full((2,), 2 * 1.25 * (4 - 2)))  # pushed: (1 + 0.5^2) (4 - 2), twice
    torch.testing.assert_close(call(loss, Sequences(z, times, torch.tensor([11, 11])), None) * 2, near[0] + dtw_of(z))


def dtw_of(z: Tensor) -> Tensor:
    cost = torch.tensor([[0.0, 2.0], [2.0, 0.0]])
    return slow_table(cost, 0.1, expected=False)[-1][-1]
