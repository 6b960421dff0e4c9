"""The one error a user should ever see: a file, what was expected of it, and what was found."""

from pathlib import Path


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
        super().__init__(f"{file}: expected {expected}, found {found}")
