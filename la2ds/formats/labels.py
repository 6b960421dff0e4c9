"""``labels.parquet``: a phase for every frame."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from la2ds.formats.columns import by_video, frame_index
from la2ds.formats.storage import read_parquet, require_entry, write_parquet

LABEL_SOURCES = ("human", "kinematic", "generator", "none")


BACKGROUND = -1


LABELS_SCHEMA = "labels/1"


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
    ids, frames = frame_index(labels.phases)
    phase = np.concatenate([*labels.phases.values(), np.empty(0)]).astype(np.int16)
    table = pa.table({"video_id": ids, "frame": frames, "phase": phase})
    write_parquet(path, table, schema=LABELS_SCHEMA, metadata={"label_source": labels.source})


def read_labels(path: str | Path) -> Labels:
    """Read ``labels.parquet``.

    Raises:
        InputError: if frames of a video are not 0, 1, 2, ...
    """
    table, metadata = read_parquet(path, schema=LABELS_SCHEMA)
    phases = {k: v.astype(np.int16) for k, v in by_video(path, table, "phase").items()}
    return Labels(phases=phases, source=require_entry(path, metadata, "label_source"))
