"""The gradient of a training step of CASA, against keeping everything for it, as for short clips."""

import dataclasses
import math

import numpy as np
import torch

from la2ds.config import load_method
from la2ds.learning.encoders import coordinate_transformer
from la2ds.learning.objectives import regression
from la2ds.learning.training.train import Training, start, step_loss
from la2ds.views.clips import ClipBatch
from tests.benchmarks.harness import Case
from tests.fixtures.paths import ROOT

# (clips, frames of each); 4,000 frames would need more than 10 GB where everything is kept.
SIZES = [(4, 100), (16, 1000), (16, 2000)]


def gradient(run: Training) -> np.ndarray:
    run.model.zero_grad()
    step_loss(run, 0, run.model).backward()
    found = np.concatenate([w.grad.numpy().ravel() for w in run.model.parameters() if w.grad is not None])
    return found / np.linalg.norm(found)


def plain(run: Training) -> np.ndarray:
    limits = coordinate_transformer.LONG, regression.AT_ONCE
    coordinate_transformer.LONG = regression.AT_ONCE = math.inf
    try:
        return gradient(run)
    finally:
        coordinate_transformer.LONG, regression.AT_ONCE = limits


def make(size: tuple[int, int]) -> Case:
    clips, frames = size
    method = load_method(ROOT / "config" / "methods" / "casa.yaml")
    method = dataclasses.replace(method, optimiser=dataclasses.replace(method.optimiser, batch=clips))
    rng = np.random.default_rng(0)
    joints = [rng.normal(0, 0.02, (frames, 13, 3)).cumsum(0) + rng.random((1, 13, 3)) for _ in range(clips)]
    batch = ClipBatch.stack([(walk, np.ones(walk.shape[:2])) for walk in joints])
    run = start(method, batch, skeleton="body13", seed=0, device=torch.device("cpu"))
    return Case(lambda: gradient(run), lambda: plain(run), tolerance=1e-5)
