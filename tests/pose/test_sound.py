"""Joints where none can be, clips with hardly any joint, missing scores, and files that are not what they say."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from la2ds.__main__ import main
from la2ds.config import EstimationConfig
from la2ds.errors import InputError
from la2ds.formats.heatmaps import read_heatmaps
from la2ds.formats.keypoints import Keypoints, KeypointShard, read_keypoints
from la2ds.formats.quarantine import Refusal, read_entry
from la2ds.formats.skeletons import BODY13, BODY25, COCO17
from la2ds.formats.videos import write_videos
from la2ds.pose.sound import keep_sound
from la2ds.views.joints import far_off, outside, square_box, to_box
from tests.fixtures.pose_files import person, put, put_csv, put_openpose, read, triples, videos

MOUSE = ["snout", "tail", "ear", "hip"]


def body(frames: int = 12) -> np.ndarray:
    """A body of 13 joints, 220 pixels high, that moves a little: (T, 13, 2)."""
    rng = np.random.default_rng(0)
    return (rng.uniform((250, 120), (380, 340), (13, 2)) + rng.normal(size=(frames, 13, 2))).astype(np.float32)


def shard(**clips: np.ndarray) -> KeypointShard:
    full = {v: Keypoints(p, np.where(np.isnan(p).any(-1), 0, 0.9).astype(np.float32)) for v, p in clips.items()}
    return KeypointShard(full, "body13", "test/1")


def rows(*ids: str) -> pd.DataFrame:
    return videos(*(f"{v}.mp4" for v in ids), frames=12)


# Impossible joints


def test_one_far_joint_does_not_flatten_the_box():
    position, confidence = body(), np.full((12, 13), 0.9)
    wrong = position.copy()
    wrong[5, 3, 0] = 20000
    kept = np.ones((12, 13), bool)
    kept[5, 3] = False
    np.testing.assert_array_equal(far_off(wrong), ~kept)
    _, side = square_box(position, confidence, enlarge=1.1)
    assert square_box(wrong, confidence, enlarge=1.1)[1] == pytest.approx(side, rel=0.05)
    boxed = to_box(wrong, confidence, enlarge=1.1)
    np.testing.assert_array_equal(np.isfinite(boxed).all(-1), kept)


def test_sound_joints_keep_their_box_to_the_bit():
    rng = np.random.default_rng(1)
    position = body(40) + np.linspace(-200, 900, 40)[:, None, None]  # walks out of the picture
    position[rng.random((40, 13)) < 0.3] = np.nan
    confidence = rng.random((40, 13)).astype(np.float32)
    present = np.isfinite(position).all(-1) & (confidence >= 0.1)
    low, high = position[present].min(0), position[present].max(0)
    side = max(float((high - low).max()) * 1.1, 1.0)
    expected = ((position - ((low + high) / 2 - side / 2)) / side).astype(np.float32)
    np.testing.assert_array_equal(to_box(position, confidence, enlarge=1.1), expected)


def test_bodies_of_few_joints_have_no_size():
    position = np.full((5, 13, 2), np.nan)
    position[:, :3] = 10
    position[2, 0] = 1e5
    assert not far_off(position).any()
    assert not far_off(np.full((5, 13, 2), np.nan)).any()


def test_outside_is_a_picture_away():
    places = np.array([[-641.0, 0], [-640, 0], [1281, 0], [1280, 0], [0, 1121], [0, 1120], [np.inf, 0], [np.nan, 0]])
    assert outside(places, (640, 480)).tolist() == [True, False, True, False, True, False, True, False]


def test_outliers_are_missing_counted_and_named(caplog):
    wrong = body()
    wrong[5, 3, 0] = 20000
    wrong[6, 4] = -5000
    found = keep_sound(shard(a=body(), b=wrong), rows("a", "b"), EstimationConfig())
    assert np.argwhere(np.isnan(found.clips["b"].position).any(-1)).tolist() == [[5, 3], [6, 4]]
    assert found.clips["b"].confidence[5, 3] == 0
    assert found.metadata == {"outlier_joints": "2"}
    assert "b: 2 joints in 2 frames lie far outside the picture and count as missing" in caplog.text
    sound = shard(a=body())
    same = keep_sound(sound, rows("a"), EstimationConfig())
    assert same.metadata == {}
    assert same.clips["a"] is sound.clips["a"]


def test_an_outlier_in_a_file_moves_no_place_of_a_heatmap(tmp_path):
    """A DeepLabCut file with one joint of one frame at x = 20000, through the verbs."""
    values = np.concatenate([body()[:, None], np.full((12, 1, 13, 1), 0.9)], axis=-1)
    (tmp_path / "own.yaml").write_text(f"reader: folder\nroot: {tmp_path}\nactions: [squat]\npose: deeplabcut\n")
    write_videos(tmp_path / "videos.csv", videos("squat/anna.mp4", frames=12))
    places = []
    for name in ("sound", "wrong"):
        put_csv(tmp_path / "poses/deeplabcut/squat/anna.csv", BODY13.joints, values)
        verb = ["keypoints", "--dataset", "own.yaml", "--videos", "videos.csv", "--output", f"{name}.parquet"]
        paths = [str(tmp_path / part) if "." in part else part for part in verb]
        assert main([*paths, "--shard", "squat_000", "--pose", "deeplabcut"]) == 0
        files = ["--keypoints", str(tmp_path / f"{name}.parquet"), "--output", str(tmp_path / f"{name}.npz")]
        assert main(["heatmaps", "--spec", "joints_p24_s100_b110", *files]) == 0
        maps = read_heatmaps(tmp_path / f"{name}.npz").clips["squat/anna"]
        places.append(maps.reshape(12, 13, -1).argmax(-1))
        values[5, 0, 3, 0] = 20000
    same = np.ones((12, 13), bool)
    same[5, 3] = False
    assert np.abs(places[0] - places[1])[same].max() <= 24  # a place further where the box moved a little
    assert len(np.unique(places[1])) > 10
    assert read_keypoints(tmp_path / "wrong.parquet").metadata == {"outlier_joints": "1"}


# Clips with hardly any joint


def test_a_clip_without_anybody_goes_to_quarantine(tmp_path, caplog):
    nobody, hardly = np.full((12, 13, 2), np.nan, np.float32), body()
    hardly[1:] = np.nan
    found = keep_sound(shard(a=body(), b=nobody, c=hardly), rows("a", "b", "c"), EstimationConfig())
    assert list(found.clips) == ["a"]
    refused = [Refusal(*row) for row in json.loads(found.metadata["quarantine"])]
    assert [(r.video_id, r.source, r.stage) for r in refused] == [("b", "b.mp4", "pose"), ("c", "c.mp4", "pose")]
    assert refused[1].reason.endswith("found 8.3%, 1 of 12 frames with any")
    assert "b goes to quarantine: expected at least 10% of its joints ('estimation.least_found')" in caplog.text
    all_but_nobody = keep_sound(shard(b=nobody, c=hardly), rows("b", "c"), EstimationConfig(least_found=0.0))
    assert list(all_but_nobody.clips) == ["c"]


def test_the_quarantine_list_has_what_keypoints_lack(tmp_path):
    (tmp_path / "frames.csv").write_text("video_id,source,stage,reason\n")
    put_csv(tmp_path / "poses/deeplabcut/squat/anna.csv", COCO17.joints, np.full((3, 1, 17, 3), 50.0))
    put_csv(tmp_path / "poses/deeplabcut/squat/ben.csv", COCO17.joints, np.full((3, 1, 17, 3), np.nan))
    (tmp_path / "own.yaml").write_text(f"reader: folder\nroot: {tmp_path}\nactions: [squat]\npose: deeplabcut\n")
    table = videos("squat/anna.mp4", "squat/ben.mp4", "squat/cleo.mp4")
    write_videos(tmp_path / "videos.csv", table)
    output = tmp_path / "squat_000.parquet"
    files = ["--dataset", str(tmp_path / "own.yaml"), "--videos", str(tmp_path / "videos.csv")]
    verb = ["keypoints", *files, "--shard", "squat_000", "--pose", "deeplabcut"]
    assert main([*verb, "--output", str(output)]) == 0
    refused = read_entry(output, schema="keypoints/1")
    assert [r.video_id for r in refused] == ["squat/cleo", "squat/ben"]
    assert "expected the poses of squat/cleo here" in refused[0].reason
    shards = ["--shards", str(tmp_path / "frames.csv"), str(output)]
    assert main(["quarantine", *shards, "--output", str(tmp_path / "all.csv")]) == 0
    listed = pd.read_csv(tmp_path / "all.csv")
    assert [Refusal(*row) for row in listed.values.tolist()] == refused


# Scores and frames


def test_a_missing_score_is_not_a_missing_joint(tmp_path):
    values = np.full((3, 1, 4, 3), 100.0) + np.arange(4)[:, None]
    values[..., 2] = np.nan
    values[1, 0, 2, :2] = np.nan
    put_csv(tmp_path / "poses/deeplabcut/squat/anna.csv", MOUSE, values)
    clip = read(tmp_path, "deeplabcut", joints=tuple(MOUSE)).clips["squat/anna"]
    assert clip.confidence.tolist() == [[1, 1, 1, 1], [1, 1, 0, 1], [1, 1, 1, 1]]
    people = [{"image_id": f"{t}.jpg", "keypoints": triples(60, 60, 17, 0.5), "score": math.nan} for t in range(3)]
    put(tmp_path / "poses/coco_json/squat/anna.json", people)
    assert np.isfinite(read(tmp_path, "coco_json", min_score=0.3).clips["squat/anna"].position).all()


@pytest.mark.parametrize("ending", [".slp", ".analysis.h5"])
def test_sleap_without_scores_and_frames_without_anybody(tmp_path, ending):
    sleap_io = pytest.importorskip("sleap_io", reason="the extra poses is not installed")
    skeleton, video = sleap_io.Skeleton(list(MOUSE)), sleap_io.Video("anna.mp4", open_backend=False)
    points = np.arange(100.0, 108).reshape(4, 2)
    scores = {"point_scores": np.full(4, np.nan), "score": np.nan}
    frames = []
    for t in range(3):
        made = sleap_io.PredictedInstance.from_numpy(points, skeleton=skeleton, **scores)
        frames.append(sleap_io.LabeledFrame(video=video, frame_idx=t, instances=[] if t == 1 else [made]))
    file = tmp_path / f"poses/sleap/squat/anna{ending}"
    file.parent.mkdir(parents=True)
    labels = sleap_io.Labels(frames, videos=[video], skeletons=[skeleton])
    (sleap_io.save_slp if ending == ".slp" else sleap_io.save_analysis_h5)(labels, str(file))
    clip = read(tmp_path, "sleap", joints=tuple(MOUSE), min_score=0.3).clips["squat/anna"]
    np.testing.assert_array_equal(clip.position[[0, 2]], [points, points])
    assert clip.confidence.tolist() == [[1] * 4, [0] * 4, [1] * 4]


def test_sleap_of_old(tmp_path):
    h5py = pytest.importorskip("h5py", reason="the extra poses is not installed")
    pytest.importorskip("sleap_io", reason="the extra poses is not installed")
    file = tmp_path / "poses/sleap/squat/anna.analysis.h5"
    file.parent.mkdir(parents=True)
    with h5py.File(file, "w") as content:
        content["node_names"], content["track_names"] = np.array([b"a", b"b"]), np.array([b"t"])
        content["tracks"], content["track_occupancy"] = np.arange(12.0).reshape(1, 2, 2, 3), np.ones((3, 1))
    clip = read(tmp_path, "sleap", joints=("a", "b")).clips["squat/anna"]
    assert clip.position[1].tolist() == [[1, 7], [4, 10]] and (clip.confidence == 1).all()
    with h5py.File(file, "a") as content:
        del content["tracks"]
    with pytest.raises(InputError, match=r"expected a SLEAP file, found .*tracks"):
        read(tmp_path, "sleap")


def test_frames_counted_from_one_in_every_kind_of_file(tmp_path):
    values = np.full((3, 1, 4, 3), 100.0) + np.arange(3)[:, None, None, None]
    for pose in ("deeplabcut", "lightning_pose"):
        put_csv(tmp_path / f"poses/{pose}/squat/anna.csv", MOUSE, values, numbers=[1, 2, 3])
        clip = read(tmp_path, pose, joints=tuple(MOUSE), first_frame=1).clips["squat/anna"]
        assert clip.position[:, 0, 0].tolist() == [100, 101, 102]
        with pytest.raises(InputError, match=r"found frame 3 \('poses\.first_frame' says what the first is called\)"):
            read(tmp_path, pose, joints=tuple(MOUSE))


@pytest.mark.parametrize("pose", ["deeplabcut", "lightning_pose", "openpose"])
def test_scores_of_people_are_refused_where_there_are_none(tmp_path, pose):
    put_csv(tmp_path / f"poses/{pose}/squat/anna.csv", MOUSE, np.full((3, 1, 4, 3), 100.0))
    put_openpose(tmp_path / "poses/openpose/squat/anna", {0: [person(50, 50)]})
    with pytest.raises(InputError, match=r"expected no 'poses\.min_score' for .*, found 0\.3"):
        read(tmp_path, pose, min_score=0.3)


def test_a_person_without_joints_is_nobody(tmp_path):
    nobody = {"pose_keypoints_2d": []}
    put_openpose(tmp_path / "poses/openpose/squat/anna", {0: [nobody], 1: [nobody, person(50, 50)], 2: []})
    clip = read(tmp_path, "openpose").clips["squat/anna"]
    assert np.isfinite(clip.position).all((1, 2)).tolist() == [False, True, False]
    assert clip.position[1, 0].tolist() == [50, 50]
    assert len(BODY25.joints) == clip.position.shape[1]


# Files that are not what they say


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"images": [{"id": [1], "file_name": "a_1.jpg"}], "annotations": []}, r"expected an id, a number or a name"),
        ([{"image_id": "a_" + "9" * 5000, "keypoints": []}], "expected names of pictures like 'poses.images'"),
        ([{"image_id": 0, "keypoints": [10**400] * 51}], "found a number of 401 digits"),
        ([{"image_id": 0, "keypoints": triples(1, 1, 17, 1), "score": 10**400}], "found a number of 401 digits"),
        ([{"image_id": 9, "keypoints": triples(1, 1, 17, 1), "score": 2**70}], "found a number of 22 digits"),
    ],
)
def test_numbers_without_bounds(tmp_path, content, message):
    put(tmp_path / "poses/coco_json/squat/anna.json", content)
    with pytest.raises(InputError, match=message):
        read(tmp_path, "coco_json")


def test_frames_without_bounds(tmp_path):
    put_csv(tmp_path / "poses/deeplabcut/squat/anna.csv", MOUSE, np.ones((1, 1, 4, 3)), numbers=["9" * 5000])
    with pytest.raises(InputError, match=r"expected names of pictures like 'poses\.images'"):
        read(tmp_path, "deeplabcut", joints=tuple(MOUSE))


def test_rows_shorter_than_their_heads(tmp_path):
    file = put_csv(tmp_path / "poses/deeplabcut/squat/anna.csv", MOUSE, np.ones((3, 1, 4, 3)))
    heads, rows = file.read_text().splitlines()[:3], file.read_text().splitlines()[3:]
    file.write_text("\n".join([*heads, *(row.rpartition(",")[0] for row in rows)]))
    with pytest.raises(InputError, match="expected as many cells in every row as at the top, 13, found 12 in those of"):
        read(tmp_path, "deeplabcut", joints=tuple(MOUSE))


def test_infinite_places_count_as_outliers(tmp_path):
    values = np.full((3, 1, 4, 3), 100.0) + np.arange(4)[:, None]
    values[1, 0, 2, 0] = np.inf
    put_csv(tmp_path / "poses/deeplabcut/squat/anna.csv", MOUSE, values)
    found = read(tmp_path, "deeplabcut", joints=tuple(MOUSE))
    assert found.metadata == {"outlier_joints": "1"}
    assert np.argwhere(np.isnan(found.clips["squat/anna"].position).any(-1)).tolist() == [[1, 2]]


def test_the_last_clip_of_a_shard_stops_no_study(tmp_path):
    put_csv(
        tmp_path / "poses/deeplabcut/squat/anna.csv",
        BODY13.joints,
        30 + 40 * np.random.default_rng(0).random((3, 1, 13, 3)),
    )
    (tmp_path / "poses/deeplabcut/squat/ben.csv").write_text("")
    (tmp_path / "own.yaml").write_text(f"reader: folder\nroot: {tmp_path}\nactions: [squat]\npose: deeplabcut\n")
    table = videos("squat/anna.mp4", "squat/ben.mp4").assign(shard=["s_000", "s_001"])
    write_videos(tmp_path / "videos.csv", table)
    verb = ["keypoints", "--dataset", str(tmp_path / "own.yaml"), "--pose", "deeplabcut"]
    for name in ("s_001", "s_000"):
        output = [
            "--videos",
            str(tmp_path / "videos.csv"),
            "--shard",
            name,
            "--output",
            str(tmp_path / f"{name}.parquet"),
        ]
        assert main([*verb, *output]) == 0
        files = ["--keypoints", str(tmp_path / f"{name}.parquet"), "--output", str(tmp_path / f"{name}.npz")]
        assert main(["heatmaps", "--spec", "joints_p24_s100_b110", *files]) == 0
    for order in (("s_000", "s_001"), ("s_001", "s_000")):
        poses = read_keypoints([tmp_path / f"{name}.parquet" for name in order])
        maps = read_heatmaps([tmp_path / f"{name}.npz" for name in order])
        assert list(poses.clips) == list(maps.clips) == ["squat/anna"]
        assert poses.skeleton == maps.skeleton == "body13"
        assert maps.channels == BODY13.joints
    assert "ben.csv: expected a CSV table" in read_keypoints(tmp_path / "s_001.parquet").metadata["quarantine"]
    alone = ["--videos", str(tmp_path / "alone.csv"), "--shard", "s_001", "--output", str(tmp_path / "x.parquet")]
    write_videos(tmp_path / "alone.csv", table[1:])
    assert main([*verb, *alone]) == 2
