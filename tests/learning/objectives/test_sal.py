"""Shuffle and learn: the draw, the classifier and the loss."""

import pytest
import torch
from torch import Tensor

from la2ds.config import ObjectiveConfig
from la2ds.learning.objectives import OBJECTIVES
from la2ds.learning.objectives.base import Sequences
from la2ds.learning.objectives.sal import TUPLES, ShuffleAndLearn, draw_triples
from tests.fixtures.objective_checks import (
    call,
    equals_the_witness,
    falls_in_ten_steps,
    is_finite_on_degenerate_inputs,
    toy,
)

CONFIG = ObjectiveConfig(kind="sal", sal_width=4)


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def slow_with(head: list[Tensor]) -> object:
    """The witness with given weights: w1, b1, w2, b2, w3, b3."""

    def slow(config: ObjectiveConfig, first: Sequences, second: Sequences) -> Tensor:
        places, kinds = draw_triples(*first.z.shape[:2], torch.Generator().manual_seed(0))
        terms = []
        for clip in range(len(first.z)):
            for n in range(TUPLES):
                x = torch.cat([first.z[clip, int(p)] for p in places[clip, n]])
                for w, b in zip(head[:4:2], head[1:4:2], strict=True):
                    x = torch.stack([max(row @ x + c, torch.zeros_like(c)) for row, c in zip(w, b, strict=True)])
                scores = [row @ x + c for row, c in zip(head[4], head[5], strict=True)]
                right = scores[0] if kinds[clip, n] == 0 else scores[1]
                terms.append(sum(s.exp() for s in scores).log() - right)
        return sum(terms) / len(terms)

    return slow


def test_value_and_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    objective = ShuffleAndLearn(CONFIG).double()
    monkeypatch.setitem(OBJECTIVES, "sal", lambda config: objective)
    equals_the_witness(CONFIG, slow_with([p.detach() for p in objective.parameters()]), *toy())


def test_degenerate_inputs() -> None:
    is_finite_on_degenerate_inputs(CONFIG, frames=(5, 8))


def test_it_falls() -> None:
    falls_in_ten_steps(CONFIG)


def test_the_classifier_learns() -> None:
    """With frames that tell their time, the weights alone make the loss fall."""
    times = torch.linspace(0, 1, 8).expand(16, 8)
    view = Sequences(times[..., None] * torch.tensor([1.0, -1, 2, 0]), times, torch.full((16,), 20))
    objective = ShuffleAndLearn(CONFIG)
    optimiser = torch.optim.Adam(objective.parameters(), lr=0.01)
    values = []
    for _ in range(30):
        loss = call(objective, view, view)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        values.append(loss.item())
    assert values[-1] < 0.8 * values[0]


def test_triples_are_drawn_as_described() -> None:
    places, kinds = draw_triples(3000, 9, torch.Generator().manual_seed(0))
    assert places.shape == (3000, TUPLES, 3) and places.min() == 0 and places.max() == 8
    rising = (places.diff(dim=-1) > 0).all(-1)
    falling = (places.diff(dim=-1) < 0).all(-1)
    assert torch.equal(rising | falling, kinds == 0)
    assert (rising.sum() / (kinds == 0).sum()).item() == pytest.approx(0.5, abs=0.02)
    share = torch.bincount(kinds.flatten()) / kinds.numel()
    torch.testing.assert_close(share, torch.tensor([0.25, 0.375, 0.375]), atol=0.01, rtol=0)
    # The outer two are b and d; the middle one is a (before both) or e (behind both), or the reverse.
    low, high = places[..., (0, 2)].min(-1).values, places[..., (0, 2)].max(-1).values
    middle = places[..., 1]
    assert ((middle > low) & (middle < high))[kinds == 0].all()
    assert ((middle < low) | (middle > high))[kinds > 0].all()


def test_wrong_widths_and_short_views_are_refused() -> None:
    with pytest.raises(ValueError, match="must be the width of the projections, 4, got 128"):
        call(ShuffleAndLearn(ObjectiveConfig(kind="sal")), *toy())
    with pytest.raises(ValueError, match="at least 5, got 4"):
        call(ShuffleAndLearn(CONFIG).double(), *toy(frames=4))
