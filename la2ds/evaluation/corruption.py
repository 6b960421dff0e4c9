"""Damage done to keypoints on purpose, to see what embeddings are worth when a detector fails.

What is drawn depends on the video and the level alone, so that every method, seed and machine sees the same damage, and
a higher share of missing joints takes away all that a lower one does, and more.
"""

import dataclasses
import zlib
from typing import Literal

import numpy as np

from la2ds.formats.keypoints import Keypoints
from la2ds.views.joints import square_box

Kind = Literal["missing", "noise"]
KINDS: tuple[Kind, ...] = ("missing", "noise")


def corrupt(clip: Keypoints, video_id: str, *, kind: Kind, level: float) -> Keypoints:
    """Damage one clip.

    Args:
        clip: (T, J, D) positions in pixels or millimetres.
        video_id: decides the random numbers.
        kind: ``missing`` takes every joint of every frame away with probability ``level``; ``noise`` moves every
            coordinate by N(0, (level * side)^2), side being that of the smallest square (in 3D: cube) around all joints
            of the clip.
        level: 0 changes nothing.

    Raises:
        ValueError: if the kind is unknown.
    """
    if kind not in KINDS:
        raise ValueError(f"corruption must be one of {', '.join(KINDS)}, got {kind!r}")
    rng = np.random.default_rng([zlib.crc32(video_id.encode()), KINDS.index(kind)])
    if kind == "missing":
        is_missing = rng.random(clip.confidence.shape) < level
        position = np.where(is_missing[..., None], np.nan, clip.position).astype(clip.position.dtype)
        return dataclasses.replace(clip, position=position, confidence=np.where(is_missing, 0, clip.confidence))
    moved = rng.standard_normal(clip.position.shape) * level * extent(clip)
    return dataclasses.replace(clip, position=(clip.position + moved).astype(clip.position.dtype))


def extent(clip: Keypoints) -> float:
    """Give the side of the smallest square around all joints of a clip, or of the cube in 3D, without enlarging it."""
    if clip.position.shape[-1] == 2:
        return square_box(clip.position, clip.confidence, enlarge=1.0)[1]
    points = clip.position[np.isfinite(clip.position).all(-1)]
    return float((points.max(0) - points.min(0)).max()) if len(points) else 0.0
