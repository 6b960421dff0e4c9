"""Layouts of further programs, as small files of our own making: which joint, frame and film is which."""

import json
import math
import pickle

import numpy as np
import pytest

from la2ds.errors import InputError
from la2ds.formats.skeletons import BODY13, BODY26, COCO17, SKELETONS
from la2ds.pose.files.mediapipe_json import JOINTS as BLAZEPOSE
from la2ds.pose.files.ntu import JOINTS as KINECT
from tests.fixtures.pose_files import person, put, read, skeleton_lines, triples, videos


def nose_x(shard, joint="nose", video="squat/anna"):
    """Where a joint is in each frame, x; NaN where it is not."""
    j = SKELETONS[shard.skeleton].index(joint)
    return shard.clips[video].position[:, j, 0].tolist()


def openpose(folder, *names, joints=25):
    """Files of one person, whose nose is at 100, 101, ..."""
    for n, name in enumerate(names):
        put(folder / name, {"version": 1.3, "people": [person(100 + n, 50, joints)]})


# OpenPose's format


@pytest.mark.parametrize(
    ("pattern", "first_frame"),
    [("cam01.{:04d}.json", 0), ("frame_{:05d}.json", 1), ("{:012d}_keypoints.json", 0), ("x y-{}.json", 9)],
)
def test_openpose_by_any_name(tmp_path, pattern, first_frame):
    openpose(tmp_path / "poses/openpose/squat/anna", *(pattern.format(t + first_frame) for t in range(3)))
    assert nose_x(read(tmp_path, "openpose", first_frame=first_frame)) == [100, 101, 102]


def test_numbers_without_zeros_are_in_order(tmp_path):
    names = [f"a_{t}_keypoints.json" for t in range(12)]
    openpose(tmp_path / "poses/openpose/squat/anna", *names)
    assert nose_x(read(tmp_path, "openpose", table=videos("squat/anna.mp4", frames=12))) == [100 + t for t in range(12)]


@pytest.mark.parametrize("folder", ["squat", ".", "squat/Kick_1"])
def test_several_films_in_one_folder(tmp_path, folder):
    place = tmp_path / "poses/openpose" / folder
    openpose(place, *(f"Kick_{k}_{t:012d}_keypoints.json" for k in (1, 10) for t in range(3)))
    found = {"squat/Kick_1": [100, 101, 102], "squat/Kick_10": [103, 104, 105]}
    for video in found if folder != "squat/Kick_1" else ["squat/Kick_1"]:
        assert nose_x(read(tmp_path, "openpose", f"{video}.mp4"), video=video) == found[video]
    with pytest.raises(InputError, match=r"expected the poses of squat/Kick_2 here, a folder, found none"):
        read(tmp_path, "openpose", "squat/Kick_2.mp4")


def test_films_that_are_not_called_like_the_video(tmp_path):
    folder = tmp_path / "poses/openpose/squat/anna"
    openpose(folder, *(f"cam_{t}.json" for t in range(3)))
    put(folder / "del_000_0.json", {"people": []})  # a stray file without people
    assert nose_x(read(tmp_path, "openpose")) == [100, 101, 102]
    openpose(folder, "other_0.json")
    message = (
        r"files of one film, or those of squat/anna called like it, found cam \(3 files\), del_000 \(1 files\), oth"
    )
    with pytest.raises(InputError, match=message):
        read(tmp_path, "openpose")


@pytest.mark.parametrize(("joints", "skeleton"), [(17, "coco17"), (18, "coco17"), (25, "body25"), (26, "body26")])
def test_openpose_with_joints_of_other_networks(tmp_path, joints, skeleton):
    openpose(tmp_path / "poses/openpose/squat/anna", "a_0.json", "a_1.json", joints=joints)
    shard = read(tmp_path, "openpose")
    wrist = {17: 10, 18: 4, 25: 4, 26: 10}[joints]
    assert shard.skeleton == skeleton
    assert nose_x(shard, "right_wrist")[:2] == [100 + wrist, 101 + wrist]


