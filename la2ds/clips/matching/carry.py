"""Moments marked in one or several clips, carried to others."""

import logging
from collections.abc import Hashable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from la2ds.clips.clip import Clip, clips_in
from la2ds.clips.matching.confidence import near, partner_chances, pooled
from la2ds.clips.matching.match import cost_tables, witnesses
from la2ds.datasets.folder.labels import frame_at
from la2ds.errors import InputError
from la2ds.evaluation.align import match_frames, partners_of

log = logging.getLogger(__name__)

COLUMNS = ["video", "event", "frame", "time", "confidence"]
_TABLE = "the marked events"


def carry(
    events: Mapping[str, int] | pd.DataFrame, sources: Clip | Sequence[Clip], targets: Clip | Sequence[Clip]
) -> pd.DataFrame:
    """Find in other clips the moments that are marked in some.

    Each marked clip is matched with each target (``align``); a target's frame is the median, rounded
    down, over the clips in which the event is marked. Events stay in the order they have in the marked clips, each in a
    frame of its own.

    Args:
        events: of one marked clip, event -> frame from 0; of several a row for each mark, with columns video, event and
            frame or time in seconds, as in ``labels.csv``, or both, where they agree. A video is called like its clip,
            or the same without folders or ending.
        sources: the marked clips. An event may be missing in some; how often is logged.
        targets: clips to mark.

    Returns:
        a row for each target and event, in the order of targets and, within each, of time: video, event, frame, time
        (seconds), confidence (estimated chance that the frame is within ``confidence.TOLERANCE`` of the
        right one).

    Raises:
        InputError: if there is no mark, a mark is of an unknown video or outside it, events come in different orders,
            or clips cannot be matched.
    """
    clips, targets = clips_in(sources), clips_in(targets)
    marks, before = marks_in(events, clips)
    marked = [clip for clip in clips if marks.get(clip.name)]
    for event in before:
        count = sum(event in marks[clip.name] for clip in marked)
        if count < len(marked):
            log.warning("event %s is marked in %d of %d clips", event, count, len(marked))
    _, described = witnesses([*marked, *targets], by="auto")
    rows = []
    for target, features in zip(targets, described[len(marked) :], strict=True):
        carried = _carried([marks[clip.name] for clip in marked], described[: len(marked)], features)
        placed = in_order({event: frame for event, (frame, _) in carried.items()}, before, len(target), target.name)
        for event, frame in placed.items():
            chances = carried[event][1]
            sure = float(near(chances[None], np.array([frame]))[0])
            rows.append((target.name, event, frame, float(target.times[frame]), sure))
    return pd.DataFrame(rows, columns=COLUMNS)


def marks_in(
    events: Mapping[str, int] | pd.DataFrame, clips: Sequence[Clip]
) -> tuple[dict[str, dict[str, int]], dict[str, set[str]]]:
    """Read what ``carry`` carries: each clip's event -> frame, and for each event those that come before it.

    Raises:
        InputError: as ``carry`` says of marks.
    """
    marks = _marks_of_one(events, clips) if isinstance(events, Mapping) else _marks_of_table(events, clips)
    return marks, _order(marks)


def _carried(
    marks: Sequence[Mapping[str, int]], sources: Sequence[Sequence[np.ndarray]], target: Sequence[np.ndarray]
) -> dict[str, tuple[int, np.ndarray]]:
    """Carry events to one target: event -> the median frame, and the chance of each frame."""
    frames: dict[str, list[int]] = {}
    chances: dict[str, list[np.ndarray]] = {}
    for own, source in zip(marks, sources, strict=True):
        tables = cost_tables(source, target)
        partners, likely = partners_of(match_frames(tables[0])), partner_chances(tables)
        for event, frame in own.items():
            frames.setdefault(event, []).append(int(partners[frame]))
            chances.setdefault(event, []).append(likely[frame])
    return {event: (int(np.median(found)), pooled(chances[event])) for event, found in frames.items()}


def in_order(
    frames: Mapping[str, int], before: Mapping[str, set[str]], count: int, name: str = "a clip"
) -> dict[str, int]:
    """Move events as little forth, and at the end of the clip back, as gives each a frame of its own in their order.

    Args:
        frames: event -> frame.
        before: event -> events that must come before it.
        count: frames there are.
        name: the clip, for messages.

    Raises:
        InputError: if there are more events than frames.
    """
    if len(frames) > count:
        raise InputError(name, expected=f"a frame for each of {len(frames)} events", found=f"{count} frames")
    sorter = TopologicalSorter(before)
    sorter.prepare()
    order: list[str] = []
    ready: list[str] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()], key=lambda event: frames[event])
        order.append(ready.pop(0))
        sorter.done(order[-1])
    places = np.array([frames[event] for event in order])
    steps = np.arange(len(order))
    # Strictly rising is never falling once the places before are counted off.
    free = np.minimum(np.maximum.accumulate(places - steps), count - len(order))
    return dict(zip(order, (free + steps).tolist(), strict=True))


