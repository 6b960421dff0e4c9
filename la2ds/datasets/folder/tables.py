"""The two tables people may lay beside their own videos, ``labels.csv`` and ``splits.csv``, read row by row.

A video is named as its file is, ``action/name.mp4``, without the ending, ``action/name``, or, where only one action has
such a video, ``name.mp4`` or ``name``. Rows about actions that were not asked for are read and left alone.
"""

import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from la2ds.errors import InputError
from la2ds.formats.files.sheet import read_number, read_sheet
from la2ds.formats.videos import SPLITS


@dataclass(frozen=True)
class Mark:
    """A key event of a video: a row of ``labels.csv``.

    Attributes:
        where: the row, for messages.
        event: its number or name.
        frame: 0-based frame; None where the row gives a time.
        time: seconds as players show them; None where the row gives a frame.
    """

    where: str
    event: str
    frame: int | None
    time: float | None


class Names:
    """The ways a video may be named."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        """Take every video of the folder.

        Args:
            sources: video_id -> path below the root.
        """
        self._known: dict[str, set[str]] = {}
        # macOS takes letters and their accents apart in names of files, spreadsheets do not.
        self._composed: dict[str, set[str]] = {}
        for video_id, source in sources.items():
            for name in {video_id, source, video_id.partition("/")[2], source.partition("/")[2]}:
                self._known.setdefault(name, set()).add(video_id)
                self._composed.setdefault(unicodedata.normalize("NFC", name), set()).add(video_id)

    def find(self, file: Path, where: str, name: str) -> str:
        """Give the video_id of a name.

        Raises:
            InputError: if there is no such video, or one in several actions.
        """
        composed = unicodedata.normalize("NFC", name)
        # Windows writes paths with backslashes; elsewhere one may be part of a name.
        slashes = composed.replace("\\", "/")
        # An apostrophe keeps spreadsheets from computing what begins like a formula; `la2ds compare` writes it.
        text = composed[1:] if composed.startswith("'") and composed[1:2] in tuple("=+-@") else composed
        tried = (self._known.get(name), *map(self._composed.get, (composed, slashes, text)))
        found = sorted(next(filter(None, tried), ()))
        if len(found) > 1:
            raise InputError(file, expected=f"{where} to say which of {', '.join(found)}", found=repr(name))
        if not found:
            raise InputError(file, expected=f"{where} to name a video below {file.parent}", found=repr(name))
        return found[0]


def read_splits(file: Path, names: Names) -> dict[str, str]:
    """Read ``splits.csv``: video_id -> train or val; empty where there is no such file.

    Raises:
        InputError: if a column is missing, or a row is odd.
    """
    splits: dict[str, str] = {}
    for where, row in _rows_of(file, ("video", "split")):
        video_id = names.find(file, where, row["video"])
        if row["split"] not in SPLITS:
            raise InputError(file, expected=f"{where} to say {' or '.join(SPLITS)}", found=repr(row["split"]))
        if video_id in splits:
            raise InputError(file, expected="each video once", found=f"{video_id} again in {where}")
        splits[video_id] = row["split"]
    return splits


def read_marks(file: Path, names: Names) -> dict[str, list[Mark]]:
    """Read ``labels.csv``: video_id -> its key events, in the order of the rows; empty where there is no such file.

    Raises:
        InputError: if a column is missing, or a row is odd.
    """
    marks: dict[str, list[Mark]] = {}
    for where, row in _rows_of(file, ("video", "event")):
        if not row["event"]:
            raise InputError(file, expected=f"{where} to number or name an event", found="nothing")
        given = [key for key in ("frame", "time") if row.get(key)]
        if len(given) != 1:
            found = " and ".join(given) or "neither"
            raise InputError(file, expected=f"{where} to give either a frame or a time", found=found)
        frame = _whole(file, where, row["frame"]) if given == ["frame"] else None
        time = _seconds(file, where, row["time"]) if given == ["time"] else None
        mark = Mark(where, row["event"], frame, time)
        marks.setdefault(names.find(file, where, row["video"]), []).append(mark)
    return marks


def _rows_of(file: Path, wanted: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Read a table; nothing where there is none."""
    return read_sheet(file, wanted) if file.is_file() else iter(())


def _whole(file: Path, where: str, text: str) -> int:
    number = _number(text)
    if not number.is_integer():  # 12.0 is what tables with gaps are written with
        raise InputError(file, expected=f"{where} to give a frame, counted from 0", found=repr(text))
    return int(number)


def _seconds(file: Path, where: str, text: str) -> float:
    number = _number(text)
    if math.isnan(number):
        raise InputError(file, expected=f"{where} to give a time in seconds, such as 1.25", found=repr(text))
    return number


def _number(text: str) -> float:
    """Read a number of at least 0; NaN for anything else."""
    number = read_number(text)
    return number if 0 <= number < math.inf else math.nan
