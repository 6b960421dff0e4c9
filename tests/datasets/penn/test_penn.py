"""The reader of Penn Action: native files, the four label formats, joints, and what is refused."""

import json
import logging
import pickle
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.io import savemat

from la2ds.datasets.penn import reader as penn
from la2ds.datasets.penn.joints import to_body13
from la2ds.datasets.penn.mat_file import load_fields
from la2ds.datasets.unpickle import load_npy
from la2ds.errors import InputError
from la2ds.formats.skeletons import BODY13
from tests.fixtures.datasets.penn import HEIGHT, SEQUENCES, WIDTH, config, split_of, write_mat, write_parquet


def write_tcc(root: Path, sequences: dict) -> None:
    for sequence, (action, train, phases) in sequences.items():
        folder = root / "penn_action_labels" / split_of(train) / penn.our_name(action)
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / f"{sequence}.npy", np.array(phases))


def write_carl(root: Path, sequences: dict) -> None:
    (root / "penn_action").mkdir(exist_ok=True)
    for split in ("train", "val"):
        rows = [
            {
                "id": n,
                "video_file": f"videos/{k}_{a}.mp4",
                "frame_label": torch.tensor(p, dtype=torch.int64),
                "seq_len": len(p),
                "name": f"{k}_{a}",
                "action_label": 0,
            }
            for n, (k, (a, t, p)) in enumerate(sequences.items())
            if split_of(t) == split
        ]
        (root / "penn_action" / f"{split}.pkl").write_bytes(pickle.dumps((rows, [[0], [1]])))


def write_casa(root: Path, sequences: dict) -> None:
    (root / "npyrecords").mkdir(exist_ok=True)
    files: dict = {}
    for k, (a, t, p) in sequences.items():
        record = {"pose": np.zeros((len(p), 72)), "beta": np.zeros((len(p), 10)), "labels": np.array(p)}
        files.setdefault(f"{penn.our_name(a)}_{split_of(t)}.npy", {})[k] = record
    for name, records in files.items():
        np.save(root / "npyrecords" / name, np.array(records, dtype=object))


WRITERS = {"parquet": write_parquet, "tcc": write_tcc, "carl": write_carl, "casa": write_casa}


def with_phases(sequence: str, phases: list[int]) -> dict:
    action, train, _ = SEQUENCES[sequence]
    return SEQUENCES | {sequence: (action, train, phases)}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("asked", ["auto", "itself"])
def test_every_label_format_gives_the_same_tables(root, kind, asked):
    WRITERS[kind](root, SEQUENCES)
    videos, labels = penn.index(root, config(labels=kind if asked == "itself" else "auto"))
    assert videos.video_id.tolist() == ["0820", "1800", "1801"]
    assert videos.action.tolist() == ["golf_swing", "squats", "squats"]
    assert videos.split.tolist() == ["train", "train", "val"]
    assert videos.source.tolist() == ["labels/0820.mat", "labels/1800.mat", "labels/1801.mat"]
    assert videos.frames.tolist() == [6, 5, 7]
    assert videos.fps.isna().all()
    assert (videos.width == WIDTH).all()
    assert (videos.height == HEIGHT).all()
    assert labels.source == "human"
    assert {k: v.tolist() for k, v in labels.phases.items()} == {k: p for k, (_, _, p) in SEQUENCES.items()}
    assert all(v.dtype == np.int16 for v in labels.phases.values())


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("phases", [[0, 1, 2, 3], [0, 1, 1, 2, 3, 3]], ids=["shorter", "longer"])
def test_labels_of_another_length_name_file_and_video(root, caplog, kind, phases):
    WRITERS[kind](root, with_phases("1800", phases))
    told = f"expected 5 labels, one per frame of video 1800, found {len(phases)} labels"
    check_left_out(root, "1800", told, caplog)
    # ... and the sequence can be left out by name.
    videos, _ = penn.index(root, config(options={"leave_out": ["1800"]}))
    assert videos.video_id.tolist() == ["0820", "1801"]


