"""Poses that are files: which joint is which, what is missing, whose video and frame it is, and what is refused."""

import math
import sys

import numpy as np
import pytest

from la2ds.__main__ import main
from la2ds.errors import InputError
from la2ds.extras import extras_named
from la2ds.formats.keypoints import read_keypoints
from la2ds.formats.skeletons import BODY13, BODY25, BODY25_JOINTS, COCO17, HANDS42, SKELETONS
from la2ds.formats.videos import write_videos
from la2ds.pose.files.picture_names import parse_name
from la2ds.pose.sources import pose_files
from tests.fixtures.pose_files import person, put, put_csv, put_openpose, read, triples, videos

MOUSE = ["snout", "L_ear", "R_ear", "tail"]
OWN = {
    "joints": ("tail", "snout", "L_ear", "R_ear"),
    "limbs": (("snout", "L_ear"), ("snout", "R_ear"), ("snout", "tail")),
    "pairs": (("L_ear", "R_ear"),),
}


def same(clip, frame, skeleton, joint, expected):
    """Compare x, y and confidence of a joint."""
    j = skeleton.index(joint)
    found = [*clip.position[frame, j], clip.confidence[frame, j]]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


# OpenPose


def test_openpose_body25_in_its_own_order(tmp_path):
    first = person(100, 50)
    lost = 3 * BODY25_JOINTS.index("left_ear")
    first["pose_keypoints_2d"][lost : lost + 3] = [0, 0, 0]
    put_openpose(tmp_path / "poses/openpose/squat/anna", {0: [first], 2: []})
    shard = read(tmp_path, "openpose")
    clip = shard.clips["squat/anna"]
    assert (shard.skeleton, shard.estimator, clip.position.shape) == ("body25", "openpose files", (3, 25, 2))
    same(clip, 0, BODY25, "nose", [100, 50, 0.5])
    same(clip, 0, BODY25, "mid_hip", [108, 66, 0.5])
    same(clip, 0, BODY25, "right_heel", [124, 98, 0.5])
    same(clip, 0, BODY25, "left_ear", [math.nan, math.nan, 0])
    # Frame 1 has no file, and in frame 2 is nobody.
    assert np.isnan(clip.position[1:]).all()
    assert not clip.confidence[1:].any()


@pytest.mark.parametrize(("name", "joint"), [("coco17", "nose"), ("body13", "head")])
def test_openpose_as_another_joint_set(tmp_path, name, joint):
    put_openpose(tmp_path / "poses/openpose/squat/anna", {t: [person(100, 50)] for t in range(3)})
    shard = read(tmp_path, "openpose", skeleton=name)
    clip, skeleton = shard.clips["squat/anna"], SKELETONS[name]
    assert shard.skeleton == name
    same(clip, 1, skeleton, joint, [100, 50, 0.5])
    same(clip, 1, skeleton, "right_wrist", [104, 58, 0.5])
    same(clip, 1, skeleton, "left_ankle", [114, 78, 0.5])


def test_openpose_hands(tmp_path):
    put_openpose(tmp_path / "poses/openpose/squat/anna", {t: [person(100, 50, hands=True)] for t in range(3)})
    shard = read(tmp_path, "openpose", skeleton="hands42")
    clip = shard.clips["squat/anna"]
    assert (shard.skeleton, clip.position.shape) == ("hands42", (3, 42, 2))
    same(clip, 0, HANDS42, "left_wrist", [200, 50, 0.25])
    same(clip, 0, HANDS42, "left_thumb1", [201, 52, 0.25])
    same(clip, 0, HANDS42, "right_wrist", [200, 150, 0.25])
    same(clip, 0, HANDS42, "right_little4", [220, 190, 0.25])


def test_one_of_several_people_is_followed(tmp_path, caplog):
    caplog.set_level("INFO")
    large = {"person_id": [-1], "pose_keypoints_2d": [v for j in range(25) for v in (200 + 8 * j, 100 + 8 * j, 0.9)]}
    put_openpose(
        tmp_path / "poses/openpose/squat/anna",
        {0: [person(5, 5), large], 1: [large, person(6, 5)], 2: [person(7, 5), large]},
    )
    clip = read(tmp_path, "openpose").clips["squat/anna"]
    np.testing.assert_allclose(clip.position[:, 0], [[200, 100]] * 3)
    assert "1 videos: several people in 3 frames, the subject lost in 0" in caplog.text


