"""The features shard: what a frozen network made of every frame, one row group per video."""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from la2ds.errors import InputError
from la2ds.formats.files.checks import LARGEST_VALUE, check_frames, check_numbers
from la2ds.formats.files.columns import by_video, read_lists
from la2ds.formats.files.parquet import SCHEMA_KEY, read_parquet, require_entry
from la2ds.formats.files.storage import atomic_path

FEATURES_SCHEMA = "features/1"


@dataclass(frozen=True)
class FeatureShard:
    """Features of several clips.

    Attributes:
        clips: video_id -> (T, K, G, G) float16.
        spec: the specification's name (``PictureSpec.name``).
        channels: K.
        grid: G.
        metadata: backbone, where its weights came from, and their checksum or revision.
    """

    clips: dict[str, np.ndarray]
    spec: str
    channels: int
    grid: int
    metadata: dict[str, str] = field(default_factory=dict)


class FeaturesWriter:
    """Adds one video at a time to an open features file."""

    def __init__(self, parquet: pq.ParquetWriter, *, channels: int, grid: int) -> None:
        self._parquet, self._shape = parquet, (channels, grid, grid)

    def add(self, video_id: str, features: np.ndarray) -> None:
        """Append a video as one row group.

        Args:
            video_id: its name.
            features: (T, K, G, G).

        Raises:
            ValueError: if the shape is another, there is no frame, or a value is not finite in float16.
        """
        if not len(features) or features.shape[1:] != self._shape:
            raise ValueError(f"{video_id}: features {features.shape} are not at least one frame of {self._shape}")
        with np.errstate(over="ignore"):
            half = features.astype(np.float16)
        if not np.isfinite(half).all():
            raise ValueError(f"{video_id}: {np.count_nonzero(~np.isfinite(half))} features are not finite in float16")
        size = int(np.prod(self._shape))
        lists = pa.FixedSizeListArray.from_arrays(pa.array(half.ravel(), type=pa.float16()), size)
        columns = [pa.array([video_id] * len(half)), pa.array(np.arange(len(half), dtype=np.int32)), lists]
        self._parquet.write_table(pa.table(columns, schema=self._parquet.schema), row_group_size=len(half))


@contextlib.contextmanager
def write_features(
    path: str | Path, *, spec: str, channels: int, grid: int, metadata: Mapping[str, str] | None = None
) -> Iterator[FeaturesWriter]:
    """Open a features file for writing; it appears under ``path`` when the block ends without an error.

    Args:
        path: the file.
        spec: the specification's name.
        channels: K of the maps.
        grid: G, height and width of the maps.
        metadata: further entries, stored as ``la2ds.<key>``.
    """
    required = {"spec": spec, "channels": str(channels), "grid": str(grid)}
    entries = {f"la2ds.{k}": v for k, v in (required | dict(metadata or {})).items()}
    column = pa.list_(pa.float16(), channels * grid * grid)
    schema = pa.schema([("video_id", pa.string()), ("frame", pa.int32()), ("features", column)])
    schema = schema.with_metadata({SCHEMA_KEY: FEATURES_SCHEMA} | entries)
    with atomic_path(path) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as parquet:
        yield FeaturesWriter(parquet, channels=channels, grid=grid)


def read_features(paths: str | Path | Iterable[str | Path], frames: Mapping[str, int] | None = None) -> FeatureShard:
    """Read one features shard, or several of one specification and network, as one.

    Args:
        paths: the shards.
        frames: frames of the videos that they are held against (``frames_of``); None to compare nothing.

    Raises:
        InputError: if a schema is unknown, what is in a shard does not fit its metadata or the videos, or two shards
            differ in specification or network.
    """
    paths = [paths] if isinstance(paths, str | Path) else list(paths)
    clips: dict[str, np.ndarray] = {}
    first: dict[str, str] = {}
    for path in paths:
        table, metadata = read_parquet(path, schema=FEATURES_SCHEMA)
        first = first or metadata
        for key in ("spec", "channels", "grid", "model"):
            if require_entry(path, metadata, key) != first.get(key):
                raise InputError(path, expected=f"{key} {first.get(key)} as in {paths[0]}", found=metadata[key])
        own = _clips_of(path, table, channels=_size(path, metadata, "channels"), grid=_size(path, metadata, "grid"))
        check_frames(path, {video_id: len(clip) for video_id, clip in own.items()}, frames)
        clips |= own
    if not first:
        raise ValueError("no features shard given")
    required = ("spec", "channels", "grid")
    extra = {k: v for k, v in first.items() if k not in required}
    return FeatureShard(clips, first["spec"], int(first["channels"]), int(first["grid"]), extra)


def _size(path: str | Path, metadata: Mapping[str, str], key: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,5}", metadata[key]):
        raise InputError(path, expected=f"la2ds.{key} to be a whole number from 1 on", found=repr(metadata[key]))
    return int(metadata[key])


def _clips_of(path: str | Path, table: pa.Table, *, channels: int, grid: int) -> dict[str, np.ndarray]:
    """Split by video; rows of a video stand together, frames 0, 1, 2, ..."""
    values = read_lists(path, table, "features", size=channels * grid * grid)
    clips = by_video(path, table, values.reshape(-1, channels, grid, grid))
    check_numbers(path, clips, content="features", largest=LARGEST_VALUE)
    return clips
