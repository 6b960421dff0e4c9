import dataclasses

import numpy as np
import pytest

from la2ds.clips.departures import LEAST, MOST, departures, in_short
from la2ds.clips.departures.angles import joint_angles
from la2ds.clips.departures.camera import facing
from la2ds.clips.departures.find import FEWEST, beyond
from la2ds.clips.departures.moments import find_moments
from la2ds.formats.skeletons import HANDS42
from tests.fixtures.stick_figure import in_step, squat


def test_a_knee_less_bent_is_told_at_the_lowest_point():
    match = in_step(squat(61), squat(76, deepest=108, at=0.4))
    found = {departure.angles: departure for departure in departures(match)}
    knees = found["left_knee", "right_knee"]
    assert knees.degrees == pytest.approx(18, abs=1)
    assert knees.frames[0] == pytest.approx(30, abs=1) and knees.frames[1] == pytest.approx(30, abs=1)
    a, b = knees.times
    assert knees.text == f"both knees 18° less bent at the lowest point ({a:.2f} s in A, {b:.2f} s in B)"
    assert match.path[knees.step].tolist() == list(knees.frames)


def test_the_other_way_round_it_is_more_bent():
    match = in_step(squat(76, deepest=108), squat(61))
    knees = next(d for d in departures(match) if "left_knee" in d.angles)
    assert knees.degrees == pytest.approx(-18, abs=1) and "more bent at the lowest point" in knees.text


def test_one_side_alone_is_told_as_one():
    a, b = squat(61), squat(61, elbow=120.0)
    wrist, poses = b.joints.index("right_wrist"), b.poses.copy()
    poses[:, wrist] = a.poses[:, wrist]
    found = departures(in_step(a, dataclasses.replace(b, poses=poses)))
    assert [d.angles for d in found] == [("left_elbow",)]
    assert found[0].text.startswith("left elbow 60° more bent ")


def test_equal_clips_depart_nowhere_however_fast_they_go():
    match = in_step(squat(61), squat(90, at=0.7))
    assert departures(match) == []
    assert "Nothing departs" in in_short(match, [])


@pytest.mark.parametrize(("more", "told"), [(LEAST - 3, False), (LEAST + 3, True)])
def test_small_differences_are_not_told(more, told):
    match = in_step(squat(61, shoulder=40.0), squat(61, shoulder=40.0 + more))
    assert bool(departures(match)) is told


def test_what_a_shifted_alignment_explains_is_not_told():
    """B goes two frames behind, which makes differences of more than ten degrees in the middle of a fast movement."""
    a = squat(61, deepest=40)
    straight = in_step(a, a)

    def delayed(frames):
        poses = np.concatenate([a.poses[:1].repeat(frames, 0), a.poses[: 61 - frames]])
        return dataclasses.replace(straight, b=dataclasses.replace(a, poses=poses))

    for match in (delayed(2), delayed(5)):
        knee = (joint_angles(clip).degrees["left_knee"] for clip in (match.a, match.b))
        assert np.abs(np.subtract(*knee)).max() > 10
    assert departures(delayed(2)) == []
    assert departures(delayed(5)) != []
    # Three times as far where the match is not likely to be right.
    assert departures(dataclasses.replace(delayed(5), confidence=np.full(61, 0.1))) == []


def test_uncertain_joints_take_no_part():
    match = in_step(squat(61), squat(61, deepest=120))
    knee = match.b.joints.index("left_knee")
    confidence = match.b.confidence.copy()
    confidence[:, knee] = 0.3
    angles = {
        name
        for d in departures(dataclasses.replace(match, b=dataclasses.replace(match.b, confidence=confidence)))
        for name in d.angles
    }
    assert "right_knee" in angles and not angles & {"left_knee", "left_hip"}
    poses = match.b.poses.copy()
    poses[:, knee] = np.nan
    angles = {
        name
        for d in departures(dataclasses.replace(match, b=dataclasses.replace(match.b, poses=poses)))
        for name in d.angles
    }
    assert "right_knee" in angles and "left_knee" not in angles