def _marks_of_one(events: Mapping[str, int], clips: Sequence[Clip]) -> dict[str, dict[str, int]]:
    if len(clips) != 1:
        raise InputError(_TABLE, expected="a table of marks with a column video", found=f"{len(clips)} marked clips")
    return {clips[0].name: {str(event): _frame_of({"frame": f}, clips[0], str(event)) for event, f in events.items()}}


def _marks_of_table(table: pd.DataFrame, clips: Sequence[Clip]) -> dict[str, dict[str, int]]:
    """Read marks: clip's name -> event -> frame."""
    for column in ("video", "event"):
        if column not in table or not {"frame", "time"} & set(table):
            found = ", ".join(map(str, table))
            raise InputError(_TABLE, expected="columns video, event, and frame or time", found=found)
    marks: dict[str, dict[str, int]] = {clip.name: {} for clip in clips}
    for row in table.to_dict("records"):
        clip, event = _find(str(row["video"]), clips), str(row["event"])
        if pd.isna(row["event"]) or not event.strip():
            raise InputError(_TABLE, expected=f"each mark of {clip.name} to name its event", found="nothing")
        if event in marks[clip.name]:
            raise InputError(_TABLE, expected=f"each event of {clip.name} once", found=f"{event!r} more than once")
        marks[clip.name][event] = _frame_of(row, clip, event)
    return marks


def _frame_of(row: Mapping[Hashable, Any], clip: Clip, event: str) -> int:
    frame, time = (pd.to_numeric(row.get(key, np.nan), errors="coerce") for key in ("frame", "time"))
    if np.isfinite(frame) and float(frame).is_integer():
        inside = _inside(clip, event, int(frame))
        if np.isfinite(time) and abs(frame_at(clip.times, float(time)) - inside) > 1:
            told = f"frame {inside}, which is at {clip.times[inside]:.3f} s, and {time:g} s"
            raise InputError(_TABLE, expected=f"frame and time of {event} in {clip.name} to agree", found=told)
        return inside
    if np.isnan(frame) and np.isfinite(time):
        usual = float(np.median(np.diff(clip.times))) if len(clip) > 1 else 0.0
        if not clip.times[0] - usual <= time <= clip.times[-1] + usual:
            expected = f"{event} in {clip.times[0]:g} to {clip.times[-1]:g} s of {clip.name}"
            raise InputError(_TABLE, expected=expected, found=f"{time:g} s")
        return _inside(clip, event, frame_at(clip.times, float(time)))
    found = f"{row.get('frame', '')} {row.get('time', '')}".strip() or "neither"
    raise InputError(_TABLE, expected=f"a frame or a time of {event} in {clip.name}", found=found)


def _inside(clip: Clip, event: str, frame: int) -> int:
    if not 0 <= frame < len(clip):
        expected = f"{event} in frames 0 to {len(clip) - 1} of {clip.name}"
        raise InputError(_TABLE, expected=expected, found=str(frame))
    return frame


def _find(name: str, clips: Sequence[Clip]) -> Clip:
    """Give the clip of a name; see ``carry``."""
    wanted = PurePosixPath(name)
    for same in (lambda clip: clip.name == name, lambda clip: PurePosixPath(clip.name).stem == wanted.stem):
        found = [clip for clip in clips if same(clip)]
        if len(found) == 1:
            return found[0]
    raise InputError(_TABLE, expected=f"a video among {', '.join(clip.name for clip in clips)}", found=repr(name))


def _order(marks: Mapping[str, Mapping[str, int]]) -> dict[str, set[str]]:
    """Say for each event which come just before it in some clip.

    Raises:
        InputError: if there is no event, two share a frame, or clips disagree.
    """
    before: dict[str, set[str]] = {}
    for name, own in marks.items():
        for event in own:
            before.setdefault(event, set())
        for first, second in pairwise(sorted(own, key=lambda event: own[event])):
            if own[first] == own[second]:
                found = f"{first} and {second} both in frame {own[first]}"
                raise InputError(_TABLE, expected=f"each event of {name} in a frame of its own", found=found)
            before[second].add(first)
    if not before:
        raise InputError(_TABLE, expected="at least one mark", found="none")
    try:
        TopologicalSorter(before).prepare()
    except CycleError as error:
        found = " before ".join(map(str, error.args[1]))
        raise InputError(_TABLE, expected="events in one order in all clips", found=found) from error
    return before
