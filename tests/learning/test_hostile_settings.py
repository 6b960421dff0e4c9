"""Whatever number a settings file is given: it is refused in one sentence, or the method trains."""

import json
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from safetensors.numpy import load_file

from la2ds.__main__ import main
from la2ds.config import OBJECTIVE_KINDS, MethodConfig, ProtocolConfig, as_dict, build, flat, load, load_method, merge
from la2ds.errors import InputError
from la2ds.formats.features import write_features
from la2ds.formats.keypoints import Keypoints, KeypointShard, write_keypoints
from la2ds.formats.labels import Labels, write_labels
from la2ds.formats.videos import VIDEO_COLUMNS, write_videos

HOSTILE = (0, -1, float("inf"), float("nan"), 1e30, 10**30, True, "")
SMALL = {"dim": 16, "heads": 2, "spatial_dim": 8, "hidden": 8, "frames": 6, "test_frames": 7, "projection": 16}
MAPS = {"input": {"heatmaps": {"size": 16}}, "encoder": SMALL}
POINTS = {
    "input": {"kind": "coordinates", "coordinates": {"dims": 3}},
    "encoder": SMALL | {"kind": "coordinate_transformer", "dim": 0, "frames": 0, "test_frames": 0},
    "augmentation": {"space": "skeleton"},
}
FEATURES = {
    "input": {"kind": "rgb", "pictures": {"backbone": "toy", "crop": "frame", "size": 32, "grid": 2}},
    "encoder": SMALL | {"kind": "rgb_conv3d"},
}
METHODS = [MAPS | {"objective": {"kind": kind, "sal_width": 16}} for kind in OBJECTIVE_KINDS]
METHODS += [merge(MAPS, {"encoder": {"attention": "divided"}}), POINTS, FEATURES]
METHODS += [merge(FEATURES, {"encoder": {"kind": "rgb_transformer"}})]
NUMBERS = [key for key, value in flat(MethodConfig("x")).items() if type(value) in (int, float)]
LISTS = [key for key, value in flat(MethodConfig("x")).items() if isinstance(value, list)]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four clips for training: keypoints in the plane and in space, stored features, phases."""
    folder, rng = tmp_path_factory.mktemp("study"), np.random.default_rng(0)
    ids = [f"t{n}" for n in range(4)]
    rows = [[v, "swing", "train", f"{v}.mp4", 12, 20.0, 96, 64, "swing_000"] for v in ids]
    write_videos(folder / "videos.csv", pd.DataFrame(rows, columns=VIDEO_COLUMNS))
    write_labels(folder / "labels.parquet", Labels({v: np.repeat([0, 1, 2], 4) for v in ids}, "human"))
    for name, dims in (("keypoints", 2), ("space", 3)):
        walks = {v: rng.uniform(20, 60, (13, dims)) + rng.normal(0, 1, (12, 13, dims)).cumsum(0) for v in ids}
        clips = {v: Keypoints(walk.astype(np.float32), np.ones((12, 13), np.float32)) for v, walk in walks.items()}
        write_keypoints(folder / name, KeypointShard(clips, "body13", "test/1", dims=dims))
    spec = {"spec": "toy_frame_p32_g2", "channels": 5, "grid": 2}
    with write_features(folder / "features", **spec, metadata={"model": "toy@1"}) as stored:
        for video_id in ids:
            stored.add(video_id, rng.normal(0, 1, (12, 5, 2, 2)))
    return folder


def put(content: dict, key: str, value: object) -> dict:
    *sections, last = key.split(".")
    for section in reversed(sections):
        last = {section: last if isinstance(last, dict) else {last: value}}
    return merge(content, last if isinstance(last, dict) else {last: value})


def outcome(study: Path, content: dict, caplog: pytest.LogCaptureFixture) -> str:
    """Train by a settings file: `trained`, `refused` at the settings, or the sentence that it ended with."""
    file = study / "m.yaml"
    file.write_text(yaml.safe_dump({"label": "M"} | content))
    try:
        method = load_method(file)
    except InputError:
        return "refused"
    data = {"heatmaps": "--keypoints=keypoints", "coordinates": "--keypoints=space", "rgb": "--features=features"}
    option, name = data[method.input.kind].split("=")
    command = ["train", "--method", str(file), "--videos", str(study / "videos.csv"), option, str(study / name)]
    command += ["--seed", "0", "--device", "cpu", "--action", "swing", "--output-dir", str(study / "run")]
    command += ["--labels", str(study / "labels.parquet")] * (method.objective.kind == "supervised")
    caplog.clear()
    if main(command):
        return next(r.getMessage() for r in caplog.records if r.levelname == "ERROR")
    assert all(np.isfinite(v).all() for v in load_file(study / "run/model.safetensors").values())
    return "trained"


def cases() -> list[tuple[dict, str, object]]:
    every = [(method, key, value) for method in METHODS for key in NUMBERS for value in HOSTILE]
    every += [(method, key, [value]) for method in METHODS for key in LISTS for value in HOSTILE]
    every += [(method, key, [value, value]) for method in METHODS for key in LISTS for value in HOSTILE]
    return every


def test_every_number_is_refused_or_trains(study: Path, caplog: pytest.LogCaptureFixture) -> None:
    seen: dict[str, int] = {}
    for method, key, value in random.Random(16).sample(cases(), 300):
        content = put(merge({"optimiser": {"steps": 2, "batch": 3, "warmup": 1}}, method), key, value)
        found = outcome(study, content, caplog)
        # Beside what the settings refuse, what does not fit the data is said, too.
        told = found.startswith(f"{study / 'm.yaml'}: expected ")
        assert told or found in ("refused", "trained"), (key, value, found)
        seen[found[:10]] = seen.get(found[:10], 0) + 1
    assert seen["refused"] > 100 and seen["trained"] > 20


@pytest.mark.parametrize("method", METHODS, ids=lambda m: json.dumps(m.get("objective", m["encoder"]))[:40])
def test_what_the_numbers_are_put_into_trains(method: dict, study: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert outcome(study, merge({"optimiser": {"steps": 2, "batch": 3}}, method), caplog) == "trained"


@pytest.mark.parametrize("value", HOSTILE)
def test_protocols_hold_their_numbers_too(value: object, tmp_path: Path) -> None:
    for key in [k for k, v in flat(ProtocolConfig()).items() if type(v) in (int, float)]:
        if (key, value) == ("alignment_sources", 0):  # for none
            continue
        (tmp_path / "p.yaml").write_text(yaml.safe_dump({key: value}))
        with pytest.raises(InputError, match=rf"p\.yaml: expected .*{key}|p\.yaml: expected YAML"):
            load(ProtocolConfig, tmp_path / "p.yaml")


def test_own_defaults_pass() -> None:
    assert build(MethodConfig, as_dict(MethodConfig("x")), "x") == MethodConfig("x")