def test_three_frames_at_least():
    b = squat(61)
    for frames, told in ((2, False), (3, True)):
        poses = b.poses.copy()
        poses[40 : 40 + frames, b.joints.index("left_wrist")] += 40
        assert bool(departures(in_step(dataclasses.replace(b, poses=poses), b))) is told


def test_at_most_five_and_the_largest_first():
    rng = np.random.default_rng(0)
    a = squat(61)
    b = dataclasses.replace(a, poses=a.poses + rng.normal(0, 25, (1, 13, 2)).astype(np.float32))
    found = departures(in_step(a, b))
    sizes = [abs(d.degrees) for d in found]
    assert 0 < len(found) <= MOST and sizes == sorted(sizes, reverse=True)


def test_a_mirrored_film_departs_nowhere():
    a = squat(61)
    b = dataclasses.replace(a, poses=np.stack([240 - a.poses[..., 0], a.poses[..., 1]], -1))
    assert departures(in_step(a, b)) == []


def turned(clip, degrees):
    """A clip whose shoulders are as far apart as those of a person turned so much towards the camera."""
    poses = clip.poses.copy()
    half = 70 * 0.259 / 0.288 / 2 * np.sin(np.radians(degrees))
    for sign, side in ((1, "left"), (-1, "right")):
        poses[:, clip.joints.index(f"{side}_shoulder"), 0] += sign * half
    return dataclasses.replace(clip, poses=poses)


def test_films_from_different_sides_are_not_compared():
    a = squat(61)
    assert np.median(facing(turned(a, 50))) == pytest.approx(50, abs=2)
    assert np.median(facing(turned(a, -50))) == pytest.approx(-50, abs=2)
    near, far = (in_step(a, turned(squat(61, deepest=130), degrees)) for degrees in (15, 50))
    assert departures(near) and not in_short(near, departures(near))
    assert departures(far) == [] and "different sides all the time" in in_short(far, [])


def test_hands_have_nothing_to_compare():
    joints = np.random.default_rng(0).uniform(0, 99, (61, 42, 2)).astype(np.float32)
    hands = dataclasses.replace(
        squat(61), poses=joints, confidence=np.ones((61, 42), np.float32), skeleton=HANDS42.name
    )
    match = in_step(hands, hands)
    assert departures(match) == [] and "no joints" in in_short(match, [])
    assert find_moments(hands).named == {}


def test_moments_are_where_the_hips_are_lowest_and_highest():
    assert find_moments(squat(61, at=0.4)).named.keys() == {"at the lowest point"}
    assert find_moments(squat(61, at=0.4)).named["at the lowest point"] == pytest.approx(24, abs=1)
    standing = squat(61, deepest=178)
    assert find_moments(standing).named == {}
    jump = dataclasses.replace(standing, poses=standing.poses.copy())
    jump.poses[30:36, :, 1] -= 40
    assert find_moments(jump).named.keys() == {"at the highest point"}


def test_a_range_is_left_upwards_or_downwards():
    values, low, high = np.array([5.0, 5, 5, np.nan]), np.array([1.0, 7, 1, 1]), np.array([9.0, 9, 3, 3])
    np.testing.assert_array_equal(beyond(values, low, high), [0, 2, -2, np.nan])


@pytest.mark.parametrize("frames", [2, 3, FEWEST - 1])
def test_of_a_few_frames_nothing_is_told_but_that(frames):
    a, b = squat(61), squat(frames, deepest=150)
    for match in (in_step(a, b), in_step(b, a)):
        assert departures(match) == []
        assert in_short(match, []) == f"{b.name} has fewer than {FEWEST} frames, too few to say where clips depart."


def test_a_person_who_stands_still_departs_from_one_who_moves():
    a = squat(61)
    still = dataclasses.replace(a, poses=a.poses[:1].repeat(61, 0))
    assert any("less bent" in departure.text for departure in departures(in_step(a, still)))
    assert departures(in_step(still, still)) == []
