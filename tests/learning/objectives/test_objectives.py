"""Each loss against a slow loop in float64, value and gradient; degenerate cases; and that it falls."""

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from la2ds.config import ObjectiveConfig
from la2ds.learning.objectives import OBJECTIVES
from la2ds.learning.objectives.base import Sequences
from la2ds.learning.objectives.regression import Regression

FRAMES = 50  # of each clip
SETTINGS = {
    "regression": ObjectiveConfig(kind="regression"),
    "regression with variance": ObjectiveConfig(kind="regression", variance=0.001),
    "regression as in CASA's code": ObjectiveConfig(similarity="distance", directions="copy", time="frames"),
    "regression as in CASA's code for IKEA ASM": ObjectiveConfig(directions="copy", time="frames"),
    "regression by distance": ObjectiveConfig(similarity="distance", variance=0.001),
    "scl": ObjectiveConfig(kind="scl"),
}


def unit(v: Tensor) -> Tensor:
    return v / v.norm()


def softmax(values: list[Tensor]) -> list[Tensor]:
    total = sum(v.exp() for v in values)
    return [v.exp() / total for v in values]


def slow_regression(z0: Tensor, z1: Tensor, t0: Tensor, t1: Tensor, config: ObjectiveConfig) -> Tensor:
    """Frame by frame, clip by clip, direction by direction."""
    directions = []
    if config.time == "frames":
        t0, t1 = t0 * (FRAMES - 1), t1 * (FRAMES - 1)

    def alike(a: Tensor, b: Tensor) -> Tensor:
        if config.similarity == "cosine":
            return unit(a) @ unit(b) / config.temperature
        width = len(a)
        return -(a / width**0.5 - b / width**0.5).norm() / (config.temperature * width)

    ways = ((z1, z0, t1, t0), (z0, z1, t0, t1))
    for za, zb, ta, tb in ways[: 1 if config.directions == "copy" else 2]:
        terms = []
        for clip in range(len(za)):
            for a in range(za.shape[1]):
                if not tb[clip, 0] <= ta[clip, a] <= tb[clip, -1]:
                    continue
                match = softmax([alike(za[clip, a], v) for v in zb[clip]])
                mean = sum(m * t for m, t in zip(match, tb[clip], strict=True))
                error = (mean - ta[clip, a]) ** 2
                if config.variance:
                    spread = sum(m * (t - mean) ** 2 for m, t in zip(match, tb[clip], strict=True)) + 1e-4
                    error = error / spread + config.variance * spread.log()
                terms.append(error)
        directions.append(sum(terms) / len(terms))
    return sum(directions) / len(directions)


def slow_scl(z0: Tensor, z1: Tensor, t0: Tensor, t1: Tensor, config: ObjectiveConfig) -> Tensor:
    directions = []
    for za, zb, ta, tb in ((z0, z1, t0, t1), (z1, z0, t1, t0)):
        terms = []
        for clip in range(len(za)):
            for a in range(za.shape[1]):
                p = softmax([-((ta[clip, a] - t) ** 2) / (2 * config.sigma**2) for t in tb[clip]])
                q = softmax([unit(za[clip, a]) @ unit(v) / config.temperature for v in zb[clip]])
                terms.append(sum(x * (x.log() - y.log()) for x, y in zip(p, q, strict=True)))
        directions.append(sum(terms) / len(terms))
    return sum(directions) / 2


def fast(config: ObjectiveConfig) -> Callable[..., Tensor]:
    """Call an objective with the witness's arguments."""
    objective, generator = OBJECTIVES[config.kind](config), torch.Generator().manual_seed(0)

    def call(z0: Tensor, z1: Tensor, t0: Tensor, t1: Tensor) -> Tensor:
        lengths = torch.full((len(z0),), FRAMES)
        return objective(Sequences(z0, t0, lengths), Sequences(z1, t1, lengths), generator=generator, step=0)

    return call


WITNESSES = {name: slow_scl if config.kind == "scl" else slow_regression for name, config in SETTINGS.items()}


