"""The subject among several people: who is chosen, who crosses whom, who is away for a while."""

import itertools

import numpy as np
import pytest

from la2ds.pose.people.people import People, boxes_of, likenesses, overlaps, without_repeats
from la2ds.pose.people.subject import Subject, SubjectCounts, follow_subject
from la2ds.pose.people.tracks import Track, match_values, track_people
from tests.fixtures.crossing import Scene, see, straight, walker

SIZE = (640, 480)


def stay(x: float, frames: int, *, height: float = 220, **settings: float) -> np.ndarray:
    return walker(straight((x, 240), (x, 240), frames), height=height, **settings)


def followed(scene: Scene, subject: Subject) -> list[int]:
    """Which walker the subject was in each frame, -1 where it was nobody."""
    return [int(who[p]) if p >= 0 else -1 for who, p in zip(scene.who, subject.person, strict=True)]


def clean(walkers: list[np.ndarray], seed: int = 0) -> Scene:
    """What a detector sees that misses nobody."""
    return see(walkers, np.random.default_rng(seed), hidden=2, miss=0, joints=0)


def people(*poses: np.ndarray, confidence: float = 0.9) -> People:
    position = np.stack(poses)
    return People(position, np.full(position.shape[:2], confidence))


def test_the_largest_and_most_central_is_the_subject_and_its_joints_come_unchanged():
    scene = clean([stay(100, 20, height=200), stay(330, 20, height=210), stay(560, 20, height=220)])
    subject = follow_subject(scene.frames, SIZE)
    assert set(followed(scene, subject)) == {1}
    assert subject.counts == SubjectCounts(several=20)
    for frame, person, position in zip(scene.frames, subject.person, subject.position, strict=True):
        np.testing.assert_array_equal(position, frame.position[person].astype(np.float32))
    large = clean([stay(130, 20, height=400), stay(330, 20, height=120)])
    assert set(followed(large, follow_subject(large.frames, SIZE))) == {0}


def test_a_flicker_at_the_start_is_not_the_subject():
    scene = clean([stay(220, 30)])
    ghost = stay(320, 1, height=400)[0]
    frames = [people(*frame.position, ghost) if t == 1 else frame for t, frame in enumerate(scene.frames)]
    assert not follow_subject(frames, SIZE).person.any()


@pytest.mark.parametrize("front", [0, 1])
@pytest.mark.parametrize("seed", range(3))
def test_people_who_cross_are_kept_apart(seed, front):
    """The one behind is not seen while they overlap; joints are noisy, joints and people are missed."""
    rng = np.random.default_rng(seed)
    ways = straight((260, 240), (480, 240), 80), straight((560, 245), (100, 245), 80)
    walkers = [walker(w, height=h, phase=rng.uniform(0, 6)) for w, h in zip(ways, (240, 210), strict=True)]
    scene = see(walkers if front == 0 else walkers[::-1], rng)
    subject = follow_subject(scene.frames, SIZE)
    who = followed(scene, subject)
    assert {who[t] for t in range(80) if who[t] >= 0} == {0 if front == 0 else 1}
    assert subject.counts.lost == who.count(-1) < 35
    assert subject.counts.rejoined == 0
    assert np.isnan(subject.position[np.array(who) < 0]).all()


def test_doubt_is_counted_where_nobody_could_tell():
    """Two who come to the same place in the same pose."""
    ways = straight((300, 240), (320, 240), 40), straight((480, 240), (320, 240), 40)
    scene = clean([walker(w, height=220) for w in ways])
    assert follow_subject(scene.frames, SIZE).counts.doubtful > 0
    apart = clean([stay(320, 40), stay(80, 40)])
    assert follow_subject(apart.frames, SIZE).counts.doubtful == 0


def test_a_short_absence_leaves_a_gap_and_nobody_steps_in():
    """The subject is hidden for 20 frames; who stands beside it is not taken for it, nor who walks in."""
    subject, other, passer = stay(320, 80), stay(450, 80), walker(straight((0, 240), (120, 240), 80), height=210)
    subject[30:50] = passer[:35] = np.nan
    scene = clean([subject, other, passer])
    found = follow_subject(scene.frames, SIZE)
    assert followed(scene, found) == [-1 if 30 <= t < 50 else 0 for t in range(80)]
    assert found.counts.lost == 20


def test_after_a_long_absence_who_comes_anew_is_the_subject():
    subject, other = stay(320, 120), stay(520, 120)
    subject[20:80] = np.nan
    scene = clean([subject, other])
    found = follow_subject(scene.frames, SIZE, patience=10)
    assert followed(scene, found) == [-1 if 20 <= t < 80 else 0 for t in range(120)]
    assert found.counts.rejoined == 1
    small = clean([subject, other, np.where(np.arange(120)[:, None, None] < 50, np.nan, stay(200, 120, height=60))])
    assert followed(small, follow_subject(small.frames, SIZE, patience=10)) == followed(scene, found)


