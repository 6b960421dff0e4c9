"""The left and the right hand of a clip: sides that flicker, hands that cross, meet, are away or are others'."""

import itertools

import numpy as np
import pytest

from la2ds.pose.people.hands import NONE, SEEN, SUREST, Hands, choose_sides, pair_hands
from la2ds.pose.people.people import People
from la2ds.pose.people.tracks import Tracks

JOINTS = 21
ANGLES = np.linspace(-0.9, 0.9, 5)
# A wrist, and five straight fingers of four joints, 90 pixels long.
SHAPE = np.concatenate([[[0, 0]], *(np.outer([30, 50, 70, 90], [np.sin(angle), -np.cos(angle)]) for angle in ANGLES)])
SURE_LEFT, SURE_RIGHT = 0.95, 0.05


def straight(start: tuple[float, float], end: tuple[float, float], frames: int) -> np.ndarray:
    return np.linspace(start, end, frames)


def see(ways: list[np.ndarray], words: list[np.ndarray], *, behind: int | None = None) -> list[Hands]:
    """Hands that go their ways; the one behind is not seen while the first two overlap. NaN: not seen."""
    frames = []
    for t in range(len(ways[0])):
        here = [w for w in range(len(ways)) if not np.isnan(ways[w][t]).any()]
        if behind is not None and np.linalg.norm(ways[0][t] - ways[1][t]) < 45:
            here.remove(behind)
        here = here[::-1] if t % 2 else here  # in any order
        position = np.array([SHAPE + ways[w][t] for w in here]).reshape(len(here), JOINTS, 2)
        frames.append(Hands(People(position, np.full((len(here), JOINTS), 0.9)), np.array([words[w][t] for w in here])))
    return frames


def wrists(frames: list[Hands]) -> tuple[np.ndarray, np.ndarray]:
    """The (T, 2) left and right wrists that were found."""
    keypoints = pair_hands(frames, joints=JOINTS).keypoints
    assert keypoints.position.shape == (len(frames), 2 * JOINTS, 2)
    np.testing.assert_array_equal(np.isnan(keypoints.position).any(-1), keypoints.confidence == 0)
    return keypoints.position[:, 0], keypoints.position[:, JOINTS]


def flickering(sure: float, frames: int, rng: np.random.Generator, share: float = 0.25) -> np.ndarray:
    return np.where(rng.random(frames) < share, 1 - sure, sure)


def test_one_hand_stays_the_hand_it_is_while_its_side_flickers():
    way = straight((200, 200), (300, 220), 40)
    words = np.full(40, SURE_RIGHT)
    words[[3, 4, 5, 20, 38]] = SURE_LEFT
    frames = see([way], [words])
    left, right = wrists(frames)
    assert np.isnan(left).all()
    np.testing.assert_allclose(right, way, rtol=1e-6)
    confidence = pair_hands(frames, joints=JOINTS).keypoints.confidence[:, JOINTS]
    np.testing.assert_allclose(confidence, np.where(words > 0.5, 0.5, 0.9), rtol=1e-6)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("behind", [None, 0, 1])
def test_hands_that_cross_are_not_swapped(seed, behind):
    rng = np.random.default_rng(seed)
    ways = [straight((150, 300), (450, 310), 60), straight((450, 300), (150, 290), 60)]
    words = [flickering(sure, 60, rng) for sure in (SURE_LEFT, SURE_RIGHT)]
    for way, found in zip(ways, wrists(see(ways, words, behind=behind)), strict=True):
        seen = ~np.isnan(found).any(axis=1)
        assert seen.mean() > 0.8
        np.testing.assert_allclose(found[seen], way[seen], rtol=1e-6)


def test_hands_that_turn_back_where_they_meet_are_told_by_what_is_said_of_them():
    """Continuity alone lets them pass each other: both look alike, and one was hidden."""
    there = straight((150, 300), (290, 300), 30), straight((450, 300), (310, 300), 30)
    ways = [np.concatenate([way, way[::-1]]) for way in there]
    words = [np.full(60, sure) for sure in (SURE_LEFT, SURE_RIGHT)]
    found = wrists(see(ways, words, behind=1))
    for way, hand in zip(ways, found, strict=True):
        apart = np.abs(ways[0] - ways[1])[:, 0] > 60
        np.testing.assert_allclose(hand[apart], way[apart], rtol=1e-6)


