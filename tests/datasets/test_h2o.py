"""The reader of H2O: action lists, hands in space and in the picture, selections, and what is refused."""

import logging
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

from la2ds.config import DatasetConfig, FramesConfig, load
from la2ds.datasets.decode import decode_shard
from la2ds.datasets.h2o import reader as h2o
from la2ds.datasets.h2o.lists import COLUMNS, read_lists
from la2ds.datasets.index import READERS, assign_shards, compare_phases
from la2ds.errors import InputError
from la2ds.formats.frames import write_frames
from la2ds.formats.quarantine import ClipErrors
from la2ds.formats.skeletons import HANDS42
from tests.fixtures.datasets.h2o import (
    CLOSE,
    FRAMES,
    LISTS,
    PLACE,
    POUR,
    motion,
    write_hands,
    write_list,
    write_sequence,
)
from tests.fixtures.paths import ROOT

PHASES = {"subject1_h1_1": [0, 0, 1, -1, 3, 3, 3, -1, 4], "subject3_k2_1": [-1, 2, 2, 3, 3, 3, 0, 0, 0]}
TRAIN, VAL = "subject1/h1/1", "subject3/k2/1"


@pytest.fixture
def root(tmp_path):
    for split, rows in LISTS.items():
        write_list(tmp_path / f"action_{split}.txt", rows)
    return tmp_path


def config(*, labels: str = "auto", actions: tuple[str, ...] = ("pouring_milk",), **options: Any) -> DatasetConfig:
    return DatasetConfig(reader="h2o", root="unused", actions=actions, labels=labels, options=options)


def test_sequences_that_pour_milk_are_listed(root, caplog):
    videos, labels = READERS["h2o"].index(root, config())
    assert videos.video_id.tolist() == list(labels.phases) == list(PHASES)
    assert videos.split.tolist() == ["train", "val"]
    assert set(zip(videos.frames, videos.width, videos.height, strict=True)) == {(FRAMES, 1280, 720)}
    assert videos.source.tolist() == ["action_train.txt", "action_val.txt"]
    assert videos.fps.isna().all()
    assert labels.source == "human"
    assert {name: phases.tolist() for name, phases in labels.phases.items()} == PHASES
    assert "1 training and 1 validation sequences of selection official, published are 15 and 3" in caplog.text


def test_lists_may_lie_in_their_published_folder(root):
    (root / "label_split").mkdir()
    for file in root.glob("action_*.txt"):
        file.rename(root / "label_split" / file.name)
    assert h2o.index(root, config(fps=30))[0].fps.tolist() == [30, 30]


# --- Files of a sequence


def write_actions(root: Path, path: str, actions: list[int]) -> None:
    folder = root / path / "cam4/action_label"
    folder.mkdir(parents=True)
    for frame, action in enumerate(actions):
        (folder / f"{frame:06d}.txt").write_text(f"{action} \n")


def row(path: str = TRAIN, frames: int = FRAMES) -> pd.DataFrame:
    return pd.DataFrame({"video_id": [path.replace("/", "_")], "frames": [frames]})


def test_metres_become_millimetres_and_hands_without_a_mark_are_missing(root):
    points, flags = motion(), np.ones((FRAMES, 2))
    flags[3, 0] = flags[4] = 0
    points[5, 1, 7] = 0
    write_hands(root / TRAIN / "cam4", points, flags)
    shard = h2o.annotations(root, config(), row(), dims=3)
    assert (shard.skeleton, shard.dims, shard.estimator) == ("hands42", 3, "h2o hand_pose cam4")
    clip = shard.clips["subject1_h1_1"]
    expected = points * 1000
    expected[3, 0] = expected[4] = expected[5, 1, 7] = np.nan
    np.testing.assert_allclose(clip.position, expected.reshape(FRAMES, 42, 3), atol=1e-3)
    assert (clip.confidence == ~np.isnan(clip.position).any(axis=-1)).all()
    assert (clip.confidence == 0).sum() == 21 + 42 + 1
    # The left hand comes first.
    assert (clip.confidence[3, :21] == 0).all()
    assert all(HANDS42.joints[j].startswith("left") for j in range(21))


