"""Phases of people's own videos, from the key events of ``labels.csv``.

Phase p is the frames after event p - 1 up to and including event p. Events come in one order, the same in every
labelled video of an action; what is numbered comes in the order of its numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from la2ds.datasets.folder.tables import Mark
from la2ds.errors import InputError
from la2ds.formats.labels import BACKGROUND
from la2ds.formats.quarantine import Refusal


@dataclass(frozen=True)
class Film:
    """A video of the folder.

    Attributes:
        video_id: ``action/name``.
        action: the folder it lies in.
        source: its path below the root.
        frames: number of frames; 0 where it cannot be read.
        fps: frames per second; NaN where unknown.
        size: width and height in pixels; (0, 0) where it cannot be read.
        times: (frames,) seconds as players show them; NaN where the file does not say.
        refused: why it cannot be read; None where it can.
    """

    video_id: str
    action: str
    source: str
    frames: int
    fps: float
    size: tuple[int, int]
    times: np.ndarray
    refused: Refusal | None = None


def label_films(
    file: Path, films: Sequence[Film], marks: Mapping[str, Sequence[Mark]]
) -> tuple[dict[str, np.ndarray], dict[str, tuple[str, ...]]]:
    """Give every frame its phase.

    Args:
        file: the table of labels, for messages.
        films: the videos.
        marks: video_id -> its rows.

    Returns:
        video_id -> (frames,) int16, all background where the table has no row of the video; and action -> its events,
        where they have names.

    Raises:
        InputError: if events are out of order, lie outside the video, or are not those of the action's other videos.
    """
    phases: dict[str, np.ndarray] = {}
    first: dict[str, tuple[str, list[str]]] = {}  # action -> its first labelled video and the events of that
    for film in films:
        phases[film.video_id] = np.full(film.frames, BACKGROUND, dtype=np.int16)
        if not marks.get(film.video_id) or not film.frames:
            continue
        placed = sorted([(_frame_of(file, film, m), m) for m in marks[film.video_id]], key=lambda pair: pair[0])
        events = [mark.event for _, mark in placed]
        _check_order(file, film, placed)
        other, expected = first.setdefault(film.action, (film.video_id, events))
        if events != expected:
            wanted = f"events {', '.join(expected)} of {film.video_id}, as of {other}"
            raise InputError(file, expected=wanted, found=", ".join(events))
        ends = [frame for frame, _ in placed]
        phases[film.video_id] = np.searchsorted(ends, np.arange(film.frames), side="left").astype(np.int16)
    named = {a: tuple(events) for a, (_, events) in first.items() if not all(e.isdecimal() for e in events)}
    return phases, named


def _frame_of(file: Path, film: Film, mark: Mark) -> int:
    """Give a mark's frame; for a time the one that is shown then."""
    if mark.frame is not None:
        if mark.frame >= film.frames:
            expected = f"frames 0 to {film.frames - 1} of {film.video_id}"
            raise InputError(file, expected=expected, found=f"{mark.frame} in {mark.where}")
        return mark.frame
    times = film.times if np.isfinite(film.times).all() else np.arange(film.frames) / film.fps
    if not np.isfinite(times).all():
        expected = f"frames of {film.video_id}, whose file does not say its frame rate"
        raise InputError(file, expected=expected, found=f"a time in {mark.where}")
    time = float(mark.time or 0.0)
    # The last frame is shown for as long as the one before it.
    end = float(times[-1] + (times[-1] - times[-2] if len(times) > 1 else 0.0))
    if time > end:
        raise InputError(file, expected=f"times 0 to {end:g} s of {film.video_id}", found=f"{time:g} in {mark.where}")
    return frame_at(times, time)


def frame_at(times: np.ndarray, time: float) -> int:
    """Give the frame that is shown at a time.

    Times are written rounded, so a frame that begins within half a usual distance, and is nearer than the one before,
    is meant; at a constant rate this is the nearest frame.

    Args:
        times: (T,) seconds at which frames begin to be shown, rising.
        time: seconds; before the first frame counts as its beginning.
    """
    usual = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    shown = max(int(np.searchsorted(times, time, side="right")) - 1, 0)
    if shown + 1 == len(times):
        return shown
    ahead, gap = times[shown + 1] - time, times[shown + 1] - times[shown]
    return shown + 1 if ahead < min(gap, usual) / 2 else shown


def _check_order(file: Path, film: Film, placed: Sequence[tuple[int, Mark]]) -> None:
    """Refuse events that are twice there, that share a frame, or whose numbers fall."""
    for (frame, mark), (later, other) in pairwise(placed):
        if frame == later:
            found = f"frame {frame} in {mark.where} and {other.where}"
            raise InputError(file, expected=f"each event of {film.video_id} in a frame of its own", found=found)
    events = [mark.event for _, mark in placed]
    twice = [event for event in events if events.count(event) > 1]
    if twice:
        raise InputError(file, expected=f"each event of {film.video_id} once", found=f"{twice[0]!r} more than once")
    numbered = all(event.isdecimal() for event in events)
    if numbered and sorted(events, key=int) != events:
        raise InputError(file, expected=f"events of {film.video_id} in time's order", found=", ".join(events))
