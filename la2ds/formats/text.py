"""Text and JSON files of other people."""

import json
from pathlib import Path
from typing import Any

from la2ds.errors import InputError


def read_json(file: Path) -> Any:
    """Read a JSON file.

    Raises:
        InputError: if it is none.
    """
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(file, expected="a JSON file", found=str(error).splitlines()[0]) from error


def read_text(file: Path) -> str:
    """Read a text file.

    Raises:
        InputError: if it is none.
    """
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(file, expected="a text file", found=str(error).splitlines()[0]) from error
