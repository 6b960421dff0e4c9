"""Keypoint shards: a pose for every frame of some clips."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from la2ds.errors import InputError
from la2ds.formats.columns import by_video, fixed_lists, frame_index
from la2ds.formats.skeletons import SKELETONS
from la2ds.formats.storage import read_parquet, require_entry, write_parquet

KEYPOINTS_SCHEMA = "keypoints/1"


@dataclass(frozen=True)
class Keypoints:
    """The pose of one clip.

    Attributes:
        position: (T, J, D) float32; pixels of the original video (D=2) or millimetres (D=3); NaN where missing.
        confidence: (T, J) float32 in [0, 1]; 0 where missing.
    """

    position: np.ndarray
    confidence: np.ndarray

    def __post_init__(self) -> None:
        """Refuse shapes that disagree."""
        if self.position.ndim != 3 or self.position.shape[:2] != self.confidence.shape:
            raise ValueError(f"position {self.position.shape} does not match confidence {self.confidence.shape}")


@dataclass(frozen=True)
class KeypointShard:
    """Poses of several clips by video_id, with the skeleton's name and the estimator's name and version."""

    clips: dict[str, Keypoints]
    skeleton: str
    estimator: str
    dims: int = 2
    metadata: dict[str, str] = field(default_factory=dict)


def write_keypoints(path: str | Path, shard: KeypointShard) -> None:
    """Write a keypoint shard: one row per frame; a joint is missing where its position is NaN and its confidence 0."""
    ids, frames = frame_index({k: c.confidence for k, c in shard.clips.items()})
    # A shard whose videos are all in quarantine has no clip to count joints on.
    joints = next((c.confidence.shape[1] for c in shard.clips.values()), len(SKELETONS[shard.skeleton].joints))
    position = [c.position.reshape(len(c.position), -1) for c in shard.clips.values()]
    confidence = [np.where(np.isnan(c.position).any(-1), 0, c.confidence) for c in shard.clips.values()]
    table = pa.table(
        {
            "video_id": ids,
            "frame": frames,
            "keypoints": fixed_lists(position, joints * shard.dims),
            "confidence": fixed_lists(confidence, joints),
        }
    )
    metadata = {"skeleton": shard.skeleton, "dims": str(shard.dims), "estimator": shard.estimator} | shard.metadata
    write_parquet(path, table, schema=KEYPOINTS_SCHEMA, metadata=metadata)


def read_keypoints(paths: str | Path | Iterable[str | Path]) -> KeypointShard:
    """Read one keypoint shard or several as one.

    Raises:
        InputError: if a schema is unknown or two shards differ in skeleton, dimensions or estimator.
    """
    paths = [paths] if isinstance(paths, str | Path) else list(paths)
    clips: dict[str, Keypoints] = {}
    first: dict[str, str] = {}
    for path in paths:
        table, metadata = read_parquet(path, schema=KEYPOINTS_SCHEMA)
        first = first or metadata
        for key in ("skeleton", "dims", "estimator"):
            if require_entry(path, metadata, key) != first[key]:
                raise InputError(path, expected=f"{key} {first[key]} as in {paths[0]}", found=metadata[key])
        dims = int(metadata["dims"])
        confidence = by_video(path, table, "confidence")
        for video_id, flat in by_video(path, table, "keypoints").items():
            clips[video_id] = Keypoints(flat.reshape(len(flat), -1, dims), confidence[video_id])
    if not first:
        raise ValueError("no keypoint shard given")
    extra = {k: v for k, v in first.items() if k not in ("skeleton", "dims", "estimator")}
    return KeypointShard(clips, first["skeleton"], first["estimator"], int(first["dims"]), extra)
