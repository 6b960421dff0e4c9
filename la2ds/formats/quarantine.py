"""What was set aside and why, as shards carry it in their metadata; and the one place that catches errors of a clip."""

import json
import logging
from collections.abc import Callable, Container, Iterator, Mapping, Sequence, Sized
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
        absent: clip -> what it lacks, such as labels; the log counts those elsewhere.
    """

    def __init__(self) -> None:
        """Start without errors."""
        self.found: dict[str, InputError] = {}
        self.absent: dict[str, InputError] = {}

    @contextmanager
    def of(self, clip: str) -> Iterator[None]:
        """Catch what is wrong with a clip, and keep the first of it."""
        try:
            yield
        except InputError as error:
            self.found.setdefault(clip, error)

    def lacks(self, clip: str, file: str | Path, *, expected: str, found: str = "none") -> None:
        """Write down why a clip cannot be used that is not broken."""
        self.absent.setdefault(clip, InputError(file, expected=expected, found=found))

    def need(self, sound: Sized) -> None:
        """Refuse to go on with nothing: then it is hardly the clips.

        Raises:
            InputError: the first of them, if none is left.
        """
        if self.found and not sound:
            raise next(iter(self.found.values()))

    def hand_on(self, sound: Sized, *, to: "ClipErrors") -> None:
        """Leave it to a list of more clips to name these.

        Raises:
            InputError: the first of them, if none is left.
        """
        self.need(sound)
        for clip, error in self.found.items():
            to.found.setdefault(clip, error)

    def refusals(self, root: Path, stage: str, *, name: Callable[[str], str] = str) -> tuple[Refusal, ...]:
        """Write all clips down as rows of the quarantine list, each once.

        Args:
            root: folder of the native files.
            stage: what they failed at.
            name: gives the name in tables of a clip.
        """
        rows = {}
        for clip, error in (self.absent | self.found).items():
            file = Path(error.file)
            source = file.relative_to(root) if file.is_relative_to(root) else file
            rows[name(clip)] = Refusal(name(clip), source.as_posix(), stage, str(error))
        return tuple(rows[clip] for clip in sorted(rows))

    def settle(self, *, among: Container[str] | None = None) -> dict[str, InputError]:
        """Name the clips in the log.

        Args:
            among: the clips that count; None for all.

        Returns:
            the clips that count, with their errors.
        """
        found = {clip: error for clip, error in self.found.items() if among is None or clip in among}
        for clip, error in found.items():
            log.warning("%s is set aside: %s", clip, error)
        return found


def as_entry(refused: Sequence[Refusal]) -> dict[str, str]:
    """Write clips down as metadata of a shard; nothing where there are none."""
    return {KEY: json.dumps(refused)} if refused else {}


def read_entry(path: str | Path, *, schema: str) -> list[Refusal]:
    """Read which clips a shard's metadata says were set aside.

    Raises:
        InputError: if the shard is of another schema, or its list is broken.
    """
    metadata = read_metadata(path, schema=schema)
    try:
        return entry_of(metadata)
    except (ValueError, TypeError) as error:
        raise InputError(path, expected="a list of clips as la2ds.quarantine", found=metadata[KEY][:80]) from error


def entry_of(metadata: Mapping[str, str]) -> list[Refusal]:
    """Take the clips from a shard's metadata; none where it names none."""
    return [Refusal(*map(str, row)) for row in json.loads(metadata.get(KEY, "[]"))]
