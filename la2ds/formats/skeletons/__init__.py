"""Joint sets: named ones, and people's own."""

from la2ds.formats.skeletons.named import (
    BODY13,
    BODY25,
    BODY25_JOINTS,
    BODY25_TO_COCO17,
    BODY26,
    COCO17,
    HANDS42,
    SKELETONS,
    SMPL24,
    known_skeleton,
    skeleton_named,
)
from la2ds.formats.skeletons.own import own_skeleton
from la2ds.formats.skeletons.skeleton import Skeleton

__all__ = [
    "BODY13",
    "BODY25",
    "BODY25_JOINTS",
    "BODY25_TO_COCO17",
    "BODY26",
    "COCO17",
    "HANDS42",
    "SKELETONS",
    "SMPL24",
    "Skeleton",
    "known_skeleton",
    "own_skeleton",
    "skeleton_named",
]
