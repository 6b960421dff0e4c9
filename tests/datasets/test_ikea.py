"""The reader of IKEA ASM: labels from both files, splits, sources, the person at work, poses, and what is refused."""

import json
import logging
import math
import sqlite3
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

from la2ds.config import DatasetConfig, FramesConfig, load
from la2ds.datasets.decode import decode_shard
from la2ds.datasets.ikea import reader as ikea
from la2ds.datasets.ikea.actions import FURNITURE
from la2ds.datasets.ikea.annotations import DATABASE, SEGMENTS, read_segments
from la2ds.datasets.ikea.people import Person, active_person
from la2ds.datasets.index import READERS, assign_shards, compare_phases
from la2ds.errors import InputError
from la2ds.formats.frames import write_frames
from la2ds.formats.quarantine import ClipErrors
from la2ds.formats.skeletons import BODY25_JOINTS, COCO17
from tests.fixtures.datasets.ikea import SCANS, add_row, write_database, write_segments
from tests.fixtures.paths import ROOT

KALLAX = FURNITURE["kallax_shelf_drawer"].labels
FRAMES = 6
TRAIN, VAL, COFFEE = (scan.split("/")[1] for scan in SCANS)


@pytest.fixture
def root(tmp_path):
    write_segments(tmp_path / SEGMENTS, SCANS)
    return tmp_path


def config(*actions: str, labels: str = "auto", **options: Any) -> DatasetConfig:
    actions = actions or ("kallax_shelf_drawer",)
    return DatasetConfig(reader="ikea", root="unused", actions=actions, labels=labels, options=options)


def numbers(labels: list[str]) -> list[int]:
    return [-1 if label == "NA" else KALLAX.index(label) for label in labels]


def test_scans_are_listed_with_a_phase_for_each_frame(root, caplog):
    videos, labels = READERS["ikea"].index(root, config())
    assert videos.video_id.tolist() == list(labels.phases) == [TRAIN, VAL]
    assert videos.split.tolist() == ["train", "val"]
    assert set(videos.action) == {"kallax_shelf_drawer"}
    assert set(zip(videos.frames, videos.width, videos.height, strict=True)) == {(FRAMES, 1920, 1080)}
    assert videos.fps.isna().all()
    assert set(videos.source) == {SEGMENTS}
    assert labels.source == "human"
    for scan, (_, names) in list(SCANS.items())[:2]:
        assert labels.phases[scan.split("/")[1]].tolist() == numbers(names)
    found = "1 training and 1 testing scans of kallax_shelf_drawer, published are 61 and 29"
    assert found in caplog.text


def test_frames_between_segments_are_background(root):
    labels = ["pick up pin", "pick up pin", "other", "insert drawer pin"]
    write_segments(root / SEGMENTS, {"Kallax_Shelf_Drawer/0001_black_table_01": ("training", labels)})
    content = json.loads((root / SEGMENTS).read_text())
    del next(iter(content["database"].values()))["annotation"][1]
    (root / SEGMENTS).write_text(json.dumps(content))
    _, found = ikea.index(root, config())
    assert found.phases[TRAIN].tolist() == numbers(["pick up pin", "pick up pin", "NA", "insert drawer pin"])


def test_both_label_files_say_the_same(tmp_path):
    folder = tmp_path / "annotations/action_annotations"
    folder.mkdir(parents=True)
    write_database(folder / DATABASE, SCANS)
    (tmp_path / "indexing_files").mkdir()
    for name, subset in (("train_cross_env", "training"), ("test_cross_env", "testing")):
        scans = [scan for scan, (of, _) in SCANS.items() if of == subset]
        (tmp_path / f"indexing_files/{name}.txt").write_text("\n".join(scans) + "\n")
    before = sorted(folder.iterdir())
    videos, labels = ikea.index(tmp_path, config("kallax_shelf_drawer", "lack_coffee_table"))
    assert sorted(folder.iterdir()) == before
    write_segments(tmp_path / SEGMENTS, SCANS)
    others, same = ikea.index(tmp_path, config("kallax_shelf_drawer", "lack_coffee_table"))
    pd.testing.assert_frame_equal(videos.drop(columns="source"), others.drop(columns="source"))
    assert (videos.source[0], others.source[0]) == (f"annotations/action_annotations/{DATABASE}", SEGMENTS)
    for name, phases in labels.phases.items():
        np.testing.assert_array_equal(phases, same.phases[name])
    assert labels.phases[COFFEE].tolist() == [FURNITURE["lack_coffee_table"].labels.index("spin leg")] * 5 + [-1]