def test_a_second_left_hand_is_somebody_elses_and_an_unsure_one_is_the_other():
    ways = [straight((150, 300), (160, 300), 30), straight((450, 300), (440, 300), 30)]
    left, right = wrists(see(ways, [np.full(30, SURE_LEFT), np.full(30, 0.9)]))
    np.testing.assert_allclose(left, ways[0], rtol=1e-6)
    assert np.isnan(right).all()
    left, right = wrists(see(ways, [np.full(30, SURE_LEFT), np.full(30, 0.55)]))
    np.testing.assert_allclose(right, ways[1], rtol=1e-6)


def test_what_is_seen_once_is_no_hand_and_what_is_away_is_missing():
    away = straight((150, 300), (150, 300), 30)
    away[10:20] = np.nan
    ghost = np.full((30, 2), np.nan)
    ghost[5] = 500, 100
    left, right = wrists(see([away, ghost], [np.full(30, SURE_LEFT), np.full(30, SURE_RIGHT)]))
    np.testing.assert_allclose(left, away, rtol=1e-6)
    assert np.isnan(right).all()


def test_a_clip_without_hands_has_none():
    nobody = Hands(People(np.zeros((0, JOINTS, 2)), np.zeros((0, JOINTS))), np.zeros(0))
    left, right = wrists([nobody] * 3)
    assert np.isnan(left).all()
    assert np.isnan(right).all()


@pytest.mark.parametrize(("margin", "swapped"), [(0.05, True), (0.5, False)])
def test_tracks_change_hands_where_it_is_doubtful_whose_they_are_and_nowhere_else(margin, swapped):
    """From frame 14 on all pictures say the contrary, for eight frames: enough against a doubtful match alone."""
    ids = [np.array([0, 1])] * 22
    left = [np.array([0.99, 0.01] if t < 14 else [0.01, 0.99]) for t in range(22)]
    margins = [np.full(2, margin if t == 14 else 0.5) for t in range(22)]
    assert choose_sides(Tracks(ids, margins), left) == [(0, 1)] * 14 + [(1, 0) if swapped else (0, 1)] * 8


@pytest.mark.parametrize("seed", range(5))
def test_the_path_is_the_best_of_all_paths(seed):
    """Every way to give three tracks to two sides in four frames is added up one by one."""
    rng = np.random.default_rng(seed)
    ids = [np.flatnonzero(rng.random(3) < 0.7) for _ in range(4)]
    left = [rng.uniform(0, 1, len(i)) for i in ids]
    margins = [rng.uniform(0, 0.3, len(i)) for i in ids]
    last = {t: max(k for k in range(4) if t in ids[k]) for t in range(3) if any(t in i for i in ids)}
    first = {t: min(k for k in range(4) if t in ids[k]) for t in last}

    def worth(path: tuple[tuple[int, int], ...]) -> float:
        total, before = 0.0, (NONE, NONE)
        for t, now in enumerate(path):
            for side, (a, b) in enumerate(zip(before, now, strict=True)):
                if b in ids[t]:
                    chance = left[t][list(ids[t]).index(b)]
                    total += SEEN + max(np.log(chance if side == 0 else 1 - chance), -SUREST)
                if a != b:
                    unsure = {i for i, m in zip(ids[t], margins[t], strict=True) if m < 0.1}
                    ends = a == NONE or last[a] < t or first[a] == t
                    starts = b == NONE or first[b] == t or last[b] < t
                    total -= 2.5 * (b != NONE) + (3 if {a, b} & unsure else 15) * ((not ends) + (not starts))
            before = now
        return total

    def states(t: int) -> list[tuple[int, int]]:
        alive = [NONE, *(i for i in last if first[i] <= t <= last[i])]
        return [(a, b) for a in alive for b in alive if a != b or a == NONE]

    best = max(worth(path) for path in itertools.product(*(states(t) for t in range(4))))
    found = tuple(choose_sides(Tracks(ids, margins), left))
    assert worth(found) == pytest.approx(best)
