"""The files between stages: video and label tables, keypoint, heatmap and embedding shards.

Every reader checks the schema version and refuses what it does not know; every writer writes a whole file or none.
A clip is a video as a (T, ...) array; ``video_id`` is its name everywhere.
"""

import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from la2ds.errors import InputError
from la2ds.formats.skeletons import SKELETONS
from la2ds.formats.storage import atomic_path, read_parquet, require_columns, require_entry, write_parquet

VIDEO_COLUMNS = ["video_id", "action", "split", "source", "frames", "fps", "width", "height", "shard"]
SPLITS = ("train", "val")
LABEL_SOURCES = ("human", "kinematic", "generator", "none")
BACKGROUND = -1
LABELS_SCHEMA = "labels/1"
KEYPOINTS_SCHEMA = "keypoints/1"
EMBEDDINGS_SCHEMA = "embeddings/1"
HEATMAPS_SCHEMA = "heatmaps/1"


def write_videos(path: str | Path, videos: pd.DataFrame) -> None:
    """Write ``videos.csv``: columns ``VIDEO_COLUMNS``, sorted by video_id; fps is empty where unknown."""
    with atomic_path(path) as temporary:
        videos[VIDEO_COLUMNS].sort_values("video_id").to_csv(temporary, index=False)


def read_videos(path: str | Path) -> pd.DataFrame:
    """Read ``videos.csv``, sorted by video_id (the file order every protocol refers to).

    Raises:
        InputError: if it is no table, a column is missing, an id is twice, or a split is neither train nor val.
    """
    if not Path(path).is_file():
        raise InputError(path, expected="a videos table", found="no such file")
    text = {name: str for name in ("video_id", "action", "split", "source", "shard")}
    try:
        videos = pd.read_csv(path, dtype=text, keep_default_na=False, na_values={"fps": [""]})
    except ValueError as error:  # pandas' parser and decoding errors derive from it
        raise InputError(path, expected="a CSV table", found=str(error).splitlines()[0]) from error
    require_columns(path, VIDEO_COLUMNS, videos.columns)
    twice = videos.video_id[videos.video_id.duplicated()]
    if len(twice):
        raise InputError(path, expected="each video_id once", found=f"{twice.iloc[0]} more than once")
    odd = sorted(set(videos.split) - set(SPLITS))
    if odd:
        raise InputError(path, expected="split train or val", found=f"split {odd[0]!r}")
    return videos.sort_values("video_id", ignore_index=True)


@dataclass(frozen=True)
class Labels:
    """Phases per video.

    Attributes:
        phases: video_id -> (T,) int16, phase of each frame, -1 for background.
        source: human, kinematic or generator, none where all is background; printed in every table.
    """

    phases: dict[str, np.ndarray]
    source: str


def write_labels(path: str | Path, labels: Labels) -> None:
    """Write ``labels.parquet``: one row per frame."""
    if labels.source not in LABEL_SOURCES:
        raise ValueError(f"label source must be one of {', '.join(LABEL_SOURCES)}, got {labels.source!r}")
    ids, frames = _frame_index(labels.phases)
    phase = np.concatenate([*labels.phases.values(), np.empty(0)]).astype(np.int16)
    table = pa.table({"video_id": ids, "frame": frames, "phase": phase})
    write_parquet(path, table, schema=LABELS_SCHEMA, metadata={"label_source": labels.source})


