"""Training and embedding with every kind of input, from shards, through the command line."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import yaml

from la2ds.__main__ import main
from la2ds.config import load_method
from la2ds.formats import heatmaps
from la2ds.formats.embeddings import read_embeddings
from la2ds.formats.features import write_features
from la2ds.formats.frames import write_frames
from la2ds.formats.keypoints import Keypoints, KeypointShard, write_keypoints
from la2ds.formats.videos import write_videos
from la2ds.learning.embedding import network
from la2ds.views.read_clips import joints_of

LENGTHS = {"t0": 12, "t1": 17, "t2": 14, "v0": 15, "v1": 13}
SMALL = {"dim": 16, "heads": 2, "spatial_dim": 8, "hidden": 8, "frames": 6, "test_frames": 7, "projection": 16}
RUN = {"steps": 3, "batch": 3, "warmup": 1}
PICTURES = {"crop": "box", "size": 16}
METHODS = {
    "rgb": {"input": {"kind": "rgb", "pictures": PICTURES}, "encoder": SMALL | {"kind": "rgb_transformer"}},
    "whole_frame": {
        "input": {"kind": "rgb", "pictures": PICTURES | {"crop": "frame"}},
        "encoder": SMALL | {"kind": "rgb_conv3d", "test_frames": 0, "mirror_test": False},
    },
    "frozen": {
        "input": {"kind": "rgb", "pictures": {"backbone": "toy", "crop": "frame", "size": 32, "grid": 2}},
        "encoder": SMALL | {"kind": "rgb_transformer"},
    },
    "fusion": {
        "input": {"kind": "heatmaps_rgb", "heatmaps": {"size": 16}, "pictures": PICTURES},
        "encoder": SMALL | {"kind": "fusion_transformer", "modality_dropout": 0.3},
    },
    "solid": {
        "input": {"kind": "coordinates", "coordinates": {"dims": 3}},
        "encoder": SMALL
        | {"kind": "coordinate_transformer", "dim": 0, "frames": 0, "test_frames": 0, "mirror_test": False},
        "objective": {"directions": "copy", "time": "frames", "similarity": "distance"},
        "augmentation": {"space": "skeleton"},
    },
}
NEEDS = {
    "rgb": ["keypoints", "frames"],
    "whole_frame": ["frames"],
    "frozen": ["features"],
    "fusion": ["keypoints", "frames"],
    "solid": ["space"],
}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Five clips of 13 joints and of pictures in which a bright spot wanders; v1 has no pictures."""
    rng = np.random.default_rng(0)
    flat, solid, rows = {}, {}, []
    for name, frames in LENGTHS.items():
        walk = rng.uniform(20, 60, (13, 2)) + rng.normal(0, 1, (frames, 13, 2)).cumsum(0)
        flat[name] = Keypoints(walk.astype(np.float32), np.ones((frames, 13), np.float32))
        depth = rng.normal(0, 5, (frames, 13, 1)).cumsum(0)
        solid[name] = Keypoints(np.concatenate([walk, depth], 2).astype(np.float32), flat[name].confidence)
        split = "train" if name[0] == "t" else "val"
        rows.append([name, "swing", split, f"{name}.mp4", frames, 20.0, 96, 64, "swing_000"])
    columns = ["video_id", "action", "split", "source", "frames", "fps", "width", "height", "shard"]
    write_videos(tmp_path / "videos.csv", pd.DataFrame(rows, columns=columns))
    write_keypoints(tmp_path / "keypoints", KeypointShard(flat, "body13", "test/1"))
    write_keypoints(tmp_path / "space", KeypointShard(solid, "body13", "test/1", dims=3))
    with write_frames(tmp_path / "frames") as writer:
        for name in [n for n in LENGTHS if n != "v1"]:
            pictures = rng.integers(0, 90, (LENGTHS[name], 64, 96, 3), dtype=np.uint8)
            for t, picture in enumerate(pictures):
                picture[20:30, 3 * t : 3 * t + 10] = 255
            images = [cv2.imencode(".jpg", picture)[1].tobytes() for picture in pictures]
            writer.add(name, times=np.arange(len(images)) / 20, images=images, decoder="test/1")
    spec = {"spec": "toy_frame_p32_g2", "channels": 5, "grid": 2}
    with write_features(tmp_path / "features", **spec, metadata={"model": "toy@1"}) as stored:
        for name, frames in LENGTHS.items():
            stored.add(name, rng.normal(0, 1, (frames, 5, 2, 2)))
    for name, method in METHODS.items():
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump({"label": name, "optimiser": RUN} | method))
    drawing = ["--spec", "joints_p16_s060_b110", "--output", str(tmp_path / "heatmaps")]
    assert main(["heatmaps", *shards(tmp_path, "keypoints"), *drawing]) == 0
    return tmp_path


def shards(folder: Path, *kinds: str) -> list[str]:
    return [word for kind in kinds for word in (f"--{'keypoints' if kind == 'space' else kind}", str(folder / kind))]


