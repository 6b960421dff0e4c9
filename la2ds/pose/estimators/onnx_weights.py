"""Weights of RTMPose and of detectors: which can be fetched, and whether a file is still the one it was.

MMPose's makers publish no checksums, and nothing could be downloaded from where this was written, so none is pinned:
the checksum of what arrived is kept beside it in ``<file>.sha256``, which may also be put there by hand, and holds from
then on.
"""

import errno
import shutil
import zipfile
import zlib
from pathlib import Path

from la2ds.datasets.fetch.download import discard, download, forget
from la2ds.errors import InputError
from la2ds.formats.files.leftovers import temporary_folder
from la2ds.formats.files.storage import atomic_path, sha256_of, write_text
from la2ds.pose.sources import NETWORKS, how_to_get

MOST_BYTES = 2 * 10**9  # of a network, packed or not; the largest has some 300 million


def checked_network(path: Path) -> str:
    """Hold a file against the checksum beside it, if there is one.

    Returns:
        its SHA-256.

    Raises:
        InputError: if the file is missing or another one.
    """
    if not path.is_file():
        raise InputError(path, expected="weights (ONNX)", found=f"no such file ({how_to_get(path)})")
    found = sha256_of(path)
    sidecar = path.with_name(f"{path.name}.sha256")
    recorded = sidecar.read_text(encoding="utf-8").split() if sidecar.is_file() else []
    if recorded and recorded[0] != found:
        raise InputError(path, expected=f"sha256 {recorded[0]}", found=f"sha256 {found}")
    return found


def fetch_network(name: str, path: Path) -> str:
    """Download a network, unless it is there.

    Args:
        name: an entry of ``NETWORKS``.
        path: the file to write.

    Returns:
        its SHA-256.

    Raises:
        InputError: if it cannot be had, or is another one than the checksum beside it says.
    """
    if path.is_file():
        return checked_network(path)
    archive = path.with_name(f"{path.name}.zip")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        whole = download(NETWORKS[name], archive, most=MOST_BYTES)
    except InputError as error:
        found = f"none: {error.found} ({how_to_get(Path(name))})"
        raise InputError(path, expected=f"the weights {name}, from {error.file}", found=found) from error
    with temporary_folder(path.parent, prefix=f".{path.name}-") as folder:
        try:
            network = _unpack(whole, folder / path.name)
        except InputError as error:
            discard(whole)  # so that the same command asks for it anew
            raise InputError(NETWORKS[name], expected=error.expected, found=error.found) from error
        digest = sha256_of(network)
        sidecar = path.with_name(f"{path.name}.sha256")
        if not sidecar.is_file():
            # First, so that no weights are ever without their checksum.
            write_text(sidecar, f"{digest}  {path.name}\n")
        with atomic_path(path) as temporary:
            shutil.copyfile(network, temporary)
    whole.unlink()
    forget(whole)
    return checked_network(path)


def _unpack(archive: Path, network: Path) -> Path:
    try:
        with zipfile.ZipFile(archive) as content:
            names = [name for name in content.namelist() if Path(name).name == "end2end.onnx"]
            if len(names) != 1:
                found = ", ".join(content.namelist()) or "nothing"
                raise InputError(archive, expected="one end2end.onnx in it", found=found)
            size = content.getinfo(names[0]).file_size
            if size > MOST_BYTES:
                raise InputError(archive, expected=f"at most {MOST_BYTES:,} bytes in it", found=f"{size:,}")
            with content.open(names[0]) as source, network.open("wb") as target:
                shutil.copyfileobj(source, target)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, OSError) as error:
        # A broken place in the file leads to EINVAL; whatever else the system says is of the disk.
        if isinstance(error, InputError) or (isinstance(error, OSError) and error.errno != errno.EINVAL):
            raise
        raise InputError(archive, expected="a zip with end2end.onnx", found=str(error)) from error
    return network