def test_the_later_of_overlapping_rows_counts_and_strange_labels_are_background(root, caplog):
    write_database(root / DATABASE, {"Kallax_Shelf_Drawer/0001_black_table_01": ("", ["other"] * FRAMES)})
    with sqlite3.connect(root / DATABASE) as database:
        add_row(database, 1, "pick up pin", 2, 9)
        add_row(database, 1, "push pin", 4, 6)
    _, labels = ikea.index(root, config(labels="database"))
    assert [(refusal.video_id, refusal.source) for refusal in labels.refused] == [(VAL, DATABASE)]
    assert labels.phases[TRAIN].tolist() == numbers(["other", "other", "pick up pin", "pick up pin", "NA", "NA"])
    assert f"are background (frames): 'push pin' ({FRAMES - 4})" in caplog.text
    assert "1 scans of Kallax_Shelf_Drawer are not in" in caplog.text


def test_a_scan_nobody_labelled_is_background(root):
    write_database(root / DATABASE, {scan: (subset, ["NA"] * FRAMES) for scan, (subset, _) in SCANS.items()})
    _, labels = ikea.index(root, config(labels="database"))
    assert {tuple(phases) for phases in labels.phases.values()} == {(-1,) * FRAMES}


def test_lists_count_where_subsets_differ(root, caplog):
    (root / "train_cross_env.txt").write_text("Kallax_Shelf_Drawer/0002_white_floor_02\n")
    (root / "test_cross_env.txt").write_text("Kallax_Shelf_Drawer/0001_black_table_01\n")
    videos, _ = ikea.index(root, config())
    assert videos.split.tolist() == ["val", "train"]
    assert f"2 scans are in another split than {SEGMENTS} says" in caplog.text
    (root / "test_cross_env.txt").write_text("Kallax_Shelf_Drawer/0002_white_floor_02\n")
    with pytest.raises(InputError, match=r"expected each scan in one split, found .*0002_white_floor_02 in both"):
        ikea.index(root, config())
    (root / "test_cross_env.txt").unlink()
    with pytest.raises(InputError, match=r"found no test_cross_env\.txt"):
        ikea.index(root, config())


# --- Pictures


def images_of(root: Path, name: str, camera: str = "dev3") -> Path:
    folder = root / "Kallax_Shelf_Drawer" / name / camera / "images"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_pictures(folder: Path, count: int) -> None:
    for n in range(count):
        picture = np.full((1080, 1920, 3), 40 * n, np.uint8)
        cv2.imwrite(str(folder / f"{n:06d}.jpg"), picture)


def write_video(file: Path) -> None:
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter_fourcc(*"MJPG"), 25, (1920, 1080))
    for n in range(FRAMES):
        writer.write(np.full((1080, 1920, 3), 40 * n, np.uint8))
    writer.release()


def test_videos_and_folders_of_pictures_are_decoded(root, tmp_path_factory):
    write_pictures(images_of(root, VAL), FRAMES)
    folder = images_of(root, TRAIN)
    write_video(folder / "scan_video.avi")
    write_pictures(folder, 2)  # keyframes beside the video
    videos, _ = ikea.index(root, config())
    below = "Kallax_Shelf_Drawer/{}/dev3/images"
    assert videos.source.tolist() == [below.format(TRAIN) + "/scan_video.avi", below.format(VAL)]
    output = tmp_path_factory.mktemp("frames") / "frames.parquet"
    with write_frames(output, {}) as writer:
        rows = assign_shards(videos, 10)
        assert decode_shard(writer, rows, root=root, settings=FramesConfig(short_side=54)) == []
    assert len(pd.read_parquet(output)) == 2 * FRAMES


def test_pictures_that_do_not_fit_the_labels_stop_nobody_else(root):
    write_pictures(images_of(root, TRAIN), 2)
    (row,) = ikea.index(root, config())[0].itertuples()
    assert (row.source, row.frames) == (images_of(root, TRAIN).relative_to(root).as_posix(), FRAMES)


def test_scans_without_a_folder_are_left_out_once_one_is_there(root, caplog):
    images_of(root / "filmed", VAL, "dev1")
    videos, labels = ikea.index(root, config(images="filmed"))
    assert videos.video_id.tolist() == list(labels.phases) == [VAL]
    assert "1 scans of 2 have no folder" in caplog.text
    assert [refusal.video_id for refusal in labels.refused] == [TRAIN]
    assert len(ikea.index(root, config())[0]) == 2


