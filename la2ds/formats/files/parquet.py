"""Parquet files whose schema is named and checked."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from la2ds.errors import InputError
from la2ds.formats.files.storage import first_line, write_bytes

SCHEMA_KEY = b"la2ds.schema"


def write_parquet(path: str | Path, table: pa.Table, *, schema: str, metadata: Mapping[str, str] | None = None) -> None:
    """Write a table with its schema name (``"keypoints/1"``) and further metadata (stored as ``la2ds.<key>``)."""
    entries = {SCHEMA_KEY: schema.encode()} | entries_of(metadata or {})
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(entries), sink, compression="zstd")
    write_bytes(path, memoryview(sink.getvalue()))


def entries_of(metadata: Mapping[str, str]) -> dict[bytes, bytes]:
    """Write entries as a Parquet file holds them, ``la2ds.<key>``."""
    return {f"la2ds.{key}".encode(): value.encode() for key, value in metadata.items()}


def _open(path: str | Path) -> pq.ParquetFile:
    if not Path(path).is_file():
        raise InputError(path, expected="a Parquet file", found="no such file")
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(path, expected="a Parquet file", found=first_line(error)) from error


def check_schema(path: str | Path, entries: Mapping[bytes, bytes] | None, schema: str) -> dict[str, str]:
    """Refuse a file of another schema or of a version this code does not know.

    Args:
        path: the file, for the message.
        entries: raw key-value metadata of the file.
        schema: the schema of this reader, such as ``"keypoints/1"``.

    Returns:
        the ``la2ds.*`` metadata without the prefix.

    Raises:
        InputError: if the schema name or version differs.
    """
    own = {key: value for key, value in (entries or {}).items() if key.startswith(b"la2ds.")}
    try:
        known = {key.decode(): value.decode() for key, value in own.items()}
    except UnicodeDecodeError as error:
        raise InputError(path, expected="metadata la2ds.* in UTF-8", found=repr(error.object[:20])) from error
    found = known.pop(SCHEMA_KEY.decode(), "none")
    if found != schema:
        raise InputError(path, expected=f"la2ds.schema {schema}", found=f"la2ds.schema {found}")
    return {key[6:]: value for key, value in known.items()}


def has_schema(path: str | Path) -> bool:
    """Tell whether a Parquet file says which schema of ours it has; other people's do not.

    Raises:
        InputError: if it is no Parquet file.
    """
    with _open(path) as file:
        return SCHEMA_KEY in (file.schema_arrow.metadata or {})


def read_plain(path: str | Path) -> pa.Table:
    """Read a Parquet file of anybody's.

    Raises:
        InputError: if it is missing, not Parquet, or broken.
    """
    with _open(path) as file:
        return _read(path, file)


def _read(path: str | Path, file: pq.ParquetFile) -> pa.Table:
    try:
        return file.read()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(path, expected="whole columns", found=first_line(error)) from error


def read_metadata(path: str | Path, *, schema: str) -> dict[str, str]:
    """Read only the metadata of a Parquet file of the given schema."""
    with _open(path) as file:
        return check_schema(path, file.metadata.metadata, schema)


def read_parquet(path: str | Path, *, schema: str) -> tuple[pa.Table, dict[str, str]]:
    """Read a Parquet file of the given schema.

    Returns:
        the table and its ``la2ds.*`` metadata.

    Raises:
        InputError: if it is missing, not Parquet, or of another schema or version.
    """
    with _open(path) as file:
        metadata = check_schema(path, file.metadata.metadata, schema)
        return _read(path, file), metadata


def require_columns(path: str | Path, required: Sequence[str], found: Iterable[str]) -> None:
    """Refuse a table that lacks a column, or has it twice.

    Raises:
        InputError: naming those required, those missing and those there.
    """
    there = list(found)
    twice = [name for name in required if there.count(name) > 1]
    if twice:
        raise InputError(path, expected=f"column {twice[0]} once", found=f"{there.count(twice[0])} of that name")
    missing = [name for name in required if name not in there]
    if missing:
        among = ", ".join(map(repr, there[:20])) + (f" and {len(there) - 20} more" if len(there) > 20 else "")
        found_ = f"no {', '.join(missing)} among {among or 'no columns'}"
        raise InputError(path, expected=f"columns {', '.join(required)}", found=found_)


def require_entry(path: str | Path, metadata: Mapping[str, str], key: str) -> str:
    """Give an entry of a file's metadata.

    Raises:
        InputError: if there is none.
    """
    if key not in metadata:
        raise InputError(path, expected=f"la2ds.{key} in the metadata", found="none")
    return metadata[key]
