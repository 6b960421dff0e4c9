"""Embeddings: a vector for every frame of some clips, ours or anybody's."""

import itertools
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from la2ds.errors import InputError
from la2ds.formats.files.checks import LARGEST_VALUE, check_frames, check_numbers
from la2ds.formats.files.columns import by_video, fixed_lists, frame_index, read_lists
from la2ds.formats.files.foreign import is_foreign, read_arrays, read_foreign
from la2ds.formats.files.parquet import SCHEMA_KEY, entries_of, read_parquet
from la2ds.formats.files.storage import atomic_path

log = logging.getLogger(__name__)

EMBEDDINGS_SCHEMA = "embeddings/1"
GROUP = 1 << 15  # frames held until they are written as one row group
# A column for each number, where there is none for all: e0, e1, ...; embedding_0, ...; or 0, ...
_NUMBERED = re.compile(r"(e|embedding_?|)(0|[1-9]\d*)", re.IGNORECASE)


@dataclass(frozen=True)
class Embeddings:
    """Frame embeddings.

    Attributes:
        clips: video_id -> (T, D) float32, finite.
        metadata: method, action, seed, commit, weights checksum and whatever else travels with them.
    """

    clips: dict[str, np.ndarray]
    metadata: dict[str, str] = field(default_factory=dict)


def embed_time(frames: int) -> np.ndarray:
    """Give the clock's embedding, which every method is held against: t/T for t = 0 .. T-1, (T, 1) float32."""
    return (np.arange(frames, dtype=np.float32) / frames)[:, None]


def write_embeddings(path: str | Path, embeddings: Embeddings) -> None:
    """Write clips as ``stream_embeddings`` does."""
    stream_embeddings(path, embeddings.clips.items(), embeddings.metadata)


def stream_embeddings(path: str | Path, clips: Iterable[tuple[str, np.ndarray]], metadata: Mapping[str, str]) -> None:
    """Write one row per frame, of clips of which few are held at a time.

    Args:
        path: the file.
        clips: video_id and (T, D) of one clip after another.
        metadata: what travels with them; what is known only after the last clip may join it until then.

    Raises:
        ValueError: if an embedding is not finite; the clip is named.
    """
    known, frames, tables = dict(metadata), 0, map(_table, _groups(clips))
    first = next(tables)
    schema = first.schema.with_metadata({SCHEMA_KEY: EMBEDDINGS_SCHEMA.encode()} | entries_of(known))
    with (
        atomic_path(path) as temporary,
        temporary.open("wb") as file,  # which says why it cannot be written, as pyarrow's own would not
        pq.ParquetWriter(file, schema, compression="zstd") as parquet,
    ):
        for table in itertools.chain([first], tables):
            parquet.write_table(table)
            frames += table.num_rows
        parquet.add_key_value_metadata(entries_of({k: v for k, v in metadata.items() if k not in known}))
    log.info("%s: %d frames", path, frames)


def _groups(clips: Iterable[tuple[str, np.ndarray]]) -> Iterator[dict[str, np.ndarray]]:
    """Gather clips until they have ``GROUP`` frames; of no clips at all, one group."""
    group: dict[str, np.ndarray] = {}
    frames = groups = 0
    for video_id, clip in clips:
        if not np.isfinite(clip).all():
            raise ValueError(f"embedding of {video_id} has {np.count_nonzero(~np.isfinite(clip))} non-finite values")
        group[video_id] = clip
        frames += len(clip)
        if frames >= GROUP:
            yield group
            group, frames, groups = {}, 0, groups + 1
    if group or not groups:
        yield group


def _table(clips: dict[str, np.ndarray]) -> pa.Table:
    ids, frames = frame_index(clips)
    size = next((c.shape[1] for c in clips.values()), 0)
    return pa.table({"video_id": ids, "frame": frames, "embedding": fixed_lists(list(clips.values()), size)})


def read_embeddings(path: str | Path, frames: Mapping[str, int] | None = None) -> Embeddings:
    """Read embeddings: a file of ours, or anybody's.

    Anybody's are Parquet or CSV tables with columns video_id, frame (from 0) and embedding (a list of numbers; or a
    column for each number, e0, e1, ...), rows in any order; an ``.npz`` file, or a folder of ``.npy`` files, with a
    (T, D) array for each video, called like it.

    Args:
        path: the file or folder.
        frames: frames of the videos that it is held against (``frames_of``); None to compare nothing.

    Raises:
        InputError: if a column, frame or number is missing or wrong, or lengths differ from those of the videos.
    """
    metadata: dict[str, str] = {}
    if not is_foreign(path):
        table, metadata = read_parquet(path, schema=EMBEDDINGS_SCHEMA)
        clips = by_video(path, table, read_lists(path, table, "embedding"))
    elif Path(path).is_dir() or Path(path).suffix.lower() in (".npz", ".npy"):
        clips = read_arrays(path)
    else:
        table = read_foreign(path, ("video_id", "frame"))
        clips = by_video(path, table, _vectors(path, table), any_order=True)
    check_embeddings(path, clips)
    check_frames(path, {video_id: len(clip) for video_id, clip in clips.items()}, frames)
    return Embeddings({video_id: clip.astype(np.float32, copy=False) for video_id, clip in clips.items()}, metadata)


def _vectors(path: str | Path, table: pa.Table) -> np.ndarray:
    """Read the column embedding, or else one column for each number: (N, D)."""
    found = [match for name in table.column_names if (match := _NUMBERED.fullmatch(name))]
    if "embedding" in table.column_names or not found:
        return read_lists(path, table, "embedding")
    found.sort(key=lambda match: int(match[2]))
    names = [match[0] for match in found]
    if len({match[1] for match in found}) > 1 or [int(match[2]) for match in found] != list(range(len(found))):
        expected = "a column for each number of an embedding, called e0, e1, e2, ..."
        raise InputError(path, expected=expected, found=", ".join(names))
    log.info("%s: an embedding is made of the columns %s to %s", path, names[0], names[-1])
    no_numbers = [n for n in names if not (pa.types.is_floating(table[n].type) or pa.types.is_integer(table[n].type))]
    if no_numbers:
        raise InputError(path, expected=f"numbers in column {no_numbers[0]}", found=str(table[no_numbers[0]].type))
    return np.stack([table[name].to_numpy() for name in names], axis=1)


def check_embeddings(path: str | Path, clips: Mapping[str, np.ndarray]) -> None:
    """Refuse what is not (T, D) finite numbers of one D, at least 1.

    Raises:
        InputError: naming the file and the video.
    """
    sizes = {clip.shape[1] for clip in clips.values() if clip.ndim == 2}
    for video_id, clip in clips.items():
        if clip.ndim != 2 or clip.dtype.kind not in "fiu" or not clip.shape[1]:
            found = f"{clip.dtype} of shape {clip.shape} for video {video_id}"
            raise InputError(path, expected="a vector of numbers for every frame", found=found)
    if len(sizes) > 1:
        found = f"{' and '.join(map(str, sorted(sizes)[:3]))}"
        raise InputError(path, expected="embeddings of one length", found=found)
    check_numbers(path, clips, content="embeddings", largest=LARGEST_VALUE)