def test_the_short_labels_of_0412_are_known(root, caplog):
    write_mat(root, "0412", "bench_press", 39)
    write_parquet(root, SEQUENCES | {"0412": ("bench_press", 1, [0] * 22 + [1])})
    videos, labels = penn.index(root, config("bench_press", "squats"))
    assert "0412" not in {*videos.video_id, *labels.phases}
    assert "0412" in caplog.text
    [refusal] = [refusal for refusal in labels.refused if refusal.video_id == "0412"]
    assert (refusal.source, refusal.stage) == ("phase_labels.parquet", "index")
    assert "expected 39 labels of video 0412, found 23, as published" in refusal.reason
    write_parquet(root, SEQUENCES | {"0412": ("bench_press", 1, [0] * 38 + [1])})
    videos, _ = penn.index(root, config("bench_press", "squats"))
    assert "0412" in set(videos.video_id)


def test_both_spellings_of_an_action_are_one(root):
    write_parquet(root, SEQUENCES)
    videos, _ = penn.index(root, config("squat", "squats"))
    assert videos.video_id.tolist() == ["1800", "1801"]
    assert set(videos.action) == {"squats"}


def test_auto_takes_the_first_format_with_a_wanted_action(root):
    write_parquet(root, {"0820": SEQUENCES["0820"]})
    write_tcc(root, {k: v for k, v in SEQUENCES.items() if k != "0820"})
    videos, _ = penn.index(root, config("squats"))
    assert videos.video_id.tolist() == ["1800", "1801"]


def test_unlabelled_sequences_are_left_out_counted_and_named(root, caplog):
    caplog.set_level(logging.INFO)
    write_parquet(root, {"1800": SEQUENCES["1800"]})
    for number in range(1810, 1816):
        write_mat(root, str(number), "squat", 4)
    videos, labels = penn.index(root, config())
    assert videos.video_id.tolist() == list(labels.phases) == ["1800"]
    assert "8 sequences of the wanted actions have no labels and are left out: 0820, 1801, 1810, 1811, 1812, ..." in (
        caplog.text
    )
    assert "no labels of golf_swing" in caplog.text
    assert [refusal.video_id for refusal in labels.refused] == ["0820", "1801", *map(str, range(1810, 1816))]
    assert labels.refused[0].source == "labels/0820.mat"


def test_sequences_without_labels_are_kept_as_background_where_asked_for(root, caplog):
    caplog.set_level("INFO")
    write_parquet(root, {"1800": SEQUENCES["1800"]})
    published, _ = penn.index(root, config("squats"))
    assert published.video_id.tolist() == ["1800"]
    videos, labels = penn.index(root, config("squats", options={"unlabelled": True}))
    assert {"1800", "1801"} <= set(videos.video_id)
    assert set(labels.phases) == set(videos.video_id)
    frames = videos.set_index("video_id").frames
    assert labels.phases["1801"].tolist() == [-1] * frames["1801"]
    assert labels.phases["1800"].tolist() == SEQUENCES["1800"][2]
    assert videos.set_index("video_id").split["1801"] == "val"  # as its .mat says
    assert labels.source == "human"
    assert not labels.refused
    assert "have no labels and are kept without: 1801" in caplog.text
    bare, none = penn.index(root, config("squats", labels="none"))
    assert bare.video_id.tolist() == videos.video_id.tolist()
    assert none.source == "none"
    assert {phase for phases in none.phases.values() for phase in phases} == {-1}


def test_the_labels_split_counts(root, caplog):
    write_parquet(root, SEQUENCES | {"1801": ("squat", 1, SEQUENCES["1801"][2])})
    videos, _ = penn.index(root, config())
    assert videos.set_index("video_id").split["1801"] == "train"
    assert "1 sequences are in another split than their .mat says; the labels' counts: 1801" in caplog.text


def test_frame_rate_is_an_option(root):
    write_parquet(root, SEQUENCES)
    videos, _ = penn.index(root, config(options={"fps": 20}))
    assert (videos.fps == 20).all()


@pytest.mark.parametrize(
    "options", [{"fps": 0}, {"fps": "20"}, {"fsp": 20}, {"leave_out": [266]}, {"leave_out": "0412"}], ids=str
)
def test_odd_options_are_refused(root, options):
    with pytest.raises(InputError, match="option"):
        penn.index(root, config(options=options))