def test_the_first_frame_may_be_called_one(tmp_path):
    put_openpose(tmp_path / "poses/openpose/squat/anna", {t: [person(100 + t, 50)] for t in (1, 2, 3)})
    with pytest.raises(InputError, match=r"expected frames 0 to 2, as many as squat/anna has, found frame 3"):
        read(tmp_path, "openpose")
    clip = read(tmp_path, "openpose", first_frame=1).clips["squat/anna"]
    assert clip.position[:, 0, 0].tolist() == [101, 102, 103]
    with pytest.raises(InputError, match=r"found frame -1"):
        read(tmp_path, "openpose", first_frame=2)


@pytest.mark.parametrize(
    ("people", "settings", "message"),
    [
        ([person(100, 50, 24)], {}, r"expected 75 numbers in pose_keypoints_2d, found 72 values"),
        (
            [person(100, 50)],
            {"skeleton": "hands42"},
            r"63 numbers in hand_left_keypoints_2d \(--hand\), found 0",
        ),
        (
            [{"pose_keypoints_2d": triples(0.1, 0.1, 1, 1) * 25}],
            {},
            r"squat/anna, which has 640 x 480, found no",
        ),
        ([person(1900, 900)], {}, r"found 100% of the joints outside the picture"),
        ([{"pose_keypoints_2d": ["a"] * 75}], {}, r"expected 75 numbers in pose_keypoints_2d, found 75 values"),
        ({"a": 1}, {}, r"expected a list of people, found dict"),
        ([person(100, 50)], {"individual": "anna"}, r"expected no 'poses.individual' for openpose"),
    ],
)
def test_openpose_refuses(tmp_path, people, settings, message):
    put_openpose(tmp_path / "poses/openpose/squat/anna", {0: people})
    with pytest.raises(InputError, match=message):
        read(tmp_path, "openpose", **settings)


def test_openpose_wants_one_file_a_frame(tmp_path):
    folder = tmp_path / "poses/openpose/squat/anna"
    with pytest.raises(InputError, match=r"anna: expected the poses of squat/anna here, a folder, found none"):
        read(tmp_path, "openpose")
    put(folder / "notes.txt", "")
    with pytest.raises(
        InputError, match=r"expected files like <video>_000000000012_keypoints\.json, the .* found none"
    ):
        read(tmp_path, "openpose")
    put_openpose(folder, {0: []})
    put(folder / "anna_0.json", {"people": []})
    with pytest.raises(InputError, match=r"expected one file for each frame, found also anna_0"):
        read(tmp_path, "openpose")
    (folder / "anna_0.json").unlink()
    put(folder / "anna_000000000001_keypoints.json", "{")
    with pytest.raises(InputError, match=r"expected a JSON file"):
        read(tmp_path, "openpose")


# COCO's JSON


def result(image, x=100.0, score=0.9, third=0.5):
    return {"image_id": image, "category_id": 1, "keypoints": triples(x, 50, 17, third), "score": score}


def test_results_of_one_video(tmp_path):
    put(tmp_path / "poses/coco_json/squat/anna.json", [result(0), result(2, 102), result(2, 300, score=0.1)])
    shard = read(tmp_path, "coco_json", min_score=0.5)
    clip = shard.clips["squat/anna"]
    assert (shard.skeleton, clip.position.shape) == ("coco17", (3, 17, 2))
    same(clip, 0, COCO17, "nose", [100, 50, 0.5])
    same(clip, 2, COCO17, "right_ankle", [118, 82, 0.5])
    assert np.isnan(clip.position[1]).all()


