"""Methods and protocols that come with the project, by name: in a wheel beside this file, else in ``config/``."""

import argparse
import difflib
from pathlib import Path
from typing import Literal

from la2ds.errors import InputError

Kind = Literal["methods", "protocols"]
_PACKAGED = Path(__file__).resolve().parent
_REPOSITORY = _PACKAGED.parents[1] / "config"


def shipped(kind: Kind, name: str) -> Path:
    """Find the file of a method or protocol, ``shipped("methods", "la2ds_align")``.

    Raises:
        InputError: naming the nearest and all others, if there is none of that name.
    """
    folder = _PACKAGED / kind if (_PACKAGED / kind).is_dir() else _REPOSITORY / kind
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    if name in known:
        return folder / f"{name}.yaml"
    near = "".join(f"{other} perhaps, or another " for other in difflib.get_close_matches(name, known, n=1)) or "one "
    raise InputError(name, expected=f"{near}of the {kind} {', '.join(known)}", found="no such name")


def file_of(kind: Kind, given: str) -> Path:
    """Take a word as a file, or as the name of a shipped one.

    Raises:
        InputError: as ``shipped``.
    """
    path = Path(given)
    return path if path.stem != given or path.is_file() else shipped(kind, given)


def method_file(given: str) -> str:
    """Take a command line's word as a method file, or as the name of a shipped method."""
    return str(_argument("methods", given))


def protocol_file(given: str) -> Path:
    """Take a command line's word as a protocol file, or as the name of a shipped protocol."""
    return _argument("protocols", given)


def _argument(kind: Kind, given: str) -> Path:
    try:
        return file_of(kind, given)
    except InputError as error:  # a ValueError, of which argparse would keep the words for itself
        raise argparse.ArgumentTypeError(str(error)) from error
