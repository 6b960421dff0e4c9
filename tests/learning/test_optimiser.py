"""AdamW against PyTorch's class, and that nothing loads the compiler."""

import subprocess
import sys

import pytest
import torch
from torch import Tensor

from la2ds.learning.training.optimiser import AdamW

SHAPES = [(3, 4), (5,), (), (2, 3)]


def new_weights() -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=generator).requires_grad_() for shape in SHAPES]


def give_gradients(weights: list[Tensor], step: int) -> None:
    """Leave the last weight without, as networks do with parts that nothing uses."""
    generator = torch.Generator().manual_seed(step)
    for weight in weights[:-1]:
        weight.grad = torch.randn(weight.shape, generator=generator)


def test_steps_are_those_of_pytorchs_class() -> None:
    ours, theirs = new_weights(), new_weights()
    optimiser = AdamW(ours, learning_rate=0.1, weight_decay=0.3)
    witness = torch.optim.AdamW(theirs, lr=0.1, weight_decay=0.3, fused=True)
    for step in range(20):
        optimiser.learning_rate = witness.param_groups[0]["lr"] = 0.1 / (1 + step)
        for weights, one in ((ours, optimiser), (theirs, witness)):
            one.zero_grad()
            give_gradients(weights, step)
            one.step()
    for a, b in zip(ours, theirs, strict=True):
        assert torch.equal(a, b)
    assert torch.equal(ours[-1], new_weights()[-1]) and not torch.equal(ours[0], new_weights()[0])


def test_a_saved_state_goes_on_as_if_nothing_had_happened() -> None:
    whole, broken = new_weights(), new_weights()
    optimiser, first = (AdamW(weights, learning_rate=0.1, weight_decay=0.3) for weights in (whole, broken))
    for step in range(6):
        for weights, one in ((whole, optimiser), (broken, first)):
            give_gradients(weights, step)
            one.step()
        if step == 2:
            saved = {key: [t.clone() for t in values] for key, values in first.state_dict().items()}
            first = AdamW(broken, learning_rate=0.1, weight_decay=0.3)
            first.load_state_dict(saved)
    for a, b in zip(whole, broken, strict=True):
        assert torch.equal(a, b)


def test_a_state_of_other_weights_is_refused() -> None:
    saved = AdamW(new_weights(), learning_rate=0.1, weight_decay=0.3).state_dict()
    with pytest.raises(ValueError, match="other weights"):
        AdamW(new_weights()[:2], learning_rate=0.1, weight_decay=0.3).load_state_dict(saved)


def test_training_does_not_load_the_compiler() -> None:
    """What loads it takes two seconds, in every training of a study."""
    code = """
import sys, torch
import la2ds.learning.training.train
from la2ds.learning.training.flops import count_flops
from la2ds.learning.training.optimiser import AdamW
weight = torch.ones(3, requires_grad=True)
optimiser = AdamW([weight], learning_rate=0.1, weight_decay=0.0)
(weight ** 2).sum().backward()
torch.nn.utils.clip_grad_norm_([weight], 1.0)
optimiser.step()
assert count_flops(lambda: torch.ones(2, 3) @ torch.ones(3, 4)) == 48
sys.exit("torch._dynamo" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