def test_pictures_are_the_source_where_they_are(root):
    write_parquet(root, SEQUENCES)
    (root / "frames/1800").mkdir(parents=True)
    for number in range(1, 6):
        (root / f"frames/1800/{number:06d}.jpg").touch()
    videos, _ = penn.index(root, config())
    assert videos.source.tolist() == ["frames/0820", "frames/1800", "frames/1801"]
    (root / "frames/1800/000003.jpg").unlink()
    assert penn.index(root, config())[0].equals(videos), "a missing picture shows in decoding, and stops nobody else"
    shutil.rmtree(root / "frames")
    videos, _ = penn.index(root, config())
    assert videos.source.tolist() == ["labels/0820.mat", "labels/1800.mat", "labels/1801.mat"]


def test_missing_things_are_named(tmp_path, root):
    with pytest.raises(InputError, match="none: expected the dataset's root folder"):
        penn.index(tmp_path / "none", config())
    with pytest.raises(InputError, match=r"expected actions among baseball_pitch, .*, found 'swim'"):
        penn.index(root, config("squats", "swim"))
    with pytest.raises(InputError, match=r"phase_labels\.parquet.*tcc.*carl.*casa.*found none of squats"):
        penn.index(root, config("squats"))
    with pytest.raises(InputError, match="expected labels auto, parquet, tcc, carl, casa, kinematic, found 'guess'"):
        penn.index(root, config(labels="guess"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"labels: expected Penn Action's NNNN\.mat files, found none"):
        penn.index(tmp_path / "empty", config())


def test_an_explicit_format_is_not_replaced_by_another(root):
    write_parquet(root, SEQUENCES)
    with pytest.raises(InputError, match="expected phase labels as casa"):
        penn.index(root, config(labels="casa"))


@pytest.mark.parametrize("part", np.linspace(0, 0.99, 25).tolist())
def test_a_cut_mat_is_named(root, part):
    write_parquet(root, SEQUENCES)
    path = root / "labels/1800.mat"
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    videos = pd.DataFrame({"video_id": ["1800"], "frames": [5]})
    with pytest.raises(InputError, match=r"1800\.mat"):
        penn.annotations(root, config(), videos, dims=2)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"action": "swim"}, "one of Penn Action's actions, found 'swim'"),
        ({"train": np.array([[0]])}, "expected train 1 or -1"),
        ({"nframes": np.array([[9]])}, r"found dimensions \[270, 480, 5\] and nframes \[9\]"),
        ({"dimensions": np.array([[270, 480]])}, "expected dimensions"),
        ({"dimensions": "wide"}, "expected dimensions"),
    ],
    ids=["action", "train", "nframes", "dimensions", "text"],
)
def test_odd_heads_are_named(root, caplog, fields, message):
    write_parquet(root, SEQUENCES)
    write_mat(root, "1800", "squat", 5, **fields)
    check_left_out(root, "1800", rf"1800\.mat: .*{message}", caplog)


def check_left_out(root, sequence, message, caplog):
    """The others are listed as ever, and the log says why one is not."""
    videos, labels = penn.index(root, config())
    left = [name for name in SEQUENCES if name != sequence]
    assert videos.video_id.tolist() == list(labels.phases) == sorted(left)
    for name in left:
        assert labels.phases[name].tolist() == SEQUENCES[name][2]
    assert videos.set_index("video_id").split.to_dict() == {name: split_of(SEQUENCES[name][1]) for name in left}
    assert re.search(rf"{sequence} is set aside: .*{message}", caplog.text)


def test_a_missing_field_is_named(root, caplog):
    write_parquet(root, SEQUENCES)
    savemat(root / "labels/1800.mat", {"action": "squat"})
    check_left_out(root, "1800", r"1800\.mat: expected fields .*, found no train, dimensions, nframes", caplog)
    for sequence in SEQUENCES:
        savemat(root / f"labels/{sequence}.mat", {"action": "squat"})
    with pytest.raises(InputError, match=r"0820\.mat: expected fields"):
        penn.index(root, config())


