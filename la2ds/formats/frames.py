"""The frames shard: JPEG pictures of a shard's videos, one row group per video, so that one video fits in memory."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from la2ds.errors import InputError
from la2ds.formats.files.parquet import SCHEMA_KEY, read_metadata
from la2ds.formats.files.storage import atomic_path

FRAMES_SCHEMA = "frames/1"
_COLUMNS = pa.schema(
    [("video_id", pa.string()), ("frame", pa.int32()), ("time_s", pa.float64()), ("image", pa.binary())]
)


class FramesWriter:
    """Adds one video at a time to an open frames file."""

    def __init__(self, parquet: pq.ParquetWriter) -> None:
        self._parquet = parquet
        self.decoders: dict[str, str] = {}

    def add(self, video_id: str, *, times: np.ndarray, images: list[bytes], decoder: str) -> None:
        """Append a video as one row group.

        Args:
            video_id: its name.
            times: (T,) seconds from the film's time zero; NaN where unknown.
            images: T JPEG files.
            decoder: name and version of what decoded it.

        Raises:
            ValueError: if there is no frame, or times and images differ in number.
        """
        if not images or len(images) != len(times):
            raise ValueError(f"{video_id}: {len(times)} times do not match {len(images)} images, at least one")
        columns = [[video_id] * len(images), np.arange(len(images), dtype=np.int32), times, images]
        arrays = [pa.array(c, type=f.type) for c, f in zip(columns, _COLUMNS, strict=True)]
        self._parquet.write_table(pa.table(arrays, schema=self._parquet.schema), row_group_size=len(images))
        self.decoders[video_id] = decoder


@contextlib.contextmanager
def write_frames(path: str | Path, metadata: Mapping[str, str] | None = None) -> Iterator[FramesWriter]:
    """Open a frames file for writing; it appears under ``path`` when the block ends without an error.

    The metadata entry ``decoders`` says for each video what decoded it.

    Args:
        path: the file.
        metadata: further entries, stored as ``la2ds.<key>``.
    """
    entries = {f"la2ds.{k}": v for k, v in (metadata or {}).items()}
    schema = _COLUMNS.with_metadata({SCHEMA_KEY: FRAMES_SCHEMA} | entries)
    # The pictures are compressed already, and the other columns are tiny.
    with atomic_path(path) as temporary, pq.ParquetWriter(temporary, schema, compression="none") as parquet:
        writer = FramesWriter(parquet)
        yield writer
        parquet.add_key_value_metadata({"la2ds.decoders": json.dumps(writer.decoders, sort_keys=True)})


def read_frames(path: str | Path) -> Iterator[tuple[str, np.ndarray, list[bytes]]]:
    """Read a frames file video by video.

    Yields:
        video_id; (T,) seconds from the film's time zero, NaN where unknown; T JPEG files.

    Raises:
        InputError: if it is missing, not Parquet, of another schema or version, or a row group is not one video.
    """
    read_metadata(path, schema=FRAMES_SCHEMA)
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            try:
                table = file.read_row_group(group)
            except (OSError, pa.ArrowInvalid) as error:
                raise InputError(path, expected="whole row groups", found=str(error).splitlines()[0]) from error
            ids = table["video_id"].unique().to_pylist()
            if len(ids) != 1 or not np.array_equal(table["frame"].to_numpy(), np.arange(table.num_rows)):
                found = f"{len(ids)} videos or frames out of order in group {group}"
                raise InputError(path, expected="one video in each row group", found=found)
            yield str(ids[0]), table["time_s"].to_numpy(), table["image"].to_pylist()


def decoders(path: str | Path) -> dict[str, str]:
    """Give the decoder (name/version) of each video in a frames file."""
    read_metadata(path, schema=FRAMES_SCHEMA)
    # Added when the file was complete, so it is in the footer only, not in the schema's own metadata.
    found: dict[str, str] = json.loads(pq.read_metadata(path).metadata[b"la2ds.decoders"])
    return found
