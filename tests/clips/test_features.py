"""What poses alone say about a frame."""

import dataclasses

import numpy as np
import pytest

from la2ds.clips.matching.features import pose_features
from la2ds.config.poses import PosesConfig
from la2ds.errors import InputError
from la2ds.formats.skeletons import BODY13, own_skeleton
from la2ds.views.pose_features import MOTION_WEIGHT, STEP, body_size
from tests.fixtures.warped_clips import warped_clip

# A mouse whose hips nobody named.
MOUSE = own_skeleton(PosesConfig(joints=("snout", "ear_l", "ear_r", "tail_base")))


def changed(clip, **fields):
    return dataclasses.replace(clip, **fields)


def test_features_are_what_a_loop_over_joints_and_frames_finds():
    clip = warped_clip("a", 25, lambda s: s**2, fps=20)  # STEP is two frames
    hips = [BODY13.index("left_hip"), BODY13.index("right_hip")]
    sizes, places = [], []
    for frame in clip.poses.astype(float):
        middle = sum(frame) / 13
        sizes.append(np.sqrt(sum(((joint - middle) ** 2).sum() for joint in frame) / 13))
        places.append([joint - (frame[hips[0]] + frame[hips[1]]) / 2 for joint in frame])
    size = sorted(sizes)[12]
    found = pose_features(clip)
    for t in range(25):
        after, before = min(t + 2, 24), max(t - 2, 0)
        for j in range(13):
            for d in range(2):
                place = places[t][j][d] / size
                motion = (places[after][j][d] - places[before][j][d]) / size
                assert found[t, 2 * j + d] * np.sqrt(13) == pytest.approx(place)
                assert found[t, 26 + 2 * j + d] * np.sqrt(13) == pytest.approx(MOTION_WEIGHT * motion)


def test_where_and_how_large_the_body_is_in_the_picture_makes_no_difference():
    clip = warped_clip("a", 30)
    other = changed(clip, poses=2.5 * clip.poses + np.float32(90), size=(1920, 1080))
    np.testing.assert_allclose(pose_features(other), pose_features(clip), atol=1e-5)


def test_left_and_right_are_told_apart():
    clip = warped_clip("a", 10)
    swapped = changed(clip, poses=clip.poses[:, BODY13.mirror])
    assert np.abs(pose_features(swapped) - pose_features(clip)).max() > 0.1


def test_motion_does_not_depend_on_the_frame_rate():
    slow, fast = warped_clip("a", 31, fps=30), warped_clip("b", 61, fps=60)
    inside = slice(int(30 * STEP) + 1, -int(30 * STEP) - 1)
    np.testing.assert_allclose(pose_features(slow)[inside], pose_features(fast)[::2][inside], atol=2e-3)


def test_gaps_are_bridged_and_joints_far_off_are_gaps():
    clip = warped_clip("a", 40)
    broken = clip.poses.copy()
    broken[10, 3] = np.nan
    broken[20, 5] = 1e7
    found, whole = pose_features(changed(clip, poses=broken)), pose_features(clip)
    assert np.abs(found - whole).max() < 0.01


@pytest.mark.parametrize("skeleton", ["coco17", "body25", "hands42", "smpl24", MOUSE.name])
def test_any_joint_set_will_do(skeleton):
    clip = warped_clip("a", 12, skeleton=skeleton)
    assert pose_features(clip).shape == (12, 4 * clip.poses.shape[1])
    assert np.isfinite(pose_features(clip)).all()


def test_one_frame_and_a_body_of_one_point_have_features():
    assert pose_features(warped_clip("a", 1)).shape == (1, 52)
    point = np.zeros((5, 13, 2), np.float32)
    assert body_size(point) == 1
    assert not pose_features(changed(warped_clip("a", 5), poses=point)).any()


def test_a_clip_without_any_joint_is_refused():
    clip = warped_clip("ghost.mp4", 3)
    empty = changed(clip, poses=np.full_like(clip.poses, np.nan), confidence=np.zeros_like(clip.confidence))
    with pytest.raises(InputError, match=r"ghost\.mp4: expected a pose in some frame, found no joint in 3 frames"):
        pose_features(empty)
