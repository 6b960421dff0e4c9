"""Phase labels, a phase for every frame: our ``labels.parquet``, or anybody's table."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from la2ds.errors import InputError
from la2ds.formats.files.checks import check_frames
from la2ds.formats.files.columns import by_video, frame_index, read_whole
from la2ds.formats.files.foreign import is_foreign, read_foreign
from la2ds.formats.files.parquet import read_parquet, require_entry, write_parquet
from la2ds.formats.quarantine import Refusal, as_entry

LABEL_SOURCES = ("human", "kinematic", "generator", "none")


BACKGROUND = -1


LABELS_SCHEMA = "labels/1"


@dataclass(frozen=True)
class Labels:
    """Phases per video.

    Attributes:
        phases: video_id -> (T,) int16, phase of each frame, -1 for background.
        source: human, kinematic or generator, none where all is background; printed in every table.
        refused: clips that were not listed, and why; written down for the quarantine list, and not read back.
        events: action -> names of its key events in order, where they have names; phase p ends with event p.
    """

    phases: dict[str, np.ndarray]
    source: str
    refused: tuple[Refusal, ...] = ()
    events: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def name_of(self, action: str, phase: int) -> str:
        """Name a phase by the event that ends it, or the last event before it; by its number where they have none."""
        events = self.events.get(action, ())
        if phase == BACKGROUND:
            return "background"
        if not events or phase > len(events):
            return f"phase {phase}"
        return f"to {events[phase]}" if phase < len(events) else f"after {events[-1]}"


def write_labels(path: str | Path, labels: Labels) -> None:
    """Write ``labels.parquet``: one row per frame."""
    if labels.source not in LABEL_SOURCES:
        raise ValueError(f"label source must be one of {', '.join(LABEL_SOURCES)}, got {labels.source!r}")
    ids, frames = frame_index(labels.phases)
    phase = np.concatenate([*labels.phases.values(), np.empty(0)]).astype(np.int16)
    table = pa.table({"video_id": ids, "frame": frames, "phase": phase})
    named = {"events": json.dumps(labels.events, sort_keys=True)} if labels.events else {}
    metadata = {"label_source": labels.source} | as_entry(labels.refused) | named
    write_parquet(path, table, schema=LABELS_SCHEMA, metadata=metadata)


def read_labels(path: str | Path, frames: Mapping[str, int] | None = None) -> Labels:
    """Read labels: ``labels.parquet``, or anybody's Parquet or CSV table with columns video_id, frame and phase.

    Anybody's are taken for people's own (source ``human``), their rows may stand in any order.

    Args:
        path: the file.
        frames: frames of the videos that it is held against (``frames_of``); None to compare nothing.

    Raises:
        InputError: if a column is missing, a phase is no whole number from -1 on, frames of a video are not 0, 1, 2,
            ... or not as many as the video has, or the source is none of ``LABEL_SOURCES``.
    """
    foreign, source, events = is_foreign(path), "human", {}
    if foreign:
        table = read_foreign(path, ("video_id", "frame", "phase"))
    else:
        table, metadata = read_parquet(path, schema=LABELS_SCHEMA)
        source = require_entry(path, metadata, "label_source")
        events = _events(path, metadata.get("events", "{}"))
    if source not in LABEL_SOURCES:
        raise InputError(path, expected=f"la2ds.label_source among {', '.join(LABEL_SOURCES)}", found=repr(source))
    phase = read_whole(path, table, "phase", low=BACKGROUND, high=np.iinfo(np.int16).max)
    phases = by_video(path, table, phase.astype(np.int16), any_order=foreign)
    check_frames(path, {video_id: len(own) for video_id, own in phases.items()}, frames)
    return Labels(phases, source, events=events)


def _events(path: str | Path, text: str) -> dict[str, tuple[str, ...]]:
    try:
        return {str(action): tuple(map(str, names)) for action, names in json.loads(text).items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise InputError(path, expected="la2ds.events to list the key events of actions", found=text) from error