# --- The person at work


def person_at(
    centre: tuple[float, float], size: tuple[float, float], joints: int = 17, score: float = 0.0
) -> np.ndarray:
    """Spread joints over a box: (J, 3); the corners of the box are joints."""
    steps = np.linspace(-0.5, 0.5, joints)[:, None]
    points = np.array(centre) + steps * np.array(size)
    return np.concatenate([points, np.full((joints, 1), score)], axis=1)


def test_the_person_at_work_is_the_nearest_large_one():
    small = Person(person_at((960, 540), (100, 199)))
    near = Person(person_at((900, 500), (200, 300)))
    far = Person(person_at((300, 500), (500, 900)))
    assert active_person([far, small, near]) is near
    assert active_person([small, far]) is far
    assert active_person([small]) is small
    assert active_person([Person(np.zeros((17, 3)))]) is None
    assert active_person([]) is None


def test_a_box_in_the_file_counts_for_more_than_the_joints():
    box = np.array([860.0, 440.0, 1060.0, 640.0])
    boxed = Person(person_at((0.1, 0.1), (0.1, 0.1)), box)
    assert active_person([Person(person_at((900, 500), (300, 300))), boxed]) is boxed


def test_the_choice_equals_a_slow_one():
    rng = np.random.default_rng(0)
    for _ in range(300):
        boxes = []
        for _ in range(rng.integers(1, 6)):
            low = rng.uniform([0, 0], [1900, 1000])
            boxes.append(np.concatenate([low, low + rng.uniform(20, 300, 2)]))
        best, best_distance = None, math.inf
        for only_large in (True, False):
            for n, (x0, y0, x1, y1) in enumerate(boxes):
                if only_large and (x1 - x0) * (y1 - y0) <= 20_000:
                    continue
                distance = math.hypot((x0 + x1) / 2 - 960, (y0 + y1) / 2 - 540)
                if distance < best_distance:
                    best, best_distance = n, distance
            if best is not None:
                break
        people = [Person(np.ones((17, 3)), box) for box in boxes]
        assert active_person(people) is people[best]


# --- Poses


def pose_folder(root: Path, name: str, below: str) -> Path:
    folder = root / "Kallax_Shelf_Drawer" / name / "dev3" / below
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_frame(folder: Path, frame: int, content: Any) -> Path:
    file = folder / f"scan_video_{frame:012d}_keypoints.json"
    file.write_text(json.dumps(content))
    return file


def rcnn(joints: np.ndarray, box: list[float]) -> dict[str, Any]:
    return {"person_id": [-1], "pose_keypoints_2d": joints.ravel().tolist(), "boxes": box, "score": 0.9}


def row(name: str = TRAIN, frames: int = FRAMES) -> pd.DataFrame:
    return pd.DataFrame({"video_id": [name], "action": ["kallax_shelf_drawer"], "frames": [frames]})


def test_keypoint_rcnn_gives_the_person_at_work(root, caplog):
    folder = pose_folder(root, TRAIN, "predictions/pose2d/keypoint_rcnn")
    wanted = person_at((940, 530), (300, 400), score=0.0)
    wanted[3] = 0, 0, -40
    wanted[4, 2] = math.log(3)
    other = rcnn(person_at((100, 100), (300, 400), score=9.0), [0, 0, 250, 300])
    for frame in range(FRAMES - 2):
        people = [
            other,
            rcnn(wanted + [frame, 0, 0] * (wanted[:, :2] != 0).any(1, keepdims=True), [790, 330, 1090, 730]),
        ]
        write_frame(folder, frame, {"format": "ikea", "people": people})
    write_frame(folder, FRAMES - 2, {"format": "ikea", "people": [rcnn(np.zeros((17, 3)), [0.0] * 4)]})
    shard = ikea.annotations(root, config(), row(), dims=2)
    assert (shard.skeleton, shard.dims) == ("coco17", 2)
    assert shard.estimator == "ikea_asm predictions/pose2d/keypoint_rcnn"
    clip = shard.clips[TRAIN]
    assert clip.position.shape == (FRAMES, 17, 2)
    for frame in range(FRAMES - 2):
        expected = wanted[:, :2] + [frame, 0]
        expected[3] = np.nan
        np.testing.assert_allclose(clip.position[frame], expected, rtol=1e-6)
        assert clip.confidence[frame, :5].tolist() == pytest.approx([0.5, 0.5, 0.5, 0, 0.75])
    assert np.isnan(clip.position[-2:]).all()
    assert (clip.confidence[-2:] == 0).all()
    assert "1 of 6 frames have no file" in caplog.text
    assert "nobody is found in 2 of 6 frames" in caplog.text


