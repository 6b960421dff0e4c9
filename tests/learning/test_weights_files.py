"""Weights files of others: held against the network before use, each fault in one sentence; and threads."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from la2ds.__main__ import main
from la2ds.config import MethodConfig, build
from la2ds.errors import InputError
from la2ds.formats.keypoints import Keypoints, KeypointShard, write_keypoints
from la2ds.formats.videos import VIDEO_COLUMNS, write_videos
from la2ds.learning.embedding.embedder import load_embedder
from la2ds.learning.model import load_weights, network_of, network_settings, new_model, save_weights

METHOD = MethodConfig("M")


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "model.safetensors"
    save_weights(path, new_model(METHOD, "body13", seed=0), method=METHOD, skeleton="body13")
    return path


def change(path, *, metadata=None, tensors=None):
    state = load_file(path) | (tensors or {})
    network = network_settings(METHOD, "body13", (0, 0)) if metadata is None else metadata
    save_file({k: v for k, v in state.items() if v is not None}, path, metadata={"la2ds.network": network})


@pytest.mark.parametrize(
    "network",
    ["{", "[]", "{}", "null", "1", '{"skeleton": 1, "features": [], "input": {}, "encoder": {}}', "[" * 100_000],
)
def test_metadata_that_are_none_are_refused(weights, network):
    change(weights, metadata=network)
    for read in (lambda: load_weights(weights, METHOD, "body13"), lambda: load_embedder(weights, METHOD)):
        with pytest.raises(InputError, match=r"model\.safetensors: expected la2ds\.network in the metadata"):
            read()


@pytest.mark.parametrize(
    ("tensors", "told"),
    [
        ({"encoder.norm.weight": None}, r"tensors of its network, found no encoder\.norm\.weight"),
        ({"other": torch.zeros(1)}, r"tensors of its network, found an unknown other"),
        (
            {"encoder.norm.weight": torch.zeros(3)},
            r"encoder\.norm\.weight of shape \(128,\) and torch\.float32, found \(3,",
        ),
        ({"encoder.norm.weight": torch.zeros(128, dtype=torch.int64)}, "and torch.float32, found .*int64"),
        (
            {"encoder.norm.weight": torch.full((128,), torch.nan)},
            "finite weights, found 128 others in encoder.norm.weight",
        ),
    ],
)
def test_tensors_are_held_against_the_network(weights, tensors, told):
    change(weights, tensors=tensors)
    with pytest.raises(InputError, match=told):
        load_weights(weights, METHOD, "body13")


def test_another_networks_weights_are_refused_and_ones_own_load(weights):
    assert load_weights(weights, METHOD, "body13").encoder.dim == 128
    with pytest.raises(InputError, match=r"expected weights of a network with .*body25"):
        load_weights(weights, METHOD, "body25")
    older = json.loads(network_settings(METHOD, "body13", (0, 0)))
    del older["encoder"]["context"]
    change(weights, metadata=json.dumps(older))
    assert load_weights(weights, METHOD, "body13").encoder.dim == 128


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("metadata-list", "expected la2ds.network in the metadata"),
        ("metadata-no-encoder", "expected la2ds.network in the metadata"),
        ("metadata-not-json", "expected la2ds.network in the metadata"),
        ("nan-weights", "expected finite weights, found "),
        ("tensor-missing", "tensors of its network, found no "),
        ("wrong-shape-same-metadata", " of shape "),
    ],
)
def test_files_that_once_failed(shared_data, name, told):
    file = shared_data / f"data/failing/attack/16-weights/{name}.safetensors"

    def read():
        network = network_of(file)
        parts = {key: network[key] for key in ("input", "encoder")}
        load_embedder(file, build(MethodConfig, {"label": "M"} | parts, "x"))

    with pytest.raises(InputError) as error:
        read()
    assert str(error.value).startswith(f"{file}: ") and told in str(error.value)


def test_weights_do_not_depend_on_the_environments_threads(tmp_path):
    """Wide enough for two threads to share a product, which they add up in another order."""
    rng = np.random.default_rng(0)
    ids = [f"t{n}" for n in range(6)]
    rows = [[v, "swing", "train", f"{v}.mp4", 60, 20.0, 96, 64, "swing_000"] for v in ids]
    write_videos(tmp_path / "videos.csv", pd.DataFrame(rows, columns=VIDEO_COLUMNS))
    walks = {v: rng.uniform(20, 60, (13, 2)) + rng.normal(0, 1, (60, 13, 2)).cumsum(0) for v in ids}
    clips = {v: Keypoints(walk.astype(np.float32), np.ones((60, 13), np.float32)) for v, walk in walks.items()}
    write_keypoints(tmp_path / "keypoints", KeypointShard(clips, "body13", "test/1"))
    (tmp_path / "m.yaml").write_text(yaml.safe_dump({"label": "M", "optimiser": {"steps": 2}}))
    command = ["train", "--method", str(tmp_path / "m.yaml"), "--seed", "0", "--device", "cpu", "--action", "swing"]
    command += ["--videos", str(tmp_path / "videos.csv"), "--keypoints", str(tmp_path / "keypoints"), "--output-dir"]
    before = torch.get_num_threads()
    try:
        for threads in (1, 2):  # as OMP_NUM_THREADS sets them
            torch.set_num_threads(threads)
            assert main([*command, str(tmp_path / f"{threads}")]) == 0
        assert main([*command, str(tmp_path / "asked"), "--threads", "2"]) == 0
    finally:
        torch.set_num_threads(before)
    found = [(tmp_path / f"{threads}/model.safetensors").read_bytes() for threads in (1, 2)]
    assert found[0] == found[1]
    used = [json.loads((tmp_path / name / "run.json").read_text())["threads"] for name in ("1", "2", "asked")]
    assert used == [1, 1, 2]
    assert main([*command, str(tmp_path / "odd"), "--threads", "-1"]) == 2