def test_where_there_is_never_more_than_one_person_it_is_the_subject_wherever_it_is():
    scene = clean([np.concatenate([stay(100, 5), stay(600, 5, height=90)])])
    nobody = People(np.zeros((0, 13, 2)), np.zeros((0, 13)))
    subject = follow_subject([*scene.frames, nobody], SIZE)
    assert subject.person.tolist() == [0] * 10 + [-1]
    assert subject.counts == SubjectCounts(lost=1)
    assert follow_subject([nobody], SIZE).person.tolist() == [-1]


def test_the_order_of_people_does_not_matter_and_nothing_is_left_to_chance():
    walkers = [stay(200, 40), walker(straight((600, 240), (60, 240), 40), height=230)]
    subjects = [follow_subject(clean(walkers).frames, SIZE) for _ in range(2)]
    np.testing.assert_array_equal(subjects[0].position, subjects[1].position)
    turned = [People(f.position[::-1], f.confidence[::-1]) for f in clean(walkers).frames]
    np.testing.assert_array_equal(follow_subject(turned, SIZE).position, subjects[0].position)


def test_missing_joints_stay_missing_with_confidence_zero():
    scene = see([stay(320, 10), stay(100, 10)], np.random.default_rng(0), miss=0, joints=0.3)
    subject = follow_subject(scene.frames, SIZE)
    missing = np.isnan(subject.position).any(-1)
    assert 0 < missing.sum() < missing.size
    assert not subject.confidence[missing].any()


def test_given_boxes_are_used_and_somebody_without_joints_can_be_followed_by_them():
    position = np.full((2, 13, 2), np.nan)
    boxes = np.array([[0, 0, 10, 10], [200, 100, 400, 400.0]])
    frames = [People(position, np.zeros((2, 13)), boxes + 3 * t) for t in range(5)]
    assert follow_subject(frames, SIZE).person.tolist() == [1] * 5


def test_overlap_is_the_share_of_pixels():
    """Against counting pixels."""
    rng = np.random.default_rng(0)
    corners = rng.integers(0, 20, (2, 6, 2, 2))
    boxes = [np.concatenate([c.min(axis=1), c.max(axis=1)], axis=1).astype(float) for c in corners]
    y, x = np.mgrid[:20, :20] + 0.5
    masks = [[(b[0] < x) & (x < b[2]) & (b[1] < y) & (y < b[3]) for b in side] for side in boxes]
    slow = [[(a & b).sum() / max((a | b).sum(), 1) for b in masks[1]] for a in masks[0]]
    np.testing.assert_allclose(overlaps(*boxes), slow)


def test_likeness_counts_the_joints_that_both_have():
    rng = np.random.default_rng(1)
    first, second, sizes = rng.uniform(0, 90, (3, 5, 2)), rng.uniform(0, 90, (4, 5, 2)), rng.uniform(50, 90, 3)
    first[0, 1] = second[2, 3] = second[3] = np.nan
    slow = np.zeros((3, 4))
    for a, b in itertools.product(range(3), range(4)):
        squared = [((first[a, j] - second[b, j]) ** 2).sum() for j in range(5)]
        terms = [np.exp(-d / (2 * (0.15 * sizes[a]) ** 2)) for d in squared if not np.isnan(d)]
        slow[a, b] = np.mean(terms) if terms else 0
    np.testing.assert_allclose(likenesses(first, second, sizes), slow)


def test_a_person_reported_twice_is_one():
    pose = stay(320, 1)[0]
    twice = People(np.stack([pose, pose + 1, pose + 60]), np.array([[0.5] * 13, [0.8] * 13, [0.4] * 13]))
    assert without_repeats(twice).tolist() == [False, True, True]
    assert track_people([twice]).ids[0].tolist() == [-1, 0, 1]


def test_all_are_matched_as_well_as_can_be():
    """Against trying every assignment, in each frame of a scene of four."""
    rng = np.random.default_rng(3)
    ways = [straight(tuple(rng.uniform(100, 500, 2)), tuple(rng.uniform(100, 500, 2)), 30) for _ in range(4)]
    frames = clean([walker(w, height=200) for w in ways]).frames
    for before, after in itertools.pairwise(frames):
        tracks = [Track(p, b, np.zeros(2)) for p, b in zip(before.position, boxes_of(before), strict=True)]
        values = match_values(tracks, after.position, boxes_of(after))
        best = max(sum(values[i, j] for i, j in enumerate(order)) for order in itertools.permutations(range(4)))
        matched = track_people([before, after]).ids
        mine = sum(
            values[i, matched[1].tolist().index(name)]
            for i, name in enumerate(matched[0].tolist())
            if name in matched[1]
        )
        assert mine == pytest.approx(best)


def test_frames_that_disagree_are_refused():
    with pytest.raises(ValueError, match=r"expected frames with as many joints each, found \[13, 17\]"):
        follow_subject([People(np.zeros((1, j, 2)), np.zeros((1, j))) for j in (13, 17)], SIZE)
    with pytest.raises(ValueError, match="no frame"):
        follow_subject([], SIZE)
    with pytest.raises(ValueError, match=r"position \(1, 13, 2\), confidence \(1, 12\)"):
        People(np.zeros((1, 13, 2)), np.zeros((1, 12)))