def test_openpose_is_brought_into_cocos_order(root):
    folder = pose_folder(root / "poses", TRAIN, "predictions/pose2d/openpose")
    joints = np.array([[1000 + n, 500 + n, 0.5] for n in range(25)])
    joints[BODY25_JOINTS.index("left_ear")] = 0
    for frame in range(FRAMES):
        write_frame(folder, frame, {"people": [{"pose_keypoints_2d": joints.ravel().tolist()}]})
    clip = ikea.annotations(root, config(pose_2d="openpose", poses="poses"), row(), dims=2).clips[TRAIN]
    # BODY_25 as OpenPose documents it, written down once more.
    order = {"nose": 0, "right_shoulder": 2, "left_wrist": 7, "right_hip": 9, "left_ankle": 14, "right_eye": 15}
    for name, place in order.items():
        assert clip.position[0, COCO17.index(name)].tolist() == [1000 + place, 500 + place]
    assert np.isnan(clip.position[:, COCO17.index("left_ear")]).all()
    assert clip.confidence[0].tolist() == [0.0 if name == "left_ear" else 0.5 for name in COCO17.joints]


def test_true_positions_are_there_in_few_frames(root, caplog):
    folder = pose_folder(root, TRAIN, "pose2d")
    marks = {
        name.replace("_", " "): {"position": [100.0 + n, 200.0], "confidence": 3 if n else 1}
        for n, name in enumerate(COCO17.joints)
        if name != "left_knee"
    }
    (folder / "000002.json").write_text(json.dumps(marks))
    clip = ikea.annotations(root, config(pose_2d="truth"), row(), dims=2).clips[TRAIN]
    assert np.flatnonzero(clip.confidence.any(axis=1)).tolist() == [2]
    assert clip.position[2, 16].tolist() == [116, 200]
    assert clip.confidence[2, 0] == pytest.approx(1 / 3)
    assert clip.confidence[2, COCO17.index("left_knee")] == 0
    assert (clip.confidence[2, 1:] == 1).sum() == 15
    assert not caplog.records


