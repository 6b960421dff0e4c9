"""Which person of one frame is which of the next: all people of a clip are followed at once.

As in SORT (Bewley et al., ICIP 2016): every track says where its person should be by now, and one assignment (Hungarian
method) matches all tracks with all people of the frame. What is matched is the overlap of boxes and, since people who
cross have much of it, the likeness of poses too. A track goes on unseen for some frames.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from la2ds.pose.people.people import People, box_sizes, boxes_of, likenesses, overlaps, without_repeats

PATIENCE = 30  # frames a track goes on unseen
GLIDE = 15  # of these, frames for which its person is expected to move on
AGILITY = 0.2  # weight of the newest step in a track's velocity
FADING = 0.98  # what a match with a track is worth per frame it was unseen
LEAST = 0.05  # overlap and likeness below this are none
REACH = 0.5  # how far a person may be from the expected place without overlap, in sizes of the body


@dataclass
class Track:
    """One person so far.

    Attributes:
        pose: (J, 2) last position of each joint, moved on where it was not seen since; NaN if never seen.
        box: (4,) last box.
        velocity: (2,) pixels a frame.
        unseen: frames since the person was seen, 1 when seen in the last frame.
        steps: how often the velocity was measured.
    """

    pose: np.ndarray
    box: np.ndarray
    velocity: np.ndarray
    unseen: int = 1
    steps: int = 0

    @property
    def shift(self) -> np.ndarray:
        """Give how far the person should be from where it was last seen, (2,) pixels."""
        return self.velocity * min(self.unseen, GLIDE)

    def see(self, pose: np.ndarray, box: np.ndarray) -> None:
        """Go on with what was seen in this frame."""
        step = _step(self, pose, box) / self.unseen
        self.steps += 1
        weight = max(AGILITY, 1 / self.steps)  # a plain mean at first
        expected = self.pose + self.shift
        self.velocity = (1 - weight) * self.velocity + weight * step
        self.pose = np.where(np.isnan(pose), expected, pose)
        self.box = box
        self.unseen = 0


def _step(track: Track, pose: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Measure how far a body went: the median of its joints, for boxes also change when limbs move or are hidden."""
    steps = pose - track.pose
    steps = steps[~np.isnan(steps).any(axis=1)]
    if len(steps):
        return np.asarray(np.median(steps, axis=0))
    return np.asarray((box[:2] + box[2:] - track.box[:2] - track.box[2:]) / 2)


@dataclass(frozen=True)
class Tracks:
    """The tracks of the people of a clip.

    Attributes:
        ids: per frame (P,) the track of each person; -1 for one who is another a second time, or has no joint and box.
        margins: per frame (P,) by how much the match was better than the next best, in [0, 1]; 1 where there was
            nothing to mix up; NaN where the id is -1.
    """

    ids: list[np.ndarray]
    margins: list[np.ndarray]


def track_people(frames: Sequence[People], *, patience: int = PATIENCE) -> Tracks:
    """Follow everybody through a clip.

    Args:
        frames: the people of each frame.
        patience: frames for which a track goes on unseen before it ends.

    Returns:
        numbers of tracks in order of appearance. The same input gives the same numbers.
    """
    tracks: list[Track] = []
    alive: list[int] = []
    ids, margins = [], []
    for people in frames:
        names = np.full(len(people), -1)
        margin = np.full(len(people), np.nan)
        boxes, unique = boxes_of(people), np.flatnonzero(without_repeats(people))
        candidates = people.position[unique], boxes[unique]
        values = match_values([tracks[i] for i in alive], *candidates)
        for row, column in zip(*linear_sum_assignment(values, maximize=True), strict=True):
            if values[row, column] > 0:
                names[unique[column]] = alive[row]
                margin[unique[column]] = _margin(values, row, column)
        for person in unique:
            if names[person] < 0:
                names[person], margin[person] = len(tracks), 1.0
                tracks.append(Track(people.position[person].astype(float), boxes[person], np.zeros(2), unseen=0))
            else:
                tracks[names[person]].see(people.position[person].astype(float), boxes[person])
        alive = [i for i, track in enumerate(tracks) if track.unseen <= patience]
        for i in alive:
            tracks[i].unseen += 1
        ids.append(names)
        margins.append(margin)
    return Tracks(ids, margins)


def match_values(tracks: Sequence[Track], poses: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Say how well tracks go with people.

    Args:
        tracks: N tracks.
        poses: (P, J, 2) pixels, NaN where missing.
        boxes: (P, 4) pixels.

    Returns:
        (N, P) mean of the overlap of boxes and the likeness of poses, both with the expected place; where there is
        neither, less than any of these by nearness; 0 out of reach.
    """
    if not tracks:
        return np.zeros((0, len(boxes)))
    shifts = np.stack([track.shift for track in tracks])
    expected = np.stack([track.box for track in tracks]) + np.tile(shifts, 2)
    placed = np.stack([track.pose for track in tracks]) + shifts[:, None]
    sizes = box_sizes(expected)
    unseen = np.array([track.unseen for track in tracks], dtype=float)
    # The longer unseen, the less is known of the place; who was seen in the last frame cannot be far from it.
    tolerance = np.minimum(0.6 + 0.2 * unseen, 2.0)
    value = (overlaps(expected, boxes) + likenesses(placed, poses, sizes * tolerance)) / 2
    centres = [(b[:, :2] + b[:, 2:]) / 2 for b in (expected, boxes)]
    distance = np.linalg.norm(centres[0][:, None] - centres[1][None], axis=-1)
    reach = REACH * sizes * np.sqrt(unseen)
    near = LEAST * np.clip(1 - distance / reach[:, None], 0, None)
    return np.asarray(np.where(value >= LEAST, value, near) * FADING ** (unseen[:, None] - 1))


def _margin(values: np.ndarray, row: int, column: int) -> float:
    others = np.concatenate([np.delete(values[row], column), np.delete(values[:, column], row)])
    # A match may be worse than the next best and yet right, if everybody else gets a better one by it.
    return float(max(values[row, column] - others.max(initial=0.0), 0.0)) if others.size else 1.0
