"""Several people in one picture, and how alike two of them are."""

from dataclasses import dataclass

import numpy as np

FALLOFF = 0.15  # distance of two joints at which they are alike by exp(-1/2), as a share of the body's size


@dataclass(frozen=True)
class People:
    """The people an estimator found in one picture, in any order.

    Attributes:
        position: (P, J, 2) pixels; NaN where a joint is missing.
        confidence: (P, J) in [0, 1]; 0 where missing.
        boxes: (P, 4) x_min, y_min, x_max, y_max in pixels, or None: then a box is drawn around the joints there are.
    """

    position: np.ndarray
    confidence: np.ndarray
    boxes: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Refuse shapes that disagree."""
        shape = self.position.shape
        fits = self.boxes is None or self.boxes.shape == (len(self.position), 4)
        if len(shape) != 3 or shape[2] != 2 or shape[:2] != self.confidence.shape or not fits:
            boxes = None if self.boxes is None else self.boxes.shape
            raise ValueError(f"position {shape}, confidence {self.confidence.shape} and boxes {boxes} do not match")

    def __len__(self) -> int:
        """Count the people."""
        return len(self.position)


def boxes_of(people: People) -> np.ndarray:
    """Give the (P, 4) boxes of people; NaN for one who has neither box nor joint."""
    boxes = np.full((len(people), 4), np.nan) if people.boxes is None else np.asarray(people.boxes, dtype=float)
    missing = np.isnan(people.position).any(-1, keepdims=True)
    low = np.where(missing, np.inf, people.position).min(axis=1, initial=np.inf)
    high = np.where(missing, -np.inf, people.position).max(axis=1, initial=-np.inf)
    tight = np.concatenate([low, high], axis=1)
    tight[~np.isfinite(tight).all(axis=1)] = np.nan
    return np.where(np.isnan(boxes).any(axis=1, keepdims=True), tight, boxes)


def box_sizes(boxes: np.ndarray) -> np.ndarray:
    """Give the (P,) square roots of the areas of (P, 4) boxes, in pixels, at least 1."""
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0)
    return np.asarray(np.sqrt(sides.prod(axis=1)))


def overlaps(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Give the (A, B) intersections over unions of (A, 4) and (B, 4) boxes; 0 where both are empty."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=-1)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (first, second)]
    union = areas[0][:, None] + areas[1][None, :] - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0))


def likenesses(first: np.ndarray, second: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Compare poses joint by joint, as COCO's object keypoint similarity does, with one falloff for all joints.

    Args:
        first: (A, J, 2) pixels, NaN where missing.
        second: (B, J, 2) the same.
        sizes: (A,) sizes of the first bodies in pixels.

    Returns:
        (A, B) in [0, 1]: mean of exp(-distance^2 / (2 (FALLOFF size)^2)) over the joints that both have; 0 where there
        are none.
    """
    squared = ((first[:, None] - second[None]) ** 2).sum(axis=-1)  # (A, B, J)
    both = ~np.isnan(squared)
    alike = np.exp(-np.where(both, squared, 0) / (2 * (FALLOFF * sizes[:, None, None]) ** 2)) * both
    return np.asarray(alike.sum(axis=-1) / np.maximum(both.sum(axis=-1), 1))


def without_repeats(people: People, limit: float = 0.9) -> np.ndarray:
    """Tell which (P,) people to keep: those with a box, each once, for estimators may report one person twice.

    Of two whose likeness is above ``limit`` the one with the higher mean confidence stays; of equal ones the larger.
    """
    boxes = boxes_of(people)
    keep = ~np.isnan(boxes).any(axis=1)
    sizes = box_sizes(np.where(keep[:, None], boxes, 0))
    alike = likenesses(people.position, people.position, sizes)
    order = np.lexsort([boxes[:, 0], -sizes, -people.confidence.mean(axis=1)])
    for rank, person in enumerate(order):
        for better in order[:rank]:
            if keep[better] and alike[person, better] > limit:
                keep[person] = False
    return keep