def common(folder: Path, name: str) -> list[str]:
    where = ["--method", str(folder / f"{name}.yaml"), "--videos", str(folder / "videos.csv")]
    return [*where, "--seed", "0", "--action", "swing", "--device", "cpu"]


def train(folder: Path, name: str, *kinds: str) -> int:
    return main(["train", *common(folder, name), *shards(folder, *kinds), "--output-dir", str(folder / name)])


def embed(folder: Path, name: str, *kinds: str, weights: str = "") -> dict[str, np.ndarray]:
    output = str(folder / f"{name}.parquet")
    trained = ["--weights", str(folder / (weights or name) / "model.safetensors")]
    assert main(["embed", *common(folder, name), *shards(folder, *kinds), *trained, "--output", output]) == 0
    return read_embeddings(output).clips


@pytest.mark.parametrize("name", METHODS)
def test_every_kind_of_input_trains_and_embeds(name: str, study: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert train(study, name, *NEEDS[name]) == 0
    drawn = ["heatmaps"] if name == "fusion" else []
    found = embed(study, name, *NEEDS[name], *drawn)
    seen = {k: v for k, v in LENGTHS.items() if k != "v1" or name in ("frozen", "solid")}
    assert {k: len(v) for k, v in found.items()} == seen
    assert len({v.shape[1] for v in found.values()}) == 1
    assert ("1 of 5 videos have no pictures: v1" in caplog.text) == ("v1" not in seen)


def test_one_fusion_embeds_with_either_input_and_borrowed_weights(study: Path) -> None:
    assert train(study, "fusion", *NEEDS["fusion"]) == 0
    method = yaml.safe_load((study / "fusion.yaml").read_text())
    found = {"both": embed(study, "fusion", "heatmaps", *NEEDS["fusion"])["v0"]}
    for shown in ("heatmaps", "rgb"):
        other = method | {"weights": "fusion", "encoder": method["encoder"] | {"shown": shown}}
        (study / f"{shown}.yaml").write_text(yaml.safe_dump(other))
        found[shown] = embed(study, shown, "heatmaps", *NEEDS["fusion"], weights="fusion")["v0"]
    assert not np.allclose(found["both"], found["heatmaps"], atol=1e-4)
    assert not np.allclose(found["both"], found["rgb"], atol=1e-4)
    assert train(study, "heatmaps", *NEEDS["fusion"]) == 2  # there is nothing to train


@pytest.mark.parametrize(
    ("name", "kinds", "told"),
    [
        ("rgb", ["keypoints"], "--frames: expected shards, for the input is rgb, found none"),
        ("frozen", ["frames"], "--features: expected shards, for the input is rgb, found none"),
        ("solid", ["keypoints"], "keypoints: expected keypoints of 3 dimensions, found 2"),
        ("fusion", ["frames", "space"], "space: expected keypoints of 2 dimensions, found 3"),
    ],
)
def test_shards_that_do_not_fit_are_refused(
    name: str, kinds: list[str], told: str, study: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert train(study, name, *kinds) == 2
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1 and told in errors[0]
    assert not (study / name).exists()


def test_settings_that_do_not_fit_the_data_are_refused(study: Path, caplog: pytest.LogCaptureFixture) -> None:
    method = yaml.safe_load((study / "fusion.yaml").read_text())
    method["encoder"]["patch"] = 5
    (study / "fusion.yaml").write_text(yaml.safe_dump(method))
    assert train(study, "fusion", *NEEDS["fusion"]) == 2
    assert "fusion.yaml: expected 'encoder.patch' a divisor of the heatmap size (16), found 5" in caplog.text
    solid = yaml.safe_load((study / "solid.yaml").read_text())
    solid["objective"] = {"kind": "tcc"}
    (study / "solid.yaml").write_text(yaml.safe_dump(solid))
    assert train(study, "solid", "space") == 2
    assert "'encoder.frames' of at least 2 for objective tcc, which knows no padding, found 0" in caplog.text


def test_gaps_are_filled_for_coordinates_and_left_for_heatmaps(study: Path) -> None:
    position = np.ones((4, 13, 3), np.float32) * np.arange(4)[:, None, None]
    position[1, 2] = np.nan
    clip = Keypoints(position, np.ones((4, 13), np.float32))
    np.testing.assert_allclose(joints_of(clip, method=load_method(study / "solid.yaml"))[1, 2], 1)
    flat = Keypoints(position[..., :2], clip.confidence)
    assert np.isnan(joints_of(flat, method=load_method(study / "fusion.yaml"))[1, 2]).all()


def test_heatmaps_are_read_and_embedded_one_clip_at_a_time(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert train(study, "fusion", *NEEDS["fusion"]) == 0
    done: list[str] = []
    for place, name in ((heatmaps._Maps, "read"), (network, "embed_clip")):
        call = getattr(place, name)
        monkeypatch.setattr(place, name, lambda *a, call=call, name=name, **k: (done.append(name), call(*a, **k))[1])
    assert list(embed(study, "fusion", "heatmaps", *NEEDS["fusion"])) == ["t0", "t1", "t2", "v0"]
    assert done == ["read", "embed_clip"] * 4