def test_body26_is_halpes(tmp_path):
    openpose(tmp_path / "poses/openpose/squat/anna", "a_0.json", joints=26)
    position = read(tmp_path, "openpose").clips["squat/anna"].position[0]
    order = {"left_eye": 1, "left_ankle": 15, "head": 17, "neck": 18, "mid_hip": 19, "left_big_toe": 20}
    order |= {"right_small_toe": 23, "left_heel": 24, "right_heel": 25}
    assert {joint: position[BODY26.index(joint), 0] - 100 for joint in order} == order
    assert BODY26.mirror[BODY26.index("left_heel")] == BODY26.index("right_heel")
    children = [child for _, child in BODY26.tree]
    assert sorted({*BODY26.joints} - {"mid_hip"}) == sorted(children)
    assert all(BODY26.mirror_limbs[BODY26.mirror_limbs[n]] == n for n in range(len(BODY26.limbs)))


def test_empty_poses_of_people_refuse_nothing(tmp_path):
    folder = tmp_path / "poses/openpose/squat/anna"
    put(folder / "a_0.json", {"people": [{"pose_keypoints_2d": []}, person(100, 50)]})
    put(folder / "a_1.json", {"people": [{"pose_keypoints_2d": []}]})
    assert nose_x(read(tmp_path, "openpose"))[:2] == [100, pytest.approx(math.nan, nan_ok=True)]


# COCO's JSON and AlphaPose


def test_alphapose_with_26_joints_and_scores_above_one(tmp_path):
    entry = {"category_id": 1, "box": [1, 2, 3, 4], "idx": [0.0], "score": 3.1}
    people = [entry | {"image_id": f"out{t + 1:07d}.png", "keypoints": triples(100 + t, 50, 26, 1.4)} for t in range(3)]
    put(tmp_path / "poses/coco_json/squat/anna.json", people)
    shard = read(tmp_path, "coco_json", first_frame=1)
    assert (shard.skeleton, nose_x(shard)) == ("body26", [100, 101, 102])
    assert (shard.clips["squat/anna"].confidence == 1).all()


def annotated(names, keypoints, category):
    images = [{"id": n, "file_name": name} for n, name in enumerate(names)]
    people = [{"image_id": n, "category_id": 7, "keypoints": keypoints} for n in range(len(names))]
    return {"images": images, "annotations": people, "categories": [{"id": 0, "name": "x"}, {"id": 7, **category}]}


@pytest.mark.parametrize(
    "name",
    ["images/val/anna/{:06d}.jpg", "anna/img{}.png", "{:05d}_jpg.rf.9c8c{}b26.jpg", "labeled/x/img{}.png", "{}.jpg"],
)
def test_pictures_names_of_several_makers(tmp_path, name):
    names = [name.format(t, t) for t in range(3)]
    put(tmp_path / "poses/coco_json/squat/anna.json", annotated(names, triples(100, 50, 17, 2), {}))
    assert nose_x(read(tmp_path, "coco_json")) == [100] * 3


def test_joints_are_called_as_the_category_calls_them(tmp_path):
    names = ["neck", *reversed(BODY13.joints)]
    put(
        tmp_path / "poses/coco_json/squat/anna.json",
        annotated(["0.jpg"], triples(100, 50, 14, 2), {"keypoints": names}),
    )
    shard = read(tmp_path, "coco_json")
    assert (shard.skeleton, nose_x(shard, "head")[0]) == ("body13", 113)
    numbered = annotated(["0.jpg"], triples(100, 50, 3, 2), {"keypoints": ["7", "2", "5"]})
    put(tmp_path / "poses/coco_json/squat/anna.json", numbered)
    with pytest.raises(InputError, match=r"'poses.joints' to say which are wanted, found the joints 7, 2, 5"):
        read(tmp_path, "coco_json")
    shard = read(tmp_path, "coco_json", skeleton="all")
    assert SKELETONS[shard.skeleton].joints == ("7", "2", "5") and nose_x(shard, "2")[0] == 101


