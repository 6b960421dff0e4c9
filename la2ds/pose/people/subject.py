"""Whose movement a clip shows: one of the people in the picture, followed from the first frame to the last.

    subject = follow_subject([People(position, confidence), ...], size=(width, height))
    Keypoints(subject.position, subject.confidence)

Everybody is followed (``la2ds.pose.people.tracks``), and the subject is one of them: at the start the largest and
most central.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from la2ds.pose.people.people import People, box_sizes, boxes_of
from la2ds.pose.people.tracks import PATIENCE, Tracks, track_people

START = 15  # frames, from the first with anybody, in which the subject is chosen
DOUBT = 0.1  # a match that is better than the next best by less is a doubtful one
_ALIKE = 2.0  # ratio of sizes up to which somebody who comes later may be the lost subject


@dataclass(frozen=True)
class SubjectCounts:
    """What happened on the way, in frames.

    Attributes:
        several: with more than one person.
        lost: without the subject.
        doubtful: in which the subject, or while it was lost somebody else, could nearly as well have been another, as
            when people cross.
        rejoined: how often the subject was lost for good and somebody who came later was taken for it.
    """

    several: int = 0
    lost: int = 0
    doubtful: int = 0
    rejoined: int = 0

    def __add__(self, other: "SubjectCounts") -> "SubjectCounts":
        """Add up two clips."""
        mine, theirs = asdict(self), asdict(other)
        return SubjectCounts(**{key: mine[key] + theirs[key] for key in mine})

    def __str__(self) -> str:
        """Say it in a line of the log."""
        return (
            f"several people in {self.several} frames, the subject lost in {self.lost}, doubtful in {self.doubtful}, "
            f"taken up again {self.rejoined} times"
        )


@dataclass(frozen=True)
class Subject:
    """One person's way through a clip.

    Attributes:
        position: (T, J, 2) float32 pixels; NaN where a joint, or the whole subject, is not seen.
        confidence: (T, J) float32; 0 where missing.
        person: (T,) which of the frame's people it is, in the order they were given; -1 where it is not seen.
        counts: what happened on the way.
    """

    position: np.ndarray
    confidence: np.ndarray
    person: np.ndarray
    counts: SubjectCounts


def follow_subject(frames: Sequence[People], size: tuple[float, float], *, patience: int = PATIENCE) -> Subject:
    """Choose the subject of a clip and follow it.

    Args:
        frames: the people of each frame; all with as many joints. A frame without anybody has arrays of length 0.
        size: width and height of the picture in pixels.
        patience: frames the subject may be away and is still known.

    Returns:
        the subject. Who stays away longer than ``patience`` is gone; who comes after that, and was not there beside the
        subject, and is about as large, is taken for it (``rejoined``). Where no frame has more than one person, no
        tracks are made: the subject is the person there is.

    Raises:
        ValueError: if there is no frame, or frames differ in joints.
    """
    joints = {people.position.shape[1] for people in frames}
    if len(joints) != 1:
        raise ValueError(f"expected frames with as many joints each, found {sorted(joints) or 'no frame'}")
    several = sum(len(people) > 1 for people in frames)
    rejoined = doubtful = 0
    if several:
        tracks = track_people(frames, patience=patience)
        chain = _chain(frames, tracks, size)
        person = np.array([next((p for p, i in enumerate(ids) if i in chain), -1) for ids in tracks.ids])
        # Where it is not seen, somebody may have been taken for another who is it.
        matched = [m[[p]] if p >= 0 else m for m, p in zip(tracks.margins, person, strict=True)]
        rejoined, doubtful = max(len(chain) - 1, 0), sum(bool((m < DOUBT).any()) for m in matched)
    else:
        person = np.array([0 if len(people) else -1 for people in frames])
    position = np.full((len(frames), joints.pop(), 2), np.nan, dtype=np.float32)
    confidence = np.zeros(position.shape[:2], dtype=np.float32)
    for t in np.flatnonzero(person >= 0).tolist():
        position[t] = frames[t].position[person[t]]
        confidence[t] = frames[t].confidence[person[t]]
    confidence[np.isnan(position).any(axis=-1)] = 0
    lost = int(np.isnan(position).all(axis=(1, 2)).sum())
    return Subject(position, confidence, person, SubjectCounts(several, lost, doubtful, rejoined))


def _chain(frames: Sequence[People], tracks: Tracks, size: tuple[float, float]) -> list[int]:
    """Give the subject's tracks: the one it begins with, and those that take over where one has ended."""
    present = [np.flatnonzero(ids >= 0) for ids in tracks.ids]
    first = next((t for t, people in enumerate(present) if len(people)), None)
    if first is None:
        return []
    begins, ends, sizes = _extents(frames, tracks)
    chain = [_most_prominent(frames, tracks, size, first=first)]
    while True:
        last = chain[-1]
        later = [i for i in begins if begins[i] > ends[last]]
        fits = [i for i in later if 1 / _ALIKE <= sizes[i] / sizes[last] <= _ALIKE]
        if not fits:
            return chain
        chain.append(min(fits, key=lambda i: (begins[i], abs(np.log(sizes[i] / sizes[last])), i)))


def _extents(frames: Sequence[People], tracks: Tracks) -> tuple[dict[int, int], dict[int, int], dict[int, float]]:
    """Give per track the first and last frame and the median size."""
    begins: dict[int, int] = {}
    ends: dict[int, int] = {}
    sizes: dict[int, list[float]] = {}
    for t, (people, ids) in enumerate(zip(frames, tracks.ids, strict=True)):
        for i, size in zip(ids.tolist(), box_sizes(boxes_of(people)), strict=True):
            if i >= 0:
                begins.setdefault(i, t)
                ends[i] = t
                sizes.setdefault(i, []).append(float(size))
    return begins, ends, {i: float(np.median(values)) for i, values in sizes.items()}


def _most_prominent(frames: Sequence[People], tracks: Tracks, size: tuple[float, float], *, first: int) -> int:
    """Choose among the people of the first frames; who is seen in few of them counts for less."""
    centre = np.array(size) / 2
    score: dict[int, float] = {}
    for people, ids in list(zip(frames, tracks.ids, strict=True))[first : first + START]:
        boxes = boxes_of(people)
        away = np.linalg.norm((boxes[:, :2] + boxes[:, 2:]) / 2 - centre, axis=1) / np.linalg.norm(centre)
        worth = box_sizes(boxes) * np.clip(1 - away, 0.01, None)
        for i, value in zip(ids.tolist(), worth.tolist(), strict=True):
            if i >= 0:
                score[i] = score.get(i, 0.0) + value
    return max(score, key=lambda i: (score[i], -i))
