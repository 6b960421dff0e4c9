"""The files beside metrics files that say what each value is made of: ``seed{seed}.units.parquet``."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from la2ds.formats.files.parquet import read_parquet, require_columns, write_parquet
from la2ds.formats.results.units import ALONE, Units

if TYPE_CHECKING:  # tables read such files, and need not wait for what computes metrics
    from la2ds.formats.results.metrics import Row

UNITS_SCHEMA = "units/1"
KEYS = ("action", "metric", "variant")
SUMS = ("n", "total", "squares", "residual")
COLUMNS = (*KEYS, "video_id", "other_id", "event", *SUMS)


def units_path(metrics: Path) -> Path:
    """Give the file beside a metrics file."""
    return metrics.with_suffix(".units.parquet")


def write_units(path: str | Path, rows: Mapping[str, Iterable["Row"]], *, commit: str) -> None:
    """Write one row per unit.

    Args:
        path: the Parquet file.
        rows: action -> its metrics; those without units have no value and are left out.
        commit: commit of the code that made the embeddings; empty where unknown.
    """
    parts = [
        _table((action, row.metric, row.variant), row.units)
        for action, rows_of_action in rows.items()
        for row in rows_of_action
    ]
    tables = [part for part in parts if part is not None]
    write_parquet(path, pa.concat_tables(tables or [_empty()]), schema=UNITS_SCHEMA, metadata={"commit": commit})


def read_units(path: str | Path, variants: Iterable[tuple[str, str]]) -> dict[tuple[str, str, str], Units]:
    """Read the units of some metrics: (action, metric, variant) -> units.

    Args:
        path: the Parquet file.
        variants: (metric, variant) of each.

    Raises:
        InputError: if the file is missing, of another schema, or lacks a column.
    """
    table, _ = read_parquet(path, schema=UNITS_SCHEMA)
    require_columns(path, COLUMNS, table.column_names)
    requested, found = set(variants), {}
    keys, codes = zip(*(_encode(table[key]) for key in KEYS), strict=True)
    names, videos = _encode(pa.chunked_array([*table["video_id"].chunks, *table["other_id"].chunks], pa.string()))
    video, other = np.split(videos, 2)
    event, sums = table["event"].to_numpy(), [table[key].to_numpy() for key in SUMS]
    for rows in _groups(codes):
        action, metric, variant = (values[code[rows[0]]] for values, code in zip(keys, codes, strict=True))
        if (metric, variant) in requested:
            there, place = np.unique([video[rows], other[rows]], return_inverse=True)
            alone = int(names[there[0]] == "")  # the empty name is the first
            first, second = np.where(place < alone, ALONE, place - alone).reshape(2, -1)
            ids = tuple(names[n] for n in there[alone:])
            found[action, metric, variant] = Units(ids, first, second, event[rows], *(values[rows] for values in sums))
    return found


def _encode(column: pa.ChunkedArray) -> tuple[list[str], np.ndarray]:
    """Give the sorted names in a column, and the place of each row's name among them."""
    encoded = column.combine_chunks().dictionary_encode()
    names = np.array(encoded.dictionary.to_pylist(), dtype=object)
    order = names.argsort()
    place = np.empty(len(names), dtype=np.int64)
    place[order] = np.arange(len(names))
    return names[order].tolist(), place[encoded.indices.to_numpy()]


def _groups(codes: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    """Give the rows of each combination of codes, in the order of the table."""
    if not len(codes[0]):
        return []
    order = np.lexsort(codes)
    changes = np.any([code[order][1:] != code[order][:-1] for code in codes], axis=0)
    return sorted(np.split(order, 1 + np.flatnonzero(changes)), key=lambda rows: int(rows[0]))


def _table(keys: tuple[str, str, str], units: Units | None) -> pa.Table | None:
    if units is None:
        return None
    names = np.array([*units.ids, ""], dtype=object)  # the last one is that of -1
    columns = {key: pa.array([value] * len(units.n), pa.string()) for key, value in zip(KEYS, keys, strict=True)}
    columns |= {"video_id": pa.array(names[units.video]), "other_id": pa.array(names[units.other])}
    columns["event"] = pa.array(units.event.astype(np.int16))
    return pa.table(columns | {key: pa.array(getattr(units, key), pa.float64()) for key in SUMS})


def _empty() -> pa.Table:
    fields = [(name, pa.string()) for name in COLUMNS[:5]] + [("event", pa.int16())]
    return pa.schema([*fields, *((name, pa.float64()) for name in SUMS)]).empty_table()
