"""What every objective must pass: its slow witness, degenerate inputs, ten steps of descent."""

from collections.abc import Callable

import torch
from torch import Tensor

from la2ds.config import ObjectiveConfig
from la2ds.learning.objectives import OBJECTIVES
from la2ds.learning.objectives.base import Objective, Sequences

Witness = Callable[[ObjectiveConfig, Sequences, Sequences], Tensor]
STEP = 8  # 0.999 ** 3 in vava


def toy(clips: int = 3, frames: int = 5, width: int = 4, *, spread: float = 1.0) -> tuple[Sequences, Sequences]:
    """Random clips of 30, 31, 32, ... frames; both views are cropped and warped; float64."""
    generator = torch.Generator().manual_seed(1)
    lengths = torch.arange(30, 30 + clips)
    views = []
    for start in (0.0, 0.1):
        z = spread * torch.randn((clips, frames, width), generator=generator, dtype=torch.float64)
        times = torch.rand((clips, frames), generator=generator, dtype=torch.float64).sort(1).values * 0.9 + start
        views.append(Sequences(z, times, lengths))
    return views[0], views[1]


def with_z(view: Sequences, z: Tensor) -> Sequences:
    return Sequences(z, view.times, view.lengths)


def call(objective: Objective, first: Sequences, second: Sequences) -> Tensor:
    return objective(first, second, generator=torch.Generator().manual_seed(0), step=STEP)


def value_and_gradients(
    function: Callable[[Sequences, Sequences], Tensor], first: Sequences, second: Sequences
) -> tuple[Tensor, ...]:
    a, b = first.z.clone().requires_grad_(), second.z.clone().requires_grad_()
    value = function(with_z(first, a), with_z(second, b))
    value.backward()
    return value.detach(), *(torch.zeros_like(x) if x.grad is None else x.grad for x in (a, b))


def equals_the_witness(config: ObjectiveConfig, witness: Witness, first: Sequences, second: Sequences) -> None:
    objective = OBJECTIVES[config.kind](config).double()
    found = value_and_gradients(lambda a, b: call(objective, a, b), first, second)
    expected = value_and_gradients(lambda a, b: witness(config, a, b), first, second)
    torch.testing.assert_close(found, expected, rtol=1e-8, atol=1e-10)
    assert found[1].abs().max() > 0


def is_finite_on_degenerate_inputs(config: ObjectiveConfig, *, frames: tuple[int, ...] = (1, 6)) -> None:
    """Float32, as in training: one frame, identical clips, one point for all frames, zeros, far-off vectors."""
    objective = OBJECTIVES[config.kind](config)
    for count in frames:
        first, second = toy(frames=count)
        same = first.z[:1].expand_as(first.z)
        for z in (first.z, same, torch.ones_like(same), torch.zeros_like(same), 30 * first.z):
            views = [Sequences(z.float(), v.times.float(), v.lengths) for v in (first, second)]
            for part in value_and_gradients(lambda a, b: call(objective, a, b), *views):
                assert torch.isfinite(part).all()
        short = [Sequences(v.z, torch.zeros_like(v.times), torch.ones_like(v.lengths)) for v in (first, second)]
        for part in value_and_gradients(lambda a, b: call(objective.double(), a, b), *short):
            assert torch.isfinite(part).all()
        objective.float()


def falls_in_ten_steps(config: ObjectiveConfig, *, rate: float = 0.05, share: float = 0.95) -> None:
    objective = OBJECTIVES[config.kind](config).double()
    first, second = toy(frames=8)
    a, b = first.z.clone().requires_grad_(), second.z.clone().requires_grad_()
    optimiser = torch.optim.Adam([a, b, *objective.parameters()], lr=rate)
    values = []
    for _ in range(11):
        value = call(objective, with_z(first, a), with_z(second, b))
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        values.append(value.item())
    assert values[-1] < values[0] - (1 - share) * abs(values[0])


def unit(v: Tensor) -> Tensor:
    return v / (v @ v) ** 0.5


def squared(a: Tensor, b: Tensor) -> Tensor:
    return sum((x - y) ** 2 for x, y in zip(a, b, strict=True))


def softmax(values: list[Tensor]) -> list[Tensor]:
    total = sum(v.exp() for v in values)
    return [v.exp() / total for v in values]


def frame(view: Sequences, clip: int, place: int) -> Tensor:
    return view.times[clip, place] * (int(view.lengths[clip]) - 1)


def pairs(view: Sequences) -> list[tuple[int, int]]:
    """All ordered pairs of different clips."""
    return [(a, b) for a in range(len(view.z)) for b in range(len(view.z)) if a != b]
