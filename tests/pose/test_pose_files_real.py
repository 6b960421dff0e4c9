"""Files that other programs wrote, where they are at hand: read with the right joints, or refused for a reason."""

import os
from pathlib import Path

import numpy as np
import pytest

from la2ds.errors import InputError
from la2ds.formats.skeletons import SKELETONS
from tests.fixtures.pose_files import read, videos

REAL = Path(os.environ.get("LA2DS_SHARED", "../shared"), "data/real")
PORTRAIT, FULL_HD = (1088, 1920), (1920, 1080)
# Pictures of COCO are no film: their last digits stand for frames here.
LAST_DIGITS = {"images": r"(?P<video>x?)\d*(?P<frame>\d{3})\.jpg"}
# File below REAL, source, video, its frames and size, settings -> joint set, frames with somebody.
READ = [
    ("openpose/pose2sim_one_person/cam01_json", "openpose", "a/cam01", 100, PORTRAIT, {}, "body25", 100),
    ("openpose/pose2sim_one_person/cam03_json", "openpose", "a/other", 100, PORTRAIT, {}, "body25", 100),
    ("openpose/pose2sim_two_people/cam01_json", "openpose", "a/cam01", 100, PORTRAIT, {}, "body25", 98),
    ("openpose/pose2sim_two_people/cam02_json", "openpose", "a/cam02", 100, PORTRAIT, {}, "body25", 100),
    ("openpose/pose2sim_frame_naming/cam03", "openpose", "a/b", 100, PORTRAIT, {"first_frame": 1}, "body26", 100),
    ("openpose/soccer_kicks/session_1", "openpose", "a/Kick_8", 90, FULL_HD, {}, "body25", 79),
    ("mmpose/midl2_original_30fps.json", "mmpose", "a/b", 273, (1558, 720), {}, "coco17", 273),
    (
        "alphapose/motionbert_alphapose-results.json",
        *("coco_json", "a/b", 1236, FULL_HD, {"first_frame": 1}, "body26", 1234),
    ),
    ("coco/test_coco.json", "coco_json", "a/b", 1000, FULL_HD, LAST_DIGITS, "coco17", 4),
    ("coco/test_coco_wholebody.json", "coco_json", "a/b", 1000, FULL_HD, LAST_DIGITS, "coco17", 4),
    ("coco/test_keypoint_partition_metric.json", "coco_json", "a/b", 1000, FULL_HD, LAST_DIGITS, "coco17", 4),
    ("coco/test_halpe.json", "coco_json", "a/b", 1000, FULL_HD, LAST_DIGITS, "body26", 4),
    ("coco/test_crowdpose.json", "coco_json", "a/b", 1000, FULL_HD, LAST_DIGITS, "body13", 2),
    (
        "coco/test_jhmdb_sub1.json",
        *("coco_json", "a/Frisbee_catch_f_cm_np1_ri_med_0", 40, (320, 240), {"skeleton": "all"}, "own", 1),
    ),
    (
        "coco/posetrack18/annotations/test_posetrack18_val.json",
        *("coco_json", "a/012834_mpii_test", 150, FULL_HD, {}, "body13", 1),
    ),
    (
        "events/skijump/annotations/JP0005__annotations_interpolated_jump5.coco.json",
        *("coco_json", "a/b", 600, (1280, 720), {"skeleton": "all"}, "own", 279),
    ),
    ("deeplabcut/CollectedData_Daniel.csv", "deeplabcut", "a/b", 3000, FULL_HD, {"skeleton": "all"}, "own", 26),
    ("deeplabcut/sleap_maudlc_testdata_v2.csv", "deeplabcut", "a/b", 9, (90, 90), {"skeleton": "all"}, "own", 1),
    ("deeplabcut/movement_DLC_sample_poses.csv", "deeplabcut", "a/b", 1085, FULL_HD, {"skeleton": "all"}, "own", 1076),
    (
        "lightning_pose/CollectedData_.csv",
        "lightning_pose",
        "a/barObstacleScaling1",
        99,
        (400, 410),
        {"skeleton": "all"},
        "own",
        40,
    ),
    ("sleap/predictions.analysis.h5", "sleap", "a/b", 3000, (1500, 1200), {"skeleton": "all"}, "own", 2921),
    ("sleap/single_fly.h5", "sleap", "a/b", 3189, (1500, 1200), {"skeleton": "all"}, "own", 79),
    ("sleap/dance.mp4.labels.slp", "sleap", "a/b", 450, (406, 720), {}, "coco17", 450),
    (
        "sleap/minimal_instance.000_centered_pair_low_quality.analysis.csv",
        *("sleap", "a/b", 1, (384, 384), {"skeleton": "all"}, "own", 1),
    ),
    ("skeleton_datasets/S001C001P001R001A001.skeleton", "ntu", "a/b", 103, FULL_HD, {}, "body13", 103),
]
REFUSED = [
    ("mmpose/midl2_demo.json", "mmpose", r"frame_id and instances of every frame"),
    ("coco/test_mpii.json", "coco_json", r"an image_id, a number or a name, found none, but joints_vis"),
    ("coco/test_coco_det_AP_H_56.json", "coco_json", r"'keypoints' in .* found none, but bbox"),
    ("deeplabcut/vid1_DLC_3D.csv", "deeplabcut", r"x and y in pixels of one film, found bodypart1 in space"),
    ("deeplabcut/movement_DLC_sample_poses.h5", "deeplabcut", r"analyze_videos_converth5_to_csv"),
    ("lightning_pose/CollectedData_dummyz.csv", "lightning_pose", r"pictures of a/b by the pattern"),
    ("skeleton_datasets/sample.pkl", "pyskl", r"pictures of a/b by the pattern .* found pictures of 'jf7RDuUTrsQ'"),
    ("skeleton_datasets/joint.pkl", "pyskl", r"annotations, each with frame_dir and keypoint, found gt_label"),
]


