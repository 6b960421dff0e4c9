"""One clip among sound ones whose own annotations are broken: it is named and set aside, the others are as ever.

CASA and Penn Action are tried in the same way beside the tests of their readers.
"""

import json
import re
import sqlite3

import numpy as np
import pytest

from la2ds.__main__ import main
from la2ds.config import DatasetConfig
from la2ds.datasets.h2o import reader as h2o
from la2ds.datasets.h2o.lists import COLUMNS, read_lists
from la2ds.datasets.ikea import reader as ikea
from la2ds.datasets.ikea.annotations import DATABASE, SEGMENTS
from la2ds.datasets.index import READERS
from la2ds.datasets.uiprmd import reader as uiprmd
from la2ds.errors import InputError
from la2ds.formats.keypoints import KeypointShard, read_keypoints
from la2ds.formats.quarantine import ClipErrors
from tests.fixtures.datasets.h2o import LISTS, write_list, write_sequence
from tests.fixtures.datasets.ikea import SCANS, write_database, write_segments
from tests.fixtures.datasets.uiprmd import motion, write_native

ACTIONS = {
    "ikea": ("kallax_shelf_drawer", "lack_coffee_table"),
    "h2o": ("pouring_milk",),
    "uiprmd": ("deep_squat",),
}


def config(reader: str, **fields: object) -> DatasetConfig:
    return DatasetConfig(reader=reader, root="unused", actions=ACTIONS[reader], **fields)


def check_index(root, dataset, before, *, without, message, caplog):
    """All rows and labels but one clip's are those of before."""
    videos, labels = READERS[dataset.reader].index(root, dataset)
    rows = before[0][before[0].video_id != without].reset_index(drop=True)
    assert len(rows) == len(before[0]) - 1
    assert videos.equals(rows)
    assert list(labels.phases) == rows.video_id.tolist()
    for name, phases in labels.phases.items():
        np.testing.assert_array_equal(phases, before[1].phases[name])
    assert re.search(rf"{without.replace('_', '.')}.* is set aside: .*{message}", caplog.text)
    [(name, source, stage, reason)] = labels.refused
    assert (name, stage) == (without, "index") and (root / source).exists()
    assert re.search(message, reason)


def check_shard(shard: KeypointShard, whole: KeypointShard, *, without: str, source: str, message: str) -> None:
    """All poses but one clip's are those of before, and the metadata say why it has none."""
    assert list(shard.clips) == [name for name in whole.clips if name != without]
    assert len(shard.clips) == len(whole.clips) - 1
    assert whole.metadata == {}
    for name, clip in shard.clips.items():
        np.testing.assert_array_equal(clip.position, whole.clips[name].position)
    [(name, file, stage, reason)] = json.loads(shard.metadata["quarantine"])
    assert (name, file, stage) == (without, source, "pose")
    assert re.search(message, reason)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"subset": "other", "annotation": []}, "expected subset"),
        ({"subset": "training", "annotation": [{"label": "other", "segment": [0, 10**12]}]}, "below 10000000"),
        (3, "expected subset"),
    ],
)
def test_a_broken_entry_of_ikea_segments(tmp_path, caplog, entry, message):
    write_segments(tmp_path / SEGMENTS, SCANS)
    before = ikea.index(tmp_path, config("ikea"))
    content = json.loads((tmp_path / SEGMENTS).read_text())
    scan = next(iter(SCANS))
    content["database"][scan] = entry
    (tmp_path / SEGMENTS).write_text(json.dumps(content))
    check_index(tmp_path, config("ikea"), before, without=scan.split("/")[1], message=message, caplog=caplog)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("UPDATE videos SET nframes = 1000000000000 WHERE id = 1", "a path and a number of frames"),
        ("UPDATE annotations SET starting_frame = 99 WHERE video_id = 1", "expected frames of"),
        ("UPDATE annotations SET ending_frame = 'x' WHERE video_id = 1", "an action and two frames"),
    ],
)
def test_a_broken_row_of_ikea_database(tmp_path, caplog, change, message):
    write_database(tmp_path / DATABASE, SCANS)
    for name, subset in (("train_cross_env", "training"), ("test_cross_env", "testing")):
        (tmp_path / f"{name}.txt").write_text("\n".join(scan for scan, (of, _) in SCANS.items() if of == subset))
    before = ikea.index(tmp_path, config("ikea"))
    with sqlite3.connect(tmp_path / DATABASE) as database:
        database.execute(change)
    check_index(
        tmp_path, config("ikea"), before, without=next(iter(SCANS)).split("/")[1], message=message, caplog=caplog
    )


def test_a_broken_pose_file_of_ikea(tmp_path):
    write_segments(tmp_path / SEGMENTS, SCANS)
    for scan in SCANS:
        folder = tmp_path / scan / "dev3/pose3d"
        folder.mkdir(parents=True)
        joints = np.random.default_rng(0).uniform(1, 9, 4 * 17).tolist()
        (folder / "000000.json").write_text(json.dumps({"pose_keypoints_3d": joints}))
    videos, _ = ikea.index(tmp_path, config("ikea"))
    whole = ikea.annotations(tmp_path, config("ikea"), videos, dims=3)
    (folder / "000009.json").write_text(json.dumps({"pose_keypoints_3d": joints}))
    shard = ikea.annotations(tmp_path, config("ikea"), videos, dims=3)
    check_shard(
        shard, whole, without=folder.parts[-3], source=SEGMENTS, message="000009.json: expected a frame from 0 to 5"
    )


