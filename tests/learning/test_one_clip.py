"""Objectives that compare different videos, and one video; weights that are not those of the network."""

import json
from contextlib import nullcontext

import pandas as pd
import pytest
import torch
import yaml
from safetensors import safe_open
from safetensors.torch import save_file

from la2ds import __main__ as cli
from la2ds.config import MethodConfig, ObjectiveConfig
from la2ds.errors import InputError
from la2ds.learning.embedding.embedder import load_embedder
from la2ds.learning.model import load_weights, new_model, save_weights
from la2ds.learning.objectives import OBJECTIVES
from la2ds.learning.objectives.base import Sequences
from tests.fixtures.training_study import METHOD, train_command

TWO = ["gta", "lav", "tcc", "vava"]


def test_which_objectives_need_two_clips():
    """All that call themselves content with one are; the others say what they say."""
    one = torch.randn(1, 8, 128, requires_grad=True)
    batch = Sequences(one, torch.linspace(0, 1, 8)[None], torch.tensor([30]), phases=torch.arange(8)[None] // 2)
    for name, objective in OBJECTIVES.items():
        refuses = pytest.raises(ValueError, match="compares different clips") if name in TWO else nullcontext()
        with refuses:
            objective(ObjectiveConfig(kind=name))(batch, batch, generator=torch.Generator(), step=0)
    assert sorted(name for name, objective in OBJECTIVES.items() if objective.least_clips == 2) == TWO


@pytest.mark.parametrize("kind", TWO)
def test_one_training_video_is_refused_before_training(study, caplog, kind):
    (study / "toy.yaml").write_text(yaml.safe_dump(METHOD | {"objective": {"kind": kind}}))
    videos = pd.read_csv(study / "videos.csv")
    videos.drop(index=videos.index[videos.split == "train"][1:]).to_csv(study / "videos.csv", index=False)
    assert cli.main(train_command(study, "a")) == 2
    expected = f"expected at least 2 usable training videos of swing for objective {kind}, which compares them, found 1"
    assert f"videos.csv: {expected}" in caplog.text
    assert not (study / "a").exists()


def test_batches_of_one_are_refused(study, caplog):
    optimiser = METHOD["optimiser"] | {"batch": 1}
    (study / "toy.yaml").write_text(yaml.safe_dump(METHOD | {"objective": {"kind": "tcc"}, "optimiser": optimiser}))
    assert cli.main(train_command(study, "a")) == 2
    assert "toy.yaml: expected 'optimiser.batch' of at least 2 for objective tcc, which" in caplog.text


@pytest.fixture
def weights(tmp_path):
    method = MethodConfig(label="Toy")
    save_weights(tmp_path / "w.safetensors", new_model(method, "body13", seed=0), method=method, skeleton="body13")
    return method, tmp_path / "w.safetensors"


def rewrite(path, *, tensors=None, network=None):
    with safe_open(path, framework="pt") as file:
        state, metadata = {k: file.get_tensor(k) for k in file.keys()}, file.metadata()  # noqa: SIM118 (no mapping)
    first = sorted(state)[0]
    change = {
        "missing": lambda: state.pop(first),
        "more": lambda: state.update(other=torch.zeros(1)),
        "shape": lambda: state.update({first: state[first][:-1].contiguous()}),
        "type": lambda: state.update({first: state[first].double()}),
        "nan": lambda: state.update({first: torch.full_like(state[first], torch.nan)}),
    }
    if tensors:
        change[tensors]()
    save_file(state, path, metadata=metadata if network is None else {"la2ds.network": network})


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ("missing", r"expected the \d+ tensors of its network, found no encoder"),
        ("more", r"expected the \d+ tensors of its network, found an unknown other"),
        ("shape", r"expected encoder\S+ of shape"),
        ("type", r"expected encoder\S+ of shape .* and torch.float32, found .* and torch.float64"),
        ("nan", r"expected finite weights, found \d+ others in encoder"),
    ],
)
def test_tensors_are_those_of_the_network(weights, tensors, message):
    method, path = weights
    load_weights(path, method, "body13")
    rewrite(path, tensors=tensors)
    with pytest.raises(InputError, match=f"w.safetensors: {message}"):
        load_weights(path, method, "body13")


@pytest.mark.parametrize(
    "network", ["[]", "{}", "{", "null", json.dumps({"skeleton": 1}), '{"skeleton": "", "features": [1]}']
)
def test_the_network_is_named(weights, network):
    method, path = weights
    rewrite(path, network=network)
    for load in (lambda: load_weights(path, method, "body13"), lambda: load_embedder(path, method)):
        with pytest.raises(InputError, match=r"w\.safetensors: expected la2ds\.network in the metadata"):
            load()
