"""Embeddings: a vector for every frame of some clips."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from la2ds.formats.columns import by_video, fixed_lists, frame_index
from la2ds.formats.storage import read_parquet, write_parquet

EMBEDDINGS_SCHEMA = "embeddings/1"


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
    ids, frames = frame_index(embeddings.clips)
    size = next((c.shape[1] for c in embeddings.clips.values()), 0)
    columns = {"video_id": ids, "frame": frames, "embedding": fixed_lists(list(embeddings.clips.values()), size)}
    write_parquet(path, pa.table(columns), schema=EMBEDDINGS_SCHEMA, metadata=embeddings.metadata)


def read_embeddings(path: str | Path) -> Embeddings:
    """Read an embeddings file, ours or anybody's in this format."""
    table, metadata = read_parquet(path, schema=EMBEDDINGS_SCHEMA)
    return Embeddings(clips=by_video(path, table, "embedding"), metadata=metadata)
