"""The action lists of H2O (Kwon et al., ICCV 2021): which actions a sequence shows, and when.

``action_train.txt`` and ``action_val.txt``, in the root or in ``label_split`` below it: a header, then a row for each
action, separated by spaces: id, path (subject1/h1/0), action_label, start_act, end_act, start_frame, end_frame. Frames
count from 0 and both ends are included; actions of a sequence follow each other. ``action_test.txt`` says no labels and
is not read.
"""

from dataclasses import dataclass
from pathlib import Path

from la2ds.errors import InputError
from la2ds.formats.quarantine import ClipErrors
from la2ds.formats.videos import MOST_FRAMES

COLUMNS = ("id", "path", "action_label", "start_act", "end_act", "start_frame", "end_frame")
FOLDERS = ("", "label_split")
ACTIONS = 36  # and 0, the background

# (action, first frame, frame after the last)
Segment = tuple[int, int, int]


@dataclass(frozen=True)
class Listed:
    """What the lists say of a sequence: their file, train or val, number of frames, actions in order of time."""

    file: Path
    split: str
    frames: int
    segments: list[Segment]


def find_list(root: Path, split: str) -> Path | None:
    """Find the list of a split; None if it is nowhere."""
    names = (root / folder / f"action_{split}.txt" for folder in FOLDERS)
    return next(filter(Path.is_file, names), None)


def read_lists(root: Path, outer: ClipErrors) -> dict[str, Listed]:
    """Read the lists that are there: path -> what they say of it.

    Args:
        root: folder of the native files.
        outer: takes the sequences with a broken row.

    Raises:
        InputError: if a list is broken, a row does not say of which sequence it is, or a sequence is in both.
    """
    sequences: dict[str, Listed] = {}
    errors = ClipErrors()
    for split in ("train", "val"):
        file = find_list(root, split)
        for path, listed in _read(file, split, errors).items() if file else ():
            if path in sequences:
                raise InputError(listed.file, expected="each sequence in one list", found=f"{path} in both")
            sequences[path] = listed
    sound = {path: listed for path, listed in sequences.items() if path not in errors.found}
    errors.hand_on(sound, to=outer)
    return sound


def _read(file: Path, split: str, errors: ClipErrors) -> dict[str, Listed]:
    try:
        header, *rows = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = "an empty file" if not isinstance(error, OSError | UnicodeError) else str(error)
        raise InputError(file, expected="an action list", found=reason) from error
    if tuple(header.split()) != COLUMNS:
        raise InputError(file, expected=f"the columns {' '.join(COLUMNS)}", found=repr(header[:80]))
    sequences: dict[str, Listed] = {}
    for number, row in enumerate(rows, start=2):
        if not row.strip():
            continue
        path = "".join(row.split()[1:2])
        # Whose action would be missing is not known then.
        if "/" not in path:
            raise InputError(file, expected="the path of a sequence", found=f"line {number}: {row.strip()[:80]}")
        with errors.of(path):
            segment, frames = _take_row(file, number, row)
            listed = sequences.setdefault(path, Listed(file, split, frames, []))
            before = listed.segments[-1][2] if listed.segments else 0
            if listed.frames != frames or segment[1] < before:
                expected = f"actions of {path} that follow each other, and one end_frame"
                raise InputError(file, expected=expected, found=f"line {number}: {row.strip()}")
            listed.segments.append(segment)
    return sequences


def _take_row(file: Path, number: int, row: str) -> tuple[Segment, int]:
    fields = row.split()
    try:
        action, first, last, start, end = (int(field) for field in fields[2:])
        fits = 0 <= action <= ACTIONS and start == 0 and 0 <= first <= last <= end < MOST_FRAMES
    except ValueError:
        fits = False
    if not fits:
        order = f"0 = start_frame <= start_act <= end_act <= end_frame < {MOST_FRAMES}"
        expected = f"whole numbers, action 0 to {ACTIONS}, and {order}"
        raise InputError(file, expected=expected, found=f"line {number}: {row.strip()[:80]}")
    return (action, first, last + 1), end + 1
