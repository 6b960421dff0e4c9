"""Repetitions ranked: by slow sums of its own, on drawn clips of which some are wrong, and on real push-ups."""

import json
from dataclasses import replace

import numpy as np
import pytest

from la2ds.clips.clip import Clip
from la2ds.clips.matching.odd import AROUND, CONSTANT, MOST, NEAR, WORST, odd
from la2ds.datasets.demo.clip import make_clip
from la2ds.errors import InputError
from la2ds.formats.skeletons import BODY13
from la2ds.pose.estimators.mediapipe import LANDMARKS
from la2ds.views.pose_features import body_size

HIPS = [BODY13.index("left_hip"), BODY13.index("right_hip")]


def clip_of(name, poses, fps=20.0, **more):
    poses = np.asarray(poses, dtype=np.float32)
    confidence = np.isfinite(poses).all(-1).astype(np.float32)
    return Clip(name, poses, confidence, np.arange(len(poses)) / fps, fps, (360, 360), **more)


def squats(count):
    """Squats of different people as the demo draws them."""
    made = [make_clip("squat", seed=3, action_index=0, clip_index=n).pixels[:, :13] for n in range(count)]
    return [clip_of(f"squat{n}", poses) for n, poses in enumerate(made)]


def slow_path(a, b):
    """The cheapest monotone path from the first frames to the last, by trying every step into every cell."""
    cost = [[float(((x - y) ** 2).sum()) for y in b] for x in a]
    total, came = {(0, 0): cost[0][0]}, {}
    for i, k in np.ndindex(len(a), len(b)):
        if i or k:
            steps = [s for s in ((i - 1, k - 1), (i - 1, k), (i, k - 1)) if min(s) >= 0]
            came[i, k] = min(steps, key=lambda s: total[s])
            total[i, k] = cost[i][k] + total[came[i, k]]
    path = [(len(a) - 1, len(b) - 1)]
    while path[-1] != (0, 0):
        path.append(came[path[-1]])
    return path[::-1]


def slow_places(clip):
    """Joints from the middle of the hips in body sizes; hips are always seen here, and all joints at both ends."""
    whole = np.array(clip.poses, dtype=np.float64)
    for t, j in np.ndindex(whole.shape[:2]):
        if np.isnan(whole[t, j]).any():
            before = max(s for s in range(t) if np.isfinite(clip.poses[s, j]).all())
            after = min((s for s in range(t, len(whole)) if np.isfinite(clip.poses[s, j]).all()), default=before)
            share = (t - before) / (after - before) if after > before else 0
            whole[t, j] = (1 - share) * clip.poses[before, j] + share * clip.poses[after, j]
    return (clip.poses - clip.poses[:, HIPS].mean(1, keepdims=True)) / body_size(whole)


def slow_sides(clips):
    """For every ordered pair: per frame of the first and joint, the mean difference over the frame's matches."""
    sides = {}
    for i, a in enumerate(clips):
        for k, b in enumerate(clips):
            if i == k:
                continue
            path = (
                slow_path(a.embedding, b.embedding) if i < k else [p[::-1] for p in slow_path(b.embedding, a.embedding)]
            )
            one, two = slow_places(a), slow_places(b)
            side = np.full(one.shape[:2], np.nan)
            for j in range(one.shape[1]):
                apart = np.array([one[s, j] - two[t, j] for s, t in path])
                usual = np.median(apart[np.isfinite(apart).all(1)], axis=0)
                for s in range(len(a)):
                    here = [d - (1 - CONSTANT) * usual for d, p in zip(apart, path, strict=True) if p[0] == s]
                    lengths = [np.hypot(*d) for d in here if np.isfinite(d).all()]
                    side[s, j] = np.mean(lengths) if lengths else np.nan
            sides[i, k] = side
    return sides


def test_scores_and_moments_are_those_of_slow_sums():
    rng = np.random.default_rng(0)
    clips = []
    for n, frames in enumerate((9, 12, 7, 10)):
        poses = 100 + 20 * rng.normal(size=(13, 2)) + np.cumsum(rng.normal(size=(frames, 13, 2)), axis=0)
        holes = rng.random((frames, 13)) < 0.2
        holes[[0, -1]], holes[:, HIPS] = False, False
        poses[holes] = np.nan
        embedding = np.cumsum(rng.uniform(0.2, 1, size=(frames, 3)), axis=0).astype(np.float32)
        clips.append(clip_of(f"clip{n}", poses, embedding=embedding))
    sides = slow_sides(clips)
    worst = {pair: np.quantile(np.nanmean(side, 1), WORST) for pair, side in sides.items()}
    found = odd(clips).set_index("video")
    others = {i: [k for k in range(4) if k != i] for i in range(4)}
    table = {i: [(worst[i, k] + worst[k, i]) / 2 for k in others[i]] for i in range(4)}
    far = [np.quantile(table[i], NEAR) for i in range(4)]
    for i, clip in enumerate(clips):
        row = found.loc[clip.name]
        assert row.distance == pytest.approx(far[i], rel=1e-5)
        assert row.score == pytest.approx(far[i] / np.median([far[k] for k in others[i]]), rel=1e-5)
        assert row.nearest == clips[others[i][int(np.argmin(table[i]))]].name
        assert row.missing == pytest.approx(np.isnan(clip.poses).any(-1).mean())
        joints = np.nanquantile(np.stack([sides[i, k] for k in others[i]]), NEAR, axis=0)
        around = round(AROUND * clip.fps)
        smooth = np.stack([np.nanmean(joints[max(0, t - around) : t + around + 1], 0) for t in range(len(clip))])
        assert row.worst_frame == smooth.mean(1).argmax()
        assert row.worst_time == clip.times[row.worst_frame]
        assert row.worst_joint == BODY13.joints[int(smooth[row.worst_frame].argmax())]
    assert found.score.is_monotonic_decreasing