def test_longer_sets_begin_with_the_body(tmp_path):
    for joints, skeleton in ((133, "coco17"), (136, "body26")):
        put(tmp_path / "poses/coco_json/squat/anna.json", annotated(["0.jpg"], triples(100, 50, joints, 2), {}))
        shard = read(tmp_path, "coco_json")
        assert (shard.skeleton, nose_x(shard, "right_ankle")[0]) == (skeleton, 116)


# MMPose, MediaPipe, MoveNet


def instance(x, joints=17, score=1.25, box=0.9):
    points = [[x + j, 50.0 + j] for j in range(joints)]
    return {"keypoints": points, "keypoint_scores": [score] * joints, "bbox": [[1, 2, 3, 4]], "bbox_score": box}


@pytest.mark.parametrize("wrapped", [False, True])
def test_mmpose(tmp_path, wrapped):
    frames = [{"frame_id": t, "instances": [instance(100.0 + t), instance(9.0, box=0.1)]} for t in (0, 2)]
    frames.insert(1, {"frame_id": 1, "instances": []})
    names = {str(j): name for j, name in enumerate(COCO17.joints)}
    content = {"meta_info": {"keypoint_id2name": names}, "instance_info": frames} if wrapped else frames
    put(tmp_path / "poses/mmpose/squat/anna.json", content)
    shard = read(tmp_path, "mmpose", min_score=0.3)
    assert shard.skeleton == "coco17"
    np.testing.assert_equal(nose_x(shard, "left_eye"), [101, math.nan, 103])
    assert shard.clips["squat/anna"].confidence[0].tolist() == [1] * 17


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([instance(1.0)], r"expected frame_id and instances of every frame, .* found keypoints, keypoint_scores"),
        (
            [{"frame_id": 0, "instances": [instance(1.0, 20)]}],
            r"expected 17 or 26 .* joints, or 'meta_info' .* found 20",
        ),
        ([{"frame_id": 0.5, "instances": []}], r"expected a whole number for each frame, found 0\.5"),
        ([{"frame_id": 1, "instances": []}] * 2, r"expected each frame once, found frame 1 more than once"),
        ([{"instances": []}], r"expected the number of each frame .* for each of 3 frames, found 1 entries, 0 with"),
        ({"a": 1}, r"expected a list of frames, or one called frames, instance_info, found a"),
        (
            [{"frame_id": 0, "instances": [instance(1.0) | {"keypoints": [[1, "b"]] * 17}]}],
            r"expected 34 numbers in key",
        ),
    ],
)
def test_mmpose_refuses(tmp_path, content, message):
    put(tmp_path / "poses/mmpose/squat/anna.json", content)
    with pytest.raises(InputError, match=message):
        read(tmp_path, "mmpose")


def landmarks(x, **more):
    return [{"x": (x + j) / 640, "y": 0.25, "z": 0.1, "visibility": 0.8, **more} for j in range(33)]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda frames: [{"frame": t, "landmarks": joints} for t, joints in frames.items()],
        lambda frames: [{"frame_index": t, "pose_landmarks": [joints]} for t, joints in frames.items()],
        lambda frames: {"frames": [{"frame": t, "poseLandmarks": {"landmark": j}} for t, j in frames.items()]},
        lambda frames: [frames.get(t) for t in range(3)],
        lambda frames: [{"timestamp_ms": 40 * t, "landmarks": [frames[t]] if t in frames else []} for t in range(3)],
    ],
)
def test_mediapipe_in_several_wrappings(tmp_path, wrap):
    put(tmp_path / "poses/mediapipe_json/squat/anna.json", wrap({0: landmarks(100), 2: landmarks(102, presence=0.5)}))
    shard = read(tmp_path, "mediapipe_json", skeleton="body13")
    clip = shard.clips["squat/anna"]
    np.testing.assert_allclose(nose_x(shard, "head"), [100, math.nan, 102], rtol=1e-6)
    np.testing.assert_allclose(nose_x(shard, "right_ankle"), [128, math.nan, 130], rtol=1e-6)
    np.testing.assert_allclose(clip.position[0, :, 1], 120)
    np.testing.assert_allclose(clip.confidence[[0, 2], 0], [0.8, 0.4])


