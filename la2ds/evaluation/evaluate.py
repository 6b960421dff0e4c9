"""Score any embeddings, ours or somebody else's: ``python -m la2ds evaluate``.

In: ``videos.csv``, labels and embeddings (anybody's, too: ``read_labels``, ``read_embeddings``), one protocol. Out: one
long CSV of metrics, and what each is made of, video by video. One action's embeddings or several's may stand in the
file; with several, each metric is the unweighted mean over actions.
"""

import argparse
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from la2ds.config import ProtocolConfig, load, protocol_file
from la2ds.errors import InputError
from la2ds.evaluation.clock import clock_clips, say, without_classifiers
from la2ds.evaluation.metrics import METRICS
from la2ds.evaluation.metrics.clips import ActionClips, Clip
from la2ds.formats.embeddings import Embeddings, read_embeddings
from la2ds.formats.files.storage import atomic_path
from la2ds.formats.labels import Labels, read_labels
from la2ds.formats.results.metrics import COLUMNS, Row
from la2ds.formats.results.unit_tables import write_units
from la2ds.formats.videos import SPLITS, frames_of, read_videos

log = logging.getLogger(__name__)


@contextmanager
def told_once() -> Iterator[None]:
    """Leave out of the log what it has said before: metrics of one kind and the clock's complain of the same labels."""
    handlers = [handler for handler in (*logging.getLogger().handlers, logging.lastResort) if handler]
    filters = [_New() for _ in handlers]
    for handler, new in zip(handlers, filters, strict=True):
        handler.addFilter(new)
    try:
        yield
    finally:
        for handler, new in zip(handlers, filters, strict=True):
            handler.removeFilter(new)


class _New(logging.Filter):
    """Lets a sentence through once."""

    def __init__(self) -> None:
        super().__init__()
        self._said: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        known = len(self._said)
        self._said.add(record.getMessage())
        return len(self._said) > known


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("--videos", type=Path, required=True, help="videos.csv")
    parser.add_argument("--labels", type=Path, required=True, help="labels.parquet, or a plain Parquet or CSV table")
    kinds = "Parquet, CSV, .npz, or a folder of .npy"
    parser.add_argument("--embeddings", type=Path, required=True, help=f"of one action or several: {kinds}")
    parser.add_argument("--protocol", type=protocol_file, required=True, help="a protocol, by name or file")
    parser.add_argument("--output", type=Path, required=True, help="metrics CSV to write")
    parser.add_argument("--units", type=Path, help="Parquet to write: what each metric is made of, video by video")
    parser.add_argument(
        "--against",
        choices=("clock", "none"),
        default="clock",
        help="what is said of the scores at the end (default: clock)",
    )


@told_once()
def main(args: argparse.Namespace) -> None:
    """Read, score, write."""
    protocol = load(ProtocolConfig, args.protocol)
    videos = read_videos(args.videos)
    frames = frames_of(videos)
    embeddings, labels = read_embeddings(args.embeddings, frames), read_labels(args.labels, frames)
    actions = action_clips(embeddings, videos, labels, args.embeddings)
    rows_of_action = score_actions(actions, protocol)
    rows = [video_row(videos, embeddings, actions, split) for split in SPLITS] + average(rows_of_action)
    commit = embeddings.metadata.get("commit", "")
    if args.units is not None:
        write_units(args.units, rows_of_action, commit=commit)
    write_metrics(args.output, rows, commit=commit)
    log.info("%s: %d rows on %s", args.output, len(rows), ", ".join(actions))
    if args.against == "clock":
        clock = score(clock_clips(actions), without_classifiers(protocol))
        print("\n".join(say(rows, clock)))


