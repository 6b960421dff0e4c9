"""The one error a user should ever see: a file, what was expected of it, and what was found."""

import difflib
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

_LONGEST = 500  # characters of what was found: a file may be one line of a million


class InputError(ValueError):
    """Bad input from outside: one sentence naming the file, the expectation and the finding."""

    def __init__(self, file: str | Path, *, expected: str, found: str) -> None:
        """Build the sentence.

        Args:
            file: the file or folder that is wrong.
            expected: what should have been there.
            found: what was there instead.
        """
        self.file, self.expected, self.found = str(file), expected, found
        told = found if len(found) <= _LONGEST else f"{found[:_LONGEST]}... ({len(found):,} characters)"
        # One line whatever a file is called or holds.
        super().__init__("\\n".join(f"{file}: expected {expected}, found {told}".splitlines()))

    def __reduce__(self) -> tuple[Any, ...]:
        """Let the error pass from one process to another."""
        return partial(InputError, expected=self.expected, found=self.found), (self.file,)


def with_nearest(name: str, known: Iterable[str]) -> str:
    """Quote a misspelt name, with the nearest of those that there are, if any is near."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"{name!r} (nearest: {near[0]})" if near else repr(name)
