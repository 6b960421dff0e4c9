"""Unpacking archives from outside: nothing may land anywhere but below the folder it is unpacked in."""

import logging
import lzma
import shutil
import sys
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from tqdm import tqdm

from la2ds.errors import InputError
from la2ds.formats.files.leftovers import temporary_folder

log = logging.getLogger(__name__)

# In an archive; the largest data set has 3.3 GB in 170,000 files.
MOST_BYTES, MOST_MEMBERS = 100 * 10**9, 2_000_000


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
        InputError: if the archive is broken, holds links, devices or names that lead out of it or more than any data
            set does, or if the disk has no room for it.
    """
    needed = inspect(archive)
    free = shutil.disk_usage(root).free
    if needed > free:
        raise InputError(root, expected=f"room for the {needed:,} bytes in {archive}", found=f"{free:,} bytes free")
    # Below the root, so that moving is renaming.
    with temporary_folder(root, prefix=".unpacking-") as unpacked:
        _extract(archive, unpacked)
        inside = unpacked / folder
        source = inside if inside.is_dir() else unpacked
        new = []
        for path in sorted(source.iterdir()):
            if (root / path.name).exists():
                log.warning("%s is there already and is kept; the archive's is left out", root / path.name)
                continue
            shutil.move(path, root / path.name)
            new.append(path.name)
    return new


def inspect(archive: Path) -> int:
    """Read an archive from end to end without unpacking it.

    Returns:
        the bytes of its files.

    Raises:
        InputError: if it is broken, or holds what ``unpack`` refuses.
    """
    total = 0
    with _readable(archive), tarfile.open(archive) as tar:
        for count, member in enumerate(tar, 1):
            _check(archive, member)
            total += member.size
            if total > MOST_BYTES or count > MOST_MEMBERS:
                expected = f"at most {MOST_BYTES:,} bytes in {MOST_MEMBERS:,} files"
                raise InputError(archive, expected=expected, found="more")
    return total


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
    except InputError:
        raise
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError, ValueError) as error:
        # What the system says of the disk has a number, what the unpackers say of their input has none.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        with archive.open("rb") as file:
            begin = file.read(40)
        reason = f"{(str(error) or type(error).__name__).splitlines()[0].rstrip(':')}; it begins with {begin!r}"
        raise InputError(archive, expected="a whole .tar archive", found=reason) from error