def action_clips(
    embeddings: Embeddings, videos: pd.DataFrame, labels: Labels, file: str | Path
) -> dict[str, ActionClips]:
    """Bring embeddings and labels together.

    Args:
        embeddings: finite.
        videos: the videos table.
        labels: phases of at least the embedded videos.
        file: the embeddings file, for messages.

    Returns:
        action -> its embedded clips, actions sorted.

    Raises:
        InputError: if a video is unknown or has no labels, if numbers of frames differ, or if there is no video.
    """
    rows_of_videos = {str(row.video_id): row for row in videos.itertuples()}
    unknown = sorted(set(embeddings.clips) - set(rows_of_videos))
    if unknown:
        raise InputError(file, expected="videos of the videos table", found=f"{unknown[0]} ({len(unknown)} unknown)")
    splits: dict[str, dict[str, list[Clip]]] = {}
    for video_id, embedding in embeddings.clips.items():
        row: Any = rows_of_videos[video_id]
        phases = _phases(labels.phases, video_id, frames=len(embedding), file=file)
        clip = Clip(video_id, embedding, phases, float(row.fps))
        splits.setdefault(str(row.action), {s: [] for s in SPLITS})[str(row.split)].append(clip)
    for action, parts in splits.items():
        for split, clips in parts.items():
            if not clips:
                log.warning("%s has no %s video of %s: what needs one is not defined", file, split, action)
    if not splits:
        raise InputError(file, expected="train and val videos", found="no video")
    return {action: ActionClips(**splits[action]) for action in sorted(splits)}


def _phases(phases: Mapping[str, np.ndarray], video_id: str, *, frames: int, file: str | Path) -> np.ndarray:
    if video_id not in phases:
        raise InputError(
            file, expected=f"videos with phase labels, such as {next(iter(phases), 'none')}", found=video_id
        )
    if len(phases[video_id]) != frames:
        expected = f"{len(phases[video_id])} frames of video {video_id} as in its labels"
        raise InputError(file, expected=expected, found=f"{frames}")
    return phases[video_id]


def video_row(videos: pd.DataFrame, embeddings: Embeddings, actions: Mapping[str, ActionClips], split: str) -> Row:
    """Count the videos scored, and name those of the same actions that have no embedding."""
    ids = videos.video_id[videos.action.isin(list(actions)) & (videos.split == split)]
    missing = [v for v in ids if v not in embeddings.clips]
    if missing:
        log.warning("%d %s videos have no embedding and are not scored: %s", len(missing), split, ", ".join(missing))
    scored = len(ids) - len(missing)
    return Row("videos", f"split={split}", float(scored), scored, len(missing))


@told_once()
def score(actions: Mapping[str, ActionClips], protocol: ProtocolConfig) -> list[Row]:
    """Compute every metric, as the unweighted mean over actions."""
    return average(score_actions(actions, protocol))


def score_actions(actions: Mapping[str, ActionClips], protocol: ProtocolConfig) -> dict[str, list[Row]]:
    """Compute every metric of every action."""
    rows: dict[str, list[Row]] = {}
    for action, data in actions.items():
        rows[action] = [row for function in METRICS.values() for row in function(data, protocol)]
        for row in rows[action]:
            if np.isnan(row.value):
                log.warning("%s: %s %s is not defined", action, row.metric, row.variant)
    return rows


def average(rows_of_action: Mapping[str, list[Row]]) -> list[Row]:
    """Take the unweighted mean over actions.

    An undefined value of one action makes the mean undefined: leaving it out would compare means over other actions.
    """
    rows: dict[tuple[str, str], list[Row]] = {}
    for action_rows in rows_of_action.values():
        for row in action_rows:
            rows.setdefault((row.metric, row.variant), []).append(row)
    return [_mean(same_metric) for same_metric in rows.values()]


def _mean(rows: list[Row]) -> Row:
    first = rows[0]
    value = float(np.mean([r.value for r in rows])) if len(rows) > 1 else first.value
    return Row(first.metric, first.variant, value, sum(r.n for r in rows), sum(r.dropped for r in rows))


def write_metrics(path: str | Path, rows: list[Row], *, commit: str) -> None:
    """Write a metrics file: columns ``COLUMNS``, numbers in full, ``nan`` where a value is not defined.

    Args:
        path: the CSV.
        rows: the metrics.
        commit: commit of the code that made the embeddings; empty where unknown.
    """
    table = pd.DataFrame([(*row.without_units, commit) for row in rows], columns=COLUMNS)
    table["value"] = [repr(float(row.value)) for row in rows]
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False)
