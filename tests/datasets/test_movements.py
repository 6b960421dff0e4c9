"""Made-up movements: bodies that hold together, phases that never fall, clips that depend on a seed."""

import numpy as np
import pytest

from la2ds.datasets.demo.subject import Subject
from la2ds.datasets.movements.body import NUMBERS, PART, build, standing
from la2ds.datasets.movements.kinds import draw_kind
from la2ds.datasets.movements.performances import LONGEST, SHORTEST, perform
from la2ds.formats.skeletons import BODY13

SUBJECT = Subject(175, 100, 500, 190, 290, 250, 420, 405, 85, 1)
BONES = {
    ("shoulder", "elbow"): "upper_arm",
    ("elbow", "wrist"): "forearm",
    ("hip", "knee"): "thigh",
    ("knee", "ankle"): "shin",
}


def at(joints, name):
    return joints[:, BODY13.index(name)]


def test_who_stands_stands_as_one_does():
    joints = build(standing()[None], SUBJECT, stands_on=0.5)
    heights = [at(joints, name)[0, 1] for name in ("head", "left_shoulder", "left_hip", "left_knee", "left_ankle")]
    assert heights == sorted(heights, reverse=True) and heights[-1] == pytest.approx(85)
    assert heights[0] == pytest.approx(85 + 420 + 405 + 500 + 190, abs=5)
    assert (at(joints, "left_wrist") - at(joints, "right_wrist"))[0, 0] > 400  # left is +x
    assert at(joints, "head")[0, 2] > 50  # the nose is in front


@pytest.mark.parametrize(
    ("part", "number", "value", "joint", "axis", "sign"),
    [
        ("trunk", 0, 0.5, "head", 2, 1),  # leans to the front
        ("trunk", 1, 0.5, "head", 0, 1),  # tilts to the left
        ("trunk", 2, 0.5, "left_shoulder", 2, -1),  # twists to the left: that shoulder goes back
        ("facing", 0, 0.5, "left_hip", 2, -1),
        ("pitch", 0, 1.5, "head", 2, 1),  # lies on the front
        ("knees", 0, 1.0, "left_ankle", 2, -1),  # a knee bends backwards
        ("elbows", 0, 1.0, "left_wrist", 2, 1),  # an elbow to the front
        ("hop", 0, 100.0, "left_ankle", 1, 1),
    ],
)
def test_each_number_moves_what_it_says(part, number, value, joint, axis, sign):
    pose = standing()
    pose[PART[part]][number] += value
    before, after = (build(p[None], SUBJECT, stands_on=1) for p in (standing(), pose))
    moved = [at(j, joint)[0, axis] - (j[0, 7:9, axis].mean() if axis != 1 else 0) for j in (before, after)]
    assert sign * (moved[1] - moved[0]) > 30


def test_bones_keep_their_lengths_and_the_lowest_joint_is_on_the_floor():
    rng = np.random.default_rng(0)
    poses = standing() + rng.normal(0, 0.7, (50, NUMBERS))
    poses[:, PART["hop"]] = 0
    joints = build(poses, SUBJECT, stands_on=0.5)
    for side in ("left", "right"):
        for (one, two), length in BONES.items():
            apart = np.linalg.norm(at(joints, f"{side}_{one}") - at(joints, f"{side}_{two}"), axis=-1)
            np.testing.assert_allclose(apart, getattr(SUBJECT, length), rtol=1e-9)
    np.testing.assert_allclose(joints[..., 1].min(1), SUBJECT.ankle)


@pytest.mark.parametrize("seed", range(20))
def test_clips_of_a_kind_are_whole_and_differ(seed):
    rng = np.random.default_rng(seed)
    kind = draw_kind(rng)
    assert 2 <= len(kind.poses) <= 6 and kind.stops[[0, -1]].all() and kind.shares.sum() == pytest.approx(1)
    first, second = perform(kind, rng), perform(kind, rng)
    for clip in (first, second):
        frames = len(clip.phase)
        assert SHORTEST <= frames <= LONGEST and clip.keypoints.position.shape == (frames, 13, 2)
        assert clip.phase[0] == 0 and clip.phase[-1] == pytest.approx(1) and (np.diff(clip.phase) >= 0).all()
        missing = np.isnan(clip.keypoints.position)
        assert (missing.all(-1) == (clip.keypoints.confidence == 0)).all() and 0 <= missing.mean() < 0.6
        assert np.nanstd(clip.keypoints.position) > 10
    assert first.keypoints.position.shape != second.keypoints.position.shape or not np.allclose(
        first.keypoints.position, second.keypoints.position, equal_nan=True
    )


def test_the_same_seed_gives_the_same_clip():
    clips = []
    for _ in range(2):
        rng = np.random.default_rng(3)
        clips.append(perform(draw_kind(rng), rng))
    np.testing.assert_array_equal(clips[0].keypoints.position, clips[1].keypoints.position)