def test_blazeposes_order_is_the_estimators():
    from la2ds.pose.estimators.mediapipe import LANDMARKS

    assert len(BLAZEPOSE) == 33
    assert {joint: BLAZEPOSE.index(joint.replace("head", "nose")) for joint in LANDMARKS} == LANDMARKS


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([landmarks(100)[:20]] * 3, r"expected 99 numbers in x, y and .*, found 60 values"),
        ([[0.1, 0.2]] * 3, r"expected joints \{x, y, \.\.\.\} in every frame, below landmarks, .*, found float"),
        ([{"frame": 0, "world": []}], r"below landmarks, .*, found frame, world"),
        ([landmarks(100)] * 2, r"or an entry for each of 3 frames, found 2 entries, 0 with a number"),
        ([[{"x": 500, "y": 300}] * 33] * 3, r"found 100% of the joints outside the picture"),
        ([[{"x": "a", "y": 1}] * 33] * 3, r"expected 66 numbers in x, y"),
    ],
)
def test_mediapipe_refuses(tmp_path, content, message):
    put(tmp_path / "poses/mediapipe_json/squat/anna.json", content)
    with pytest.raises(InputError, match=message):
        read(tmp_path, "mediapipe_json")


@pytest.mark.parametrize("named", [False, True])
def test_movenet(tmp_path, named):
    joints = COCO17.joints[::-1] if named else COCO17.joints
    points = [
        {"x": 100 + j, "y": 50, "score": 0.5} | ({"name": name} if named else {}) for j, name in enumerate(joints)
    ]
    frames = [[{"keypoints": points, "score": 0.7}], [], [{"keypoints": points}]]
    put(tmp_path / "poses/movenet_json/squat/anna.json", frames)
    shard = read(tmp_path, "movenet_json")
    assert shard.skeleton == "coco17"
    np.testing.assert_equal(nose_x(shard), [116 if named else 100, math.nan, 116 if named else 100])
    put(tmp_path / "poses/movenet_json/squat/anna.json", [[[0.5, 0.5, 0.9]] * 17] * 3)
    with pytest.raises(InputError, match=r"expected joints \{x, y"):
        read(tmp_path, "movenet_json")


# DeepLabCut's labels


@pytest.mark.parametrize("cells", [1, 3])
def test_labels_are_placed_by_hand(tmp_path, cells):
    """Without likelihoods; one cell or three say which picture; other videos' pictures are left alone."""
    joints = BODY13.joints
    blank, join = "," * (cells - 1), "/" if cells == 1 else ","
    rows = [f"bodyparts{blank}," + ",".join(f"{j},{j}" for j in joints), f"coords{blank}," + ",".join(["x,y"] * 13)]
    for video, frame, x in (("anna", 0, 100), ("ben", 0, 7), ("anna", 2, 102)):
        values = ",".join(f"{x + j},50" if j or frame else "," for j in range(13))
        rows.append(join.join(["labeled-data", video, f"img{frame:03d}.png"]) + "," + values)
    put(tmp_path / "poses/deeplabcut/squat/anna.csv", "\ufeff" + "\n".join(rows) + "\n")
    shard = read(tmp_path, "deeplabcut")
    np.testing.assert_equal(nose_x(shard, "left_shoulder"), [101, math.nan, 103])
    np.testing.assert_equal(nose_x(shard, "head"), [math.nan, math.nan, 102])
    assert shard.clips["squat/anna"].confidence[2].tolist() == [1] * 13


def test_h5_of_deeplabcut_is_not_read_and_says_what_to_do(tmp_path):
    put(tmp_path / "poses/deeplabcut/squat/anna.h5", "")
    with pytest.raises(InputError, match=r"its \.h5 holds pickles: deeplabcut\.analyze_videos_converth5_to_csv"):
        read(tmp_path, "deeplabcut")


# NTU RGB+D and PYSKL