def test_pixels_are_the_projected_joints(root):
    points = motion()
    points[2, 0, 5, 2] = -0.3  # behind the camera
    write_hands(root / TRAIN / "cam2", points, np.ones((FRAMES, 2)))
    shard = h2o.annotations(root, config(camera="cam2"), row(), dims=2)
    assert (shard.dims, shard.estimator) == (2, "h2o hand_pose cam2, projected")
    clip = shard.clips["subject1_h1_1"]
    for frame in range(FRAMES):
        for joint, (x, y, z) in enumerate(points[frame].reshape(42, 3)):
            if z < 0:
                assert np.isnan(clip.position[frame, joint]).all()
                assert clip.confidence[frame, joint] == 0
                continue
            expected = (600.5 * x / z + 640, 610.5 * y / z + 350)
            assert clip.position[frame, joint] == pytest.approx(expected, abs=0.01)
            assert clip.confidence[frame, joint] == 1


def test_pictures_are_decoded_and_the_camera_says_their_size(root, tmp_path_factory, caplog):
    write_sequence(root, VAL)
    camera = root / VAL / "cam4"
    (camera / "cam_intrinsics.txt").write_text("100 100 32 18 64 36")
    (camera / "rgb").mkdir()
    for frame in range(FRAMES):
        cv2.imwrite(str(camera / f"rgb/{frame:06d}.png"), np.full((36, 64, 3), 20 * frame, np.uint8))
    videos, labels = h2o.index(root, config())
    assert videos.source.tolist() == [f"{VAL}/cam4/rgb"]
    assert (videos.width[0], videos.height[0]) == (64, 36)
    assert labels.phases["subject3_k2_1"].tolist() == PHASES["subject3_k2_1"]
    assert "1 sequences of 2 have no folder" in caplog.text
    assert [refusal.video_id for refusal in labels.refused] == ["subject1_h1_1"]
    output = tmp_path_factory.mktemp("frames") / "frames.parquet"
    with write_frames(output, {}) as writer:
        assert decode_shard(writer, assign_shards(videos, 10), root=root, settings=FramesConfig(short_side=36)) == []
    assert len(pd.read_parquet(output)) == FRAMES


@pytest.mark.parametrize("frames", [FRAMES + 1, FRAMES - 1])
def test_the_disk_counts_frames(root, frames, caplog):
    write_list(root / "action_val.txt", LISTS["val"][:2])  # labelled up to frame 5
    write_sequence(root, VAL, frames=frames)
    videos, labels = h2o.index(root, config())
    assert videos.frames.tolist() == [frames]
    assert videos.source.tolist() == [f"{VAL}/cam4/hand_pose"]
    assert labels.phases["subject3_k2_1"].tolist() == [-1, 2, 2, 3, 3, 3, *[-1] * (frames - 6)]
    assert f"{frames} frames, the labels say 9" in caplog.text


def test_labels_beyond_the_sequence_are_refused(root):
    write_sequence(root, VAL, frames=FRAMES - 1)
    with pytest.raises(InputError, match="cam4: expected at least 9 frames, as many as are labelled, found 8"):
        h2o.index(root, config())


# --- Selections and labels


def test_casas_selection_takes_what_is_labelled(root, caplog):
    for path in (TRAIN, VAL, "subject4/k1/1", "subject5/s1/5"):
        write_sequence(root, path)
    write_actions(root, "subject5/s1/5", [0, PLACE, PLACE, 7, POUR, POUR, CLOSE, 0, 0])
    videos, labels = h2o.index(root, config(selection="casa"))
    # subject3/k2/1 and subject4/k1/1 are CASA's for testing; the latter has no labels.
    assert dict(zip(videos.video_id, videos.split, strict=True)) == {
        "subject1_h1_1": "train",
        "subject3_k2_1": "val",
        "subject5_s1_5": "train",
    }
    assert labels.phases["subject5_s1_5"].tolist() == [-1, 0, 0, -1, 3, 3, 4, -1, -1]
    assert "1 sequences of selection casa have no labels and are left out: subject4/k1/1" in caplog.text
    reasons = {refusal.video_id: refusal.reason for refusal in labels.refused}
    assert len(reasons) == 35 and reasons["subject4_k1_1"].endswith(
        "expected labels (auto) of the sequence, found none"
    )
    assert "published are 27 and 11" in caplog.text
    assert h2o.index(root, config(selection="casa", labels="lists"))[0].video_id.tolist() == list(PHASES)
    only = h2o.index(root, config(selection="casa", labels="frames"))[0]
    assert only.video_id.tolist() == ["subject5_s1_5"]


