"""Phase labels of Penn Action in the formats they are passed around in.

Looked for below the dataset's root, in this order:

* ``parquet``: ``phase_labels.parquet`` with columns sequence, frame, action, split, phase.
* ``tcc``: ``penn_action_labels/{train,val}/<action>/NNNN.npy``, one integer per frame (Dwibedi et al., CVPR 2019).
* ``carl``: ``{train,val}.pkl`` or ``penn_action/{train,val}.pkl``, (list of dicts with name ``NNNN_<action>`` and
  frame_label, action_to_indices) (Chen et al., CVPR 2022).
* ``casa``: ``npyrecords/<action>_{train,val}.npy``, a pickled dict NNNN -> {labels, pose, beta}
  (Kwon et al., ECCV 2022).

All are human labels. ``kinematic`` ones, used under this name alone, are computed and read from no file: see
``events``. Phase p holds the frames after key event p - 1 up to and including key event p. CARL's loader resamples and
CASA's loader cuts at 250 frames when they draw clips; their files hold every frame, so lengths must be equal.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from la2ds.datasets.reader import check_phases
from la2ds.datasets.unpickle import load_npy, load_pickle
from la2ds.errors import InputError
from la2ds.formats.labels import BACKGROUND
from la2ds.formats.quarantine import ClipErrors
from la2ds.formats.videos import SPLITS

# The label format of phases that are computed, not read: never chosen by ``auto``.
KINEMATIC = "kinematic"
# Penn's own name -> ours (TCC's and CASA's); all other actions are spelled the same everywhere.
OUR_SPELLING = {"bowl": "bowling", "pullup": "pullups", "pushup": "pushups", "squat": "squats"}


def our_name(action: str) -> str:
    """Give our spelling of an action's name in either spelling."""
    return OUR_SPELLING.get(action, action)


def spellings(action: str) -> tuple[str, ...]:
    """List all names of an action, ours first."""
    return our_name(action), *(native for native, ours in OUR_SPELLING.items() if ours == our_name(action))


@dataclass(frozen=True)
class PhaseLabels:
    """The labels of one sequence.

    Attributes:
        file: where they were read.
        action: in our spelling.
        split: train or val, as the label file has it.
        phases: (T,) int16, phase of each frame, -1 for background.
    """

    file: Path
    action: str
    split: str
    phases: np.ndarray


# sequence and its labels; a format yields nothing when its files are not there.
Found = Iterator[tuple[str, PhaseLabels]]


def find_phases(root: Path, kind: str, actions: Iterable[str], outer: ClipErrors) -> tuple[str, dict[str, PhaseLabels]]:
    """Read the labels of some actions.

    Args:
        root: the dataset's folder.
        kind: an entry of ``FORMATS``, or ``auto`` for the first that labels any of the actions.
        actions: wanted actions, in our spelling.
        outer: takes the sequences whose labels are broken.

    Returns:
        the format and, by sequence ("0174"), its labels.

    Raises:
        InputError: if ``kind`` is unknown, nothing is found, a file of all sequences is broken, or a sequence is
            labelled twice.
    """
    if kind != "auto" and kind not in FORMATS:
        raise InputError(root, expected=f"labels auto, {', '.join(FORMATS)}, {KINEMATIC}", found=repr(kind))
    actions = tuple(actions)
    for name in FORMATS if kind == "auto" else (kind,):
        errors = ClipErrors()
        phases = _by_sequence(FORMATS[name].read(root, actions, errors))
        errors.hand_on(phases, to=outer)
        if phases:
            return name, phases
    looked_for = [f"{n} ({f.files})" for n, f in FORMATS.items() if kind in ("auto", n)]
    raise InputError(root, expected=f"phase labels as {', '.join(looked_for)}", found=f"none of {', '.join(actions)}")


def _by_sequence(found: Found) -> dict[str, PhaseLabels]:
    phases: dict[str, PhaseLabels] = {}
    for sequence, labels in found:
        if sequence in phases:
            raise InputError(labels.file, expected="each sequence once", found=f"{sequence} twice")
        phases[sequence] = labels
    return phases


def _labels(file: Path, sequence: str, values: Any, *, action: str, split: str) -> tuple[str, PhaseLabels]:
    """Check one sequence's labels: a 4-digit sequence, a known split, whole numbers from -1 up in one row."""
    if not re.fullmatch(r"[0-9]{4}", sequence):
        raise InputError(file, expected="sequences of four digits", found=repr(sequence))
    if split not in SPLITS:
        raise InputError(file, expected=f"split {' or '.join(SPLITS)} for {sequence}", found=repr(split))
    expected = f"whole numbers from {BACKGROUND} up, one per frame of {sequence}"
    phases = check_phases(file, values, expected=expected)
    return sequence, PhaseLabels(file, our_name(action), split, phases)


