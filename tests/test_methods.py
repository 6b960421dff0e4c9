"""Every method of the study trains: three small steps on random clips."""

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import ROOT

from la2ds.clips import ClipBatch
from la2ds.config import MethodConfig, load_method
from la2ds.encoders import ENCODERS
from la2ds.objectives import OBJECTIVES
from la2ds.pose.skeletons import BODY13
from la2ds.train import run_steps, start

FILES = sorted((ROOT / "config" / "methods").glob("*.yaml"))
TRAINED = [file for file in FILES if not load_method(file).is_control]


def small(method: MethodConfig) -> MethodConfig:
    """The same method on small maps, with a small network and few frames."""
    heatmaps = dataclasses.replace(method.input.heatmaps, size=16)
    encoder = dataclasses.replace(method.encoder, dim=16, heads=2, spatial_dim=8, frames=8)
    optimiser = dataclasses.replace(method.optimiser, steps=3, batch=3, warmup=1, compile=False)
    return dataclasses.replace(
        method, input=dataclasses.replace(method.input, heatmaps=heatmaps), encoder=encoder, optimiser=optimiser
    )


def clips() -> ClipBatch:
    rng = np.random.default_rng(0)
    joints = len(BODY13.joints)
    lengths = (9, 14, 20, 30)
    walks = [rng.uniform(0.3, 0.7, (joints, 2)) + rng.normal(0, 0.02, (n, joints, 2)).cumsum(0) for n in lengths]
    return ClipBatch.stack([(walk.astype(np.float32), np.ones((len(walk), joints), np.float32)) for walk in walks])


@pytest.mark.parametrize("file", TRAINED, ids=lambda file: file.stem)
def test_three_steps(file: Path) -> None:
    training = start(small(load_method(file)), clips(), skeleton="body13", seed=0, device=torch.device("cpu"))
    weights = [*training.model.parameters(), *training.objective.parameters()]
    before = [w.detach().clone() for w in weights]
    run_steps(training, 0, save=lambda step: None, stopped=lambda: False)
    assert [row["step"] for row in training.history] == [0, 1, 2]
    assert all(math.isfinite(row["loss"]) and 0 < row["gradient_norm"] < math.inf for row in training.history)
    assert all(torch.isfinite(w).all() for w in weights)
    changed = [not torch.equal(w, b) for w, b in zip(weights, before, strict=True)]
    assert sum(changed) > 0.9 * len(changed)


def test_encoders_and_objectives_are_named_like_their_files() -> None:
    """The workflow refuses a misspelt kind before planning by looking for its file."""
    folder = ROOT / "la2ds"
    assert all((folder / "objectives" / f"{kind}.py").is_file() for kind in OBJECTIVES)
    assert all((folder / "encoders" / f"{kind}.py").is_file() for kind in ENCODERS)
