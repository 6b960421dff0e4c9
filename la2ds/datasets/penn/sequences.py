"""The sequences of Penn Action, as the heads of their ``labels/NNNN.mat`` describe them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from la2ds.datasets.penn.mat_file import load_fields
from la2ds.datasets.penn.phases import our_name
from la2ds.errors import InputError
from la2ds.formats.quarantine import ClipErrors
from la2ds.formats.videos import LARGEST_SIDE, MOST_FRAMES

ACTIONS = (
    "baseball_pitch",
    "baseball_swing",
    "bench_press",
    "bowling",
    "clean_and_jerk",
    "golf_swing",
    "jump_rope",
    "jumping_jacks",
    "pullups",
    "pushups",
    "situp",
    "squats",
    "strum_guitar",
    "tennis_forehand",
    "tennis_serve",
)


@dataclass(frozen=True)
class Sequence:
    """What a .mat says about its sequence: our name of the action, train or val, pixels, frames."""

    action: str
    split: str
    width: int
    height: int
    frames: int


def mat_of(root: Path, name: str) -> Path:
    """Give the file of a sequence."""
    return root / "labels" / f"{name}.mat"


def read_sequences(
    root: Path, actions: tuple[str, ...], errors: ClipErrors, *, leave_out: frozenset[str]
) -> dict[str, Sequence]:
    """Read the heads of all .mat files, as only the files say which action they show."""
    files = sorted((root / "labels").glob("[0-9][0-9][0-9][0-9].mat"))
    if not files:
        raise InputError(root / "labels", expected="Penn Action's NNNN.mat files", found="none")
    sequences = {}
    for file in files:
        if file.stem in leave_out:
            continue
        with errors.of(file.stem):
            mat = load_fields(file, ("action", "train", "dimensions", "nframes"))
            action = our_name(str(mat["action"].ravel()[0]) if mat["action"].size else "")
            if action not in ACTIONS:
                raise InputError(file, expected="one of Penn Action's actions", found=repr(action))
            if action in actions:
                height, width, frames = dimensions_of(file, mat)
                sequences[file.stem] = Sequence(action, _split(file, mat["train"]), width, height, frames)
    return sequences


def dimensions_of(file: Path, mat: Mapping[str, np.ndarray]) -> tuple[int, int, int]:
    """Give height, width and frames, each at least 1."""
    dimensions, nframes = mat["dimensions"].ravel(), mat["nframes"].ravel()
    expected = "dimensions height, width, nframes, whole, positive and possible, and the same nframes"
    numbers = all(values.dtype.kind in "uif" for values in (dimensions, nframes))
    sizes = numbers and dimensions.size == 3 and nframes.size == 1 and dimensions[2] == nframes[0]
    most = (LARGEST_SIDE, LARGEST_SIDE, MOST_FRAMES)
    if not sizes or not all(1 <= value <= top and value % 1 == 0 for value, top in zip(dimensions, most, strict=True)):
        found = f"dimensions {dimensions.tolist()} and nframes {nframes.tolist()}"
        raise InputError(file, expected=expected, found=found)
    height, width, frames = (int(value) for value in dimensions)
    return height, width, frames


def _split(file: Path, train: np.ndarray) -> str:
    values = train.ravel().tolist()
    if values not in ([1], [-1]):
        raise InputError(file, expected="train 1 or -1", found=f"train {values}")
    return "train" if values == [1] else "val"