@pytest.fixture
def h2o_root(tmp_path):
    for split, rows in LISTS.items():
        write_list(tmp_path / f"action_{split}.txt", rows)
    return tmp_path


@pytest.mark.parametrize("row", ["9 subject1/h1/1 99 7 7 0 8", "9 subject1/h1/1 16 7", "9 subject1/h1/1 16 0 1 0 8"])
def test_a_broken_row_of_h2o_lists(h2o_root, caplog, row):
    before = h2o.index(h2o_root, config("h2o"))
    with (h2o_root / "action_train.txt").open("a") as file:
        file.write(row)
    message = f"line 7: {row}"
    check_index(h2o_root, config("h2o"), before, without="subject1_h1_1", message=message, caplog=caplog)


def test_a_row_of_no_sequence_ends_the_list(tmp_path):
    """Whose action would be missing is not known."""
    (tmp_path / "action_val.txt").write_text(f"{' '.join(COLUMNS)}\n1 a/b/1 23 0 4 0 9\n2 23 0 4 0 9\n")
    with pytest.raises(InputError, match="expected the path of a sequence, found line 3: 2 23"):
        read_lists(tmp_path, ClipErrors())


def test_a_broken_sequence_of_h2o(h2o_root, caplog):
    for path in ("subject1/h1/1", "subject3/k2/1"):
        write_sequence(h2o_root, path)
    before = h2o.index(h2o_root, config("h2o"))
    whole = h2o.annotations(h2o_root, config("h2o"), before[0], dims=2)
    (h2o_root / "subject1/h1/1/cam4/hand_pose/000003.txt").write_text("1 2 3")
    shard = h2o.annotations(h2o_root, config("h2o"), before[0], dims=2)
    told = "000003.txt: expected 128 numbers"
    check_shard(shard, whole, without="subject1_h1_1", source="subject1/h1/1/cam4/hand_pose", message=told)
    (h2o_root / "subject1/h1/1/cam4/cam_intrinsics.txt").write_text("a")
    told = "cam_intrinsics.txt: expected 6 numbers"
    check_index(h2o_root, config("h2o"), before, without="subject1_h1_1", message=told, caplog=caplog)


def test_a_broken_file_of_uiprmd(tmp_path, caplog):
    names = ["m01_s01_e01", "m01_s01_e02", "m01_s08_e01"]
    files = [write_native(tmp_path, name, motion(40, 20)) for name in names]
    before = uiprmd.index(tmp_path, config("uiprmd"))
    whole = uiprmd.annotations(tmp_path, config("uiprmd"), before[0], dims=3)
    files[1].write_text("1, 2, x\n")
    check_index(tmp_path, config("uiprmd"), before, without=names[1], message="expected rows of numbers", caplog=caplog)
    shard = uiprmd.annotations(tmp_path, config("uiprmd"), before[0], dims=3)
    source = f"Vicon/{names[1]}_positions.txt"
    check_shard(shard, whole, without=names[1], source=source, message="expected rows of numbers")
    videos = before[0].assign(frames=[40, 41, 40])
    files[1].write_text(files[0].read_text())
    shard = uiprmd.annotations(tmp_path, config("uiprmd"), videos, dims=3)
    check_shard(shard, whole, without=names[1], source=source, message="expected 41 frames of m01_s01_e02, found 40")


def test_the_first_reason_counts_and_the_last_clip_speaks_up(caplog):
    errors = ClipErrors()
    for found in ("this", "that"):
        with errors.of("a"):
            raise InputError("file", expected="something", found=found)
    errors.need(["b"])
    assert list(errors.settle()) == ["a"]
    assert "a is set aside: file: expected something, found this" in caplog.text
    assert errors.settle(among=["b"]) == {}
    with pytest.raises(InputError, match="found this"):
        errors.need([])
    with pytest.raises(ZeroDivisionError), errors.of("a"):
        raise ZeroDivisionError


def test_the_verbs_go_on_and_the_quarantine_list_says_why(tmp_path):
    names = ["m01_s01_e01", "m01_s01_e02", "m01_s01_e03"]
    files = [write_native(tmp_path / "root", name, motion(40, 20)) for name in names]
    dataset, videos, shard = tmp_path / "d.yaml", tmp_path / "videos.csv", tmp_path / "k.parquet"
    dataset.write_text("reader: uiprmd\nroot: unused\nactions: [deep_squat]\npose: annotations\n")
    common = ["--dataset", str(dataset), "--root", str(tmp_path / "root")]
    labels = str(tmp_path / "l.parquet")
    files[2].write_text("1, 2, x\n")
    assert main(["index", *common, "--output-videos", str(videos), "--output-labels", labels]) == 0
    files[0].write_text("")
    verb = ["keypoints", *common, "--videos", str(videos), "--shard", "deep_squat_000", "--output", str(shard)]
    assert main([*verb, "--pose", "annotations"]) == 0
    assert list(read_keypoints(shard).clips) == names[1:2]
    verb = ["quarantine", "--labels", labels, "--shards", str(shard), "--output", str(tmp_path / "q.csv")]
    assert main(verb) == 0
    rows = [line.split(",")[:3] for line in (tmp_path / "q.csv").read_text().splitlines()[1:]]
    assert rows == [
        [names[2], f"Vicon/{names[2]}_positions.txt", "index"],
        [names[0], f"Vicon/{names[0]}_positions.txt", "pose"],
    ]