def toy(frames0: int = 5, frames1: int = 4) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Two clips with random projections; the views overlap in part."""
    generator = torch.Generator().manual_seed(1)
    z0 = torch.randn((2, frames0, 6), generator=generator, dtype=torch.float64)
    z1 = torch.randn((2, frames1, 6), generator=generator, dtype=torch.float64)
    t0 = torch.rand((2, frames0), generator=generator, dtype=torch.float64).sort(1).values * 0.7
    t1 = torch.rand((2, frames1), generator=generator, dtype=torch.float64).sort(1).values * 0.7 + 0.1
    return z0, z1, t0, t1


@pytest.mark.parametrize("name", SETTINGS)
def test_value_and_gradient_equal_the_witness(name: str) -> None:
    config = SETTINGS[name]
    z0, z1, t0, t1 = toy()
    gradients = []
    for function in (fast(config), lambda *args: WITNESSES[name](*args, config)):
        a, b = z0.clone().requires_grad_(), z1.clone().requires_grad_()
        loss = function(a, b, t0, t1)
        loss.backward()
        gradients.append((loss.detach(), a.grad, b.grad))
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", SETTINGS)
def test_degenerate_inputs_give_finite_values_and_gradients(name: str) -> None:
    loss = fast(SETTINGS[name])
    for z0, z1, t0, t1 in (
        toy(1, 1),
        (
            torch.ones(2, 5, 3),
            torch.ones(2, 4, 3),
            torch.linspace(0, 1, 5).expand(2, 5),
            torch.rand(2, 4).sort(1).values,
        ),
        (torch.zeros(2, 5, 3), torch.zeros(2, 4, 3), torch.zeros(2, 5), torch.ones(2, 4)),
    ):
        a, b = z0.clone().requires_grad_(), z1.clone().requires_grad_()
        value = loss(a, b, t0, t1)
        value.backward()
        assert torch.isfinite(value)
        assert torch.isfinite(a.grad).all() and torch.isfinite(b.grad).all()


@pytest.mark.parametrize("name", SETTINGS)
def test_views_that_match_score_better_than_views_that_do_not(name: str) -> None:
    """Frames on an arc, so that neighbours look alike; the second view is the first one, or it reversed."""
    loss = fast(SETTINGS[name])
    times = torch.linspace(0, 1, 12)[None]
    arc = torch.stack([(math.pi * times).cos(), (math.pi * times).sin()], -1)
    assert loss(arc, arc, times, times) < loss(arc, arc.flip(1), times, times)


@pytest.mark.parametrize("name", SETTINGS)
def test_ten_steps_make_it_smaller(name: str) -> None:
    loss = fast(SETTINGS[name])
    z0, z1, t0, t1 = toy(8, 8)
    a, b = z0.clone().requires_grad_(), z1.clone().requires_grad_()
    optimiser = torch.optim.Adam([a, b], lr=0.05)
    values = []
    for _ in range(10):
        value = loss(a, b, t0, t1)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        values.append(value.item())
    assert values[-1] < 0.9 * values[0] or values[-1] < values[0] - 0.1


def test_frames_outside_the_other_view_do_not_count() -> None:
    loss = Regression(ObjectiveConfig())
    z0, z1, t0, t1 = toy()
    t1 = t1.clone()
    t1[:, -1] = 0.99  # far behind the first view's last frame
    z2 = z1.clone()
    z2[:, -1] *= -1
    there = loss._one_way((z1 @ z0.mT), source=t1, target=t0)
    torch.testing.assert_close(there, loss._one_way((z2 @ z0.mT), source=t1, target=t0))


def test_casa_form_on_a_clip_and_its_copy_with_frames_deleted() -> None:
    """The loss of CASA's code, written with its matching matrix: frames are counted, the copy lacks some of them."""
    generator = torch.Generator().manual_seed(3)
    frames, kept, width, tau = 7, [0, 2, 3, 6], 6, 0.1
    z0 = torch.randn((1, frames, width), generator=generator, dtype=torch.float64)
    z1 = torch.randn((1, len(kept), width), generator=generator, dtype=torch.float64)
    matching = torch.zeros(frames, len(kept), dtype=torch.float64)
    matching[kept, range(len(kept))] = 1
    a, b = z0[0] / width**0.5, z1[0] / width**0.5
    scores = torch.tensor([[-(x - y).norm() / (tau * width) for y in b] for x in a], dtype=torch.float64)
    share = scores.exp() / scores.exp().sum(0)
    steps = torch.arange(frames, dtype=torch.float64)
    expected = ((steps @ matching - steps @ share) ** 2).mean()

    config = ObjectiveConfig(similarity="distance", directions="copy", time="frames")
    times = steps[None] / (frames - 1)
    first, second = (Sequences(z, t, torch.tensor([frames])) for z, t in ((z0, times), (z1, times[:, kept])))
    found = Regression(config)(first, second, generator=generator, step=0)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=0)


def whole_and_copy() -> tuple[Sequences, Sequences, list[list[int]]]:
    """Three clips of 5, 7 and 4 frames, padded to 9, and copies that lack frames; also which frames are kept."""
    generator = torch.Generator().manual_seed(5)
    lengths, rows, width = torch.tensor([5, 7, 4]), torch.arange(9), 6
    kept = [[0, 1, 3], [1, 2, 4, 5, 6], [0, 1, 2, 3]]
    frames = torch.minimum(rows, lengths[:, None] - 1)
    fast = frames.clone()
    fast_valid = torch.zeros(3, 9, dtype=torch.bool)
    for clip, numbers in enumerate(kept):
        fast[clip] = lengths[clip] - 1
        fast[clip, : len(numbers)], fast_valid[clip, : len(numbers)] = torch.tensor(numbers), True
    views = []
    for numbers, valid in ((frames, rows < lengths[:, None]), (fast, fast_valid)):
        z = torch.randn((3, 9, width), generator=generator, dtype=torch.float64)
        views.append(Sequences(z, numbers.double() / (lengths[:, None] - 1), lengths, valid))
    return views[0], views[1], kept