def test_labels_that_contradict_the_mat_are_named(root, caplog):
    write_parquet(root, SEQUENCES | {"0820": ("squat", 1, SEQUENCES["0820"][2])})
    check_left_out(root, "0820", "expected golf_swing for 0820, found squats", caplog)
    write_parquet(root, SEQUENCES | {"2000": ("squat", 1, [0, 1])})
    check_left_out(root, "2000", r"expected .*2000\.mat", caplog)


def test_poses_of_one_broken_mat_are_set_aside(root):
    """The same poses as ever of the others; metadata of the shard say why."""
    write_parquet(root, SEQUENCES)
    videos, _ = penn.index(root, config())
    whole = penn.annotations(root, config(), videos, dims=2)
    (root / "labels/1800.mat").write_bytes(b"not a mat")
    shard = penn.annotations(root, config(), videos, dims=2)
    assert list(shard.clips) == ["0820", "1801"] and whole.metadata == {}
    for name, clip in shard.clips.items():
        np.testing.assert_array_equal(clip.position, whole.clips[name].position)
    [(name, source, stage, reason)] = json.loads(shard.metadata["quarantine"])
    assert (name, source, stage) == ("1800", "labels/1800.mat", "pose")
    assert "1800.mat: expected a whole MATLAB 5 file" in reason


def test_kinematic_labels_name_a_broken_mat(root):
    write_mat(root, "1800", "squat", 5, x=np.zeros((4, 13)))
    with pytest.raises(InputError, match=r"1800\.mat: expected numbers of shape"):
        penn.index(root, config(labels="kinematic"))


@pytest.mark.parametrize("values", [[0.0, 1.0], [[0, 1]], [-2, 0], [0, 40000], ["a", "b"]], ids=str)
def test_labels_that_are_not_phases_are_refused(root, caplog, values):
    write_tcc(root, SEQUENCES | {"1800": ("squat", 1, values)})
    told = r"1800\.npy: expected whole numbers from -1 up, one per frame of 1800"
    check_left_out(root, "1800", told, caplog)


def test_broken_label_files_are_refused(root):
    parquet = root / "phase_labels.parquet"
    parquet.write_bytes(b"PAR1 nonsense")
    with pytest.raises(InputError, match=r"phase_labels\.parquet: expected a Parquet file"):
        penn.index(root, config())
    pd.DataFrame({"sequence": ["1800"], "frame": [0]}).to_parquet(parquet)
    with pytest.raises(InputError, match="found no action, split, phase"):
        penn.index(root, config())
    rows = {"sequence": "1800", "frame": [0, 2], "action": "squat", "split": "train", "phase": 0}
    pd.DataFrame(rows).to_parquet(parquet)
    with pytest.raises(InputError, match=r"expected frames 0, 1, 2, \.\.\. of sequence 1800"):
        penn.index(root, config())
    pd.DataFrame(rows | {"frame": [0, 1], "split": "test"}).to_parquet(parquet)
    with pytest.raises(InputError, match="expected split train or val for 1800, found 'test'"):
        penn.index(root, config())


@pytest.mark.parametrize("content", [[1, 2], ([{"name": "1800_squat"}], []), ([{"name": 3, "frame_label": 0}], []), {}])
def test_other_pickles_are_refused(root, content):
    (root / "train.pkl").write_bytes(pickle.dumps(content))
    with pytest.raises(InputError, match=r"train\.pkl: expected \(list of dicts"):
        penn.index(root, config())


def test_a_sequence_in_both_splits_is_refused(root):
    write_tcc(root, SEQUENCES)
    write_tcc(root, {"1800": ("squat", -1, SEQUENCES["1800"][2])})
    with pytest.raises(InputError, match="expected each sequence once, found 1800 twice"):
        penn.index(root, config())


def test_published_left_becomes_right():
    x = np.arange(26.0).reshape(2, 13) + 10
    pose, _ = to_body13(x, x + 50, np.ones((2, 13)), size=(WIDTH, HEIGHT))
    # Published: head, left_shoulder, right_shoulder, left_elbow, ...
    for joint, column in {
        "head": 0,
        "right_shoulder": 1,
        "left_shoulder": 2,
        "right_ankle": 11,
        "left_ankle": 12,
    }.items():
        np.testing.assert_array_equal(pose.position[:, BODY13.index(joint), 0], x[:, column])
        np.testing.assert_array_equal(pose.position[:, BODY13.index(joint), 1], x[:, column] + 50)
    assert (pose.confidence == 1).all()