def test_labels_of_frames_and_lists_can_be_chosen(root):
    write_sequence(root, TRAIN)
    write_actions(root, TRAIN, [POUR] * FRAMES)
    assert h2o.index(root, config())[1].phases["subject1_h1_1"].tolist() == PHASES["subject1_h1_1"]
    assert h2o.index(root, config(labels="frames"))[1].phases["subject1_h1_1"].tolist() == [3] * FRAMES


# --- What is refused


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"select": "casa"}, "options among selection, camera, fps, found 'select'"),
        ({"selection": "lav"}, "option selection to be official or casa, found 'lav'"),
        ({"camera": "cam5"}, "option camera to be cam0 to cam4, found 'cam5'"),
        ({"fps": True}, "option fps to be a number above 0, found True"),
        ({"labels": "casa"}, "labels auto, lists, frames, found 'casa'"),
        ({"actions": ("grab_book",)}, "action pouring_milk, found grab_book"),
    ],
    ids=str,
)
def test_odd_settings_are_refused(root, settings, message):
    with pytest.raises(InputError, match=f"expected {message}"):
        h2o.index(root, config(**settings))


def test_missing_things_are_named(tmp_path, root):
    with pytest.raises(InputError, match="none: expected the dataset's root folder"):
        h2o.index(tmp_path / "none", config())
    with pytest.raises(InputError, match="expected labels of sequences that pour milk, found none"):
        h2o.index(root, config(labels="frames"))
    for file in root.glob("action_*.txt"):
        file.unlink()
    with pytest.raises(
        InputError, match=r"expected milk to be poured in action_train\.txt or action_val\.txt, found none"
    ):
        h2o.index(root, config())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an action list, found an empty file"),
        ("id path start_act end_act start_frame end_frame\n", "the columns id path action_label"),
        ("{head}\n1 a/b/1 23 0 4 0\n", "whole numbers, action 0 to 36, .* found line 2: 1 a/b/1 23 0 4 0"),
        ("{head}\n1 a/b/1 37 0 4 0 9\n", "whole numbers, action 0 to 36"),
        ("{head}\n1 a/b/1 23 0.5 4 0 9\n", "whole numbers"),
        ("{head}\n1 a/b/1 23 0 10 0 9\n", "whole numbers"),
        ("{head}\n1 a/b/1 23 2 4 2 9\n", "whole numbers"),
        ("{head}\n1 a/b/1 23 0 4 0 9\n2 a/b/1 5 4 6 0 9\n", "actions of a/b/1 that follow each other"),
        (
            "{head}\n1 a/b/1 23 0 4 0 9\n2 a/b/1 5 5 6 0 8\n",
            "actions of a/b/1 that follow each other, and one end_frame, found line 3",
        ),
        ("{head}\n1 subject1/h1/1 23 0 4 0 9\n", "each sequence in one list, found subject1/h1/1 in both"),
    ],
    ids=["empty", "test", "short", "action", "fraction", "end", "start", "overlap", "frames", "both"],
)
def test_odd_lists_are_refused(root, text, message):
    (root / "action_val.txt").write_text(text.format(head=" ".join(COLUMNS)))
    if "a/b/1" in text:
        (root / "action_train.txt").unlink()
    with pytest.raises(InputError, match=rf"action_val\.txt: expected {message}"):
        h2o.index(root, config())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2 3", "128 numbers of the left and the right hand, found 3 numbers"),
        ("x " * 128, "128 numbers of the left and the right hand, found could not convert"),
        ("nan " * 128, "found some that are not finite"),
        ("2 " * 128, "0 or 1 before the joints of each hand, found 2.0 and 2.0"),
        (" ".join(["1", *["250"] * 63] * 2), "joints in metres, within 20 m of the camera, found 250"),
    ],
    ids=["short", "text", "nan", "flag", "millimetres"],
)
def test_odd_poses_are_refused(root, text, message):
    write_sequence(root, TRAIN)
    (root / TRAIN / "cam4/hand_pose/000003.txt").write_text(text)
    with pytest.raises(InputError, match=rf"000003\.txt: expected .*{message}"):
        h2o.annotations(root, config(), row(), dims=3)