def test_annotations_of_all_videos_in_one_file(tmp_path):
    names = ["squat/anna/000000.jpg", "squat_anna_000001.jpg", "squat/ben.mov/2.png", "jump/anna/000000.jpg"]
    keypoints = triples(100, 50, 17, 2)
    keypoints[2], keypoints[5] = 0, 1

    def moved(x):
        return [v + x * (i % 3 == 0) for i, v in enumerate(keypoints)]

    content = {
        "images": [{"id": 10 + n, "file_name": name} for n, name in enumerate(names)],
        "annotations": [
            {"image_id": 10 + n, "keypoints": [v + n * (i % 3 == 0) for i, v in enumerate(keypoints)]} for n in range(4)
        ],
        "categories": [],
    }
    put(tmp_path / "poses/coco_json.json", content)
    clips = read(tmp_path, "coco_json", "squat/anna.mp4", "squat/ben.mov").clips
    same(clips["squat/anna"], 0, COCO17, "nose", [math.nan, math.nan, 0])
    same(clips["squat/anna"], 0, COCO17, "left_eye", [101, 52, 0.5])
    same(clips["squat/anna"], 1, COCO17, "right_eye", [103, 54, 1])
    assert np.isnan(clips["squat/anna"].position[2]).all()
    same(clips["squat/ben"], 2, COCO17, "right_eye", [104, 54, 1])
    with pytest.raises(InputError, match=r"expected pictures of squat/cleo by the pattern 'poses.images', found pict"):
        read(tmp_path, "coco_json", "squat/cleo.mp4")


def test_names_of_pictures():
    pattern = r"(?:(?P<video>.+)[/_])?(?P<frame>\d+)(?:\.[A-Za-z]+)?"
    found = {name: parse_name("f", name, pattern) for name in ("12", "0012.jpg", "a/b_1/0012.png", "a_b_1_0012")}
    assert list(found.values()) == [("", 12), ("", 12), ("a/b_1", 12), ("a_b_1", 12)]
    assert parse_name("f", "img7of-anna", r"img(?P<frame>\d+)of-(?P<video>\w+)") == ("anna", 7)
    with pytest.raises(InputError, match=r"expected names of pictures like 'poses.images', .*, found 'cover\.jpg'"):
        parse_name("f", "cover.jpg", pattern)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([result(0) | {"keypoints": [1, 2, 3]}], r"expected keypoints of 17 or 26 .* name the joints, found 3 values"),
        ([result(None)], r"expected an image_id, a number or a name, found None"),
        ([result(0, score="high")], r"expected a number as score, found 'high'"),
        ([1], r"expected a list of results, found list"),
        ({"images": []}, r"expected a list of annotations, or of results, found NoneType"),
        (
            {"images": [], "annotations": [result(4)]},
            r"annotations of pictures among 'images', found image_id 4",
        ),
        (
            {
                "images": [{"id": 0, "file_name": "0.jpg"}],
                "annotations": [{"image_id": 0, "keypoints": triples(1, 1, 17, 0.7)}],
            },
            r"expected visibility 0, 1 or 2 in annotations without a score, found 0\.7",
        ),
        ([result("jump/anna/0.jpg")], r"found pictures of 'jump/anna'"),
        ([result("ben_0.jpg"), result("cleo_0.jpg")], r"found pictures of 'ben', 'cleo'"),
        ([{"joints": [[1, 2]], "image": "a.jpg"}], r"expected an image_id, a number or a name, found none, but joints"),
        ([{"image_id": 0, "bbox": [1, 2, 3, 4]}], r"expected 'keypoints' in .* found none, but image_id, bbox"),
        ([result(0), result(1) | {"keypoints": triples(1, 1, 26, 0.5)}], r"expected 51 or 399 numbers in keypoints"),
    ],
)
def test_coco_json_refuses(tmp_path, content, message):
    put(tmp_path / "poses/coco_json/squat/anna.json", content)
    with pytest.raises(InputError, match=message):
        read(tmp_path, "coco_json")


# DeepLabCut and Lightning Pose


def body13_values(frames=3):
    values = np.ones((frames, 1, 13, 3))
    values[..., 0] = 100 + np.arange(13)
    values[..., 1] = 50 + np.arange(frames)[:, None, None]
    values[..., 2] = 0.75
    return values


def test_deeplabcut_with_names_like_cocos(tmp_path):
    names = ["Nose", *(f"{joint.split('_')[0][0].upper()}{joint.split('_')[1].title()}" for joint in BODY13.joints[1:])]
    assert names[1:3] == ["LShoulder", "RShoulder"]
    values = body13_values()
    values[1, 0, 0, 2], values[2, 0, 3] = 0, math.nan
    put_csv(tmp_path / "poses/deeplabcut/squat/annaDLC_Resnet50_squatOct1shuffle1_snapshot_200.csv", names, values)
    shard = read(tmp_path, "deeplabcut")
    clip = shard.clips["squat/anna"]
    assert shard.skeleton == "body13"
    same(clip, 0, BODY13, "head", [100, 50, 0.75])
    same(clip, 2, BODY13, "right_ankle", [112, 52, 0.75])
    same(clip, 1, BODY13, "head", [math.nan, math.nan, 0])
    same(clip, 2, BODY13, "left_elbow", [math.nan, math.nan, 0])