def test_a_joint_that_is_never_visible_and_never_moves_is_missing():
    """As 0136.mat has it: hidden joints at 1.5 and 1.5, the mark of the origin scaled with the pictures."""
    x = np.arange(4)[:, None] + np.full((4, 13), 30.0)
    y, visibility = x + 5, np.ones((4, 13))
    for joint, place in ((2, (1.5, 1.5)), (7, (60.0, 40.0)), (9, (70.0, 50.0))):
        x[:, joint], y[:, joint] = place
    visibility[:, [2, 3, 7]] = 0  # 3 is guessed anew in every frame, 9 is seen and still
    pose, counts = to_body13(x, y, visibility, size=(WIDTH, HEIGHT))
    published = pose.position[:, list(BODY13.mirror)]
    assert np.isnan(published[:, [2, 7]]).all() and np.isfinite(published[:, [3, 9]]).all()
    assert counts["missing at one place in all frames"] == 8 and counts["guessed"] == 4


NONE = ("missing at one place in all frames", "missing as implausible")


def test_missing_and_guessed_joints():
    x, y, visibility = np.full((1, 13), 100.0), np.full((1, 13), 100.0), np.ones((1, 13), np.uint8)
    x[0, 0] = y[0, 0] = 0.73  # a scaled mark, called visible
    x[0, 1], y[0, 1], visibility[0, 1] = 1, 1, 0
    visibility[0, 3] = 0  # guessed
    x[0, 5] = 0.5  # at the border, but not at the origin
    pose, counts = to_body13(x, y, visibility, size=(WIDTH, HEIGHT))
    missing = [BODY13.index("head"), BODY13.index("right_shoulder")]
    assert np.flatnonzero(np.isnan(pose.position).any(-1)[0]).tolist() == missing
    assert np.flatnonzero(pose.confidence[0] == 0).tolist() == missing
    assert np.flatnonzero(pose.confidence[0] == 0.5).tolist() == [BODY13.index("right_elbow")]
    assert counts == {"visible": 10, "guessed": 1, "missing at the origin": 2} | dict.fromkeys(NONE, 0)


def test_joints_far_outside_are_missing():
    x, y, visibility = np.full((5, 13), 100.0), np.full((5, 13), 100.0), np.ones((5, 13), np.uint8)
    x[2, 0] = 70_000  # far outside, also a jump: only frame 2 is wrong
    y[1, 2] = -HEIGHT - 1
    x[3, 4] = WIDTH + 100  # outside, by less than a picture and without a jump of a diagonal
    x[0, 6], x[1, 6] = WIDTH + 300, 20  # outside at the end of a jump of more than a diagonal
    pose, counts = to_body13(x, y, visibility, size=(WIDTH, HEIGHT))
    found = {(int(t), BODY13.joints[j]) for t, j in np.argwhere(np.isnan(pose.position).any(-1))}
    assert found == {(2, "head"), (1, "left_shoulder"), (0, "left_wrist")}
    assert counts["missing as implausible"] == 3


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_unsigned_coordinates_do_not_wrap(dtype):
    # Some published files store uint8 or uint16; 100 - 110 is then 246 or 65526.
    x = np.array([[110] * 13, [100] * 13], dtype)
    pose, counts = to_body13(x, x, np.ones((2, 13), np.uint8), size=(200, 200))
    assert counts["missing as implausible"] == 0
    np.testing.assert_array_equal(pose.position[:, 0, 0], [110, 100])


def test_annotations_keep_the_order_of_the_table(root, caplog):
    write_mat(root, "1800", "squat", 5, visibility=np.zeros((5, 13), np.uint8))
    videos = pd.DataFrame({"video_id": ["1801", "1800"], "frames": [7, 5]})
    shard = penn.annotations(root, config(), videos, dims=2)
    assert list(shard.clips) == ["1801", "1800"]
    assert (shard.skeleton, shard.dims) == ("body13", 2)
    assert shard.clips["1801"].position.shape == (7, 13, 2)
    assert (shard.clips["1800"].confidence == 0.5).all()
    assert "1800.mat: no joint is visible in any frame" in caplog.text