def laid(root, file, program, video):
    """Lay a link to a real file where the poses of a video are looked for."""
    real = REAL / file
    if not real.exists():
        pytest.skip(f"no {file} below LA2DS_SHARED")
    if program == "sleap":
        pytest.importorskip("sleap_io", reason="the extra poses is not installed")
    ending = next((end for end in (".analysis.h5", ".analysis.csv") if real.name.endswith(end)), real.suffix)
    link = root / "poses" / program / (video + ("" if real.is_dir() else ending))
    link.parent.mkdir(parents=True)
    link.symlink_to(real.resolve())


@pytest.mark.parametrize(
    ("file", "program", "video", "frames", "size", "poses", "skeleton", "somebody"), READ, ids=lambda v: str(v)[:40]
)
def test_real_files_are_read(tmp_path, file, program, video, frames, size, poses, skeleton, somebody):
    laid(tmp_path, file, program, video)
    table = videos(f"{video}.mp4", frames=frames, size=size)
    shard = read(tmp_path, program, table=table, **poses)
    clip = shard.clips[video]
    found = np.isfinite(clip.position).all(-1)
    assert shard.skeleton.partition(":")[0] == skeleton
    assert found.any(1).sum() == somebody
    assert (clip.confidence[found] > 0).all() and clip.confidence.max() <= 1 and not clip.confidence[~found].any()


@pytest.mark.parametrize(("file", "program", "message"), REFUSED)
def test_real_files_are_refused_with_what_to_do(tmp_path, file, program, message):
    laid(tmp_path, file, program, "a/b")
    with pytest.raises(InputError, match=message):
        read(tmp_path, program, "a/b.mp4", skeleton="all")


def test_the_skeleton_of_ntu_lies_on_the_person(tmp_path):
    """In its colour film (1920 x 1080) the person of the sample stands upright, left of the middle, head on top."""
    laid(tmp_path, "skeleton_datasets/S001C001P001R001A001.skeleton", "ntu", "a/b")
    shard = read(tmp_path, "ntu", table=videos("a/b.mp4", frames=103, size=FULL_HD))
    median = np.nanmedian(shard.clips["a/b"].position, axis=0)
    body = SKELETONS[shard.skeleton]
    height = {joint: median[body.index(joint), 1] for joint in ("head", "left_hip", "left_knee", "left_ankle")}
    assert list(height.values()) == sorted(height.values())
    assert median[body.index("left_shoulder"), 0] > median[body.index("right_shoulder"), 0]  # facing the camera
