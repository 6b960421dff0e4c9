"""The annotation files of IKEA ASM: who is in which split, and what is done in which frame.

Each is looked for in the dataset's root and in the folders it is published in (``FOLDERS``):

* ``gt_segments.json``: {database: {furniture/scan: {subset: training | testing, annotation: [{label, segment: [first,
  last]}]}}}, 0-based frames, both ends included. Segments follow each other; at 103 places of the published file one
  frame between two of them has no label and is background.
* ``ikea_annotation_db_full``: SQLite. Its segments overlap at times, where the later one counts, and end before
  ``ending_frame``: read so, they agree with ``gt_segments.json`` in 99.86 % of all frames. Names of actions that end in
  dots are completed by the object. Only the camera dev3 is read.
* ``train_cross_env.txt`` and ``test_cross_env.txt``: one furniture/scan a line. Where they are missing, the subset in
  ``gt_segments.json`` counts, which is the same split.

The database is opened for reading alone, and is not changed.
"""

import logging
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from la2ds.errors import InputError
from la2ds.formats.files.text import read_json, read_text
from la2ds.formats.quarantine import ClipErrors
from la2ds.formats.videos import MOST_FRAMES

log = logging.getLogger(__name__)

SEGMENTS = "gt_segments.json"
DATABASE = "ikea_annotation_db_full"
LISTS = {"train": "train_cross_env.txt", "val": "test_cross_env.txt"}
FOLDERS = ("", "indexing_files", "annotations/action_annotations", "annotations")
_SUBSETS = {"training": "train", "testing": "val"}
_CAMERA = "dev3"

# (label, first frame, frame after the last)
Segment = tuple[str, int, int]


def find_file(root: Path, name: str) -> Path | None:
    """Find an annotation file by its name; None if it is nowhere."""
    return next((file for folder in FOLDERS if (file := root / folder / name).is_file()), None)


def read_segments(file: Path, outer: ClipErrors) -> tuple[dict[str, list[Segment]], dict[str, str]]:
    """Read ``gt_segments.json``.

    Args:
        file: the file.
        outer: takes the scans that are broken, such as with segments that overlap.

    Returns:
        furniture/scan -> its segments in order, and furniture/scan -> train or val.

    Raises:
        InputError: if it is another file, or no scan can be read.
    """
    content = read_json(file)
    database = content.get("database") if isinstance(content, dict) else None
    if not isinstance(database, dict):
        raise InputError(file, expected="a dict with the entry database", found=type(content).__name__)
    segments, splits = {}, {}
    errors = ClipErrors()
    for scan, entry in database.items():
        with errors.of(scan):
            if not isinstance(entry, dict) or str(entry.get("subset")) not in _SUBSETS:
                raise InputError(file, expected=f"subset {' or '.join(_SUBSETS)} of {scan}", found=_brief(entry))
            splits[scan] = _SUBSETS[str(entry["subset"])]
            segments[scan] = _check_segments(file, scan, entry.get("annotation"))
    errors.hand_on(segments, to=outer)
    return segments, splits


def _check_segments(file: Path, scan: str, entries: Any) -> list[Segment]:
    if not isinstance(entries, list) or not entries:
        raise InputError(file, expected=f"a list of segments of {scan}", found=_brief(entries))
    segments: list[Segment] = []
    for entry in entries:
        label, first, last = _take_segment(file, scan, entry)
        after = segments[-1][2] if segments else 0
        if not after <= first <= last < MOST_FRAMES:
            expected = f"segments of {scan} that follow each other and end before frame {MOST_FRAMES}"
            raise InputError(file, expected=expected, found=f"{first} to {last} after {after - 1}")
        segments.append((label, first, last + 1))
    return segments


def _take_segment(file: Path, scan: str, entry: Any) -> tuple[str, int, int]:
    label, ends = (entry.get("label"), entry.get("segment")) if isinstance(entry, dict) else (None, None)
    if not isinstance(label, str) or not isinstance(ends, list) or [type(end) for end in ends] != [int, int]:
        raise InputError(file, expected=f"a label and a segment [first, last] of {scan}", found=_brief(entry))
    first, last = ends
    if last >= MOST_FRAMES:
        raise InputError(file, expected=f"frames of {scan} below {MOST_FRAMES}", found=_brief(last))
    return label, first, last


