"""The reader of CASA's records: poses, labels, splits, and what is refused."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from la2ds.config import DatasetConfig
from la2ds.datasets.casa import reader as casa
from la2ds.errors import InputError
from la2ds.formats.quarantine import ClipErrors
from la2ds.formats.skeletons import SMPL24

LABELS = {"train": {"0002": [0, 0, 1], "0001": [0, 1, 1, 2]}, "val": {"0003": [0, 1]}}


def record(labels: list[int], /, **changes: object) -> dict:
    """Describe a person upright in the camera frame who raises the left arm by a radian a frame."""
    pose = np.zeros((len(labels), 24, 3))
    pose[:, 0, 0] = np.pi  # y points down, the front to the camera
    pose[:, SMPL24.index("left_shoulder"), 2] = np.arange(len(labels)) - 1
    return {"pose": pose.reshape(-1, 72), "beta": np.ones((len(labels), 10)), "labels": np.array(labels)} | changes


def write(path, records):
    path.parent.mkdir(exist_ok=True)
    np.save(path, np.array(records, dtype=object))


@pytest.fixture
def root(tmp_path):
    for split, sequences in LABELS.items():
        write(tmp_path / f"jumping_jacks_{split}.npy", {name: record(labels) for name, labels in sequences.items()})
    return tmp_path


def config(*actions: str, **options: object) -> DatasetConfig:
    return DatasetConfig(reader="casa", root="unused", actions=actions or ("jumping_jacks",), options=options)


@pytest.mark.parametrize("folder", ["", "npyrecords"])
def test_sequences_are_listed_with_their_labels(root, folder):
    if folder:
        (root / folder).mkdir()
        for file in root.glob("*.npy"):
            file.rename(root / folder / file.name)
    videos, labels = casa.index(root, config())
    assert videos.video_id.tolist() == ["0001", "0002", "0003"]
    assert videos.split.tolist() == ["train", "train", "val"]
    assert videos.frames.tolist() == [4, 3, 2]
    assert (root / videos.source[2]).name == "jumping_jacks_val.npy"
    assert (root / videos.source[2]).is_file()
    assert videos.fps.isna().all()
    assert labels.source == "human"
    assert {k: v.tolist() for k, v in labels.phases.items()} == LABELS["train"] | LABELS["val"]
    assert {v.dtype for v in labels.phases.values()} == {np.dtype(np.int16)}


def test_frame_rate_is_an_option(root):
    assert (casa.index(root, config(fps=20))[0].fps == 20).all()
    for odd in ({"fps": 0}, {"fps": "20"}, {"fsp": 20}):
        with pytest.raises(InputError, match="option"):
            casa.index(root, config(**odd))


def test_people_stand_upright_before_the_camera_and_face_it(root):
    videos, _ = casa.index(root, config())
    shard = casa.annotations(root, config(), videos.iloc[::-1], dims=3)
    assert list(shard.clips) == ["0003", "0002", "0001"]
    assert (shard.skeleton, shard.dims) == ("smpl24", 3)
    position = shard.clips["0001"].position
    at = {joint: position[:, j] for j, joint in enumerate(SMPL24.joints)}
    np.testing.assert_allclose(at["pelvis"], np.tile([0, 0, casa.CAMERA.distance], (4, 1)))
    assert (at["head"][:, 1] < at["pelvis"][:, 1]).all()
    assert (at["left_foot"][:, 2] < at["left_ankle"][:, 2]).all()
    assert (at["left_hip"][:, 0] > at["right_hip"][:, 0]).all()
    assert (np.diff(at["left_wrist"][:, 1]) < 0).tolist() == [True, True, True]


def test_pixels_are_the_projected_millimetres(root):
    videos, _ = casa.index(root, config())
    flat, space = (casa.annotations(root, config(), videos, dims=dims) for dims in (2, 3))
    assert flat.dims == 2
    for name, clip in space.clips.items():
        np.testing.assert_allclose(casa.CAMERA.project(clip.position), flat.clips[name].position, atol=1e-3)
        assert (flat.clips[name].confidence == 1).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"pose": np.zeros((3, 17, 3))},
            r"SMPL poses of shape \(frames, 72\) for 0002, found float64 of shape \(3, 17, 3\)",
        ),
        (
            {"pose": np.zeros((3, 102))},
            r"SMPL poses of shape \(frames, 72\) for 0002, found float64 of shape \(3, 102\)",
        ),
        ({"pose": np.array([["a"] * 72] * 3)}, "found <U1 of shape"),
        ({"pose": np.full((3, 72), np.nan)}, "expected finite poses of 0002"),
        ({"labels": np.array([0, 1])}, "expected 3 labels, one per frame of 0002, found 2 labels"),
        ({"labels": np.array([0.0, 1, 2])}, "whole numbers from -1 up as labels of 0002, found float64"),
        ({"labels": np.array([0, 1, -2])}, "whole numbers from -1 up as labels of 0002, found -2 to 1"),
    ],
    ids=["ikea", "h2o", "text", "nan", "length", "fractions", "range"],
)
def test_other_records_are_refused(root, caplog, changes, message):
    videos, _ = casa.index(root, config())
    write(root / "jumping_jacks_train.npy", {"0002": record([0, 0, 1], **changes), "0001": record([0, 1, 1, 2])})
    assert casa.index(root, config())[0].equals(videos.drop(index=1).reset_index(drop=True))
    assert re.search(rf"0002 is set aside: .*jumping_jacks_train\.npy: .*{message}", caplog.text)
    shard = casa.annotations(root, config(), videos, dims=3)
    assert list(shard.clips) == ["0001", "0003"]
    assert [(row[0], row[2]) for row in json.loads(shard.metadata["quarantine"])] == [("0002", "pose")]
    caplog.clear()
    casa.annotations(root, config(), videos[videos.video_id == "0001"], dims=3)
    assert "set aside" not in caplog.text, "a clip of another shard"
    (root / "jumping_jacks_val.npy").unlink()
    write(root / "jumping_jacks_train.npy", {"0002": record([0, 0, 1], **changes)})
    with pytest.raises(InputError, match=rf"jumping_jacks_train\.npy: .*{message}"):
        casa.index(root, config())


@pytest.mark.parametrize("content", [[1, 2], {"0001": {"pose": 1}}, {"0001": 3}], ids=str)
def test_other_files_are_refused(root, content):
    np.save(root / "jumping_jacks_train.npy", np.array(content))
    (root / "jumping_jacks_val.npy").unlink()
    with pytest.raises(InputError, match=r"jumping_jacks_train\.npy: expected (a dict of sequences|pose and labels)"):
        casa.index(root, config())


def test_a_sequence_in_both_splits_is_refused(root):
    write(root / "jumping_jacks_val.npy", {"0001": record([0, 1])})
    with pytest.raises(InputError, match=r"jumping_jacks_val\.npy: expected each sequence once, found 0001 twice"):
        casa.index(root, config())


def test_missing_things_are_named(tmp_path, root, caplog):
    with pytest.raises(InputError, match="none: expected the dataset's root folder"):
        casa.index(tmp_path / "none", config())
    with pytest.raises(InputError, match=r"expected bowling_train\.npy and bowling_val\.npy, .*, found neither"):
        casa.index(root, config("jumping_jacks", "bowling"))
    videos, _ = casa.index(root, config())
    with pytest.raises(InputError, match="expected 9 frames of 0001, found 4"):
        casa.annotations(root, config(), videos.assign(frames=9), dims=3)
    shard = casa.annotations(root, config(), pd.concat([videos, videos[:1].assign(video_id="0009")]), dims=3)
    assert list(shard.clips) == ["0001", "0002", "0003"]
    assert "0009 is set aside" in caplog.text and "expected 4 frames of 0009, found 0" in caplog.text
    (root / "jumping_jacks_val.npy").unlink()
    casa.index(root, config())
    assert "no jumping_jacks_val.npy" in caplog.text


@pytest.fixture(scope="session")
def real_root(shared_data):
    folder = shared_data / "data/casa_npyrecords"
    if not folder.is_dir():
        pytest.skip("CASA's records are not among the real data")
    return folder


def test_real_jumping_jacks_raise_their_hands_in_the_middle(real_root):
    videos, labels = casa.index(real_root, config())
    assert videos.groupby("split").size().to_dict() == {"train": 56, "val": 56}
    shard = casa.annotations(real_root, config(), videos, dims=3)
    higher = {phase: [] for phase in range(4)}
    for name, clip in shard.clips.items():
        height = -clip.position[..., 1]
        wrists = height[:, [SMPL24.index("left_wrist"), SMPL24.index("right_wrist")]].mean(axis=1)
        for phase, values in higher.items():
            values.extend(
                wrists[labels.phases[name] == phase] > height[labels.phases[name] == phase, SMPL24.index("neck")]
            )
        assert (height[:, SMPL24.index("head")] > height[:, SMPL24.index("pelvis")]).all()
    # Phases end with hands at the shoulders going up, above the head, and at the shoulders going down.
    shares = [float(np.mean(values)) for values in higher.values()]
    assert max(shares[0], shares[3]) < 0.1 < 0.8 < min(shares[1], shares[2]), shares


def test_real_people_fit_into_the_picture(real_root):
    videos, _ = casa.index(real_root, config())
    shard = casa.annotations(real_root, config(), videos, dims=2)
    every = np.concatenate([clip.position for clip in shard.clips.values()])
    assert np.isfinite(every).all()
    assert (every > 0).all()
    assert (every < [640, 480]).all()


def test_real_turns_are_small_where_bodies_do_not_move(real_root):
    """The joints are in SMPL's order: hardly anybody turns the collar as far as the shoulder."""
    records = dict(casa._read(real_root / "jumping_jacks_train.npy", ClipErrors()))
    pose = np.concatenate([r.pose for r in records.values()]).reshape(-1, 24, 3)
    angle = Rotation.from_rotvec(pose.reshape(-1, 3)).magnitude().reshape(-1, 24).mean(axis=0)
    assert angle[SMPL24.index("left_collar")] < angle[SMPL24.index("left_shoulder")]
    assert angle[SMPL24.index("left_foot")] < angle[SMPL24.index("left_knee")]
