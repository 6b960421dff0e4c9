"""Unpacking archives from outside: nothing may land anywhere but below the folder it is unpacked in."""

import gzip
import logging
import shutil
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from tqdm import tqdm

from la2ds.errors import InputError

log = logging.getLogger(__name__)


def unpack(archive: Path, root: Path, *, folder: str) -> list[str]:
    """Unpack an archive's folder into a root, beside what is there.

    All of it is unpacked elsewhere first, so a killed call leaves nothing half; names that the root has are kept as
    they are.

    Args:
        archive: a .tar, compressed or not.
        root: an existing folder.
        folder: the folder in the archive whose content belongs into ``root``; where it has none of that name, its whole
            content.

    Returns:
        the names that are new in ``root``.

    Raises:
        InputError: if the archive is broken, or holds links, devices or names that lead out of it.
    """
    # Below the root, so that moving is renaming.
    with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=root) as name:
        _extract(archive, Path(name))
        inside = Path(name, folder)
        source = inside if inside.is_dir() else Path(name)
        new = []
        for path in sorted(source.iterdir()):
            if (root / path.name).exists():
                log.warning("%s is there already and is kept; the archive's is left out", root / path.name)
                continue
            shutil.move(path, root / path.name)
            new.append(path.name)
    return new


def _extract(archive: Path, folder: Path) -> None:
    with _readable(archive), tarfile.open(archive) as tar:
        every = 1 if sys.stderr.isatty() else 15
        for member in tqdm(tar, desc=f"unpack {archive.name}", unit="file", mininterval=every):
            _check(archive, member)
            tar.extract(member, folder, filter="data")


def _check(archive: Path, member: tarfile.TarInfo) -> None:
    """Refuse what is neither a file nor a folder below the archive's top.

    The filter "data" refuses most of this, too; but links have led past it in some versions of Python, and data sets
    need none.
    """
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts:
        raise InputError(archive, expected="names that stay in the archive's folder", found=repr(member.name))
    if not (member.isfile() or member.isdir()):
        raise InputError(archive, expected="files and folders alone", found=f"a link or device {member.name!r}")


@contextmanager
def _readable(archive: Path) -> Iterator[None]:
    """Turn what broken archives raise into one sentence."""
    try:
        yield
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(archive, expected="a whole .tar archive", found=reason) from error
