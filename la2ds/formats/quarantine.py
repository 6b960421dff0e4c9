"""What was set aside and why, as shards carry it in their metadata."""

import json
from pathlib import Path
from typing import NamedTuple

from la2ds.errors import InputError
from la2ds.formats.files.parquet import read_metadata

KEY = "quarantine"


class Refusal(NamedTuple):
    """A clip that was set aside: a row of the quarantine list.

    Attributes:
        video_id: its name.
        source: its file below the data set's root.
        stage: what it failed at.
        reason: "expected ..., found ...".
    """

    video_id: str
    source: str
    stage: str
    reason: str


def as_entry(refused: list[Refusal]) -> dict[str, str]:
    """Write clips down as metadata of a shard; nothing where there are none."""
    return {KEY: json.dumps(refused)} if refused else {}


def read_entry(path: str | Path, *, schema: str) -> list[Refusal]:
    """Read which clips a shard's metadata says were set aside.

    Raises:
        InputError: if the shard is of another schema, or its list is broken.
    """
    text = read_metadata(path, schema=schema).get(KEY, "[]")
    try:
        return [Refusal(*map(str, row)) for row in json.loads(text)]
    except (ValueError, TypeError) as error:
        raise InputError(path, expected="a list of clips as la2ds.quarantine", found=text[:80]) from error
