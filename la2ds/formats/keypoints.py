"""Keypoint shards: a pose for every frame of some clips."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from la2ds.errors import InputError
from la2ds.formats.files.checks import LARGEST_PLACE, check_frames, refuse_where
from la2ds.formats.files.columns import by_video, fixed_lists, frame_index, read_lists
from la2ds.formats.files.parquet import read_parquet, require_entry, write_parquet
from la2ds.formats.quarantine import read_entry
from la2ds.formats.skeletons import SKELETONS, known_skeleton

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

    def __len__(self) -> int:
        """Count the frames."""
        return len(self.confidence)


@dataclass(frozen=True)
class KeypointShard:
    """Poses of several clips by video_id, with the skeleton's name and the estimator's name and version."""

    clips: dict[str, Keypoints]
    skeleton: str
    estimator: str
    dims: int = 2
    metadata: dict[str, str] = field(default_factory=dict)


class NothingLeft(InputError):
    """No clip of a shard can be used: the first one's reason.

    Attributes:
        shard: the empty shard, which says why of each; a study of more shards goes on with it.
    """

    def __init__(self, reason: InputError, shard: KeypointShard) -> None:
        """Take over the reason."""
        super().__init__(reason.file, expected=reason.expected, found=reason.found)
        self.shard = shard


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


def read_keypoints(paths: str | Path | Iterable[str | Path], frames: Mapping[str, int] | None = None) -> KeypointShard:
    """Read one keypoint shard or several as one.

    Args:
        paths: the shards.
        frames: frames of the videos that they are held against (``frames_of``); None to compare nothing.

    Raises:
        InputError: if a schema is unknown, what is in a shard does not fit its skeleton, dimensions or the videos, or
            two shards differ in skeleton, dimensions or estimator; what a shard without clips says of them is nobody's.
    """
    paths = [paths] if isinstance(paths, str | Path) else list(paths)
    clips: dict[str, Keypoints] = {}
    first: dict[str, str] = {}
    like = paths[0] if paths else Path()
    for path in paths:
        table, metadata = read_parquet(path, schema=KEYPOINTS_SCHEMA)
        if not first or (table.num_rows and not clips):
            first, like = metadata, path
        for key in ("skeleton", "dims", "estimator"):
            if require_entry(path, metadata, key) != first.get(key) and table.num_rows:
                raise InputError(path, expected=f"{key} {first.get(key)} as in {like}", found=metadata[key])
        own = _clips_of(path, table, skeleton=metadata["skeleton"], dims=metadata["dims"])
        check_frames(path, {video_id: len(clip) for video_id, clip in own.items()}, frames)
        clips |= own
    if not first:
        raise ValueError("no keypoint shard given")
    extra = {k: v for k, v in first.items() if k not in ("skeleton", "dims", "estimator")}
    return KeypointShard(clips, first["skeleton"], first["estimator"], int(first["dims"]), extra)


def why_none(paths: Iterable[str | Path]) -> str:
    """Say what was found where no shard has a clip: "none", and why the first clip was set aside."""
    refused = [refusal for path in paths for refusal in read_entry(path, schema=KEYPOINTS_SCHEMA)]
    return f"none of {len(refused)}; the first, {refused[0].video_id}: {refused[0].reason}" if refused else "none"


def _clips_of(path: str | Path, table: pa.Table, *, skeleton: str, dims: str) -> dict[str, Keypoints]:
    """Take a shard apart, and hold it against its own metadata."""
    joints = len(known_skeleton(path, skeleton).joints)
    if dims not in ("2", "3"):
        raise InputError(path, expected="la2ds.dims 2 or 3 in the metadata", found=repr(dims))
    flat = read_lists(path, table, "keypoints", size=joints * int(dims)).astype(np.float32, copy=False)
    confidence = read_lists(path, table, "confidence", size=joints).astype(np.float32, copy=False)
    both = by_video(path, table, np.concatenate([flat, confidence], axis=1))
    clips = {v: Keypoints(c[:, :-joints].reshape(len(c), joints, -1), c[:, -joints:]) for v, c in both.items()}
    for video_id, clip in clips.items():
        check_keypoints(path, video_id, clip)
    return clips


def check_keypoints(path: str | Path, video_id: str, clip: Keypoints) -> None:
    """Refuse places that are infinite or too far away, and confidences that are none.

    Raises:
        InputError: naming the video and the first such frame.
    """
    position, confidence = clip.position, clip.confidence
    expected = f"joints within {LARGEST_PLACE:g} of 0, or NaN where missing"
    far = np.abs(position) > LARGEST_PLACE
    refuse_where(path, far, video_id=video_id, expected=expected, found=lambda at: f"{position[at]:g}")
    no_confidence = ~((confidence >= 0) & (confidence <= 1))
    expected = "confidences from 0 to 1"
    refuse_where(path, no_confidence, video_id=video_id, expected=expected, found=lambda at: f"{confidence[at]:g}")
    missing = np.isnan(position).any(-1) & (confidence > 0)
    expected = "confidence 0 where a joint is missing"
    refuse_where(path, missing, video_id=video_id, expected=expected, found=lambda at: f"{confidence[at]:g}")
