"""Writing whole files or none."""

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from la2ds.errors import InputError
from la2ds.formats.files.leftovers import temporary_file

# What the system says where nothing more goes on a disk, or nothing more of this user's.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextlib.contextmanager
def atomic_path(path: str | Path, *, needed: int = 0) -> Iterator[Path]:
    """Yield a temporary name in the same folder; rename it to ``path`` on success, remove it on failure.

    The folder is made if it is missing. The temporary name keeps the suffix, which some writers depend on. What a
    killed process left of the same output is removed first.

    Args:
        path: the output.
        needed: its size in bytes, where it is known beforehand, for the message of a full disk.

    Raises:
        InputError: if the disk is full.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with temporary_file(path.parent, prefix=f".{path.stem}.", suffix=f".tmp{path.suffix}") as temporary:
        try:
            yield temporary
        except OSError as error:
            if error.errno not in FULL:
                raise
            written = temporary.stat().st_size if temporary.exists() else 0
            size = f"{needed:,} bytes" if needed else f"more than {written:,} bytes"
            free = f"{shutil.disk_usage(path.parent).free:,} bytes free ({os.strerror(error.errno)})"
            raise InputError(path, expected=f"room for {size} on its disk", found=free) from error
        # mkstemp makes files for their owner only; results are to be read by the group like any other file.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)


def write_bytes(path: str | Path, content: bytes | memoryview) -> None:
    """Write a whole file, or none.

    What libraries could write by themselves (torch, safetensors, pyarrow) goes through here too, for of a full disk
    they say nothing that could be told from another error.
    """
    with atomic_path(path, needed=len(content)) as temporary:
        temporary.write_bytes(content)


def write_text(path: str | Path, text: str) -> None:
    """Write a whole UTF-8 text file, or none."""
    write_bytes(path, text.encode())


def sha256_of(path: str | Path) -> str:
    """Compute a file's SHA-256, in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def first_line(error: Exception) -> str:
    """Say what a library complains of in one line, never nothing."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__
