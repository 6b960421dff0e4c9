"""The one folder that keeps what was found out about films, and models that were learned.

Films are known by their content, so a second call is quick whatever a film is called by then. The folder may be deleted
at any time.
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from la2ds.errors import InputError
from la2ds.formats.files.storage import sha256_of
from la2ds.version import __version__

VARIABLE = "LA2DS_CACHE"
_DIGITS = 32  # of a digest, as names of folders


def cache_folder() -> Path:
    """Give the folder: $LA2DS_CACHE, else ``la2ds`` in the user's folder for caches."""
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given).expanduser()
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches) if caches else Path.home() / ".cache") / "la2ds"


def check_cache() -> None:
    """Make the folder, and look whether it can be written.

    Raises:
        InputError: naming it, if not.
    """
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return
    except OSError as error:
        expected = f"a folder to keep poses and models in ({VARIABLE} names another)"
        raise InputError(folder, expected=expected, found=error.strerror or str(error)) from error


def film_folder(film: Path) -> Path:
    """Give the folder of a film's frames and poses; another version of the package looks at it anew."""
    return cache_folder() / "films" / __version__ / sha256_of(film)[:_DIGITS]


def model_folder(name: str) -> Path:
    """Give the folder of a learned model by its name."""
    return cache_folder() / "models" / name


def digest_of(*parts: Any) -> str:
    """Name values that JSON can hold, and bytes, by what is in them."""
    digest = hashlib.sha256(__version__.encode())
    for part in parts:
        digest.update(part if isinstance(part, bytes) else json.dumps(part, sort_keys=True).encode())
        digest.update(b"\0")
    return digest.hexdigest()[:_DIGITS]