def _read_parquet(root: Path, actions: tuple[str, ...], errors: ClipErrors) -> Found:
    file = root / "phase_labels.parquet"
    if not file.is_file():
        return
    try:
        table = pd.read_parquet(file)
    # pyarrow's errors derive from both; a damaged file gives either.
    except (ValueError, OSError) as error:
        raise InputError(file, expected="a Parquet file", found=str(error).splitlines()[0]) from error
    columns = ("sequence", "frame", "action", "split", "phase")
    if missing := [c for c in columns if c not in table.columns]:
        raise InputError(file, expected=f"columns {', '.join(columns)}", found=f"no {', '.join(missing)}")
    wanted = [name for action in actions for name in spellings(action)]
    for sequence, rows in table[table.action.isin(wanted)].sort_values("frame").groupby("sequence"):
        with errors.of(str(sequence)):
            if not np.array_equal(rows.frame, np.arange(len(rows))):
                raise InputError(file, expected=f"frames 0, 1, 2, ... of sequence {sequence}", found="others")
            if rows.action.nunique() != 1 or rows.split.nunique() != 1:
                raise InputError(file, expected=f"one action and one split for sequence {sequence}", found="several")
            first = rows.iloc[0]
            yield _labels(file, str(sequence), rows.phase, action=first.action, split=first.split)


def _read_tcc(root: Path, actions: tuple[str, ...], errors: ClipErrors) -> Found:
    for split in SPLITS:
        for action in actions:
            for name in spellings(action):
                for file in sorted((root / "penn_action_labels" / split / name).glob("[0-9]*.npy")):
                    with errors.of(file.stem):
                        yield _labels(file, file.stem, load_npy(file), action=action, split=split)


def _read_carl(root: Path, actions: tuple[str, ...], errors: ClipErrors) -> Found:
    for split in SPLITS:
        places = (root / f"{split}.pkl", root / "penn_action" / f"{split}.pkl")
        file = next((place for place in places if place.is_file()), None)
        if file is None:
            continue
        for entry in _carl_entries(file):
            sequence, action = entry["name"][:4], entry["name"][5:]
            if our_name(action) in actions:
                with errors.of(sequence):
                    yield _labels(file, sequence, entry["frame_label"], action=action, split=split)


def _carl_entries(file: Path) -> list[dict[str, Any]]:
    content = load_pickle(file)
    entries = content[0] if isinstance(content, tuple | list) and content else None
    expected = "(list of dicts with name NNNN_<action> and frame_label, action_to_indices)"
    if not isinstance(entries, list):
        raise InputError(file, expected=expected, found=type(content).__name__)
    for k, entry in enumerate(entries):
        named = isinstance(entry, dict) and "frame_label" in entry and isinstance(entry.get("name"), str)
        if not named or not re.fullmatch(r"[0-9]{4}_\w+", entry["name"]):
            raise InputError(file, expected=expected, found=f"another entry {k}")
    return entries


def _read_casa(root: Path, actions: tuple[str, ...], errors: ClipErrors) -> Found:
    for split in SPLITS:
        for action in actions:
            for name in spellings(action):
                file = root / "npyrecords" / f"{name}_{split}.npy"
                if file.is_file():
                    yield from _read_casa_file(file, errors, action=action, split=split)


def _read_casa_file(file: Path, errors: ClipErrors, *, action: str, split: str) -> Found:
    content = load_npy(file)
    records = content.item() if content.shape == () else None
    if not isinstance(records, dict):
        raise InputError(file, expected="a dict of sequences", found=f"{content.dtype} of shape {content.shape}")
    for sequence, record in records.items():
        with errors.of(str(sequence)):
            if not isinstance(record, dict) or "labels" not in record:
                raise InputError(file, expected=f"labels of sequence {sequence}", found="none")
            yield _labels(file, str(sequence), record["labels"], action=action, split=split)


@dataclass(frozen=True)
class Format:
    """One way of passing labels around: its reader and, for messages, its files."""

    read: Callable[[Path, tuple[str, ...], ClipErrors], Found]
    files: str


FORMATS = {
    "parquet": Format(_read_parquet, "phase_labels.parquet"),
    "tcc": Format(_read_tcc, "penn_action_labels/{train,val}/<action>/NNNN.npy"),
    "carl": Format(_read_carl, "{train,val}.pkl or penn_action/{train,val}.pkl"),
    "casa": Format(_read_casa, "npyrecords/<action>_{train,val}.npy"),
}