def test_ntu(tmp_path):
    put(tmp_path / "poses/ntu/squat/anna.skeleton", skeleton_lines([[100], [], [102]]))
    shard = read(tmp_path, "ntu")
    assert (shard.skeleton, len(KINECT)) == ("body13", 25)
    # Kinect's order: 3 head, 4 left shoulder, 10 right wrist, 18 right ankle; sides are exchanged.
    for joint, place in (("head", 3), ("right_shoulder", 4), ("left_wrist", 10), ("left_ankle", 18)):
        np.testing.assert_equal(nose_x(shard, joint), [100 + place, math.nan, 102 + place])
    every = read(tmp_path, "ntu", skeleton="all")
    assert every.clips["squat/anna"].confidence[0, :3].tolist() == [0, 0.5, 1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"expected a line with the number of frames, found ''"),
        ("1\n1\n", r"expected a line of 10 numbers for a body, found ''"),
        ("1\n1\n" + "1 " * 10 + "\n20\n", r"expected 25 joints of each body, found 20"),
        ("1\n1\n" + "1 " * 10 + "\n25\na b\n", r"expected a line of 12 numbers for a joint, found 'a b'"),
    ],
)
def test_ntu_refuses(tmp_path, content, message):
    put(tmp_path / "poses/ntu/squat/anna.skeleton", content)
    with pytest.raises(InputError, match=message):
        read(tmp_path, "ntu")


def put_pickle(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(content))


def pyskl(name, x, **more):
    keypoint = np.zeros((1, 3, 17, 2), np.float16)
    keypoint[..., 0], keypoint[..., 1] = x + np.arange(17), 50
    shape = {"img_shape": (240, 320), "total_frames": 3, "label": 1}
    return {"frame_dir": name, "keypoint": keypoint, "keypoint_score": np.ones((1, 3, 17), np.float16), **shape, **more}


def test_pyskl_of_all_videos(tmp_path):
    entries = [pyskl("squat/anna", 100), pyskl("squat_ben", 120)]
    put_pickle(tmp_path / "poses/pyskl.pkl", {"split": {"train": ["squat/anna"]}, "annotations": entries})
    shard = read(tmp_path, "pyskl", "squat/anna.mp4", "squat/ben.mp4")
    assert shard.skeleton == "coco17"
    assert nose_x(shard) == [200] * 3  # the video is twice as large
    assert nose_x(shard, "left_eye", "squat/ben") == [242] * 3


class _Evil:
    def __reduce__(self):
        return print, ("called",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            [pyskl("anna", 1) | {"keypoint": np.ones((1, 3, 17, 3))}],
            r"keypoint \(people, frames, joints, 2\) in pixels",
        ),
        (
            [pyskl("anna", 1, keypoint=np.ones((1, 3, 5, 2)), keypoint_score=np.ones((1, 3, 5)))],
            r"joints of anna, found",
        ),
        ([{"frame_dir": "anna"}], r"keypoint and keypoint_score of anna \(Kinetics' list .* found frame_dir"),
        ([pyskl("anna", 1, img_shape=(100, 320))], r"expected a picture like 640 x 480, found 320 x 100"),
        ([pyskl("anna", 1, img_shape=None)], r"expected img_shape, height and width, found None"),
        ([{"gt_label": 1}], r"expected annotations, each with frame_dir and keypoint, found gt_label"),
        (_Evil(), r"expected a pickle of arrays, .* found builtins\.print"),
    ],
)
def test_pyskl_refuses(tmp_path, capsys, content, message):
    put_pickle(tmp_path / "poses/pyskl/squat/anna.pkl", content)
    with pytest.raises(InputError, match=message):
        read(tmp_path, "pyskl")
    assert not capsys.readouterr().out


def test_messages_are_one_line(tmp_path):
    put(tmp_path / "poses/mmpose/squat/anna.json", json.dumps({"a\nb": 1}))
    with pytest.raises(InputError) as error:
        read(tmp_path, "mmpose")
    assert "\n" not in str(error.value)