@pytest.mark.parametrize(("option", "below"), [("truth", "pose3d"), ("vibe", "predictions/pose3d/vibe")])
def test_centimetres_become_millimetres(root, option, below):
    folder = pose_folder(root, TRAIN, below)
    joints = np.array([[n, -n, 200 + n, 1] for n in range(17)], dtype=float)
    joints[5] = 0
    for frame in range(FRAMES):
        write_frame(folder, frame, {"format": "ikea", "pose_keypoints_3d": joints.ravel().tolist()})
    shard = ikea.annotations(root, config(pose_3d=option), row(), dims=3)
    assert (shard.dims, shard.skeleton, shard.estimator) == (3, "coco17", f"ikea_asm {below}")
    clip = shard.clips[TRAIN]
    assert clip.position[3, 7].tolist() == [70, -70, 2070]
    assert np.isnan(clip.position[:, 5]).all()
    assert clip.confidence[0].tolist() == [float(n != 5) for n in range(17)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "expected a list of people, found NoneType"),
        ({"people": [3]}, "expected a dict for each person, found int"),
        (
            {"people": [{"pose_keypoints_2d": [1.0] * 54}]},
            "51 or 75 finite numbers in pose_keypoints_2d, found 54 values",
        ),
        ({"people": [{"pose_keypoints_2d": ["a"] * 51}]}, "51 or 75 finite numbers"),
        ({"people": [{"pose_keypoints_2d": [math.nan] * 51}]}, "51 or 75 finite numbers"),
        ({"people": [{"pose_keypoints_2d": [1.0] * 51, "boxes": [1, 2]}]}, "4 finite numbers in boxes, found 2 values"),
    ],
    ids=["list", "person", "count", "text", "nan", "box"],
)
def test_odd_predictions_are_refused(root, content, message):
    write_frame(pose_folder(root, TRAIN, "predictions/pose2d/keypoint_rcnn"), 1, content)
    with pytest.raises(InputError, match=rf"scan_video_000000000001_keypoints\.json: .*{message}"):
        ikea.annotations(root, config(), row(), dims=2)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "a dict of joints, found list"),
        ({"hand": {}}, "joints such as left shoulder"),
        ({"nose": 3}, "position and confidence of nose, found int"),
        ({"nose": {"position": [1]}}, "2 finite numbers in position of nose, found 1 values"),
        ({"nose": {"position": [1, 2]}}, "1 finite numbers in confidence of nose"),
    ],
    ids=["list", "names", "mark", "position", "confidence"],
)
def test_odd_marks_are_refused(root, content, message):
    (pose_folder(root, TRAIN, "pose2d") / "000001.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=rf"000001\.json: .*{message}"):
        ikea.annotations(root, config(pose_2d="truth"), row(), dims=2)


def test_odd_pose_folders_are_refused(root):
    with pytest.raises(InputError, match="keypoint_rcnn: expected a folder of poses, found no such folder"):
        ikea.annotations(root, config(), row(), dims=2)
    folder = pose_folder(root, TRAIN, "predictions/pose2d/keypoint_rcnn_ft")
    with pytest.raises(InputError, match="expected a folder of poses, found none, but keypoint_rcnn_ft"):
        ikea.annotations(root, config(), row(), dims=2)
    settings = config(pose_2d="keypoint_rcnn_ft")
    with pytest.raises(InputError, match="expected JSON files of poses, one for each frame, found none"):
        ikea.annotations(root, settings, row(), dims=2)
    write_frame(folder, 0, {"people": []})
    late = write_frame(folder, FRAMES + 1, {"people": []})
    assert len(ikea.annotations(root, settings, row(), dims=2).clips[TRAIN].confidence) == FRAMES
    file = late.rename(folder / f"{FRAMES + 2:06d}.json")
    with pytest.raises(InputError, match="expected a frame from 0 to 5, found frame 8"):
        ikea.annotations(root, settings, row(), dims=2)
    file.rename(folder / "000001.json").write_text("{")
    with pytest.raises(InputError, match=r"000001\.json: expected a JSON file"):
        ikea.annotations(root, settings, row(), dims=2)
    write_frame(folder, 1, {"people": []})
    with pytest.raises(InputError, match=r"expected one file for each frame, found also 000001\.json"):
        ikea.annotations(root, settings, row(), dims=2)


# --- What is refused


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cam": "dev3"}, "options among camera, pose_2d, pose_3d, images, poses, fps, found 'cam'"),
        ({"camera": "dev4"}, "option camera to be dev1, dev2 or dev3, found 'dev4'"),
        ({"pose_2d": "../x"}, "option pose_2d to be the name of a folder, or truth"),
        ({"images": "/x"}, "option images to be a folder below the root"),
        ({"poses": "a/../../x"}, "option poses to be a folder below the root"),
        ({"fps": 0}, "option fps to be a number above 0"),
    ],
    ids=str,
)
def test_odd_options_are_refused(root, options, message):
    with pytest.raises(InputError, match=message):
        ikea.index(root, config(**options))


def test_missing_things_are_named(tmp_path, root):
    with pytest.raises(InputError, match="none: expected the dataset's root folder"):
        ikea.index(tmp_path / "none", config())
    with pytest.raises(InputError, match=r"expected actions among kallax_shelf_drawer, .*, found 'billy'"):
        ikea.index(root, config("billy"))
    with pytest.raises(InputError, match="expected labels auto, segments, database, found 'casa'"):
        ikea.index(root, config(labels="casa"))
    with pytest.raises(InputError, match="expected scans of lack_tv_bench, found none"):
        ikea.index(root, config("lack_tv_bench"))
    with pytest.raises(InputError, match=f"expected {DATABASE}, found no such file"):
        ikea.index(root, config(labels="database"))
    (root / SEGMENTS).unlink()
    with pytest.raises(InputError, match=rf"expected {SEGMENTS} or {DATABASE}, found no such file"):
        ikea.index(root, config())
    write_database(root / DATABASE, SCANS)
    with pytest.raises(InputError, match=r"expected the split in train_cross_env\.txt"):
        ikea.index(root, config())


