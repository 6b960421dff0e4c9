"""Packages that only some of the project needs, and the one line that installs each."""

import contextlib
from collections.abc import Iterator

from la2ds.errors import InputError

# module -> the extra of pyproject.toml that brings it
EXTRAS = {
    "av": "video",
    "cv2": "video",
    "decord": "video",
    "mediapipe": "video",
    "transformers": "rgb",
    "onnxruntime": "rtmpose",
    "sleap_io": "poses",
    "jsonschema": "workflow",
    "psutil": "workflow",
    "matplotlib": "tracking",
    "mlflow": "tracking",
}


@contextlib.contextmanager
def extras_named() -> Iterator[None]:
    """Say in one sentence which extra is missing; also a decorator. Other failed imports stay what they are.

    Raises:
        InputError: instead of the ModuleNotFoundError of a package of ``EXTRAS``.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if module not in EXTRAS:
            raise
        line = f"pip install 'la2ds[{EXTRAS[module]}]'"
        raise InputError(module, expected=f"this package, which `{line}` brings", found="no such module") from error