def test_joints_of_ones_own_keep_their_names(tmp_path):
    values = np.arange(3 * 4 * 3, dtype=float).reshape(3, 1, 4, 3)
    values[..., 2] = 0.5
    put_csv(tmp_path / "elsewhere/deeplabcut/squat/anna.csv", MOUSE, values)
    shard = read(tmp_path, "deeplabcut", folder="elsewhere", **OWN)
    skeleton = SKELETONS[shard.skeleton]
    assert skeleton.joints == OWN["joints"]
    assert skeleton.limbs == OWN["limbs"]
    assert skeleton.mirror == (0, 1, 3, 2)
    np.testing.assert_allclose(shard.clips["squat/anna"].position, values[:, 0, [3, 0, 1, 2], :2])
    with pytest.raises(InputError, match=r"called as in coco17 or body13, or 'poses.joints' .* the joints snout"):
        read(tmp_path, "deeplabcut", folder="elsewhere")
    with pytest.raises(InputError, match=r"the joints whisker \(poses.joints\), found the joints snout, L_ear"):
        read(tmp_path, "deeplabcut", folder="elsewhere", joints=("snout", "whisker"))


def test_individuals_can_be_chosen(tmp_path):
    values = np.full((3, 3, 4, 3), 0.5)
    values[..., 0] = np.array([50, 300, 600])[:, None] + np.arange(4)
    values[..., 1] = 200 + 20 * np.arange(4)
    values[:, 2, 1:] = math.nan  # the lamp has one joint
    put_csv(tmp_path / "poses/deeplabcut/squat/anna.csv", MOUSE, values, individuals=["white", "grey", "single"])
    asked = {joint: read(tmp_path, "deeplabcut", individual=joint, **OWN) for joint in ("white", "grey", "")}
    found = {name: shard.clips["squat/anna"].position[0, 1, 0] for name, shard in asked.items()}
    assert found == {"white": 50, "grey": 300, "": 300}  # the one in the middle is followed
    with pytest.raises(InputError, match=r"the individual brown \('poses.individual'\), found white, grey, sin"):
        read(tmp_path, "deeplabcut", individual="brown", **OWN)


def test_lightning_pose_and_columns_of_its_smoother(tmp_path):
    values = body13_values()
    put_csv(tmp_path / "poses/lightning_pose/squat/anna.csv", BODY13.joints, values, extra=["x_ens_median"])
    shard = read(tmp_path, "lightning_pose")
    assert shard.estimator == "lightning_pose files"
    same(shard.clips["squat/anna"], 1, BODY13, "left_shoulder", [101, 51, 0.75])


def test_rows_left_out_are_missing(tmp_path):
    put_csv(tmp_path / "poses/lightning_pose/squat/anna.csv", BODY13.joints, body13_values(2), numbers=[0, 2])
    clip = read(tmp_path, "lightning_pose").clips["squat/anna"]
    assert np.isnan(clip.position).all(axis=(1, 2)).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "frame,x,y\n0,1,2\n",
            r"expected rows scorer, \(individuals,\) bodyparts and coords .* found frame, 0",
        ),
        ("", r"expected a CSV table"),
        ("scorer,n,n\nbodyparts,a,a\ncoords,x,likelihood\n0,1,2\n", r"expected x and y of a, found no y"),
        (
            "scorer,n,n,n\nbodyparts,a,a,a\ncoords,x,y,z\n0,1,2,3\n",
            r"expected x and y in pixels of one film, found a in space",
        ),
        ("bodyparts,a,a\ncoords,x,y,x\n0,1,2\n", r"expected as many cells in each row at the top, found 3 of body"),
        ("scorer,n,n\nbodyparts,a,a\ncoords,x,x\n0,1,2\n", r"expected each column once, found two of a x"),
        ("scorer,n\nbodyparts,a\ncoords,x\n0,left\n", r"expected numbers as a x, found other cells"),
        (
            "scorer,n,n,n\nbodyparts,a,a,a\ncoords,x,y,likelihood\na/b/img0.png,1,2,1\na/c/img0.png,1,2,1\n",
            r"expected pictures of squat/anna by .* found pictures of 'a/b/img', 'a/c/img'",
        ),
        (
            "scorer,n,n,n\nbodyparts,a,a,a\ncoords,x,y,likelihood\n1,1,2,1\n1,1,2,1\n",
            r"expected each frame once, fo",
        ),
    ],
)
def test_deeplabcut_refuses(tmp_path, content, message):
    put(tmp_path / "poses/deeplabcut/squat/anna.csv", content)
    with pytest.raises(InputError, match=message):
        read(tmp_path, "deeplabcut")


