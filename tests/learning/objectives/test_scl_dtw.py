"""SCL with other clips along a path: against loops, on small batches, over the ramp, and in training."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from torch import Tensor

from la2ds.config import EncoderConfig, HeatmapSpec, InputConfig, MethodConfig, ObjectiveConfig, OptimiserConfig
from la2ds.config.strict import RangeError
from la2ds.formats.skeletons import BODY13
from la2ds.learning.objectives.base import Sequences
from la2ds.learning.objectives.scl import SequenceContrastive
from la2ds.learning.objectives.scl_dtw import WarpedSequenceContrastive, _shifted_pairs
from la2ds.learning.training.train import run_steps, start
from la2ds.views.clips import ClipBatch
from tests.fixtures.objective_checks import (
    STEP,
    call,
    equals_the_witness,
    falls_in_ten_steps,
    is_finite_on_degenerate_inputs,
    softmax,
    toy,
    unit,
    value_and_gradients,
)
from tests.fixtures.slow_warping import slow_match

FULL = ObjectiveConfig(kind="scl_dtw", ramp=0)
OTHER = ObjectiveConfig(
    kind="scl_dtw",
    temperature=0.3,
    sigma=0.2,
    shifts=(1, 2, 5),
    cross_weight=3.0,
    ramp=20,
    time_weight=0.5,
    step_cost=0.3,
    path_sigma=0.8,
)
CONFIGS = [ObjectiveConfig(kind="scl_dtw"), FULL, OTHER]


def divergence(target: list[Tensor], found: list[Tensor]) -> Tensor:
    return sum(p * torch.log(p / q) for p, q in zip(target, found, strict=True))


def slow(config: ObjectiveConfig, first: Sequences, second: Sequences) -> Tensor:
    """Frame by frame, clip by clip, shift by shift."""
    clips = len(first.z)

    def likeness(za: Tensor, zb: Tensor) -> list[list[Tensor]]:
        return [[unit(x) @ unit(y) for y in zb] for x in za]

    def within(a: Sequences, b: Sequences) -> Tensor:
        terms = []
        for clip in range(clips):
            for cosines, time in zip(likeness(a.z[clip], b.z[clip]), a.times[clip], strict=True):
                target = softmax([-((time - t) ** 2) / (2 * config.sigma**2) for t in b.times[clip]])
                terms.append(divergence(target, softmax([c / config.temperature for c in cosines])))
        return sum(terms) / len(terms)

    def across(clip: int, other: int) -> Tensor:
        cosines = likeness(first.z[clip], second.z[other])
        detached = [[c.item() for c in row] for row in cosines]
        cost = torch.tensor(
            [
                [1 - c + config.time_weight * float(s - t) ** 2 for c, t in zip(row, second.times[other], strict=True)]
                for row, s in zip(detached, first.times[clip], strict=True)
            ],
            dtype=torch.float64,
        )
        terms = []
        for row, match in zip(cosines, slow_match(cost, config.step_cost), strict=True):
            away = [torch.tensor(b - match, dtype=torch.float64) for b in range(len(row))]
            target = softmax([-(d**2) / (2 * config.path_sigma**2) for d in away])
            terms.append(divergence(target, softmax([c / config.temperature for c in row])))
        return sum(terms) / len(terms)

    loss = (within(first, second) + within(second, first)) / 2
    terms = [across(i, (i + d) % clips) for d in config.shifts if d % clips for i in range(clips)]
    weight = config.cross_weight * (min(1.0, STEP / config.ramp) if config.ramp else 1.0)
    return loss + weight * sum(terms) / len(terms) if terms else loss


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("clips", [1, 2, 3, 5])
def test_value_and_gradient(config: ObjectiveConfig, clips: int) -> None:
    equals_the_witness(config, slow, *toy(clips=clips))


def test_views_of_different_lengths() -> None:
    first, second = toy(frames=6)
    for a, b in ((first, cut(second, 4)), (cut(first, 1), second), (first, cut(second, 1))):
        equals_the_witness(OTHER, slow, a, b)


def cut(view: Sequences, frames: int) -> Sequences:
    return Sequences(view.z[:, :frames], view.times[:, :frames], view.lengths)


@pytest.mark.parametrize("config", CONFIGS)
def test_degenerate_inputs(config: ObjectiveConfig) -> None:
    is_finite_on_degenerate_inputs(config)


@pytest.mark.parametrize("config", CONFIGS)
def test_it_falls(config: ObjectiveConfig) -> None:
    falls_in_ten_steps(config)


def test_other_clips_alone_fall() -> None:
    """Without SCL: the path follows the embeddings, and they the path."""
    objective = WarpedSequenceContrastive(FULL).double()
    first, second = toy(clips=2, frames=8)
    a, b = first.z.clone().requires_grad_(), second.z.clone().requires_grad_()
    optimiser = torch.optim.Adam([a, b], lr=0.05)
    values = []
    for _ in range(11):
        views = [Sequences(z, v.times, v.lengths) for z, v in ((a, first), (b, second))]
        value = call(objective, *views) - call(objective.within, *views)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        values.append(value.item())
    assert values[-1] < 0.95 * values[0]


def cross(config: ObjectiveConfig, first: Sequences, second: Sequences) -> float:
    """What is added to SCL."""
    both = call(WarpedSequenceContrastive(config), first, second)
    return (both - call(SequenceContrastive(config), first, second)).item()


def test_one_clip_has_scl_alone() -> None:
    one = toy(clips=1)
    found = value_and_gradients(lambda a, b: call(WarpedSequenceContrastive(FULL), a, b), *one)
    alone = value_and_gradients(lambda a, b: call(SequenceContrastive(FULL), a, b), *one)
    assert all(torch.equal(x, y) for x, y in zip(found, alone, strict=True))


@pytest.mark.parametrize(("clips", "same"), [(2, (1,)), (2, (5,)), (3, (1,)), (3, (4, 6)), (4, (1, 7)), (5, (1, 3))])
def test_shifts_count_modulo_the_batch_and_none_leads_home(clips: int, same: tuple[int, ...]) -> None:
    views = toy(clips=clips)
    assert cross(FULL, *views) > 0
    assert cross(dataclasses.replace(FULL, shifts=same), *views) == pytest.approx(cross(FULL, *views), rel=1e-12)


def test_pairs() -> None:
    left, right = _shifted_pairs(torch.zeros(4, 2), (1, 4, 3))
    assert list(zip(left.tolist(), right.tolist(), strict=True)) == [
        (0, 1), (1, 2), (2, 3), (3, 0), (0, 3), (1, 0), (2, 1), (3, 2),
    ]  # fmt: skip
    assert len(_shifted_pairs(torch.zeros(1), (1, 3))[0]) == 0


def test_turning_the_batch_round_changes_nothing_but_the_clips_must_stay_together() -> None:
    first, second = toy(clips=5)

    def turned(view: Sequences, by: int) -> Sequences:
        return Sequences(view.z.roll(by, 0), view.times.roll(by, 0), view.lengths.roll(by, 0))

    objective = WarpedSequenceContrastive(FULL)
    value, *gradients = value_and_gradients(lambda a, b: call(objective, a, b), first, second)
    for by in range(1, 5):
        views = turned(first, by), turned(second, by)
        found, *others = value_and_gradients(lambda a, b: call(objective, a, b), *views)
        torch.testing.assert_close(found, value, rtol=1e-12, atol=0)
        torch.testing.assert_close([g.roll(-by, 0) for g in others], gradients, rtol=1e-9, atol=1e-12)
    assert cross(FULL, first, turned(second, -1)) != pytest.approx(cross(FULL, first, second), rel=1e-3)


def test_the_ramp() -> None:
    config = ObjectiveConfig(kind="scl_dtw", ramp=100, cross_weight=0.5)
    objective, views = WarpedSequenceContrastive(config), toy()
    alone, full = call(SequenceContrastive(config), *views), cross(dataclasses.replace(FULL, cross_weight=1.0), *views)
    for step, weight in ((0, 0.0), (1, 0.005), (50, 0.25), (100, 0.5), (1000, 0.5)):
        value = objective(*views, generator=torch.Generator(), step=step)
        assert (value - alone).item() == pytest.approx(weight * full, rel=1e-9, abs=1e-15)
    assert cross(dataclasses.replace(FULL, cross_weight=0.0), *views) == 0


def test_identical_clips_are_to_match_frame_by_frame() -> None:
    """The target is a Gaussian around the frame itself, also where all frames are one point."""
    frames = torch.arange(7, dtype=torch.float64)
    times = (frames / 6).expand(3, 7)
    around = -((frames[:, None] - frames) ** 2) / (2 * FULL.path_sigma**2)
    for points in (torch.randn(7, 4, generator=torch.Generator().manual_seed(4)).double(), torch.ones(7, 4).double()):
        view = Sequences(points.expand(3, 7, 4), times, torch.full((3,), 30))
        unit_points = torch.nn.functional.normalize(points, dim=-1)
        found = (unit_points @ unit_points.mT / FULL.temperature).log_softmax(-1)
        expected = torch.nn.functional.kl_div(found, around.softmax(-1), reduction="sum") / 7
        assert cross(FULL, view, view) == pytest.approx(expected.item(), rel=1e-9)


def test_the_path_is_a_target_without_gradient() -> None:
    objective = WarpedSequenceContrastive(FULL)
    cosine = torch.rand(2, 4, 4, generator=torch.Generator().manual_seed(5)).requires_grad_()
    assert not objective._closeness(cosine, torch.zeros(2, 4, 4)).requires_grad


def test_there_is_nothing_to_learn_in_it_and_no_padding() -> None:
    objective = WarpedSequenceContrastive(FULL)
    assert not list(objective.parameters()) and not objective.state_dict()
    assert not objective.padding and objective.views == 2


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ({"shifts": ()}, "shifts must be one or more"),
        ({"shifts": (1, 0)}, "shifts must be between 1 and"),
        ({"cross_weight": -1.0}, "cross_weight must be between 0 and"),
        ({"ramp": -1}, "ramp must be between 0 and"),
        ({"time_weight": -1.0}, "time_weight must be between 0 and"),
        ({"step_cost": -1.0}, "step_cost must be between 0 and"),
        ({"path_sigma": 0.0}, "path_sigma must be above 0"),
    ],
)
def test_impossible_settings_are_refused(setting: dict[str, object], told: str) -> None:
    with pytest.raises(RangeError, match=told):
        ObjectiveConfig(kind="scl_dtw", **setting)  # type: ignore[arg-type]


def test_three_steps_of_training() -> None:
    method = MethodConfig(
        label="Toy",
        input=InputConfig(heatmaps=HeatmapSpec(size=16)),
        encoder=EncoderConfig(dim=16, heads=2, spatial_dim=8, frames=8, test_frames=10, projection=16),
        objective=ObjectiveConfig(kind="scl_dtw", ramp=2),
        optimiser=OptimiserConfig(steps=3, batch=4, warmup=1),
    )
    rng, joints = np.random.default_rng(0), len(BODY13.joints)
    walks = [
        rng.uniform(0.3, 0.7, (joints, 2)) + rng.normal(0, 0.02, (n, joints, 2)).cumsum(0) for n in (9, 14, 20, 30)
    ]
    batch = ClipBatch.stack([(walk.astype(np.float32), np.ones(walk.shape[:2], np.float32)) for walk in walks])
    training = start(method, batch, skeleton="body13", seed=0, device=torch.device("cpu"))
    run_steps(training, 0, save=lambda step: None, stopped=lambda: False)
    assert [row["step"] for row in training.history] == [0, 1, 2]
    assert all(math.isfinite(row["loss"]) and 0 < row["gradient_norm"] < math.inf for row in training.history)
