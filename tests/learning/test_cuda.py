"""The same numbers on a GPU as on the processor. Skipped where there is none."""

import dataclasses
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from la2ds import __main__ as cli
from la2ds.config import MethodConfig, load_method
from la2ds.formats.embeddings import read_embeddings
from la2ds.formats.skeletons import BODY13
from la2ds.learning.training.train import Training, start, step_loss, update
from la2ds.views.clips import ClipBatch
from la2ds.views.heatmaps import render_joints, render_limbs
from tests.fixtures.paths import ROOT
from tests.fixtures.training_study import draw, embed_command, history, train_command, write_method

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that CUDA can use")

METHODS = ROOT / "config/methods"


def trainable() -> list[str]:
    methods = {path.stem: load_method(path) for path in sorted(METHODS.glob("*.yaml"))}
    return [n for n, m in methods.items() if not m.is_control and not m.weights and m.optimiser.steps > 0]


def small_clips(method: MethodConfig, device: str) -> ClipBatch:
    """Eight clips with everything a method may look at."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(40, 60, 8)
    joints = 0 if method.input.kind == "rgb" else 13
    dims = method.input.coordinates.dims if method.input.kind == "coordinates" else 2
    clips = [(rng.uniform(0.2, 0.8, (t, joints, dims)), np.ones((t, joints))) for t in lengths]
    batch = ClipBatch.stack(clips, device)
    if method.input.uses_pictures:
        size = method.input.pictures.size
        batch = batch.show([rng.integers(0, 256, (t, 3, size, size), dtype=np.uint8) for t in lengths])
    return batch.label([np.arange(t) * 3 // t for t in lengths])


def begin(method: MethodConfig, device: str) -> Training:
    skeleton = "" if method.input.kind == "rgb" else "body13"
    return start(method, small_clips(method, device), skeleton=skeleton, seed=0, device=torch.device(device))


@pytest.fixture(autouse=True)
def _exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Convolutions in full precision: by default they are done in TF32, which has ten bits."""
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


def test_heatmaps_are_drawn_alike() -> None:
    generator = torch.Generator().manual_seed(0)
    position, confidence = torch.rand(4, 9, 13, 2, generator=generator), torch.rand(4, 9, 13, generator=generator)
    position[1, 2, 3] = torch.nan
    for draw_maps in (
        lambda p, c: render_joints(p, c, size=24, sigma=1.0),
        lambda p, c: render_limbs(p, c, limbs=BODY13.limb_indices, size=24, sigma=1.0),
    ):
        here, there = draw_maps(position, confidence), draw_maps(position.cuda(), confidence.cuda())
        assert there.is_cuda
        torch.testing.assert_close(there.cpu(), here, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", trainable())
def test_loss_and_gradient_are_those_of_the_processor(name: str) -> None:
    """A method's first step from the same weights and the same randomness.

    Convolutions add up in other orders, and a temperature of a tenth enlarges what that changes.
    """
    method = load_method(METHODS / f"{name}.yaml")
    # Dropout draws from the device's own generator.
    method = dataclasses.replace(method, encoder=dataclasses.replace(method.encoder, dropout=0.0))
    losses, norms = [], []
    for device in ("cpu", "cuda"):
        training = begin(method, device)
        training.model.train()
        loss = step_loss(training, 0, training.model)
        losses.append(loss.item())
        norms.append(update(training, 0, loss))
    assert losses[1] == pytest.approx(losses[0], rel=5e-3, abs=1e-5)
    assert norms[1] == pytest.approx(norms[0], rel=0.05)


@pytest.mark.parametrize("switch", ["amp", "compile"])
def test_faster_arithmetic_stays_near(switch: str) -> None:
    method = load_method(METHODS / "la2ds.yaml")
    fast = dataclasses.replace(method, optimiser=dataclasses.replace(method.optimiser, **{switch: True}))
    losses = []
    for settings in (method, fast):
        training = begin(settings, "cuda")
        training.model.train()
        forward = torch.compile(training.model) if settings.optimiser.compile else training.model
        losses.append(step_loss(training, 0, forward).item())
    assert losses[1] == pytest.approx(losses[0], rel=0.03)


def on_gpu(command: list[str]) -> list[str]:
    return [*command[: command.index("--device")], "--device", "cuda", *command[command.index("--device") + 2 :]]


def test_embeddings_are_those_of_the_processor(study: Path) -> None:
    draw(study)
    assert cli.main(on_gpu(train_command(study, "a"))) == 0
    run = json.loads((study / "a" / "run.json").read_text())
    assert run["device"] == "cuda" and run["provenance"]["gpu"]
    found = {}
    for device in ("cpu", "cuda"):
        command = embed_command(study, "a")
        command[command.index("cpu")] = device
        assert cli.main(command) == 0
        found[device] = read_embeddings(study / "a.parquet")
        assert found[device].metadata["device"] == device
    for video, embedding in found["cpu"].clips.items():
        np.testing.assert_allclose(found["cuda"].clips[video], embedding, atol=1e-4)


def test_a_stopped_run_goes_on(study: Path) -> None:
    """The warning before the time limit; then the same command again, with the losses of a run that was not stopped."""
    write_method(study / "toy.yaml", steps=200, checkpoint_every=10)
    assert cli.main(on_gpu(train_command(study, "whole"))) == 0
    process = subprocess.Popen([sys.executable, "-m", "la2ds", *on_gpu(train_command(study, "broken"))])
    checkpoint = study / "broken" / "checkpoint.pt"
    deadline = time.monotonic() + 120
    while not checkpoint.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGUSR1)
    assert process.wait(timeout=60) == 143
    assert checkpoint.exists()
    assert cli.main(on_gpu(train_command(study, "broken"))) == 0
    whole, broken = history(study / "whole"), history(study / "broken")
    assert len(whole) == len(broken) == 200
    # Sums on a GPU have no fixed order, and small differences grow.
    pd.testing.assert_series_equal(broken.loss[:20], whole.loss[:20], rtol=1e-2)
    assert broken.loss[-50:].mean() == pytest.approx(whole.loss[-50:].mean(), rel=0.2)