def casa_loss(z0: np.ndarray, z1: np.ndarray, lengths: list[int], kept: list[list[int]], tau: float = 0.1) -> float:
    """CASA's loss as its code has it, padding and all: protocol of the batch's matching matrices, in numpy."""
    width, errors = z0.shape[-1], []
    for a, b, length, numbers in zip(z0 / width**0.5, z1 / width**0.5, lengths, kept, strict=True):
        matching = np.zeros((len(a), len(b)))
        for i in range(length):
            if i in numbers:
                matching[i, numbers.index(i)] = 1
        scores = -np.linalg.norm(a[:, None] - b[None], axis=-1) / (tau * width)
        share = np.exp(scores) / np.exp(scores).sum(0, keepdims=True)
        steps = np.arange(len(a))
        found = (steps @ matching - steps @ share) ** 2
        errors += [found[j] for j in range(len(b)) if matching[:, j].sum() == 1]
    return float(np.mean(errors))


CASA = ObjectiveConfig(similarity="distance", directions="copy", time="frames")


def regression(config: ObjectiveConfig, first: Sequences, second: Sequences) -> Tensor:
    return Regression(config)(first, second, generator=torch.Generator(), step=0)


def test_casa_form_with_padding_equals_its_matching_matrices() -> None:
    first, second, kept = whole_and_copy()
    config = dataclasses.replace(CASA, padded=True)
    expected = casa_loss(first.z.numpy(), second.z.numpy(), first.lengths.tolist(), kept)
    assert regression(config, first, second).item() == pytest.approx(expected, rel=1e-12)
    assert regression(CASA, first, second).item() != pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("name", [name for name, config in SETTINGS.items() if config.kind == "regression"])
def test_padding_that_takes_no_part_changes_nothing(name: str) -> None:
    """Clips of one batch, against each clip alone and cut to its frames; gradients of padding are zero."""
    config = SETTINGS[name]
    first, second, kept = whole_and_copy()
    a, b = first.z.clone().requires_grad_(), second.z.clone().requires_grad_()
    together = [Sequences(z, v.times, v.lengths, v.valid) for z, v in ((a, first), (b, second))]
    total = regression(config, *together)
    total.backward()
    assert a.grad is not None and b.grad is not None
    assert (a.grad[~first.mask] == 0).all() and (b.grad[~second.mask] == 0).all()

    def alone(config: ObjectiveConfig, clip: int) -> float:
        ends = (int(first.lengths[clip]), len(kept[clip]))
        views = (
            Sequences(v.z[clip : clip + 1, :end], v.times[clip : clip + 1, :end], v.lengths[clip : clip + 1])
            for v, end in zip((first, second), ends, strict=True)
        )
        return regression(config, *views).item()

    def mean(config: ObjectiveConfig, counts: list[int]) -> float:
        return sum(n * alone(config, clip) for clip, n in enumerate(counts)) / sum(counts)

    # A frame of the original counts where it lies between the copy's first frame and its last.
    there = mean(dataclasses.replace(config, directions="copy"), [len(k) for k in kept])
    if config.directions == "copy":
        assert total.item() == pytest.approx(there, rel=1e-12)
        return
    spans = [k[-1] - k[0] + 1 for k in kept]
    back = sum(
        n * (2 * alone(config, clip) - alone(dataclasses.replace(config, directions="copy"), clip))
        for clip, n in enumerate(spans)
    ) / sum(spans)
    assert total.item() == pytest.approx((there + back) / 2, rel=1e-12)


def test_padded_time_as_a_share_goes_on_behind_the_clip() -> None:
    first, second, _ = whole_and_copy()
    shares = dataclasses.replace(CASA, padded=True, time="share")
    frames = dataclasses.replace(CASA, padded=True)
    for clip in range(3):
        a, b = (
            Sequences(v.z[clip, None], v.times[clip, None], v.lengths[clip, None], v.mask[clip, None])
            for v in (first, second)
        )
        scale = int(first.lengths[clip] - 1) ** 2
        assert regression(shares, a, b).item() * scale == pytest.approx(regression(frames, a, b).item(), rel=1e-12)


def test_only_regression_takes_padding() -> None:
    assert [kind for kind, objective in OBJECTIVES.items() if objective.padding] == ["regression"]


def test_without_a_mask_all_frames_are_there() -> None:
    assert Sequences(torch.zeros(2, 3, 1), torch.zeros(2, 3), torch.ones(2)).mask.all()
