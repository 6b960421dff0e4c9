"""Whether clips show one movement: distances by hand, and on drawn clips whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from la2ds.clips.clip import Clip
from la2ds.clips.matching.match import align
from la2ds.clips.matching.places import body_places
from la2ds.clips.matching.same_movement import LIMIT, USUAL, backwards, mirrored, motion_distance, sameness
from la2ds.datasets.demo.clip import make_clip
from la2ds.datasets.demo.motion import MOVEMENTS
from la2ds.formats.skeletons import BODY13
from la2ds.views.pose_features import body_size, centre


def drawn(action, number, seed=5):
    poses = make_clip(action, seed=seed, action_index=list(MOVEMENTS).index(action), clip_index=number).pixels[:, :13]
    confidence = np.ones(poses.shape[:2], dtype=np.float32)
    return Clip(f"{action}{number}", poses, confidence, np.arange(len(poses)) / 20, 20.0, (360, 360))


def test_the_distance_is_that_of_slow_sums():
    a, b = drawn("squat", 0), drawn("squat", 1)
    poses = a.poses.copy()
    poses[3:6, 9] = np.nan
    holed = replace(a, poses=poses)
    path = align(a, b, by="poses").path
    filled = poses.copy()
    for t in (3, 4, 5):
        filled[t, 9] = poses[2, 9] + (poses[6, 9] - poses[2, 9]) * (t - 2) / 4
    one = (poses - centre(filled, BODY13)[:, None]) / body_size(filled)
    two = (b.poses - centre(b.poses, BODY13)[:, None]) / body_size(b.poses)
    apart, first, second = [], [], []
    for j in range(13):
        pairs = [(one[s, j], two[t, j]) for s, t in path if np.isfinite(one[s, j]).all()]
        x, y = (np.array(side) - np.mean(side, axis=0) for side in zip(*pairs, strict=True))
        apart += [((x - y) ** 2).sum(1)]
        first, second = [*first, (x**2).sum(1)], [*second, (y**2).sum(1)]
    rms = [np.sqrt(np.mean(np.concatenate(sums))) for sums in (apart, first, second)]
    assert motion_distance(body_places(holed), body_places(b), path) == pytest.approx(
        rms[0] / np.sqrt(2 * rms[1] * rms[2]), rel=1e-4
    )


def test_two_unrelated_motions_are_one_apart():
    rng = np.random.default_rng(0)
    a, b = drawn("squat", 0), drawn("squat", 1)
    noisy = [
        Clip(
            name, a.poses[:1] + rng.normal(0, 40, (3000, 13, 2)), np.ones((3000, 13)), np.arange(3000) / 20, 20, a.size
        )
        for name in "ab"
    ]
    path = np.stack([np.arange(3000)] * 2, axis=1)
    assert motion_distance(*map(body_places, noisy), path) == pytest.approx(1, abs=0.03)
    assert motion_distance(body_places(b), body_places(b), path[: len(b)]) == 0


def test_drawn_clips_of_one_movement_are_the_same_and_of_two_are_not():
    squats, jacks = ([drawn(action, n) for n in range(6)] for action in ("squat", "jumping_jacks"))
    same = [sameness(align(a, b)) for a, b in zip(squats[:3] + jacks[:3], squats[3:] + jacks[3:], strict=True)]
    other = [sameness(align(a, b)) for a, b in zip(squats, jacks, strict=True)]
    # Whole squats are nearly symmetrical: one filmed from the other side may be called a mirror image.
    assert all(found.seems in ("same", "mirrored") and found.distance < LIMIT for found in same)
    assert any(found.seems == "other" for found in other)
    assert max(found.distance for found in same) < min(found.distance for found in other)
    text = next(found for found in other if found.seems == "other").sentence
    assert "do not seem to show one movement" in text
    assert f"{USUAL:.2f} in the median and below {LIMIT:.2f} in 9 of 10" in text


def test_a_mirror_image_is_called_one():
    clip = drawn("side_lunge", 1)
    found = sameness(align(clip, replace(mirrored(clip), name="b"), by="poses"))
    assert (found.seems, found.is_same) == ("mirrored", False)
    assert found.distance < 0.05
    assert found.sentence.startswith("b looks like a mirror image of side_lunge1")
    # A mirror image whose joints keep their names is another movement: the left hand does what the right one did.
    twice = mirrored(mirrored(clip))
    np.testing.assert_array_equal(twice.poses, clip.poses)
    left, right = BODY13.index("left_wrist"), BODY13.index("right_wrist")
    np.testing.assert_array_equal(mirrored(clip).poses[:, left], clip.poses[:, right] * [-1, 1])


def test_half_a_squat_played_backwards_is_called_so():
    """Going down is no coming up; a whole squat is nearly its own reversal."""
    clip = drawn("squat", 2)
    down = slice(0, len(clip) // 2)
    half = replace(clip, poses=clip.poses[down], confidence=clip.confidence[down], times=clip.times[down])
    found = sameness(align(half, replace(backwards(half), name="b"), by="poses"))
    assert found.seems == "reversed"
    assert found.distance < 0.05
    assert "b looks like squat2 played backwards" in found.sentence


def test_where_nothing_moves_or_is_seen_it_is_unknown():
    clip = drawn("squat", 0)
    still = replace(clip, poses=np.repeat(clip.poses[:1], len(clip), axis=0))
    upper, lower = clip.poses.copy(), clip.poses.copy()
    upper[:, 7:], lower[:, :10] = np.nan, np.nan
    for a, b in ((still, still), (replace(clip, poses=upper), replace(clip, poses=lower))):
        found = sameness(align(a, b, by="poses"))
        assert (found.seems, found.is_same) == ("unknown", True)
        assert np.isnan(found.distance)
        assert "is not known: too few joints are seen or move" in found.sentence


@pytest.mark.parametrize("swapped", [False, True])
def test_whether_one_who_stands_still_does_the_same_is_not_known(swapped):
    a = drawn("squat", 0)
    still = replace(a, name="still", poses=a.poses[:1].repeat(len(a), 0))
    found = sameness(align(*((still, a) if swapped else (a, still))))
    assert found.seems == "unknown" and np.isnan(found.distance)
