"""Reading foreign pickles without trusting them.

Unpickling calls whatever the file names, so only names on a short list are looked up: what rebuilds numpy arrays and
scalars, OrderedDict, and torch's CPU tensors (which arrive as numpy arrays). Dict, list, tuple, str and numbers need no
name. Everything else is refused before it is imported.
"""

import io
import math
import pickle
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.lib import format as npy

from la2ds.errors import InputError


def load_pickle(path: str | Path) -> Any:
    """Read a pickle of numpy arrays, dicts, lists, tuples, strings and numbers; torch tensors come back as arrays.

    Raises:
        InputError: if the file is missing, broken, or asks for any other object (which is named and never created).
    """
    with _open(path) as file:
        return _unpickle(path, file)


def load_npy(path: str | Path) -> np.ndarray:
    """Read a ``.npy`` file, also one that holds pickled objects (``np.load`` would run whatever those contain).

    Returns:
        the array; a dict saved with ``np.save`` is its ``.item()``.

    Raises:
        InputError: as for ``load_pickle``.
    """
    with _open(path) as file:
        try:
            version = npy.read_magic(file)
            read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, _, dtype = read_header(file)
            if not dtype.hasobject:
                # A few bytes can announce an array that no memory holds.
                announced, rest = math.prod(shape) * dtype.itemsize, Path(path).stat().st_size - file.tell()
                if announced > rest:
                    raise InputError(path, expected=f"{announced:,} bytes of {dtype} {shape}", found=f"{rest:,}")
                file.seek(0)
                return cast("np.ndarray", np.load(file, allow_pickle=False))
        except InputError:
            raise
        # Broken heads go through Python's own tokeniser and parser, so any exception can come out.
        except Exception as error:
            raise InputError(path, expected="a whole .npy file", found=_first_line(error)) from error
        array = _unpickle(path, file)
    if not isinstance(array, np.ndarray):
        raise InputError(path, expected="a numpy array", found=type(array).__name__)
    return array


def _open(path: str | Path) -> BinaryIO:
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise InputError(path, expected="a readable file", found=error.strerror or str(error)) from error


def _unpickle(path: str | Path, file: BinaryIO) -> Any:
    try:
        return _Restricted(path, file).load()
    except InputError:
        raise
    # Broken bytes make the unpickler call the listed names with any arguments, so any exception can come out.
    except Exception as error:
        raise InputError(path, expected="a whole pickle", found=_first_line(error)) from error


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


class _Restricted(pickle.Unpickler):
    """An unpickler that looks names up in ``_ADMITTED`` and nowhere else."""

    def __init__(self, path: str | Path, file: BinaryIO) -> None:
        super().__init__(file)
        self.path = path

    def find_class(self, module: str, name: str) -> Any:
        """Give the stand-in for a name, or refuse it."""
        try:
            admitted = _ADMITTED[module, name]
        except KeyError:
            raise InputError(
                self.path, expected="a pickle of arrays, dicts, lists, strings and numbers", found=f"{module}.{name}"
            ) from None
        return admitted if isinstance(admitted, type) else _disposable(admitted)


def _disposable(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function afresh: a pickle may set attributes on what it was given, and must not reach the original."""
    return lambda *args: function(*args)


def _latin1(text: str, encoding: str) -> bytes:
    # Protocol 2 spells bytes as a call of codecs.encode; other codecs would let the file choose what to import.
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"bytes in encoding {encoding!r}")
    return text.encode("latin1")


def _tensor(storage: Any, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> np.ndarray:
    import torch  # only pickles with tensors need it

    if not isinstance(storage, torch.storage.TypedStorage):
        raise pickle.UnpicklingError(f"a tensor upon {type(storage).__name__}")
    # Offsets and strides come from the file and must not reach outside what was stored.
    stored = storage._untyped_storage.nbytes() // storage.dtype.itemsize
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if min(offset, *size, *stride, 0) < 0 or (0 not in size and last >= stored):
        raise pickle.UnpicklingError("a tensor larger than its storage")
    rebuild = cast("Callable[..., torch.Tensor]", torch._utils._rebuild_tensor_v2)
    return rebuild(storage, offset, size, stride, False, OrderedDict()).numpy()


def _storage(content: bytes) -> Any:
    import torch

    # torch's own function of this place unpickles freely.
    return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)


# Taken from numpy's public behaviour, because the modules that hold them have moved between versions.
_RECONSTRUCT = np.empty(0).__reduce__()[0]
_SCALAR = np.float64(0).__reduce__()[0]
_FROM_BUFFER = np.empty(1).__reduce_ex__(5)[0]

_ADMITTED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("collections", "OrderedDict"): OrderedDict,
    ("_codecs", "encode"): _latin1,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch.storage", "_load_from_bytes"): _storage,
    **{
        (f"numpy.{core}.{module}", name): function
        for core in ("core", "_core")
        for module, name, function in (
            ("multiarray", "_reconstruct", _RECONSTRUCT),
            ("multiarray", "scalar", _SCALAR),
            ("numeric", "_frombuffer", _FROM_BUFFER),
        )
    },
}
