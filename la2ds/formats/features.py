"""The features shard: what a frozen network made of every frame, one row group per video."""

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from la2ds.errors import InputError
from la2ds.formats.storage import SCHEMA_KEY, atomic_path, read_parquet, require_columns, require_entry

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


def read_features(paths: str | Path | Iterable[str | Path]) -> FeatureShard:
    """Read one features shard, or several of one specification and network, as one.

    Raises:
        InputError: if a schema is unknown, or two shards differ in specification or network.
    """
    paths = [paths] if isinstance(paths, str | Path) else list(paths)
    clips: dict[str, np.ndarray] = {}
    first: dict[str, str] = {}
    for path in paths:
        table, metadata = read_parquet(path, schema=FEATURES_SCHEMA)
        first = first or metadata
        for key in ("spec", "channels", "grid", "model"):
            if require_entry(path, metadata, key) != first[key]:
                raise InputError(path, expected=f"{key} {first[key]} as in {paths[0]}", found=metadata[key])
        clips |= _clips_of(path, table, channels=int(metadata["channels"]), grid=int(metadata["grid"]))
    if not first:
        raise ValueError("no features shard given")
    required = ("spec", "channels", "grid")
    extra = {k: v for k, v in first.items() if k not in required}
    return FeatureShard(clips, first["spec"], int(first["channels"]), int(first["grid"]), extra)


def _clips_of(path: str | Path, table: pa.Table, *, channels: int, grid: int) -> dict[str, np.ndarray]:
    """Split by video; rows of a video stand together, frames 0, 1, 2, ..."""
    require_columns(path, ("video_id", "frame", "features"), table.column_names)
    if not table.num_rows:
        return {}
    values = table["features"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    values = values.reshape(table.num_rows, channels, grid, grid)
    frames = table["frame"].to_numpy()
    ids = table["video_id"].to_numpy(zero_copy_only=False)
    starts = np.concatenate([[0], np.flatnonzero(ids[1:] != ids[:-1]) + 1, [len(ids)]])
    clips: dict[str, np.ndarray] = {}
    for a, b in itertools.pairwise(starts):
        if ids[a] in clips or not np.array_equal(frames[a:b], np.arange(b - a)):
            raise InputError(path, expected=f"frames 0, 1, 2, ... of video {ids[a]} together", found="others")
        clips[str(ids[a])] = values[a:b]
    return clips