def test_odd_folders_are_refused(root):
    with pytest.raises(InputError, match="hand_pose: expected 9 files of hand poses, found none"):
        h2o.annotations(root, config(), row(), dims=3)
    write_sequence(root, TRAIN)
    with pytest.raises(InputError, match="hand_pose: expected 10 files of hand poses, found 9"):
        h2o.annotations(root, config(), row(frames=10), dims=3)
    (root / TRAIN / "cam4/hand_pose/000003.txt").unlink()
    with pytest.raises(InputError, match="hand_pose: expected one file for each frame from 000000 on, found no 000003"):
        h2o.index(root, config())


@pytest.mark.parametrize("text", ["600 600 640 360 1280", "0 600 640 360 1280 720", "600 600 640 360 1280 719.5", "a"])
def test_odd_cameras_are_refused(root, text):
    write_sequence(root, TRAIN)
    (root / TRAIN / "cam4/cam_intrinsics.txt").write_text(text)
    for call in (lambda: h2o.index(root, config()), lambda: h2o.annotations(root, config(), row(), dims=2)):
        with pytest.raises(InputError, match=r"cam_intrinsics\.txt: expected .*fx fy cx cy width height"):
            call()


@pytest.mark.parametrize("text", ["pour", "1.5", "-1", "1 2"])
def test_odd_action_files_are_refused(root, text):
    write_sequence(root, TRAIN)
    write_actions(root, TRAIN, [POUR] * FRAMES)
    (root / TRAIN / "cam4/action_label/000002.txt").write_text(text)
    with pytest.raises(InputError, match=r"000002\.txt: expected .*of (the|an) action"):
        h2o.index(root, config(labels="frames"))


def test_hands_keep_their_order():
    assert HANDS42.joints[:6] == (
        "left_wrist",
        "left_thumb1",
        "left_thumb2",
        "left_thumb3",
        "left_thumb4",
        "left_index1",
    )
    assert HANDS42.joints[21] == "right_wrist"
    # CASA places hands by the joints 0 and 1.
    assert [HANDS42.index(joint) for name in ("neck", "mid_hip") for joint in HANDS42.virtual[name]] == [0, 1]
    assert [HANDS42.index(f"left_{finger}1") for finger in ("index", "middle", "ring", "little")] == [5, 9, 13, 17]


# --- Real files


@pytest.fixture(scope="session")
def real_root(shared_data):
    folder = shared_data / "data/h2o"
    if not (folder / "action_train.txt").is_file():
        pytest.skip("H2O's action_train.txt is not among the real data")
    return folder


def test_the_published_lists_hold_114_and_24_sequences(real_root):
    splits = [listed.split for listed in read_lists(real_root, ClipErrors()).values()]
    assert (splits.count("train"), splits.count("val")) == (114, 24)


def test_milk_is_poured_in_15_and_3_of_them(real_root, caplog):
    caplog.set_level(logging.WARNING)
    dataset = load(DatasetConfig, ROOT / "config/datasets/h2o.yaml")
    videos, labels = h2o.index(real_root, dataset)
    assert videos.split.value_counts().to_dict() == {"train": 15, "val": 3}
    assert compare_phases(videos, labels, dataset.phases) == []
    assert not caplog.records
    # The first action with the milk is placing it; the last frame of an action still belongs to it.
    phases = labels.phases["subject1_h1_1"]
    assert len(phases) == 643
    assert [phases[frame] for frame in (0, 48, 49, 55, 108, 109, 625, 626)] == [0, 0, -1, 1, 1, 2, 4, -1]


def test_casas_sequences_are_labelled_in_part(real_root, caplog):
    videos, _ = h2o.index(real_root, config(selection="casa"))
    assert videos.split.value_counts().to_dict() == {"train": 10, "val": 6}
    assert "22 sequences of selection casa have no labels" in caplog.text