# SLEAP


@pytest.fixture
def sleap_io():
    return pytest.importorskip("sleap_io", reason="the extra poses is not installed")


def sleap_labels(sleap_io, *, film="anna.mp4", corrected=False):
    """Two mice in frames 0 and 2 of one film; in frame 2 somebody may have corrected the first."""
    skeleton = sleap_io.Skeleton(list(MOUSE))
    video = sleap_io.Video(film, open_backend=False)
    tracks = [sleap_io.Track("white"), sleap_io.Track("grey")]
    frames = []
    for t in (0, 2):
        instances = []
        for n, track in enumerate(tracks):
            points = np.array(
                [[100.0 + 200 * n + t, 50], [110 + 200 * n, 60], [math.nan, math.nan], [100 + 200 * n, 200]]
            )
            made = sleap_io.PredictedInstance.from_numpy(
                points, skeleton=skeleton, point_scores=np.full(4, 0.5), score=0.9, track=track
            )
            instances.append(made)
        if corrected and t == 2:
            fixed = sleap_io.Instance.from_numpy(np.full((4, 2), 20.0), skeleton=skeleton, track=tracks[0])
            fixed.from_predicted = instances[0]
            instances.append(fixed)
        frames.append(sleap_io.LabeledFrame(video=video, frame_idx=t, instances=instances))
    return sleap_io.Labels(frames)


@pytest.mark.parametrize("ending", [".mp4.predictions.slp", ".analysis.h5"])
def test_sleap(tmp_path, sleap_io, ending):
    file = tmp_path / f"poses/sleap/squat/anna{ending}"
    file.parent.mkdir(parents=True)
    save = sleap_io.save_slp if ending.endswith("slp") else sleap_io.save_analysis_h5
    save(sleap_labels(sleap_io), str(file))
    clip = read(tmp_path, "sleap", individual="grey", **OWN).clips["squat/anna"]
    np.testing.assert_allclose(clip.position[0], [[300, 200], [300, 50], [310, 60], [math.nan, math.nan]])
    np.testing.assert_allclose(clip.confidence[0], [0.5, 0.5, 0.5, 0])
    assert np.isnan(clip.position[1]).all()
    assert clip.position[2, 1].tolist() == [302, 50]
    with pytest.raises(InputError, match=r"expected the track black \('poses.individual'\), found tracks white, grey"):
        read(tmp_path, "sleap", individual="black", **OWN)


def test_a_persons_corrections_take_the_prediction_s_place(tmp_path, sleap_io):
    file = tmp_path / "poses/sleap/squat/anna.slp"
    file.parent.mkdir(parents=True)
    sleap_io.save_slp(sleap_labels(sleap_io, corrected=True), str(file))
    clip = read(tmp_path, "sleap", individual="white", **OWN).clips["squat/anna"]
    np.testing.assert_allclose(clip.position[2], 20)
    np.testing.assert_allclose(clip.confidence[2], 1)


def test_sleap_refuses(tmp_path, sleap_io, monkeypatch):
    file = put(tmp_path / "poses/sleap/squat/anna.slp", "no HDF5")
    with pytest.raises(InputError, match=r"anna\.slp: expected a SLEAP file, found "):
        read(tmp_path, "sleap")
    two = [sleap_labels(sleap_io, film=film) for film in ("anna.mp4", "ben.mp4")]
    sleap_io.save_slp(sleap_io.Labels([*two[0].labeled_frames, *two[1].labeled_frames]), str(file))
    with pytest.raises(InputError, match=r"expected one video and one skeleton, found 2 videos and 1 skeletons"):
        read(tmp_path, "sleap")
    monkeypatch.setitem(sys.modules, "sleap_io", None)
    with pytest.raises(InputError, match=r"^sleap_io: .*pip install 'la2ds\[poses\]'"), extras_named():
        read(tmp_path, "sleap")