def test_an_arm_that_stays_down_is_found_with_its_moment():
    """One person's squats at different speeds; in one the left arm hangs where in the others both are raised."""
    made = make_clip("squat", seed=3, action_index=0, clip_index=2)
    poses = made.pixels[:, :13]
    rng = np.random.default_rng(0)
    clips = []
    for n in range(6):
        frames = np.sort(rng.choice(len(poses), 30 + 2 * n, replace=False))
        clips.append(clip_of(f"right{n}", poses[frames] + rng.normal(size=(len(frames), 13, 2))))
    arm = [BODY13.index(f"left_{joint}") for joint in ("elbow", "wrist")]
    shoulder = BODY13.index("left_shoulder")
    poses = poses.copy()
    poses[:, arm] = poses[:, [shoulder]] + (poses[0, arm] - poses[0, shoulder])
    found = odd([*clips[:3], clip_of("wrong", poses), *clips[3:]])
    assert found.video[0] == "wrong"
    assert found.score[0] > 1.4 > 1.3 > found.score[1]
    assert made.events[0] <= found.worst_frame[0] <= made.events[2]
    assert found.worst_joint[0] == "left_wrist"


def test_where_people_stand_and_how_large_they_are_does_not_count():
    clips = squats(4)
    moved = [replace(clip, poses=clip.poses * (1 + n) + 50 * n) for n, clip in enumerate(clips)]
    a, b = odd(clips), odd(moved)
    assert a.video.tolist() == b.video.tolist()
    np.testing.assert_allclose(a.score, b.score, rtol=1e-3)


def test_clips_that_are_the_same_are_all_like_the_others():
    clip = squats(1)[0]
    found = odd([replace(clip, name=name) for name in "abc"])
    assert found.score.tolist() == [1, 1, 1]


def test_frames_without_a_person_say_nothing_and_are_counted():
    clips = squats(4)
    poses = clips[0].poses.copy()
    poses[5:9] = np.nan
    found = odd([clip_of("gap", poses), *clips[1:]]).set_index("video")
    assert found.missing["gap"] == pytest.approx(4 / len(poses))
    assert found.missing["squat1"] == 0
    assert np.isfinite(found[["score", "distance", "worst_time"]]).all(axis=None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda clips: clips[:2], f"expected 3 to {MOST} clips of one movement, found 2"),
        (lambda clips: clips * MOST, "clips of one movement, found"),
        (lambda clips: [*clips, clips[0]], "expected names that differ"),
        (lambda clips: [*clips[:2], clip_of("empty", np.full((5, 13, 2), np.nan))], "empty: expected a pose"),
    ],
)
def test_what_cannot_be_ranked_is_said_in_a_sentence(change, message):
    with pytest.raises(InputError, match=message):
        odd(change(squats(3)))


def test_clips_without_a_joint_in_common_are_named():
    clips = squats(3)
    upper, lower = clips[0].poses.copy(), clips[1].poses.copy()
    upper[:, 7:], lower[:, :7] = np.nan, np.nan
    with pytest.raises(InputError, match="lower: expected joints seen in it and upper, found none"):
        odd([clip_of("upper", upper), clip_of("lower", lower), clips[2]])


def test_real_push_ups_are_ranked_whatever_their_poses_lack(shared_data):
    """By other people's joints of the films: some frames have none, and wrong films are a little further off."""
    folder = shared_data / "data/real/pushups/json/mediapipe"
    if not folder.is_dir():
        pytest.skip("the push-ups are not here")
    clips = {file.stem: push_up(file) for file in sorted(folder.glob("*.json"))}
    found = odd(list(clips.values())).set_index("video")
    is_wrong = found.index.str.startswith("wrong")
    assert (is_wrong.sum(), (~is_wrong).sum()) == (8, 30)
    assert np.isfinite(found[["score", "distance", "worst_time"]]).all(axis=None)
    for name, clip in clips.items():
        assert found.missing[name] == pytest.approx(np.isnan(clip.poses).any(-1).mean())
        assert np.isfinite(clip.poses[found.worst_frame[name]]).any()
    assert found.missing.max() > 0
    assert (found.score[is_wrong].to_numpy()[:, None] > found.score[~is_wrong].to_numpy()).mean() > 0.5


def push_up(file):
    frames = [frame["keypoints"] or [{"x": np.nan, "y": np.nan}] * 33 for frame in json.loads(file.read_text())]
    joints = np.array([[(p["x"] * 640, p["y"] * 360) for p in frame] for frame in frames])
    return clip_of(file.stem, joints[:, [LANDMARKS[joint] for joint in BODY13.joints]], fps=25.0)
