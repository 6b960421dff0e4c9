"""A shard of which no clip can be used, among others: they go on up to the table, and the quarantine list says why."""

import csv

import numpy as np
import pandas as pd
import pytest

from la2ds.__main__ import main
from la2ds.formats.keypoints import read_keypoints
from la2ds.formats.labels import Labels, write_labels
from la2ds.formats.quarantine import Refusal
from la2ds.formats.skeletons import BODY13
from la2ds.formats.videos import write_videos
from tests.fixtures.paths import ROOT
from tests.fixtures.pose_files import put_csv, videos

NAMES = ("anna", "ben", "cara", "dan", "eva", "finn")
SHARDS = ("squat_000", "squat_001", "squat_002")
FRAMES = 12
TABLE = """
title: One row
methods: [pose]
reference: pose
columns: [{metric: kendall_tau, variant: split=val/stride=1, label: Tau}]
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three shards of two clips with poses in files; those of the last are broken."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name in NAMES[:4]:
        values = 30 + 40 * rng.random((FRAMES, 1, 13, 3)) + np.arange(FRAMES)[:, None, None, None]
        put_csv(tmp_path / f"poses/deeplabcut/squat/{name}.csv", BODY13.joints, values.clip(0, [300, 300, 1]))
    for name in NAMES[4:]:
        (tmp_path / f"poses/deeplabcut/squat/{name}.csv").write_text("")
    (tmp_path / "own.yaml").write_text(f"reader: folder\nroot: {tmp_path}\nactions: [squat]\npose: deeplabcut\n")
    table = videos(*(f"squat/{name}.mp4" for name in NAMES), frames=FRAMES)
    table = table.assign(shard=np.repeat(SHARDS, 2), split=["train", "train", "val", "val", "train", "val"])
    write_videos(tmp_path / "videos.csv", table)
    phases = {video_id: (np.arange(FRAMES) > 5).astype(np.int16) for video_id in table.video_id}
    write_labels(
        tmp_path / "labels.parquet", Labels(phases, "human", (Refusal("squat/gus", "gus.mat", "index", "bad"),))
    )
    return tmp_path


def run(verb, *words, **options):
    """Call a verb; lists are options of several words."""
    for option, value in options.items():
        words += (f"--{option.replace('_', '-')}", *map(str, value if isinstance(value, list) else [value]))
    return main([verb, *map(str, words)])


def read_poses(shard, table="videos.csv"):
    file = f"keypoints/{shard}.parquet"
    return run("keypoints", dataset="own.yaml", pose="deeplabcut", videos=table, shard=shard, output=file)


def test_the_other_shards_go_on_up_to_the_table(folder):
    shards = [f"keypoints/{shard}.parquet" for shard in reversed(SHARDS)]
    assert [read_poses(shard) for shard in SHARDS] == [0, 0, 0]
    assert list(read_keypoints(shards[0]).clips) == []
    for shard in shards:
        assert run("heatmaps", keypoints=shard, spec="joints_p24_s100_b110", output=f"{shard}.npz") == 0
    quality = {"dataset": "own", "pose": "deeplabcut", "keypoints_dir": "keypoints", "output": "quality.csv"}
    assert run("pose_quality", videos="videos.csv", **quality) == 0
    assert set(pd.read_csv("quality.csv").joint) > {"head", "all"}
    assert run("quarantine", labels="labels.parquet", shards=shards, output="quarantine.csv") == 0
    with open("quarantine.csv", encoding="utf-8") as file:
        assert [row["video_id"] for row in csv.DictReader(file)] == ["squat/gus", "squat/eva", "squat/finn"]
    embedded = {"method": ROOT / "config/methods/pose.yaml", "seed": 0, "action": "squat", "keypoints": shards}
    assert run("embed", videos="videos.csv", output="e.parquet", **embedded) == 0
    (folder / "protocol.yaml").write_text("{classifiers: [], progression: false, retrieval_k: [1], tau_stride: 1}")
    metrics = "results/own/metrics/default/pose/squat/seed0.csv"
    scored = {"videos": "videos.csv", "labels": "labels.parquet", "embeddings": "e.parquet", "output": metrics}
    assert run("evaluate", protocol="protocol.yaml", **scored) == 0
    (folder / "table.yaml").write_text(TABLE)
    made = {"csv": "t.csv", "markdown": "t.md", "latex": "t.tex", "dataset": "own", "actions": "squat"}
    settings = {"table": "table.yaml", "methods_dir": ROOT / "config/methods"}
    assert run("table", results="results", labels="labels.parquet", **settings, **made) == 0
    assert "Videos without an embedding, not scored: squat 2." in (text := (folder / "t.md").read_text())
    assert "Videos scored, train/val: squat 2/2." in text and "Clips that index left out: 1;" in text


def test_nothing_left_at_all_is_an_error_that_names_it(folder, caplog):
    table = pd.read_csv("videos.csv")
    write_videos(folder / "bad.csv", table[4:])
    assert read_poses(SHARDS[2], "bad.csv") == 2
    assert "squat/eva.csv: expected a CSV table" in caplog.text
    # Bad shards one by one: whoever has nothing left names the first.
    write_videos(folder / "bad.csv", table[4:].assign(shard=["squat_000", "squat_001"]))
    shards = [f"keypoints/{shard}.parquet" for shard in SHARDS[:2]]
    assert [read_poses(shard, "bad.csv") for shard in SHARDS[:2]] == [0, 0]
    for verb, method, option in (("embed", "pose", "--output"), ("train", "tcc_heatmaps", "--output-dir")):
        caplog.clear()
        settings = {"method": ROOT / f"config/methods/{method}.yaml", "seed": 0, "action": "squat", "keypoints": shards}
        assert run(verb, option, "out", videos="bad.csv", **settings) == 2
        assert "found none of 2; the first, squat/eva: " in caplog.text
        assert "eva.csv: expected a CSV table" in caplog.text