def read_labels(path: str | Path) -> Labels:
    """Read ``labels.parquet``.

    Raises:
        InputError: if frames of a video are not 0, 1, 2, ...
    """
    table, metadata = read_parquet(path, schema=LABELS_SCHEMA)
    phases = {k: v.astype(np.int16) for k, v in _by_video(path, table, "phase").items()}
    return Labels(phases=phases, source=require_entry(path, metadata, "label_source"))


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
    ids, frames = _frame_index({k: c.confidence for k, c in shard.clips.items()})
    # A shard whose videos are all in quarantine has no clip to count joints on.
    joints = next((c.confidence.shape[1] for c in shard.clips.values()), len(SKELETONS[shard.skeleton].joints))
    position = [c.position.reshape(len(c.position), -1) for c in shard.clips.values()]
    confidence = [np.where(np.isnan(c.position).any(-1), 0, c.confidence) for c in shard.clips.values()]
    table = pa.table(
        {
            "video_id": ids,
            "frame": frames,
            "keypoints": _fixed_lists(position, joints * shard.dims),
            "confidence": _fixed_lists(confidence, joints),
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
        confidence = _by_video(path, table, "confidence")
        for video_id, flat in _by_video(path, table, "keypoints").items():
            clips[video_id] = Keypoints(flat.reshape(len(flat), -1, dims), confidence[video_id])
    if not first:
        raise ValueError("no keypoint shard given")
    extra = {k: v for k, v in first.items() if k not in ("skeleton", "dims", "estimator")}
    return KeypointShard(clips, first["skeleton"], first["estimator"], int(first["dims"]), extra)


@dataclass(frozen=True)
class HeatmapShard:
    """Un-augmented network inputs of several clips.

    Attributes:
        clips: video_id -> (T, C, H, W) uint8, value / 255.
        channels: names of the C maps.
        sigma: standard deviation of a joint's Gaussian, in heatmap pixels.
        skeleton: name of the joint set the channels come from.
        spec: the specification's name (``HeatmapSpec.name``).
    """

    clips: dict[str, np.ndarray]
    channels: tuple[str, ...]
    sigma: float
    skeleton: str
    spec: str


def write_heatmaps(path: str | Path, shard: HeatmapShard) -> None:
    """Write a compressed NPZ: heatmaps (sum T, C, H, W) uint8, video_ids, offsets (n + 1), channels, size, sigma."""
    lengths = [len(c) for c in shard.clips.values()]
    maps = np.concatenate(list(shard.clips.values())) if lengths else np.zeros((0, len(shard.channels), 0, 0), np.uint8)
    # An open file, for NumPy would add .npz to a name without it, and leave the name that was asked for empty.
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(
            file,
            schema=np.array(HEATMAPS_SCHEMA),
            heatmaps=maps,
            video_ids=np.array(list(shard.clips), dtype=np.str_),
            offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            channels=np.array(shard.channels, dtype=np.str_),
            size=np.array(maps.shape[2:], dtype=np.int64),
            sigma=np.array(shard.sigma),
            skeleton=np.array(shard.skeleton),
            spec=np.array(shard.spec),
        )


def read_heatmaps(paths: str | Path | Iterable[str | Path]) -> HeatmapShard:
    """Read one heatmap shard, or several of one specification and skeleton, as one; nothing is ever unpickled."""
    paths = [paths] if isinstance(paths, str | Path) else list(paths)
    if not paths:
        raise ValueError("no heatmap shard given")
    shards = [_read_heatmap_file(path) for path in paths]
    first = shards[0]
    for path, shard in zip(paths, shards, strict=True):
        if (shard.spec, shard.skeleton) != (first.spec, first.skeleton):
            wanted = f"heatmaps {first.spec} of {first.skeleton} as in {paths[0]}"
            raise InputError(path, expected=wanted, found=f"{shard.spec} of {shard.skeleton}")
    clips = {video_id: maps for shard in shards for video_id, maps in shard.clips.items()}
    return HeatmapShard(clips, first.channels, first.sigma, first.skeleton, first.spec)


def _read_heatmap_file(path: str | Path) -> HeatmapShard:
    try:
        with np.load(path, allow_pickle=False) as file:
            found = str(file["schema"])
            if found != HEATMAPS_SCHEMA:
                raise InputError(path, expected=f"la2ds.schema {HEATMAPS_SCHEMA}", found=f"la2ds.schema {found}")
            maps, offsets = file["heatmaps"], file["offsets"]
            ids = [str(v) for v in file["video_ids"]]
            clips = {v: maps[a:b] for v, a, b in zip(ids, offsets[:-1], offsets[1:], strict=True)}
            channels = tuple(str(c) for c in file["channels"])
            return HeatmapShard(clips, channels, float(file["sigma"]), str(file["skeleton"]), str(file["spec"]))
    except InputError:
        raise
    except (OSError, zipfile.BadZipFile, zlib.error, KeyError, EOFError, ValueError) as error:
        raise InputError(path, expected="a heatmap shard (NPZ)", found=str(error).splitlines()[0]) from error


@dataclass(frozen=True)
class Embeddings:
    """Frame embeddings.

    Attributes:
        clips: video_id -> (T, D) float32, finite.
        metadata: method, action, seed, commit, weights checksum and whatever else travels with them.
    """

    clips: dict[str, np.ndarray]
    metadata: dict[str, str] = field(default_factory=dict)


def write_embeddings(path: str | Path, embeddings: Embeddings) -> None:
    """Write one row per frame.

    Raises:
        ValueError: if an embedding is not finite; the clip is named.
    """
    for video_id, clip in embeddings.clips.items():
        if not np.isfinite(clip).all():
            raise ValueError(f"embedding of {video_id} has {np.count_nonzero(~np.isfinite(clip))} non-finite values")
    ids, frames = _frame_index(embeddings.clips)
    size = next((c.shape[1] for c in embeddings.clips.values()), 0)
    columns = {"video_id": ids, "frame": frames, "embedding": _fixed_lists(list(embeddings.clips.values()), size)}
    write_parquet(path, pa.table(columns), schema=EMBEDDINGS_SCHEMA, metadata=embeddings.metadata)


def read_embeddings(path: str | Path) -> Embeddings:
    """Read an embeddings file, ours or anybody's in this format."""
    table, metadata = read_parquet(path, schema=EMBEDDINGS_SCHEMA)
    return Embeddings(clips=_by_video(path, table, "embedding"), metadata=metadata)


def _frame_index(clips: Mapping[str, np.ndarray]) -> tuple[pa.Array, np.ndarray]:
    lengths = [len(c) for c in clips.values()]
    ids = pa.array(np.repeat(np.array(list(clips), dtype=object), lengths), type=pa.string())
    frames = np.concatenate([*(np.arange(n) for n in lengths), np.empty(0)]).astype(np.int32)
    return ids, frames


def _fixed_lists(parts: list[np.ndarray], size: int) -> pa.Array:
    flat = np.concatenate([p.astype(np.float32).ravel() for p in parts] or [np.empty(0, np.float32)])
    return pa.FixedSizeListArray.from_arrays(pa.array(flat, type=pa.float32()), size)


def _by_video(path: str | Path, table: pa.Table, column: str) -> dict[str, np.ndarray]:
    """Split a column by video, in order of appearance; rows of a video stand together, frames 0, 1, 2, ..."""
    require_columns(path, ("video_id", "frame", column), table.column_names)
    if table.num_rows == 0:
        return {}
    values = table[column].combine_chunks()
    if pa.types.is_fixed_size_list(values.type):
        array = values.flatten().to_numpy(zero_copy_only=False).reshape(-1, values.type.list_size)
    else:
        array = values.to_numpy(zero_copy_only=False)
    ids = np.asarray(table["video_id"].to_pylist(), dtype=object)
    frames = table["frame"].to_numpy()
    starts = np.concatenate([[0], np.flatnonzero(ids[1:] != ids[:-1]) + 1])
    ends = np.concatenate([starts[1:], [len(ids)]])
    clips: dict[str, np.ndarray] = {}
    for a, b in zip(starts, ends, strict=True):
        if ids[a] in clips or not np.array_equal(frames[a:b], np.arange(b - a)):
            raise InputError(path, expected=f"frames 0, 1, 2, ... of video {ids[a]} together", found="others")
        clips[str(ids[a])] = array[a:b]
    return clips
