"""Packages that only some of the project needs, and the one line that installs each."""

import contextlib
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES

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
    "h5py": "poses",
    "jsonschema": "workflow",
    "psutil": "workflow",
    "matplotlib": "video",
    "mlflow": "tracking",
}


@contextlib.contextmanager
def extras_named() -> Iterator[None]:
    """Say in one sentence which extra is missing; also a decorator. Other failed imports stay what they are.

    Raises:
        InputError: instead of the ImportError of a package of ``EXTRAS`` that is not there, or whose libraries cannot
            be loaded, as OpenCV's without a display's.
    """
    try:
        yield
    except ImportError as error:
        module = (error.name or "").partition(".")[0]
        absent = isinstance(error, ModuleNotFoundError)
        if module not in EXTRAS or not (absent or str(error.path).endswith(tuple(EXTENSION_SUFFIXES))):
            raise
        expected = f"this package, which `pip install 'la2ds[{EXTRAS[module]}]'` brings"
        raise InputError(module, expected=expected, found="no such module" if absent else str(error)) from error