def read_database(file: Path, outer: ClipErrors) -> tuple[dict[str, list[Segment]], dict[str, int]]:
    """Read the annotation database.

    Args:
        file: the file.
        outer: takes the scans with impossible values.

    Returns:
        furniture/scan -> its segments by their first frame, and furniture/scan -> number of frames.

    Raises:
        InputError: if it is no database, lacks a table or column, or no scan can be read.
    """
    videos, rows = _query(file)
    errors, frames, scans = ClipErrors(), {}, {}
    for key, path, count in videos:
        with errors.of(_scan_of(str(path))):
            if (
                not isinstance(path, str)
                or path.count("/") < 2
                or type(count) is not int
                or not 1 <= count <= MOST_FRAMES
            ):
                found = _brief((key, path, count))
                raise InputError(file, expected="a path and a number of frames of each video", found=found)
            scans[key] = _scan_of(path)
            frames[scans[key]] = count
    segments: dict[str, list[Segment]] = {scan: [] for scan in frames}
    for row in rows:
        if row[0] in scans:
            scan = scans[row[0]]
            with errors.of(scan):
                segments[scan].append(_take_row(file, scan, row, frames[scan]))
    sound = {scan: found for scan, found in segments.items() if scan not in errors.found}
    errors.hand_on(sound, to=outer)
    return sound, {scan: frames[scan] for scan in sound}


def _take_row(file: Path, scan: str, row: Any, frames: int) -> Segment:
    _, action, part, first, after = row
    if not isinstance(action, str) or any(type(frame) is not int for frame in (first, after)):
        raise InputError(file, expected="an action and two frames in each annotation", found=_brief(row))
    label = _full_name(action, part)
    if not 0 <= first < after:
        raise InputError(file, expected=f"frames of {label!r} in {scan}", found=f"{first} to {after}")
    return label, first, min(after, frames)


_VIDEOS = "SELECT id, video_path, nframes FROM videos WHERE camera = ? AND annotated ORDER BY id"
_ANNOTATIONS = """
    SELECT a.video_id, x.atomic_action, o.object, a.starting_frame, a.ending_frame
    FROM annotations AS a
    JOIN videos AS v ON v.id = a.video_id
    JOIN atomic_actions AS x ON x.id = a.atomic_action_id
    LEFT JOIN objects AS o ON o.id = a.object_id
    WHERE v.camera = ? AND v.annotated
    ORDER BY a.video_id, a.starting_frame, a.ending_frame, a.id
"""


def _query(file: Path) -> tuple[list[Any], list[Any]]:
    # Immutable: else SQLite wants to write locks beside the file, which a read-only folder does not allow.
    address = f"file:{quote(str(file.resolve()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as database:
            videos = database.execute(_VIDEOS, (_CAMERA,)).fetchall()
            rows = database.execute(_ANNOTATIONS, (_CAMERA,)).fetchall()
    except (sqlite3.Error, UnicodeDecodeError) as error:  # the text of an error is decoded, too
        raise InputError(file, expected="the database of IKEA ASM", found=str(error).splitlines()[0]) from error
    return videos, rows


def _scan_of(path: str) -> str:
    """Take furniture/scan from furniture/scan/camera/images; the column furniture is misspelt for some."""
    return "/".join(path.split("/")[:2])


def _full_name(action: str, part: str | None) -> str:
    """Complete ``pick up ...`` by what is picked up."""
    action = action.strip()
    return f"{action.rstrip('.').strip()} {part}" if action.endswith("...") else action


def read_lists(root: Path) -> dict[str, str]:
    """Read the official split: furniture/scan -> train or val; empty where there are no lists.

    Raises:
        InputError: if there is one list without the other, or a scan is in both.
    """
    files = {split: find_file(root, name) for split, name in LISTS.items()}
    if not any(files.values()):
        return {}
    splits: dict[str, str] = {}
    for split, file in files.items():
        if file is None:
            raise InputError(root, expected=" and ".join(LISTS.values()), found=f"no {LISTS[split]}")
        for scan in read_text(file).split():
            if splits.setdefault(scan, split) != split:
                raise InputError(file, expected="each scan in one split", found=f"{scan} in both")
    return splits


def compare_splits(lists: Mapping[str, str], subsets: Mapping[str, str], scans: Iterable[str]) -> None:
    """Warn where the lists say something else than ``gt_segments.json``; the lists count."""
    other = [scan for scan in scans if scan in subsets and lists.get(scan) != subsets[scan]]
    if other:
        log.warning("%d scans are in another split than %s says, such as %s", len(other), SEGMENTS, other[0])


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