# Files and shards


def test_which_file_is_a_videos(tmp_path):
    folder = tmp_path / "poses"
    assert pose_files(folder, "sleap", "squat/anna.mp4") == []
    for name in ("anna.csv", "annaDLC_x.csv", "anna_2.csv", "annabel.csv"):
        put(folder / "deeplabcut/squat" / name, "")
    assert [f.name for f in pose_files(folder, "deeplabcut", "squat/anna.mp4")] == ["anna.csv"]
    (folder / "deeplabcut/squat/anna.csv").unlink()
    assert [f.name for f in pose_files(folder, "deeplabcut", "squat/anna.mp4")] == ["annaDLC_x.csv"]
    put(folder / "deeplabcut/squat/annaDLC_x_filtered.csv", "")
    with pytest.raises(InputError, match=r"poses of squat/anna here, anna\.csv, found 2 files, annaDLC_x\.csv,"):
        read(tmp_path, "deeplabcut")
    # A scan's folder is no film: its name keeps its dot.
    put(folder / "coco_json/scan.v1.json", "")
    assert [f.name for f in pose_files(folder, "coco_json", "scan.v1")] == ["scan.v1.json"]


def test_videos_without_frames_are_named_and_left_out(tmp_path, caplog):
    put_csv(tmp_path / "poses/lightning_pose/squat/ben.csv", BODY13.joints, body13_values())
    table = videos("squat/anna.mp4", "squat/ben.mp4").assign(frames=[0, 3])
    assert list(read(tmp_path, "lightning_pose", table=table).clips) == ["squat/ben"]
    assert "no frames, so no poses (see the quarantine list): squat/anna" in caplog.text
    empty = read(tmp_path, "lightning_pose", table=table[:1], **OWN)
    assert (empty.clips, SKELETONS[empty.skeleton].joints) == ({}, OWN["joints"])


def test_joints_differ_between_files(tmp_path):
    put_csv(tmp_path / "poses/lightning_pose/squat/anna.csv", BODY13.joints, body13_values())
    seventeen = np.ones((3, 1, 17, 3)) * 60
    put_csv(tmp_path / "poses/lightning_pose/squat/ben.csv", COCO17.joints, seventeen)
    shard = read(tmp_path, "lightning_pose", "squat/anna.mp4", "squat/ben.mp4")
    assert list(shard.clips) == ["squat/anna"]
    assert "ben.csv: expected joints of body13, as in other files, found coco17" in shard.metadata["quarantine"]
    assert read(tmp_path, "lightning_pose", "squat/anna.mp4", "squat/ben.mp4", skeleton="body13").skeleton == "body13"


def test_the_verb_writes_a_shard_that_carries_its_own_skeleton(tmp_path):
    values = np.full((3, 1, 4, 3), 100.0) + np.arange(4)[:, None]
    put_csv(tmp_path / "data/poses/deeplabcut/squat/anna.csv", MOUSE, values)
    settings = "reader: folder\nroot: data\nactions: [squat]\npose: deeplabcut\nposes:\n  joints: [snout, tail]\n"
    dataset = put(tmp_path / "own.yaml", settings + "  limbs: [[snout, tail]]\n")
    write_videos(tmp_path / "v.csv", videos("squat/anna.mp4"))
    files = ["--dataset", str(dataset), "--root", str(tmp_path / "data"), "--videos", str(tmp_path / "v.csv")]
    output = ["--shard", "squat_000", "--pose", "deeplabcut", "--output", str(tmp_path / "k.parquet")]
    assert main(["keypoints", *files, *output]) == 0
    shard = read_keypoints(tmp_path / "k.parquet")
    assert SKELETONS[shard.skeleton].joints == ("snout", "tail")
    assert shard.clips["squat/anna"].position[:, :, 0].tolist() == [[100, 103]] * 3
    maps = ["--keypoints", str(tmp_path / "k.parquet"), "--output", str(tmp_path / "h.npz")]
    assert main(["heatmaps", *maps, "--spec", "joints_p24_s100_b110"]) == 0
    put(tmp_path / "own.yaml", settings + "  limbs: [[snout, tale]]\n")
    assert main(["keypoints", *files, *output]) == 2
