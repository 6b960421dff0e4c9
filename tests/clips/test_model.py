"""What a model gives from Python is to the bit what the stages give, and what learning gives is what `train` gives."""

import shutil

import numpy as np
import pandas as pd
import pytest
import yaml

from la2ds.__main__ import main as la2ds
from la2ds.clips.learn import learn
from la2ds.clips.model import load
from la2ds.clips.read import from_arrays, read
from la2ds.config import load_method
from la2ds.errors import InputError
from la2ds.formats.embeddings import read_embeddings
from la2ds.formats.keypoints import KeypointShard, read_keypoints, write_keypoints
from tests.fixtures.drawn_clips import drawn_clip
from tests.fixtures.paths import ROOT

STEPS = "0.01"


def stages(tmp_path, films, method):
    """Index, decode, train and embed the films by the workflow's verbs; poses are those that were drawn."""
    root = tmp_path / "data"
    (root / "squat").mkdir(parents=True)
    for number, film in enumerate(films["paths"]):
        shutil.copyfile(film, root / f"squat/{number}.mp4")
    (root / "splits.csv").write_text("video,split\n" + "".join(f"squat/{n},train\n" for n in range(4)))
    dataset = tmp_path / "folder.yaml"
    settings = yaml.safe_load((ROOT / "config/datasets/folder.yaml").read_text())
    dataset.write_text(yaml.safe_dump(settings | {"root": str(root), "actions": ["squat"]}))
    out = {
        name: str(tmp_path / name) for name in ("videos.csv", "labels.parquet", "frames.parquet", "q.csv", "k.parquet")
    }
    run("index", "--dataset", dataset, "--output-videos", out["videos.csv"], "--output-labels", out["labels.parquet"])
    shard = ("--dataset", dataset, "--videos", out["videos.csv"], "--shard", "squat_000")
    run("decode", *shard, "--output", out["frames.parquet"], "--quarantine", out["q.csv"])
    clips = {f"squat/{n}": read_keypoints(kept(films, n)).clips["clip"] for n in range(4)}
    write_keypoints(out["k.parquet"], KeypointShard(clips, "body13", "truth"))
    given = ["--videos", out["videos.csv"], "--method", method, "--seed", "0", "--action", "squat"]
    given += ["--keypoints", out["k.parquet"], "--frames", out["frames.parquet"]]
    run("train", *given, "--steps", STEPS, "--output-dir", tmp_path / "run")
    maps, spec = tmp_path / "maps.npz", load_method(ROOT / f"config/methods/{method}.yaml").input.heatmaps.name
    run("heatmaps", "--keypoints", out["k.parquet"], "--spec", spec, "--output", maps)
    weights = tmp_path / "run/model.safetensors"
    run("embed", *given, "--heatmaps", maps, "--weights", weights, "--output", tmp_path / "e.parquet")
    return read_embeddings(tmp_path / "e.parquet").clips


def kept(films, number):
    from la2ds.clips.store import film_folder

    read(films["paths"][number])
    return film_folder(films["paths"][number]) / "mediapipe_1.parquet"


def run(*words):
    assert la2ds([str(word) for word in words]) == 0, words


@pytest.mark.slow
@pytest.mark.parametrize("method", ["la2ds_align", "la2ds_coordinates", "la2ds_rgb"])
def test_embeddings_and_weights_are_those_of_the_stages(tmp_path, films, method):
    embedded = stages(tmp_path, films, method)
    model = load(tmp_path / "run")
    for number, film in enumerate(films["paths"]):
        clip = model.embed(film)
        assert clip.embedding.dtype == np.float32
        assert np.array_equal(clip.embedding, embedded[f"squat/{number}"]), film
    learned = learn(films["paths"], method=method, steps=float(STEPS))
    assert (learned.folder / "model.safetensors").read_bytes() == (tmp_path / "run/model.safetensors").read_bytes()


def test_learning_is_done_once_and_found_by_name(films, cache):
    model = learn(films["paths"], name="squat", steps=0.01)
    written = (model.folder / "run.json").stat().st_mtime_ns
    again = learn(films["paths"], name="squat_too", steps=0.01)
    seconds = {pd.read_json(m.folder / "run.json", typ="series").seconds for m in (model, again)}
    assert len(seconds) == 1
    assert (load("squat").folder / "run.json").stat().st_mtime_ns == written
    learn(films["paths"][:2], name="squat", steps=0.01)
    assert load("squat").run["videos"] == 2
    assert not [path for path in cache.rglob("*") if path.name.startswith(".")]


def test_a_training_that_was_stopped_goes_on(films, cache, monkeypatch):
    from la2ds.learning.training import train as module

    method = cache / "often.yaml"
    cache.mkdir(exist_ok=True)
    method.write_text("base: la2ds_align\nlabel: often\noptimiser: {steps: 30, warmup: 3, checkpoint_every: 10}\n")
    for name in ("la2ds", "la2ds_align"):
        shutil.copyfile(ROOT / f"config/methods/{name}.yaml", cache / f"{name}.yaml")
    expected = (learn(films["paths"], method=str(method)).folder / "model.safetensors").read_bytes()
    shutil.rmtree(cache / "models")
    update, done = module.update, []

    def interrupted(training, step, loss):
        done.append(step)
        if step == 22:
            raise KeyboardInterrupt
        return update(training, step, loss)

    monkeypatch.setattr(module, "update", interrupted)
    with pytest.raises(KeyboardInterrupt):
        learn(films["paths"], method=str(method))
    monkeypatch.setattr(module, "update", lambda *given: (done.append(given[1]), update(*given))[1])
    resumed = learn(films["paths"], method=str(method)).folder / "model.safetensors"
    assert done.count(19) == 1 and done.count(20) == 2
    assert resumed.read_bytes() == expected


@pytest.mark.parametrize(
    ("give", "told"),
    [
        (lambda films: [films["paths"][0]], "at least two clips of one movement, found 1"),
        (
            lambda films: [films["paths"][0], from_arrays(np.ones((4, 17, 2)), skeleton="coco17")],
            "expected joints of body13",
        ),
    ],
)
def test_too_few_clips_and_other_joints_are_one_sentence(films, give, told):
    with pytest.raises(InputError, match=told):
        learn(give(films), steps=0.01)


def test_a_model_of_another_joint_set_is_refused(films):
    model = learn(films["paths"], steps=0.01)
    with pytest.raises(InputError, match="expected joints of body13"):
        model.embed(from_arrays(np.ones((4, 17, 2)), skeleton="coco17", name="other"))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"method": {"label": 3}}'])
def test_a_broken_model_is_one_sentence(films, cache, content):
    folder = learn(films["paths"], steps=0.01).folder
    with pytest.raises(InputError, match="no such folder"):
        load("nobody")
    (folder / "run.json").write_text(content)
    with pytest.raises(InputError, match=r"run\.json: expected"):
        load(folder)


def test_threads_of_the_caller_are_left_alone(films):
    import torch

    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        learn(films["paths"], steps=0.01).embed(drawn_clip(5)[0])
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
