"""CASA's rows: what the released form switches, and that all of them learn from whole clips of unequal lengths."""

import dataclasses
import itertools

import numpy as np
import pytest
import torch

from la2ds.config import MethodConfig, flat, load_method
from la2ds.formats.skeletons import BODY13
from la2ds.learning.embedding.network import embed_clip
from la2ds.learning.encoders import coordinate_transformer
from la2ds.learning.objectives import regression
from la2ds.learning.training.train import Training, draw_views, run_steps, start, step_generator, step_loss
from la2ds.views.clips import ClipBatch
from la2ds.views.whole_view import ClipParts
from tests.fixtures.paths import ROOT

NAMES = ("casa", "casa_released", "casa_2d")


def method(name: str) -> MethodConfig:
    return load_method(ROOT / "config" / "methods" / f"{name}.yaml")


def walks(dims: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    steps = (rng.normal(0, 0.02, (n, 13, dims)).cumsum(0) for n in (9, 14, 20, 30))
    return [(rng.uniform(0.3, 0.7, (1, 13, dims)) + walk).astype(np.float32) for walk in steps]


def training(name: str, *, steps: int = 3) -> Training:
    settings = method(name)
    settings = dataclasses.replace(
        settings, optimiser=dataclasses.replace(settings.optimiser, steps=steps, batch=4, compile=False)
    )
    clips = ClipBatch.stack([(w, np.ones(w.shape[:2], np.float32)) for w in walks(settings.input.joint_dims)])
    return start(settings, clips, skeleton="body13", seed=0, device=torch.device("cpu"))


def test_the_released_form_differs_by_these_switches_alone() -> None:
    ours, released = (flat(method(name)) for name in ("casa", "casa_released"))
    differing = {key for key in ours if ours[key] != released[key]} - {"label", "description"}
    assert {key.split(".")[-1] for key in differing} == {
        *("masked", "pad_to", "padded"),
        *("angle_adds", "flip_swaps", "jitter_padding"),
    }


@pytest.mark.parametrize("name", NAMES)
def test_views_are_the_whole_clip_and_a_copy_that_lacks_frames(name: str) -> None:
    run = training(name)
    first, second = draw_views(run, run.clips, step_generator(0, 0))
    width = max(30, run.method.encoder.pad_to)
    assert first.valid.shape == second.valid.shape == (4, width)
    assert first.valid.sum(1).tolist() == [9, 14, 20, 30]
    assert (second.valid.sum(1) <= first.valid.sum(1)).all() and not torch.equal(second.valid, first.valid)
    assert torch.equal(second.places, first.places)  # counted after the gaps are closed
    assert first.points is not None and (first.points[~first.valid] == 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_loss_falls_and_embeddings_are_finite(name: str) -> None:
    run = training(name, steps=25)
    before = step_loss(run, 0, run.model).item()
    run_steps(run, 0, save=lambda step: None, stopped=lambda: False)
    assert step_loss(run, 0, run.model).item() < 0.8 * before  # the same views again
    run.model.eval()
    for walk in walks(run.method.input.coordinates.dims):
        with torch.inference_mode():
            found = embed_clip(
                run.model, ClipParts(position=torch.from_numpy(walk)), method=run.method, skeleton=BODY13
            )
        assert found.shape == (len(walk), 13 * walk.shape[-1]) and np.isfinite(found).all()


@pytest.mark.parametrize(("name", "changes"), [("casa", False), ("casa_released", True)])
def test_only_the_released_form_lets_padding_change_an_embedding(name: str, changes: bool) -> None:
    """A clip of 9 frames, alone and behind padding up to 40 frames."""
    run = training(name)
    run.model.eval()
    clip, found = ClipParts(position=torch.from_numpy(walks(3)[0])), []
    for pad_to in (0, 40):
        encoder = dataclasses.replace(run.method.encoder, pad_to=pad_to)
        settings = dataclasses.replace(run.method, encoder=encoder)
        with torch.inference_mode():
            found.append(embed_clip(run.model, clip, method=settings, skeleton=BODY13))
    difference = max(abs(a - b).max() for a, b in itertools.pairwise(found))
    assert difference > 0.01 if changes else difference < 1e-4


def gradient(run: Training) -> tuple[torch.Tensor, list[torch.Tensor], int]:
    """Give the loss of a step, its gradient, and how many bytes were kept from the one to the other."""
    kept = []
    run.model.zero_grad()
    with torch.autograd.graph.saved_tensors_hooks(lambda x: kept.append(x.nbytes) or x, lambda x: x):
        loss = step_loss(run, 0, run.model)
    loss.backward()
    return loss.detach(), [w.grad.clone() for w in run.model.parameters() if w.grad is not None], sum(kept)


@pytest.mark.parametrize("name", [*NAMES, "la2ds"])
def test_batches_of_long_clips_have_the_same_gradient_with_less_memory(name: str, monkeypatch) -> None:
    """What is too much for the memory goes through clip by clip, and once more for the gradient."""
    whole = gradient(training(name))
    monkeypatch.setattr(regression, "AT_ONCE", 0)
    monkeypatch.setattr(coordinate_transformer, "LONG", 0)
    parts = gradient(training(name))
    torch.testing.assert_close(parts[:2], whole[:2], rtol=1e-4, atol=1e-5)
    assert parts[2] < whole[2] / (1 if name == "la2ds" else 10), "the network of la2ds keeps what it kept"