def test_poses_in_space_are_refused(root):
    videos = pd.DataFrame({"video_id": ["1801"], "frames": [7]})
    with pytest.raises(InputError, match="expected poses in 3D, found Penn Action, whose joints are in 2D alone"):
        penn.annotations(root, config(), videos, dims=3)


def test_annotations_of_another_length_are_refused(root):
    with pytest.raises(InputError, match=r"1801\.mat: expected 8 frames as in the videos table, found 7"):
        penn.annotations(root, config(), pd.DataFrame({"video_id": ["1801"], "frames": [8]}), dims=2)
    write_mat(root, "1800", "squat", 5, x=np.zeros((4, 13)))
    with pytest.raises(
        InputError, match=r"1800\.mat: expected numbers of shape \(5, 13\) in x, found float64 of shape"
    ):
        penn.annotations(root, config(), pd.DataFrame({"video_id": ["1800"], "frames": [5]}), dims=2)
    with pytest.raises(InputError, match=r"1900\.mat: expected a Penn Action label file, found no such file"):
        penn.annotations(root, config(), pd.DataFrame({"video_id": ["1900"], "frames": [5]}), dims=2)


def test_real_counts(real_root):
    videos, _ = penn.index(real_root, config("jumping_jacks", "golf_swing", "bench_press"))
    counts = videos.groupby(["action", "split"]).size().to_dict()
    assert counts == {
        ("bench_press", "train"): 68,  # 69 without 0412
        ("bench_press", "val"): 71,
        ("golf_swing", "train"): 87,
        ("golf_swing", "val"): 77,
        ("jumping_jacks", "train"): 56,
        ("jumping_jacks", "val"): 56,
    }


def test_real_sides_are_the_persons_own(real_root):
    """From the front a person's left is on the right of the picture, from the back on the left."""
    videos, _ = penn.index(real_root, config("jumping_jacks"))
    shard = penn.annotations(real_root, config("jumping_jacks"), videos, dims=2)
    left, right = BODY13.index("left_shoulder"), BODY13.index("right_shoulder")
    views: dict[str, list[float]] = {"front": [], "back": []}
    for video_id, pose in shard.clips.items():
        view = str(load_fields(real_root / "labels" / f"{video_id}.mat", ("pose",))["pose"][0])
        if view in views:
            views[view].append(float(np.nanmedian(pose.position[:, left, 0] - pose.position[:, right, 0])))
    assert len(views["front"]) > 20
    assert min(views["front"]) > 0
    assert max(views["back"], default=-1) < 0


def test_real_joints_are_plausible(real_root):
    videos, _ = penn.index(real_root, config("golf_swing"))
    shard = penn.annotations(real_root, config("golf_swing"), videos, dims=2)
    for row in videos.itertuples():
        pose = shard.clips[row.video_id]
        assert pose.position.shape == (row.frames, 13, 2)
        assert (np.isnan(pose.position).any(-1) == (pose.confidence == 0)).all()
        assert np.nanmax(pose.position) < max(row.width, row.height) * 1.5


@pytest.mark.parametrize("split", ["train", "val"])
def test_real_casa_labels_agree_with_the_table(shared_data, real_root, tmp_path, split):
    records = load_npy(shared_data / f"data/casa_npyrecords/jumping_jacks_{split}.npy").item()
    (tmp_path / "labels").symlink_to(real_root / "labels")
    (tmp_path / "npyrecords").symlink_to((shared_data / "data/casa_npyrecords").resolve())
    _, ours = penn.index(real_root, config("jumping_jacks", labels="parquet"))
    _, casa = penn.index(tmp_path, config("jumping_jacks"))
    assert set(records) < set(casa.phases) == set(ours.phases)
    for sequence, record in records.items():
        np.testing.assert_array_equal(casa.phases[sequence], record["labels"])
        np.testing.assert_array_equal(ours.phases[sequence], record["labels"])
