import dataclasses
import math

import numpy as np
import pytest

from la2ds.clips.clip import Clip
from la2ds.clips.departures.angles import INTERIOR, SHORT, TRUNK, joint_angles, smoothed
from la2ds.formats.skeletons import BODY25, COCO17, HANDS42
from tests.fixtures.stick_figure import pose, squat


def clip_of(poses, *, skeleton="body13"):
    poses = np.asarray(poses, dtype=np.float32)
    found = np.isfinite(poses).all(-1)
    confidence = found.astype(np.float32)
    return Clip("clip", poses, confidence, np.arange(len(poses)) / 30, 30.0, (240, 320), skeleton)


def test_angles_are_those_of_a_figure_drawn_with_them():
    drawn = [
        dict(knee=k, lean=lean, shoulder=s, elbow=e)
        for k in (60, 120, 180)
        for lean in (-20, 0, 40)
        for s, e in ((10, 170), (140, 45))
    ]
    for wanted in drawn:
        degrees = {name: value[0] for name, value in joint_angles(clip_of([pose(**wanted)])).degrees.items()}
        # The thigh leans back by half of the knee's bend, the trunk forward.
        hip = 180 - abs((180 - wanted["knee"]) / 2 + wanted["lean"])
        expected = {
            f"{side}_{joint}": wanted[joint] for side in ("left", "right") for joint in ("knee", "shoulder", "elbow")
        }
        expected |= {"left_hip": hip, "right_hip": hip, TRUNK: wanted["lean"]}
        assert degrees == pytest.approx(expected, abs=0.01), wanted


def test_angles_are_those_of_the_law_of_cosines():
    poses = np.random.default_rng(0).uniform(0, 300, (20, 13, 2))
    clip = clip_of(poses)
    degrees, kept = joint_angles(clip).degrees, smoothed(clip.poses)
    for name, joints in INTERIOR.items():
        for t in range(len(poses)):
            p, q, r = (kept[t, clip.joints.index(joint)] for joint in joints)
            a, b, c = math.dist(p, q), math.dist(q, r), math.dist(p, r)
            slow = math.degrees(math.acos((a * a + b * b - c * c) / (2 * a * b)))
            assert degrees[name][t] == pytest.approx(slow, abs=0.01)


def test_a_mirrored_film_has_the_same_angles_and_the_other_lean():
    poses = np.random.default_rng(1).uniform(0, 240, (5, 13, 2)).astype(np.float32)
    here, there = (
        joint_angles(clip_of(p)).degrees for p in (poses, np.stack([240 - poses[..., 0], poses[..., 1]], -1))
    )
    for name, degrees in here.items():
        np.testing.assert_allclose(there[name], -degrees if name == TRUNK else degrees, atol=1e-3)


def test_a_missing_joint_or_a_limb_without_length_is_no_angle():
    poses = np.stack([pose()] * 5)
    clip = clip_of(poses)
    poses[2, clip.joints.index("left_knee")] = np.nan
    poses[:, clip.joints.index("right_wrist")] = poses[:, clip.joints.index("right_elbow")]
    angles = joint_angles(clip_of(poses))
    assert np.isnan(angles.degrees["left_knee"]).tolist() == [False, False, True, False, False]
    assert angles.confidence["left_knee"][2] == 0 and angles.confidence["left_knee"][1] == 1
    assert np.isnan(angles.degrees["right_elbow"]).all() and np.isfinite(angles.degrees["left_elbow"]).all()


def test_a_limb_that_points_to_the_camera_is_not_trusted():
    whole, short = pose(knee=90), pose(knee=90)
    knee, ankle = (clip_of([whole]).joints.index(f"left_{joint}") for joint in ("knee", "ankle"))
    for share, trusted in ((SHORT * 1.1, 1.0), (SHORT * 0.9, 0.0)):
        short[ankle] = short[knee] + share * (whole[ankle] - whole[knee])
        angles = joint_angles(clip_of([short] * 3))
        assert angles.confidence["left_knee"].tolist() == [trusted] * 3
        assert angles.degrees["left_knee"] == pytest.approx(90, abs=0.1)
        assert angles.confidence["right_knee"].tolist() == [1] * 3


def test_every_body_has_all_angles_and_hands_have_none():
    for skeleton in (COCO17, BODY25):
        joints = np.random.default_rng(2).uniform(0, 99, (3, len(skeleton.joints), 2))
        assert {*joint_angles(clip_of(joints, skeleton=skeleton.name)).degrees} == {*INTERIOR, TRUNK}
    assert joint_angles(clip_of(np.ones((3, 42, 2)), skeleton=HANDS42.name)).degrees == {}


def test_a_single_wrong_frame_is_smoothed_away_and_an_even_movement_is_not_moved():
    clip = squat(31)
    wrong = clip.poses.copy()
    wrong[10] += 50
    assert np.abs(smoothed(wrong)[10] - smoothed(clip.poses)[10]).max() < 6
    even = np.arange(10, dtype=np.float32)[:, None, None] * np.ones((1, 13, 2), np.float32)
    np.testing.assert_array_equal(smoothed(even), even)
    even[4] = np.nan
    np.testing.assert_array_equal(smoothed(even), even)


def test_the_confidence_is_that_of_the_least_certain_joint():
    clip = squat(5)
    confidence = clip.confidence.copy()
    confidence[:, clip.joints.index("left_ankle")] = 0.25
    angles = joint_angles(dataclasses.replace(clip, confidence=confidence))
    assert (angles.confidence["left_knee"] == 0.25).all() and (angles.confidence["right_knee"] == 1).all()
