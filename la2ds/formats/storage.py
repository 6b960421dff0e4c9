"""Writing whole files or none, and Parquet whose schema is named and checked."""

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from la2ds.errors import InputError
from la2ds.formats.leftovers import temporary_file

SCHEMA_KEY = b"la2ds.schema"
# What the system says where nothing more goes on a disk, or nothing more of this user's.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextlib.contextmanager
def atomic_path(path: str | Path, *, needed: int = 0) -> Iterator[Path]:
    """Yield a temporary name in the same folder; rename it to ``path`` on success, remove it on failure.

    The folder is made if it is missing. The temporary name keeps the suffix, which some writers depend on. What a
    killed process left of the same output is removed first.

    Args:
        path: the output.
        needed: its size in bytes, where it is known beforehand, for the message of a full disk.

    Raises:
        InputError: if the disk is full.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with temporary_file(path.parent, prefix=f".{path.stem}.", suffix=f".tmp{path.suffix}") as temporary:
        try:
            yield temporary
        except OSError as error:
            if error.errno not in FULL:
                raise
            written = temporary.stat().st_size if temporary.exists() else 0
            size = f"{needed:,} bytes" if needed else f"more than {written:,} bytes"
            free = f"{shutil.disk_usage(path.parent).free:,} bytes free ({os.strerror(error.errno)})"
            raise InputError(path, expected=f"room for {size} on its disk", found=free) from error
        # mkstemp makes files for their owner only; results are to be read by the group like any other file.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)


def write_bytes(path: str | Path, content: bytes | pa.Buffer) -> None:
    """Write a whole file, or none.

    What libraries could write by themselves (torch, safetensors, pyarrow) goes through here too, for of a full disk
    they say nothing that could be told from another error.
    """
    with atomic_path(path, needed=len(content)) as temporary:
        temporary.write_bytes(content)


def write_text(path: str | Path, text: str) -> None:
    """Write a whole UTF-8 text file, or none."""
    write_bytes(path, text.encode())


def sha256_of(path: str | Path) -> str:
    """Compute a file's SHA-256, in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_parquet(path: str | Path, table: pa.Table, *, schema: str, metadata: Mapping[str, str] | None = None) -> None:
    """Write a table with its schema name (``"keypoints/1"``) and further metadata (stored as ``la2ds.<key>``)."""
    entries = {SCHEMA_KEY: schema.encode()} | {f"la2ds.{k}".encode(): v.encode() for k, v in (metadata or {}).items()}
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(entries), sink, compression="zstd")
    write_bytes(path, sink.getvalue())


def _open(path: str | Path) -> pq.ParquetFile:
    if not Path(path).is_file():
        raise InputError(path, expected="a Parquet file", found="no such file")
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(path, expected="a Parquet file", found=str(error).splitlines()[0]) from error


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
    own = {k: v for k, v in (entries or {}).items() if k.startswith(b"la2ds.")}
    try:
        texts = {k.decode(): v.decode() for k, v in own.items()}
    except UnicodeDecodeError as error:
        raise InputError(path, expected="metadata in UTF-8", found=f"{error.object[:40]!r}") from error
    found = texts.pop(SCHEMA_KEY.decode(), "none")
    if found != schema:
        raise InputError(path, expected=f"la2ds.schema {schema}", found=f"la2ds.schema {found}")
    return {k.removeprefix("la2ds."): v for k, v in texts.items()}


def read_metadata(path: str | Path, *, schema: str) -> dict[str, str]:
    """Read only the metadata of a Parquet file of the given schema."""
    with _open(path) as file:
        return check_schema(path, file.schema_arrow.metadata, schema)


def read_parquet(path: str | Path, *, schema: str) -> tuple[pa.Table, dict[str, str]]:
    """Read a Parquet file of the given schema.

    Returns:
        the table and its ``la2ds.*`` metadata.

    Raises:
        InputError: if it is missing, not Parquet, or of another schema or version.
    """
    with _open(path) as file:
        metadata = check_schema(path, file.schema_arrow.metadata, schema)
        try:
            return file.read(), metadata
        except (pa.ArrowInvalid, OSError) as error:
            raise InputError(path, expected="whole columns", found=str(error).splitlines()[0]) from error


def require_columns(path: str | Path, required: Sequence[str], found: Iterable[str]) -> None:
    """Refuse a table that lacks a column.

    Raises:
        InputError: naming those required and those missing.
    """
    missing = [name for name in required if name not in set(found)]
    if missing:
        raise InputError(path, expected=f"columns {', '.join(required)}", found=f"no {', '.join(missing)}")


def require_entry(path: str | Path, metadata: Mapping[str, str], key: str) -> str:
    """Give an entry of a file's metadata.

    Raises:
        InputError: if there is none.
    """
    if key not in metadata:
        raise InputError(path, expected=f"la2ds.{key} in the metadata", found="none")
    return metadata[key]
