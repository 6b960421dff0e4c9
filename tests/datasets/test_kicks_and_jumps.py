"""The two data sets that are made of other people's pose files: events, frames and joints are where they belong."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("av", reason="the video extra is not installed")

from la2ds.config import DatasetConfig, load
from la2ds.datasets.index import READERS
from la2ds.errors import InputError
from la2ds.pose.request import PoseRequest
from la2ds.pose.verb import ESTIMATORS
from tests.benchmarks import kicks_and_jumps
from tests.fixtures.paths import ROOT
from tests.fixtures.pose_files import person, put, put_openpose

SIZE = (64, 48)


def read(name, root):
    """Index a data set and read its poses, by its own settings."""
    file = ROOT / f"config/datasets/{name}.yaml"
    dataset = load(DatasetConfig, file)
    videos, labels = READERS["folder"].index(root, dataset)
    rows = videos.assign(shard="a_000")
    shard = ESTIMATORS[dataset.pose](PoseRequest(dataset=dataset, dataset_file=file, root=root, videos=rows))
    return videos.set_index("video_id"), labels.phases, shard


def test_kicks(tmp_path, monkeypatch):
    monkeypatch.setattr(kicks_and_jumps, "KICK_SIZE", SIZE)
    for kick in range(1, 5):
        put_openpose(tmp_path / f"Kick_{kick}", {t: [person(10 + kick, 5 + t, confidence=0.9)] for t in range(6)})
        for file in (tmp_path / f"Kick_{kick}").iterdir():
            put(tmp_path / "files" / file.name, file.read_text())
    np.save(tmp_path / "contact.npy", np.array([1, 2, 3, 4, 5]))
    kicks_and_jumps.write_kicks(tmp_path / "files", tmp_path / "contact.npy", tmp_path / "made")
    videos, phases, shard = read("soccer_kicks", tmp_path / "made")
    assert dict(videos.split) == {f"soccer_kick/Kick_{k}": "train" if k % 2 else "val" for k in range(1, 5)}
    assert [int(np.argmax(phases[f"soccer_kick/Kick_{k}"])) - 1 for k in range(1, 5)] == [1, 2, 3, 4]
    assert shard.clips["soccer_kick/Kick_3"].position[:, 0].tolist() == [[13, 5 + t] for t in range(6)]


def test_a_kick_without_a_contact_frame_is_refused(tmp_path):
    put_openpose(tmp_path / "Kick_2", {0: []})
    np.save(tmp_path / "contact.npy", np.array([1]))
    with pytest.raises(InputError, match=r"expected a contact frame for each kick, found 1 and 1 kicks"):
        kicks_and_jumps.write_kicks(tmp_path / "Kick_2", tmp_path / "contact.npy", tmp_path / "made")


def jump(number, frames, joints):
    """A file in which joint j of frame t is at (t, j), pictures in no order."""
    images = [
        {"id": n, "file_name": f"{t:05d}_jpg.rf.a{n}.jpg", "width": SIZE[0], "height": SIZE[1]}
        for n, t in enumerate(frames)
    ]
    marks = [
        {"id": n, "image_id": n, "category_id": 1, "keypoints": [v for j in range(len(joints)) for v in (t, j + 1, 2)]}
        for n, t in enumerate(frames)
    ]
    categories = [{"id": 0, "name": "objects"}, {"id": 1, "name": "skier", "keypoints": joints}]
    return json.dumps({"images": images, "annotations": marks, "categories": categories})


def test_jumps(tmp_path):
    joints = load(DatasetConfig, ROOT / "config/datasets/ski_jumps.yaml").poses.joints[::-1]
    for number in range(5, 9):
        put(tmp_path / f"files/JP{number}__annotations_jump{number}.json", jump(number, [30, 20, 26, 21], joints))
        put(tmp_path / f"files/JP{number}__annotations_interpolated_jump{number}.coco.json", "not read")
    rows = [
        "jump_id,take_off_frame,v_style,landing",
        ",,,",
        *(f"jump{n},{n + 18},,29" for n in (5, 6, 7)),
        "jump8,24,,",
    ]
    put(tmp_path / "phases.csv", "\n".join(rows))
    kicks_and_jumps.write_jumps(tmp_path / "files", tmp_path / "phases.csv", tmp_path / "made")
    videos, phases, shard = read("ski_jumps", tmp_path / "made")
    assert set(videos.frames) == {11}
    assert phases["ski_jump/jump6"].tolist() == [0] * 5 + [1] * 5 + [2]
    assert set(phases["ski_jump/jump8"]) == {-1}
    position = shard.clips["ski_jump/jump5"].position
    assert np.flatnonzero(np.isfinite(position).all((1, 2))).tolist() == [0, 1, 6, 10]
    assert position[6, :, 0].tolist() == [26] * 23 and position[6, :, 1].tolist() == list(range(23, 0, -1))


def test_a_folder_without_jumps_is_refused(tmp_path):
    put(tmp_path / "phases.csv", "jump_id,take_off_frame,landing\n")
    with pytest.raises(InputError, match=r"expected files .*annotations_jump5.json .*, found none"):
        kicks_and_jumps.write_jumps(Path(tmp_path), tmp_path / "phases.csv", tmp_path / "made")
