"""Every method of the study trains: three small steps on random clips."""

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from la2ds.config import MethodConfig, load_method
from la2ds.formats.skeletons import BODY13
from la2ds.learning.embedding.network import embed_clip
from la2ds.learning.encoders import ENCODERS
from la2ds.learning.model import network_settings
from la2ds.learning.objectives import OBJECTIVES
from la2ds.learning.training.train import Training, run_steps, start
from la2ds.views.clips import ClipBatch
from la2ds.views.whole_view import ClipParts
from tests.fixtures.paths import ROOT

FILES = sorted((ROOT / "config" / "methods").glob("*.yaml"))
TRAINED = [file for file in FILES if not load_method(file).is_control]


def small(method: MethodConfig) -> MethodConfig:
    """The same method on small maps and pictures, with a small network of random weights and few frames."""
    heatmaps = dataclasses.replace(method.input.heatmaps, size=16)
    pictures = dataclasses.replace(method.input.pictures, size=16)
    seen = dataclasses.replace(method.input, heatmaps=heatmaps, pictures=pictures)
    few = {key: min(getattr(method.encoder, key), 8) for key in ("frames", "test_frames", "pad_to")}
    encoder = dataclasses.replace(method.encoder, spatial_dim=8, hidden=8, **few)
    if encoder.dim:
        encoder = dataclasses.replace(encoder, dim=16, heads=2)
    optimiser = dataclasses.replace(method.optimiser, steps=3, batch=3, warmup=1, compile=False)
    # These classifiers read what the network gives: its projection, or the embedding itself.
    objective = method.objective
    if objective.kind in ("sal", "supervised"):
        objective = dataclasses.replace(objective, sal_width=encoder.projection or encoder.dim)
    own = {"input": seen, "encoder": encoder, "objective": objective, "optimiser": optimiser}
    return dataclasses.replace(method, start="", **own)  # the package's network has its own size


def clips(method: MethodConfig) -> ClipBatch:
    rng = np.random.default_rng(0)
    joints, lengths = len(BODY13.joints), (9, 14, 20, 30)
    dims = method.input.coordinates.dims if method.input.kind == "coordinates" else 2
    shape = (joints if method.input.kind != "rgb" else 0, dims)
    walks = [rng.uniform(0.3, 0.7, shape) + rng.normal(0, 0.02, (n, *shape)).cumsum(0) for n in lengths]
    batch = ClipBatch.stack([(walk.astype(np.float32), np.ones(walk.shape[:2], np.float32)) for walk in walks])
    if OBJECTIVES[method.objective.kind].labelled:
        batch = batch.label([np.arange(n) * 4 // n - 1 for n in lengths])
    if not method.input.uses_pictures:
        return batch
    if not method.input.pictures.trained:
        grid = method.input.pictures.grid
        return batch.show([rng.normal(size=(n, 10, grid, grid)).astype(np.float16) for n in lengths])
    return batch.show([rng.integers(0, 256, (n, 3, 16, 16), dtype=np.uint8) for n in lengths])


def begin(file: Path) -> Training:
    method = small(load_method(file))
    skeleton = "" if method.input.kind == "rgb" else "body13"
    pictures = method.input.pictures
    features = (10, pictures.grid) if method.input.uses_pictures and not pictures.trained else (0, 0)
    return start(method, clips(method), skeleton=skeleton, seed=0, device=torch.device("cpu"), features=features)


@pytest.mark.parametrize("file", TRAINED, ids=lambda file: file.stem)
def test_three_steps(file: Path) -> None:
    training = begin(file)
    weights = [*training.model.parameters(), *training.objective.parameters()]
    before = [w.detach().clone() for w in weights]
    run_steps(training, 0, save=lambda step: None, stopped=lambda: False)
    assert [row["step"] for row in training.history] == [0, 1, 2]
    assert all(math.isfinite(row["loss"]) and 0 < row["gradient_norm"] < math.inf for row in training.history)
    assert all(torch.isfinite(w).all() for w in weights)
    changed = [not torch.equal(w, b) for w, b in zip(weights, before, strict=True)]
    assert sum(changed) > 0.9 * len(changed)


@pytest.mark.parametrize("file", TRAINED, ids=lambda file: file.stem)
def test_a_clip_is_embedded_frame_by_frame(file: Path) -> None:
    training = begin(file)
    method, rng = training.method, np.random.default_rng(1)
    maps = torch.from_numpy(rng.integers(0, 256, (11, 13, 16, 16), dtype=np.uint8))
    if method.input.heatmaps.channels != "joints":
        limbs = 0 if method.input.heatmaps.channels == "limbs" else 13
        maps = torch.cat([maps, maps])[:, :1].expand(-1, limbs + len(BODY13.limbs), -1, -1)[:11]
    parts = ClipParts(
        maps=maps if method.input.uses_heatmaps else None,
        position=training.clips.position[:11] if method.input.kind == "coordinates" else None,
        pictures=training.clips.pictures[:11] if training.clips.pictures is not None else None,
    )
    with torch.inference_mode():
        skeleton = None if method.input.kind == "rgb" else BODY13
        embedding = embed_clip(training.model.eval(), parts, method=method, skeleton=skeleton)
    assert embedding.shape == (11, training.model.encoder.dim) and np.isfinite(embedding).all()


def test_a_row_with_borrowed_weights_fits_the_network_it_borrows() -> None:
    for file in FILES:
        method = load_method(file)
        if method.weights:
            lender = load_method(file.with_name(f"{method.weights}.yaml"))
            assert network_settings(method, "body13", (0, 0)) == network_settings(lender, "body13", (0, 0))


def test_encoders_and_objectives_are_named_like_their_files() -> None:
    """The workflow refuses a misspelt kind before planning by looking for its file."""
    folder = ROOT / "la2ds"
    assert all((folder / "learning" / "objectives" / f"{kind}.py").is_file() for kind in OBJECTIVES)
    assert all((folder / "learning" / "encoders" / f"{kind}.py").is_file() for kind in ENCODERS)
