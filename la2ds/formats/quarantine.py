"""What was set aside and why, as shards carry it in their metadata; and the one place that catches errors of a clip."""

import json
import logging
from collections.abc import Container, Iterator, Sized
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from la2ds.errors import InputError
from la2ds.formats.files.parquet import read_metadata

log = logging.getLogger(__name__)

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


class ClipErrors:
    """What is wrong with single clips, so that the others go on.

    Attributes:
        found: clip -> its first error, in the order in which they were met.
    """

    def __init__(self) -> None:
        """Start without errors."""
        self.found: dict[str, InputError] = {}

    @contextmanager
    def of(self, clip: str) -> Iterator[None]:
        """Catch what is wrong with a clip, and keep the first of it."""
        try:
            yield
        except InputError as error:
            self.found.setdefault(clip, error)

    def settle(self, sound: Sized, *, among: Container[str] | None = None, whole: bool = True) -> dict[str, InputError]:
        """Name the clips in the log.

        Args:
            sound: the clips that are left.
            among: the clips that count; None for all.
            whole: whether there are no others elsewhere, such as in another shard.

        Returns:
            the clips that count, with their errors.

        Raises:
            InputError: the first of them, if none is left of several or of the whole: then it is hardly the clips.
        """
        found = {clip: error for clip, error in self.found.items() if among is None or clip in among}
        if found and not sound and (whole or len(found) > 1):
            raise next(iter(found.values()))
        for clip, error in found.items():
            log.warning("%s is set aside: %s", clip, error)
        return found


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
