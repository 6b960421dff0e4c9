"""The verb ``index``: shards, warnings, both readers from the command line."""

import logging

import numpy as np
import pandas as pd
import pytest

from la2ds.__main__ import main
from la2ds.config import DatasetConfig
from la2ds.datasets.demo import reader as demo_reader
from la2ds.datasets.index import READERS, assign_shards, compare_phases
from la2ds.errors import InputError
from la2ds.formats.keypoints import Keypoints, KeypointShard, write_keypoints
from la2ds.formats.labels import Labels, read_labels, write_labels
from la2ds.formats.skeletons import BODY13
from la2ds.formats.videos import VIDEO_COLUMNS, read_videos
from tests.fixtures.datasets.penn import SEQUENCES, write_mat, write_parquet

CLIPS = {"squat_000": ("squat", "train", 5), "squat_001": ("squat", "val", 4), "jack_000": ("jack", "train", 6)}


@pytest.fixture
def penn_root(tmp_path):
    """Penn Action with two squats and a golf swing, human labels as a table."""
    root = tmp_path / "penn"
    for sequence, (action, train, phases) in SEQUENCES.items():
        write_mat(root, sequence, action, len(phases), train=np.array([[train]], np.int32))
    write_parquet(root, SEQUENCES)
    return root


@pytest.fixture
def demo_root(tmp_path):
    """The demo's folder with three clips; joints of frame t lie at (t, t)."""
    root = tmp_path / "demo"
    root.mkdir()
    write_manifest(root)
    write_labels(root / "labels.parquet", Labels({k: np.arange(n) // 3 for k, (_, _, n) in CLIPS.items()}, "generator"))
    poses = {
        k: Keypoints(np.ones((n, 13, 2), np.float32) * np.arange(n)[:, None, None], np.ones((n, 13), np.float32))
        for k, (_, _, n) in CLIPS.items()
    }
    write_keypoints(root / "keypoints_2d.parquet", KeypointShard(poses, BODY13.name, "generator"))
    poses = {k: Keypoints(np.full((n, 13, 3), 1000.0), np.ones((n, 13), np.float32)) for k, (_, _, n) in CLIPS.items()}
    write_keypoints(root / "keypoints_3d.parquet", KeypointShard(poses, BODY13.name, "generator", dims=3))
    return root


def write_manifest(root, **changes):
    rows = [
        {
            "video_id": k,
            "action": a,
            "split": s,
            "source": f"{k}.mp4",
            "frames": n,
            "fps": 25.0,
            "width": 320,
            "height": 240,
            "view": "front",
        }
        for k, (a, s, n) in CLIPS.items()
    ]
    pd.DataFrame(rows).assign(**changes).to_csv(root / "manifest.csv", index=False)


def run(tmp_path, reader, root, *, actions, config="", extra=()):
    """Call the verb; gives its exit status."""
    dataset = tmp_path / "dataset.yaml"
    dataset.write_text(f"reader: {reader}\nroot: {root}\nactions: [{', '.join(actions)}]\n{config}\n")
    outputs = ("--output-videos", str(tmp_path / "videos.csv"), "--output-labels", str(tmp_path / "labels.parquet"))
    return main(["index", "--dataset", str(dataset), *outputs, *extra])


def test_penn_from_the_command_line(tmp_path, penn_root, caplog):
    caplog.set_level(logging.INFO)
    assert run(tmp_path, "penn", penn_root, actions=["squats", "golf_swing"], config="shard_size: 1") == 0
    videos = read_videos(tmp_path / "videos.csv")
    assert list(videos.columns) == VIDEO_COLUMNS
    assert dict(zip(videos.video_id, videos.shard, strict=True)) == {
        "0820": "golf_swing_000",
        "1800": "squats_000",
        "1801": "squats_001",
    }
    assert videos.fps.isna().all()
    labels = read_labels(tmp_path / "labels.parquet")
    assert labels.source == "human"
    assert labels.phases["1801"].tolist() == [0, 0, 1, 2, 2, 3, 3]
    assert "squats val: 1 videos, 7 frames" in caplog.text


def test_root_and_actions_of_the_command_line_win(tmp_path, penn_root):
    extra = ("--root", str(penn_root), "--actions", "golf_swing")
    assert run(tmp_path, "penn", tmp_path / "elsewhere", actions=["squats"], extra=extra) == 0
    assert read_videos(tmp_path / "videos.csv").video_id.tolist() == ["0820"]


def test_other_phase_counts_are_a_warning(tmp_path, penn_root, caplog):
    config = "phases: {squats: 3, golf_swing: 3}"
    assert run(tmp_path, "penn", penn_root, actions=["squats", "golf_swing"], config=config) == 0
    assert "squats: the dataset file says 3 phases, the labels hold 0, 1, 2, 3" in caplog.text
    assert "golf_swing: the dataset file says" not in caplog.text


@pytest.mark.parametrize(
    ("reader", "root", "actions", "message"),
    [
        ("penn", "none", ["squats"], "none: expected the dataset's root folder, found no such folder"),
        ("demo", "none", ["squat"], "none: expected the dataset's root folder, found no such folder"),
        ("penn", "penn", ["swim"], "found 'swim'"),
        ("demo", "demo", ["swim"], "expected actions among jack, squat, found 'swim'"),
        ("nobody", "penn", ["squats"], f"expected 'reader' among {', '.join(READERS)}, found 'nobody'"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path, penn_root, demo_root, caplog, reader, root, actions, message):
    assert run(tmp_path, reader, tmp_path / root, actions=actions) == 2
    assert message in caplog.text
    assert not (tmp_path / "videos.csv").exists()


def test_shards_go_by_action_and_name():
    videos = pd.DataFrame({"video_id": ["5", "1", "4", "3", "2"], "action": ["a", "a", "b", "a", "b"]})
    videos["split"] = ["train", "val", "train", "train", "val"]
    sharded = assign_shards(videos, 2)
    assert dict(zip(sharded.video_id, sharded.shard, strict=True)) == {
        "1": "a_000",
        "3": "a_000",
        "5": "a_001",
        "2": "b_000",
        "4": "b_000",
    }
    assert sharded.video_id.is_monotonic_increasing


def test_background_and_absent_actions_are_no_phases():
    videos = pd.DataFrame({"video_id": ["1"], "action": ["a"]})
    assert compare_phases(videos, Labels({"1": np.array([-1, 0, 1])}, "human"), {"a": 2, "b": 4}) == []
    (message,) = compare_phases(videos, Labels({"1": np.array([-1, -1])}, "human"), {"a": 2})
    assert message == "a: the dataset file says 2 phases, the labels hold none"


def test_demo_from_the_command_line(tmp_path, demo_root):
    assert run(tmp_path, "demo", demo_root, actions=["squat"]) == 0
    videos = read_videos(tmp_path / "videos.csv")
    assert videos.video_id.tolist() == ["squat_000", "squat_001"]
    assert videos.split.tolist() == ["train", "val"]
    assert videos.fps.tolist() == [25.0, 25.0]
    labels = read_labels(tmp_path / "labels.parquet")
    assert labels.source == "generator"
    assert {k: v.tolist() for k, v in labels.phases.items()} == {
        "squat_000": [0, 0, 0, 1, 1],
        "squat_001": [0, 0, 0, 1],
    }


def test_demo_annotations_are_those_of_the_shard(demo_root):
    dataset = DatasetConfig(reader="demo", root="unused", actions=("squat",))
    videos = pd.DataFrame({"video_id": ["squat_001", "squat_000"], "frames": [4, 5]})
    shard = READERS["demo"].annotations(demo_root, dataset, videos, dims=2)
    assert list(shard.clips) == ["squat_001", "squat_000"]
    assert (shard.skeleton, shard.estimator) == ("body13", "generator")
    np.testing.assert_array_equal(shard.clips["squat_001"].position[:, 3, 1], [0, 1, 2, 3])
    shard = READERS["demo"].annotations(demo_root, dataset, videos, dims=3)
    assert (list(shard.clips), shard.dims) == (["squat_001", "squat_000"], 3)
    assert (shard.clips["squat_001"].position == 1000).all()
    with pytest.raises(InputError, match=r"keypoints_2d\.parquet: expected 6 frames of squat_000, found 5"):
        demo_reader.annotations(demo_root, dataset, pd.DataFrame({"video_id": ["squat_000"], "frames": [6]}), dims=2)
    with pytest.raises(InputError, match="expected 5 frames of squat_007, found 0"):
        demo_reader.annotations(demo_root, dataset, pd.DataFrame({"video_id": ["squat_007"], "frames": [5]}), dims=2)


def test_odd_demo_folders_are_refused(demo_root):
    dataset = DatasetConfig(reader="demo", root="unused", actions=("squat",))
    write_manifest(demo_root, frames=7)
    with pytest.raises(InputError, match=r"labels\.parquet: expected 7 labels, one per frame of squat_000, found 5"):
        demo_reader.index(demo_root, dataset)
    write_manifest(demo_root, video_id=["squat_000", "squat_009", "jack_000"])
    with pytest.raises(InputError, match="expected labels of squat_009, found none"):
        demo_reader.index(demo_root, dataset)
    (demo_root / "manifest.csv").write_text("video_id,action\nsquat_000,squat\n")
    with pytest.raises(InputError, match=r"manifest\.csv: expected columns .*, found no split"):
        demo_reader.index(demo_root, dataset)
    (demo_root / "manifest.csv").write_bytes(b"")
    with pytest.raises(InputError, match=r"manifest\.csv: expected a CSV table"):
        demo_reader.index(demo_root, dataset)
    (demo_root / "manifest.csv").unlink()
    with pytest.raises(InputError, match=r"manifest \(python -m la2ds demo makes it\), found no such file"):
        demo_reader.index(demo_root, dataset)
