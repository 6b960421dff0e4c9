"""Tables that people write with spreadsheets: commas, semicolons or tabs, heads in any case, blanks where they fell.

What cannot be taken for a table is quoted in the message, so that it can be found and mended.
"""

import csv
import io
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from la2ds.errors import InputError

DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True)
class Head:
    """How a table is written.

    Attributes:
        delimiter: what stands between cells.
        columns: names in small letters; ``unnamed 3`` where a head is blank.
        lines: lines before the first row.
    """

    delimiter: str
    columns: tuple[str, ...]
    lines: int


def read_sheet(file: Path, required: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Read a table as text.

    Args:
        file: a CSV table.
        required: columns it must have; others may be there.

    Yields:
        ("line 2", column -> value without blanks about it) for each row that is not empty.

    Raises:
        InputError: if it is no table in UTF-8, lacks a column, has one twice, or a row has more cells than there are
            columns.
    """
    text = _read(file)
    head = read_head(file, required, text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=head.delimiter, skipinitialspace=True)
    try:
        for cells in reader:
            if reader.line_num <= head.lines:
                continue
            values, where = [cell.strip() for cell in cells], f"line {reader.line_num}"
            if any(values[len(head.columns) :]):
                found = repr(head.delimiter.join(cells))
                raise InputError(file, expected=f"{len(head.columns)} values in {where}", found=found)
            if any(values):
                padded = values + [""] * (len(head.columns) - len(values))
                yield where, dict(zip(head.columns, padded, strict=False))
    except csv.Error as error:
        raise InputError(file, expected="a CSV table", found=f"{error} in line {reader.line_num}") from error


def read_head(file: Path, required: Sequence[str], text: str | None = None) -> Head:
    """Find out how a table is written, from its first line that is not blank; one ``sep=;`` before it may say so.

    Args:
        file: a CSV table.
        required: columns it must have.
        text: what is in the file, if it was read before.

    Raises:
        InputError: as for ``read_sheet``; what the first line says is quoted.
    """
    lines = (_read(file) if text is None else text).splitlines()
    number = next((n for n, line in enumerate(lines) if line.strip(" ,;\t")), None)
    if number is None:
        raise InputError(file, expected=f"columns {', '.join(required)}", found="an empty file")
    known: tuple[str, ...] = DELIMITERS
    if lines[number].lower().startswith("sep=") and len(lines[number].strip("\r\n")) == len("sep=;"):
        known, number = (lines[number][4],), number + 1
    first = lines[number] if number < len(lines) else ""
    try:
        heads = {mark: _heads(first, mark) for mark in known}
    except csv.Error as error:
        raise InputError(file, expected="a CSV table", found=f"{error} in line {number + 1}") from error
    mark = max(known, key=lambda mark: (len(set(required) & set(heads[mark])), len(heads[mark])))
    duplicates = [column for column, times in Counter(heads[mark]).items() if times > 1]
    if duplicates:
        raise InputError(file, expected="each column once", found=f"{duplicates[0]!r} twice in {first!r}")
    missing = [column for column in required if column not in heads[mark]]
    if missing:
        found = f"no {', '.join(missing)} in {first!r}"
        raise InputError(file, expected=f"columns {', '.join(required)}", found=found)
    return Head(mark, tuple(heads[mark]), number + 1)


def _heads(line: str, delimiter: str) -> list[str]:
    cells = next(iter(csv.reader([line], delimiter=delimiter, skipinitialspace=True)), [])
    names = [cell.strip().lower() for cell in cells]
    return [name or f"unnamed {place}" for place, name in enumerate(names)]


def _read(file: Path) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputError(file, expected="a CSV table", found=error.strerror or str(error)) from error
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:1000]:
        found = "UTF-16, or no text ('CSV UTF-8' is what spreadsheets call the right one)"
        raise InputError(file, expected="a CSV table in UTF-8", found=found)
    try:
        return content.decode("utf-8-sig")  # spreadsheets put a mark in front
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        found = f"byte 0x{content[error.start]:02x} in line {line}"
        raise InputError(file, expected="a CSV table in UTF-8", found=found) from error


def read_number(text: str) -> float:
    """Read a number, with a point or a comma before its fraction; NaN for anything else."""
    try:
        return float(text.replace(",", ".") if "." not in text else text)
    except ValueError:
        return math.nan
