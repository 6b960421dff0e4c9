"""The verb ``weights``: fetch or build a landmarker of MediaPipe, or fetch a network for RTMPose or for pictures.

In: nothing. Out: the task file, and beside it its checksum, ``<file>.sha256``. The first of these that works is taken:
the file that is there already; a copy of the file that LA2DS_POSE_WEIGHTS (for hands LA2DS_HAND_WEIGHTS) names; the
official download; a build from the models inside an older MediaPipe wheel (Apache-2.0), which a package index has where
the download is closed.
"""

import argparse
import hashlib
import http.client
import logging
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from la2ds.datasets.fetch.backbones import BACKBONES, fetch_backbone
from la2ds.datasets.fetch.download import open_url
from la2ds.datasets.fetch.wheel import fetch_wheel, run_python
from la2ds.errors import InputError
from la2ds.formats.files.storage import atomic_path, sha256_of, write_text
from la2ds.pose.estimators import pack_landmarker
from la2ds.pose.estimators.landmarkers import HAND, POSE, Landmarker
from la2ds.pose.estimators.onnx_weights import fetch_network
from la2ds.pose.sources import NETWORKS

log = logging.getLogger(__name__)

WHEEL = "mediapipe==0.10.21"
WHEEL_SHA256 = "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3"
_TIMEOUT_S = 20
_MOST_BYTES = 200_000_000  # the file has 9 million


class _NotHere(Exception):
    """This way to the weights is closed; the message says why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the verb's options."""
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--hands", action="store_true", help="the hand landmarker instead of the pose landmarker")
    other.add_argument("--network", choices=sorted(NETWORKS), help="fetch this network for rtmpose instead (ONNX)")
    other.add_argument("--backbone", choices=sorted(BACKBONES), help="fetch this picture network instead (safetensors)")
    parser.add_argument("--output", type=Path, required=True, help="file to write")


def main(args: argparse.Namespace) -> None:
    """Make sure that the weights are there and are the right ones."""
    if args.backbone:
        digest = fetch_backbone(args.backbone, args.output)
    elif args.network:
        digest = fetch_network(args.network, args.output)
    else:
        digest = ensure_weights(args.output, HAND if args.hands else POSE)
    log.info("%s: sha256 %s", args.output, digest)


def ensure_weights(path: Path, landmarker: Landmarker = POSE) -> str:
    """Check a landmarker's weights at ``path``, or get them there first.

    Returns:
        their SHA-256.

    Raises:
        InputError: if the weights there are wrong, or none can be had.
    """
    if path.is_file():
        return checked_sha256(path, landmarker)
    ways: dict[str, Callable[[Path, Landmarker], None]] = {
        landmarker.variable: _copy,
        "the download": _download,
        f"the {WHEEL} wheel": _build,
    }
    closed = []
    for name, way in ways.items():
        try:
            with atomic_path(path) as temporary:
                way(temporary, landmarker)
                digest = sha256_of(temporary)
                # First, so that no weights are ever without their checksum.
                write_text(_sidecar(path), f"{digest}  {path.name}\n")
        except _NotHere as error:
            closed.append(f"{name}: {error}")
            log.info("no weights from %s: %s", name, error)
        else:
            log.info("weights from %s", name)
            return digest
    expected = f"weights of the {landmarker.title} (or {landmarker.instead})"
    raise InputError(path, expected=expected, found=f"none ({'; '.join(closed)})")


def checked_sha256(path: Path, landmarker: Landmarker = POSE) -> str:
    """Check a landmarker's weights against the checksum beside them, else against the built file and its models.

    Returns:
        their SHA-256.

    Raises:
        InputError: if they are missing or other ones.
    """
    if not path.is_file():
        found = f"no such file (python -m la2ds weights{landmarker.option} makes it)"
        raise InputError(path, expected=f"weights of the {landmarker.title}", found=found)
    found = sha256_of(path)
    try:
        recorded = _sidecar(path).read_text(encoding="utf-8").split()
    except OSError:
        recorded = []
    expected = recorded[0] if recorded else landmarker.built_sha256
    # Zip files of the same models may differ in their dates.
    if found != expected and (recorded or not _holds_known_models(path, landmarker)):
        raise InputError(path, expected=f"sha256 {expected}", found=f"sha256 {found}")
    return found


def _sidecar(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _holds_known_models(path: Path, landmarker: Landmarker) -> bool:
    try:
        with zipfile.ZipFile(path) as task:
            found = {n: hashlib.sha256(task.read(n)).hexdigest() for n in task.namelist()}
            return found == landmarker.members_sha256
    except zipfile.BadZipFile:
        return False


def _is_bundle(path: Path, landmarker: Landmarker) -> bool:
    try:
        with zipfile.ZipFile(path) as task:
            return set(landmarker.members_sha256) <= set(task.namelist()) and task.testzip() is None
    except zipfile.BadZipFile:
        return False


def _copy(output: Path, landmarker: Landmarker) -> None:
    name = os.environ.get(landmarker.variable)
    if not name:
        raise _NotHere("not set")
    # Who sets the variable wants this file and no other, so nothing else is tried.
    if not Path(name).is_file():
        raise InputError(name, expected=f"the weights that {landmarker.variable} names", found="no such file")
    if not _is_bundle(Path(name), landmarker):
        raise InputError(name, expected=f"a zip with {' and '.join(landmarker.members_sha256)}", found="another file")
    shutil.copyfile(name, output)


def _download(output: Path, landmarker: Landmarker) -> None:
    try:
        with open_url(landmarker.url, timeout=_TIMEOUT_S) as answer:
            content = answer.read(_MOST_BYTES + 1)
    except (OSError, http.client.HTTPException, InputError) as error:  # URLError and time-outs derive from OSError
        raise _NotHere(str(error)) from error
    if len(content) > _MOST_BYTES:
        raise _NotHere(f"{landmarker.url} gave more than {_MOST_BYTES:,} bytes")
    output.write_bytes(content)
    if not _is_bundle(output, landmarker):
        raise _NotHere(f"{landmarker.url} gave something that is not a {landmarker.title}")


def _build(output: Path, landmarker: Landmarker) -> None:
    with tempfile.TemporaryDirectory() as name:
        # The models are the same in every wheel, and the script needs no compiled part: one wheel for all platforms.
        tags = ("--python-version", "3.11", "--platform", "manylinux_2_28_x86_64")
        try:
            wheel = fetch_wheel(WHEEL, Path(name), sha256=WHEEL_SHA256, tags=tags)
            # -P: the script's own folder has a mediapipe.py too.
            run_python(WHEEL, "-P", str(pack_landmarker.__file__), str(wheel), str(output), landmarker.kind)
        except InputError as error:
            raise _NotHere(str(error).partition(": ")[2]) from error
    found = sha256_of(output)
    if found != landmarker.built_sha256:
        raise _NotHere(f"the built file should have sha256 {landmarker.built_sha256} and has {found}")
