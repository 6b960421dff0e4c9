"""The verb ``fetch``: download a dataset where that needs no person, else say what a person has to do.

In: a dataset file, for its reader and root. Out: the native files below the root. What is there is never fetched again
or written over. An archive is downloaded into the root and looked at from end to end; then its SHA-256 is kept beside
it in ``<archive>.sha256`` and holds from then on; an archive that somebody put there by hand is taken as it is.
"""

import argparse
import logging
import re
from pathlib import Path

from la2ds.config import DatasetConfig, load
from la2ds.datasets.fetch.download import discard, download, forget
from la2ds.datasets.fetch.sources import SOURCES, Archive, Source
from la2ds.datasets.fetch.unpack import inspect, unpack
from la2ds.errors import InputError
from la2ds.formats.files.storage import sha256_of, write_text

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the verb's options."""
    parser.add_argument("--dataset", type=Path, required=True, help="dataset file (config/datasets/*.yaml)")
    parser.add_argument("--root", type=Path, help="folder to put the files in (default: the dataset file's root)")
    parser.add_argument("--url", help="another address of the same archive, such as a mirror's")
    parser.add_argument("--sha256", default="", help="checksum the archive must have")


def main(args: argparse.Namespace) -> None:
    """Fetch, or say what to do."""
    dataset = load(DatasetConfig, args.dataset)
    if dataset.reader not in SOURCES:
        raise InputError(args.dataset, expected=f"reader {', '.join(SOURCES)}", found=repr(dataset.reader))
    if not re.fullmatch(r"|[0-9a-f]{64}", args.sha256):
        raise InputError("--sha256", expected="64 digits 0-9, a-f", found=repr(args.sha256))
    source, root = SOURCES[dataset.reader], args.root or Path(dataset.root)
    missing = missing_marks(root, source)
    if not missing:
        log.info("%s is there: %s", source.title, root)
        return
    log.info("%s, %s: licence: %s", source.title, source.page, source.licence)
    if source.archive is None:
        log.warning("%s cannot be downloaded without a person; in %s is no %s", source.title, root, missing[0])
    else:
        archive = root / Path(source.archive.url).name
        get_archive(archive, url=args.url or source.archive.url, sha256=args.sha256 or source.archive.sha256)
        unpack_archive(archive, root, source, source.archive)
    for number, step in enumerate(source.steps, 1):
        log.info("%d. %s", number, step.format(root=root))


def missing_marks(root: Path, source: Source) -> list[str]:
    """List what is looked for below the root and not found: one line per group of patterns."""
    return [" or ".join(group) for group in source.marks if not any(any(root.glob(pattern)) for pattern in group)]


def get_archive(archive: Path, *, url: str, sha256: str) -> None:
    """Download an archive, unless it is there, and check it.

    Args:
        archive: the file to write; its folder is made if it is missing.
        url: where it is.
        sha256: the checksum it must have; empty for the one kept beside it, if there is one.

    Raises:
        InputError: if it cannot be had, or is another one.
    """
    whole = archive if archive.is_file() else download(url, archive)
    if whole != archive:
        try:
            inspect(whole)
        except InputError as error:
            # Never to get the archive's name, nor a checksum that would hold for ever.
            discard(whole)
            raise InputError(url, expected=error.expected, found=error.found) from error
    digest = check_archive(whole, archive, sha256)
    # First, so that no archive is ever without its checksum.
    write_text(_sidecar(archive), f"{digest}  {archive.name}\n")
    if whole != archive:
        whole.rename(archive)
        forget(whole)
    log.info("%s: %s bytes, sha256 %s", archive, f"{archive.stat().st_size:,}", digest)


def unpack_archive(archive: Path, root: Path, source: Source, content: Archive) -> None:
    """Unpack an archive and see that it holds the dataset.

    Raises:
        InputError: if it is broken, leads out of the root, or holds something else.
    """
    new = unpack(archive, root, folder=content.folder)
    if missing := missing_marks(root, source):
        raise InputError(archive, expected=f"{missing[0]} in it", found=", ".join(new) or "nothing new")
    log.info("%s is there: %s (%s is not needed any more)", source.title, root, archive)


def check_archive(file: Path, archive: Path, sha256: str) -> str:
    """Hold a download against the checksum given, else the one kept beside the archive.

    Returns:
        its SHA-256.

    Raises:
        InputError: if they differ; the file is not deleted.
    """
    found = sha256_of(file)
    try:
        recorded = _sidecar(archive).read_text(encoding="utf-8").split()
    except OSError:
        recorded = []
    expected = sha256 or (recorded[0] if recorded else found)
    if found != expected:
        again = f"to download it anew, delete it and {_sidecar(archive)}"
        raise InputError(file, expected=f"sha256 {expected}", found=f"sha256 {found} ({again})")
    return found


def _sidecar(archive: Path) -> Path:
    return archive.with_name(f"{archive.name}.sha256")
