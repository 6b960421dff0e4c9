"""Temporary files and folders that carry a lock while their process lives, so that those of dead ones can be told.

A killed process, or a machine that went down, leaves what it was writing. Whoever makes the same output again removes
it: what nobody holds a lock on belongs to nobody. Where the system or the disk knows no such locks, nothing is removed.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def temporary_file(folder: Path, *, prefix: str, suffix: str) -> Iterator[Path]:
    """Yield a new file, with those of dead processes swept; it is removed at the end unless it was moved."""
    _sweep(folder, prefix, suffix)
    while True:
        handle, name = tempfile.mkstemp(prefix=prefix, suffix=suffix, dir=folder)
        _lock(handle)
        # Between these two steps another process may have taken it for a leftover.
        if os.fstat(handle).st_nlink:
            break
        os.close(handle)
    try:
        yield Path(name)
    finally:
        os.close(handle)
        Path(name).unlink(missing_ok=True)


@contextlib.contextmanager
def temporary_folder(folder: Path, *, prefix: str) -> Iterator[Path]:
    """Yield a new folder in a folder, with those of dead processes swept; it is removed at the end."""
    _sweep(folder, prefix, "")
    with tempfile.TemporaryDirectory(prefix=prefix, dir=folder, ignore_cleanup_errors=True) as name:
        handle = os.open(name, os.O_RDONLY)
        try:
            _lock(handle)
            yield Path(name)
        finally:
            os.close(handle)


def _lock(handle: int) -> bool:
    """Take the lock of a file, or say that somebody has it; a system without locks counts as somebody."""
    with contextlib.suppress(ImportError, OSError):
        import fcntl  # which Windows has not

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _sweep(folder: Path, prefix: str, suffix: str) -> None:
    with os.scandir(folder) as entries:
        found = [e.path for e in entries if e.name.startswith(prefix) and e.name.endswith(suffix)]
    for path in found:
        # Whatever stands in the way, such as another's permissions, the output can be made beside it.
        with contextlib.suppress(OSError):
            handle = os.open(path, os.O_RDONLY)
            try:
                if _lock(handle):
                    shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
            finally:
                os.close(handle)