def test_labels_beyond_the_video_are_refused(root):
    write_database(root / DATABASE, SCANS, frames=4)
    with pytest.raises(InputError, match=r"expected labels of the 4 frames of Kallax_.*, found 6 frames"):
        ikea.index(root, config())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "a dict with the entry database, found list"),
        ('{"database": {"a/b": {"subset": "validation"}}}', "subset training or testing of a/b"),
        ('{"database": {"a/b": {"subset": "training", "annotation": []}}}', "a list of segments of a/b"),
        (
            '{"database": {"a/b": {"subset": "training", "annotation": [{"label": "x", "segment": [0, 1.5]}]}}}',
            r"a label and a segment \[first, last\] of a/b",
        ),
        (
            '{"database": {"a/b": {"subset": "training", "annotation": [{"label": "x", "segment": [3, 2]}]}}}',
            "segments of a/b that follow each other .*, found 3 to 2 after -1",
        ),
        ("{", "a JSON file"),
        ("\x80", "a JSON file"),
    ],
    ids=["list", "subset", "empty", "numbers", "order", "json", "bytes"],
)
def test_odd_segments_are_refused(root, content, message):
    (root / SEGMENTS).write_text(content, encoding="latin-1")
    with pytest.raises(InputError, match=rf"gt_segments\.json: expected {message}"):
        ikea.index(root, config())


def test_odd_databases_are_refused(root):
    (root / DATABASE).write_bytes(b"no database" * 100)
    with pytest.raises(
        InputError, match=f"{DATABASE}: expected the database of IKEA ASM, found file is not a database"
    ):
        ikea.index(root, config())
    (root / DATABASE).unlink()
    with sqlite3.connect(root / DATABASE) as database:
        database.execute("CREATE TABLE videos(id INTEGER)")
    with pytest.raises(InputError, match="expected the database of IKEA ASM, found no such column"):
        ikea.index(root, config())
    for change, message in (
        ("UPDATE videos SET nframes = 'many'", "a path and a number of frames of each video"),
        ("UPDATE annotations SET ending_frame = NULL", "an action and two frames in each annotation"),
        ("UPDATE annotations SET ending_frame = -1", "frames of 'pick up pin' in Kallax_"),
    ):
        (root / DATABASE).unlink()
        write_database(root / DATABASE, SCANS)
        with sqlite3.connect(root / DATABASE) as database:
            database.execute(change)
        with pytest.raises(InputError, match=f"{DATABASE}: expected {message}"):
            ikea.index(root, config())


# --- Real files


@pytest.fixture(scope="session")
def real_root(shared_data):
    folder = shared_data / "data/ikea_asm"
    if not (folder / SEGMENTS).is_file():
        pytest.skip(f"IKEA ASM's {SEGMENTS} is not among the real data")
    return folder


def test_the_published_scans_and_phases_are_found(real_root, caplog):
    caplog.set_level(logging.WARNING)
    videos, labels = ikea.index(real_root, config(*FURNITURE))
    counts = videos.groupby(["action", "split"]).size()
    expected = {
        f"{a} {split}": n for a, f in FURNITURE.items() for split, n in zip(("train", "val"), f.scans, strict=True)
    }
    assert {" ".join(key): n for key, n in counts.items()} == expected
    assert len(videos) == 371
    assert not caplog.records
    kallax = videos[videos.action == "kallax_shelf_drawer"]
    assert kallax.frames.max() == 4078  # CASA pads to this length
    phases = {action: len(furniture.labels) for action, furniture in FURNITURE.items()}
    assert compare_phases(videos, labels, phases) == []


def test_the_dataset_file_fits_the_published_files(real_root, caplog):
    dataset = load(DatasetConfig, ROOT / "config/datasets/ikea.yaml")
    videos, labels = ikea.index(real_root, dataset)
    assert videos.split.value_counts().to_dict() == {"train": 61, "val": 29}
    assert compare_phases(videos, labels, dataset.phases) == []
    assert not caplog.records


def test_the_published_labels_are_the_known_ones(real_root):
    segments, _ = read_segments(real_root / SEGMENTS, ClipErrors())
    for furniture in FURNITURE.values():
        scans = [found for scan, found in segments.items() if scan.startswith(furniture.folder)]
        assert sorted({label for found in scans for label, _, _ in found} - {"NA"}) == list(furniture.labels)


def test_the_database_agrees_with_the_segments(real_root):
    videos, labels = ikea.index(real_root, config(*FURNITURE))
    others, found = ikea.index(real_root, config(*FURNITURE, labels="database"))
    pd.testing.assert_frame_equal(videos.drop(columns="source"), others.drop(columns="source"))
    same = np.concatenate([labels.phases[name] == found.phases[name] for name in videos.video_id])
    assert 0.998 < same.mean() < 0.999
