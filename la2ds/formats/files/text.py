"""Text and JSON files of other people."""

import json
import os
import re
from pathlib import Path
from typing import Any

from la2ds.errors import InputError


def read_json(file: Path) -> Any:
    """Read a JSON file.

    Raises:
        InputError: if it is none.
    """
    try:
        return json.loads(file.read_bytes(), parse_int=_whole)
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(file, expected="a JSON file", found=str(error).splitlines()[0]) from error


def _whole(digits: str) -> int:
    # No number of anything has more, and those that do are too large for arrays and, above 4,300 digits, for Python.
    if len(digits) > 18:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def read_text(file: Path) -> str:
    """Read a text file.

    Raises:
        InputError: if it is none.
    """
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(file, expected="a text file", found=str(error).splitlines()[0]) from error


def numbered_files(folder: Path, pattern: re.Pattern[str]) -> dict[int, Path]:
    """List the files of a folder that are called by the number of a frame: frame -> file, in the order of the names.

    Args:
        folder: the folder.
        pattern: whole names; the first group is the number.

    Raises:
        InputError: if a frame has two files.
    """
    files: dict[int, Path] = {}
    for name in sorted(entry.name for entry in os.scandir(folder)):
        match = pattern.fullmatch(name)
        if match is None:
            continue
        frame = int(match[1])
        if frame in files:
            raise InputError(folder / name, expected="one file for each frame", found=f"also {files[frame].name}")
        files[frame] = folder / name
    return files
