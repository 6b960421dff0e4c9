"""Fields of a MATLAB 5 file, whose tags are checked before SciPy reads it: a wrong one would end the whole process.

The format is MathWorks' "MAT-File Format", version 5: a header of 128 bytes, then elements, each with a tag of a type
and a size. An element of type 15 holds another one, compressed; one of type 14 is an array, made of elements: its
class, its dimensions, its name and its values.
"""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.io import loadmat

from la2ds.errors import InputError

HEADER = 128
MATRIX, COMPRESSED = 14, 15
NUMBERS = frozenset({1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 16, 17, 18})
TEXT_AND_NUMBERS = range(4, 16)  # classes of arrays; below are cells, structures and objects
SPARSE = 5
LARGEST = 100_000_000  # bytes of a decompressed array; Penn Action's have some thousands


def load_fields(file: Path, fields: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Read some fields of a MATLAB 5 file of arrays.

    Raises:
        InputError: if there is no such file, it is broken, or a field is missing.
    """
    if not file.is_file():
        raise InputError(file, expected="a Penn Action label file", found="no such file")
    try:
        _check(file.read_bytes())
        mat = loadmat(file, variable_names=fields)
    # scipy raises whatever the broken bytes lead it to: its own errors, zlib's, TypeError, IndexError, ...
    except Exception as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(file, expected="a whole MATLAB 5 file", found=reason) from error
    missing = [field for field in fields if not isinstance(mat.get(field), np.ndarray)]
    if missing:
        raise InputError(file, expected=f"fields {', '.join(fields)}", found=f"no {', '.join(missing)}")
    return {field: mat[field] for field in fields}


def _check(content: bytes) -> None:
    """Walk through all tags.

    Raises:
        ValueError: at the first that cannot be.
    """
    order = {b"IM": "<", b"MI": ">"}.get(content[126:HEADER])
    if order is None:
        raise ValueError("another header")
    for kind, data in _elements(content, HEADER, order):
        if kind == COMPRESSED:
            unpacker = zlib.decompressobj()
            inside = unpacker.decompress(data, LARGEST)
            # Not its end, which MATLAB itself left out of two files of Penn Action.
            if unpacker.unconsumed_tail:
                raise ValueError(f"a compressed array of more than {LARGEST:,} bytes")
            for inner, values in _elements(inside, 0, order):
                _check_array(inner, values, order)
        else:
            _check_array(kind, data, order)


def _elements(content: bytes, start: int, order: str) -> Iterator[tuple[int, bytes]]:
    """Give type and data of elements that follow each other."""
    while start < len(content):
        if start + 8 > len(content):
            raise ValueError("half a tag at the end")
        kind, size = struct.unpack_from(f"{order}II", content, start)
        if kind >> 16:  # a small element: its size and at most four bytes stand in the tag
            kind, size, begin, following = kind & 0xFFFF, kind >> 16, start + 4, start + 8
            fits = size <= 4
        else:
            begin = start + 8
            following = begin + size + (0 if kind == COMPRESSED else -size % 8)
            fits = begin + size <= len(content)
        if not fits:
            raise ValueError(f"an element of {size} bytes where there are fewer")
        yield kind, content[begin : begin + size]
        start = following


def _check_array(kind: int, data: bytes, order: str) -> None:
    if kind != MATRIX:
        raise ValueError(f"an element of type {kind} where an array is")
    parts = list(_elements(data, 0, order))
    if [part[0] for part in parts[:3]] != [6, 5, 1] or len(parts[0][1]) != 8:
        raise ValueError("an array without its class, dimensions and name")
    family = struct.unpack(f"{order}I", parts[0][1][:4])[0] & 0xFF
    if family not in TEXT_AND_NUMBERS or family == SPARSE:
        raise ValueError(f"an array of class {family}, no text or numbers")
    if not 4 <= len(parts) <= 5 or not all(part[0] in NUMBERS for part in parts[3:]):
        raise ValueError("an array without its values")
