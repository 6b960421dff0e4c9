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
    frame = table.to_pandas()
    for (action, metric, variant), units_of_variant in frame.groupby(list(KEYS), sort=False, observed=True):
        if (metric, variant) in requested:
            names = sorted({*units_of_variant.video_id, *(name for name in units_of_variant.other_id if name)})
            number = {name: index for index, name in enumerate(names)} | {"": ALONE}
            found[str(action), str(metric), str(variant)] = Units(
                tuple(names),
                units_of_variant.video_id.map(number).to_numpy(dtype=np.int64),
                units_of_variant.other_id.map(number).to_numpy(dtype=np.int64),
                units_of_variant.event.to_numpy(),
                *(units_of_variant[key].to_numpy() for key in SUMS),
            )
    return found


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
