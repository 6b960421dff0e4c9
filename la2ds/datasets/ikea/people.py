"""Which of the people in a picture is at work: the rule of IKEA ASM's own loaders.

Of the people whose box is larger than 20,000 pixels, the one whose box centre is nearest to the picture's centre; where
nobody's is, the nearest of all. (The published code compares the small ones with nobody's distance and so keeps the
last; that is taken for an oversight.) The rule takes each picture for itself.
"""

from dataclasses import dataclass

import numpy as np

CENTRE = np.array([960.0, 540.0])
SMALLEST = 20_000.0


@dataclass(frozen=True)
class Person:
    """One person of a picture.

    Attributes:
        joints: (J, 3) x and y in pixels and a score; x and y are 0 where missing.
        box: (4,) x_min, y_min, x_max, y_max in pixels, or None where the file has no boxes.
    """

    joints: np.ndarray
    box: np.ndarray | None = None


def active_person(people: list[Person]) -> Person | None:
    """Choose the person at work; None if nobody has a joint."""
    with_joints = [person for person in people if person.joints[:, :2].any()]
    if not with_joints:
        return None
    boxes = np.stack([_box(person) for person in with_joints])
    low, high = boxes[:, :2], boxes[:, 2:]
    large = (high - low).prod(axis=1) > SMALLEST
    distance = np.linalg.norm((low + high) / 2 - CENTRE, axis=1)
    # Large ones first, then by distance; the first in the file where two are equal.
    return with_joints[int(np.lexsort([distance, ~large])[0])]


def _box(person: Person) -> np.ndarray:
    if person.box is not None:
        return person.box
    points = person.joints[person.joints[:, :2].any(axis=1), :2]
    return np.concatenate([points.min(axis=0), points.max(axis=0)])
