"""Which hand of a clip is the left one and which the right one, by continuity and by what was said of all its pictures.

Hands are followed like people (``la2ds.pose.people.tracks``). One path through all frames then says which track is the
left and which the right hand (Viterbi): it is worth much to go on with a track, to hold a hand that is seen, and to
hold one of which the estimator says that it is of that side. So a side that flickers changes nothing, and where hands
meet and the tracker mixes them up, what is said of them before and afterwards puts it right.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from la2ds.formats.keypoints import Keypoints
from la2ds.pose.people.people import People
from la2ds.pose.people.subject import DOUBT
from la2ds.pose.people.tracks import Tracks, track_people

NONE = -1  # the track of a hand that is not there
# Logarithms of chances, as the estimator's word is. A hand of which most pictures say that it is of the other side is
# left out: each of them costs up to SUREST, and SEEN is what it is worth.
SEEN, SUREST = 1.0, 2.0
TAKEN_UP = 2.5  # cost of a track from its beginning on: a hand seen once or twice is none
# Cost of taking a track up, or giving it up, on its way; and where it is doubtful whether it is the same hand still.
ON_THE_WAY, IN_DOUBT = 15.0, 3.0


@dataclass(frozen=True)
class Hands:
    """The hands an estimator found in one picture, in any order.

    Attributes:
        people: positions in pixels and confidences, each hand as one of the people.
        left: (P,) how sure it is that each is a left hand, in [0, 1].
    """

    people: People
    left: np.ndarray


@dataclass(frozen=True)
class Pair:
    """Both hands of a clip.

    Attributes:
        keypoints: (T, 2 J, 2) pixels, the left hand first; NaN and confidence 0 where a hand is not seen.
        hands: (T, 2) which of the frame's hands is the left and the right one; -1 where it is not seen.
    """

    keypoints: Keypoints
    hands: np.ndarray


def pair_hands(frames: Sequence[Hands], *, joints: int) -> Pair:
    """Tell the left and the right hand of a clip.

    Args:
        frames: the hands of each frame.
        joints: J, of a hand.

    Returns:
        at most one hand a side. Confidence is the estimator's, but where it says that the hand is of the other side,
        at most 0.5.
    """
    tracks = track_people([hands.people for hands in frames])
    position = np.full((len(frames), 2, joints, 2), np.nan, dtype=np.float32)
    confidence = np.zeros(position.shape[:3], dtype=np.float32)
    chosen = np.full((len(frames), 2), NONE)
    for t, held in enumerate(choose_sides(tracks, [hands.left for hands in frames])):
        for side, track in enumerate(held):
            for hand in np.flatnonzero(tracks.ids[t] == track) if track != NONE else ():
                chosen[t, side] = hand
                position[t, side] = frames[t].people.position[hand]
                contrary = (frames[t].left[hand] < 0.5) == (side == 0)
                confidence[t, side] = frames[t].people.confidence[hand].clip(0, 0.5 if contrary else 1)
    shape = len(frames), 2 * joints
    return Pair(Keypoints(position.reshape(*shape, 2), confidence.reshape(shape)), chosen)


def choose_sides(tracks: Tracks, left: Sequence[np.ndarray]) -> list[tuple[int, int]]:
    """Find the path of the highest worth.

    Args:
        tracks: of the hands.
        left: per frame (P,) how sure the estimator is that each hand is a left one.

    Returns:
        for each frame the tracks of the left and of the right hand, ``NONE`` where there is none; a track goes on in
        frames between its first and its last in which it is not seen.
    """
    ends = {int(i): t for t, ids in enumerate(tracks.ids) for i in ids if i >= 0}
    begins = {int(i): t for t, ids in reversed(list(enumerate(tracks.ids))) for i in ids if i >= 0}
    pairs, worth = [(NONE, NONE)], np.zeros(1)
    steps: list[tuple[list[tuple[int, int]], np.ndarray]] = []
    for t, ids in enumerate(tracks.ids):
        alive = [NONE, *(i for i in begins if begins[i] <= t <= ends[i])]
        now = [(a, b) for a, b in itertools.product(alive, alive) if a != b or a == NONE]
        free = {NONE, *(i for i in ends if ends[i] < t or begins[i] == t)}
        doubtful = {int(i) for i, margin in zip(ids, tracks.margins[t], strict=True) if margin < DOUBT}
        total = worth[:, None] - _costs(pairs, now, free=free, doubtful=doubtful)
        steps.append((now, total.argmax(axis=0)))
        words = _words(ids, left[t])
        worth = total.max(axis=0) + [words[0].get(a, 0.0) + words[1].get(b, 0.0) for a, b in now]
        pairs = now
    path, state = [], int(worth.argmax())
    for now, best in reversed(steps):
        path.append(now[state])
        state = int(best[state])
    return path[::-1]


def _words(ids: np.ndarray, left: np.ndarray) -> tuple[dict[int, float], dict[int, float]]:
    """Say what it is worth to hold each track that is seen as the left and as the right hand."""
    least = np.exp(-SUREST)
    logs = np.log(np.stack([left, 1 - left]).clip(least, 1)) + SEEN
    first, second = ({int(i): float(w) for i, w in zip(ids, row, strict=True) if i >= 0} for row in logs)
    return first, second


def _costs(
    before: Sequence[tuple[int, int]], now: Sequence[tuple[int, int]], *, free: set[int], doubtful: set[int]
) -> np.ndarray:
    """Give what each change of held tracks costs, (before, now).

    Args:
        before: tracks that are held as the left and the right hand.
        now: the same one frame later.
        free: tracks that begin now or have ended, and ``NONE``: to these and from these a change is natural.
        doubtful: tracks that may be of another hand from now on.
    """

    def change(a: int, b: int) -> float:
        if a == b:
            return 0.0
        on_the_way = IN_DOUBT if {a, b} & doubtful else ON_THE_WAY
        return (b != NONE) * TAKEN_UP + on_the_way * ((a not in free) + (b not in free))

    return np.array([[change(a, c) + change(b, d) for c, d in now] for a, b in before])
