"""Cross entropy over human labels against a loop, and what it leaves out."""

import dataclasses

import pytest
import torch
from torch import Tensor

from la2ds.config import ObjectiveConfig
from la2ds.learning.objectives import OBJECTIVES
from la2ds.learning.objectives.base import Sequences
from la2ds.learning.objectives.supervised import PHASES, Supervised
from tests.fixtures.objective_checks import call, softmax, toy

CONFIG = ObjectiveConfig(kind="supervised", sal_width=4)


def labelled() -> Sequences:
    first, _ = toy()
    phases = torch.tensor([[0, 0, 1, 2, 2], [-1, 1, 1, 63, -1], [5, -1, -1, -1, 0]])
    return dataclasses.replace(first, phases=phases)


def objective() -> Supervised:
    torch.manual_seed(0)
    return Supervised(CONFIG).double()


def slow(made: Supervised, view: Sequences) -> Tensor:
    weight, bias = made.classifier.weight, made.classifier.bias
    losses = []
    for frames, phases in zip(view.z, view.phases.tolist(), strict=True):
        for z, phase in zip(frames, phases, strict=True):
            if phase >= 0:
                losses.append(-softmax([weight[k] @ z + bias[k] for k in range(PHASES)])[phase].log())
    return sum(losses) / len(losses)


def test_value_and_gradient() -> None:
    made, view = objective(), labelled()
    found, expected = [], []
    for results, function in ((found, lambda v: call(made, v, v)), (expected, lambda v: slow(made, v))):
        z = view.z.clone().requires_grad_()
        value = function(dataclasses.replace(view, z=z))
        results += [value.detach(), *torch.autograd.grad(value, [z, *made.parameters()])]
    torch.testing.assert_close(found, expected, rtol=1e-8, atol=1e-10)
    assert found[1].abs().max() > 0


def test_background_does_not_count() -> None:
    made, view = objective(), labelled()
    background = view.phases == -1
    far = torch.where(background[..., None], 50.0, view.z)
    torch.testing.assert_close(call(made, dataclasses.replace(view, z=far), view), call(made, view, view))
    other = torch.where(background[..., None], view.z, 50.0)
    assert not torch.isclose(call(made, dataclasses.replace(view, z=other), view), call(made, view, view))


def test_the_second_view_is_not_looked_at() -> None:
    made, view = objective(), labelled()
    other = dataclasses.replace(view, z=view.z + 3, phases=view.phases.flip(0))
    assert call(made, view, other) == call(made, view, view)
    assert made.views == 1


def test_it_falls() -> None:
    made, view = objective(), labelled()
    optimiser = torch.optim.Adam(made.parameters(), lr=0.1)
    values = []
    for _ in range(30):
        value = call(made, view, view)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        values.append(value.item())
    assert values[-1] < 0.5 * values[0]


def test_without_labels_it_is_refused() -> None:
    first, second = toy()
    with pytest.raises(ValueError, match="objective supervised needs the labels of its training clips"):
        call(objective(), first, second)


def test_it_alone_sees_labels() -> None:
    assert [kind for kind, made in OBJECTIVES.items() if made.labelled] == ["supervised"]
