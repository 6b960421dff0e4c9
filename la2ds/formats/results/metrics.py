"""Metrics files, one per embeddings file, and the keys that name them."""

import csv
from pathlib import Path
from typing import NamedTuple

from la2ds.config import TASKS
from la2ds.errors import InputError
from la2ds.formats.results.units import Units


class Row(NamedTuple):
    """One line of a metrics file.

    Attributes:
        metric: name, fixed.
        variant: ``key=value`` parts joined by ``/``.
        value: the number; NaN where it is not defined.
        n: how many frames, pairs, cells or videos the value is made of.
        dropped: how many were left out or replaced; each metric says which.
        units: what the value is made of; None where it is not defined. It is written to another file.
    """

    metric: str
    variant: str
    value: float
    n: int
    dropped: int
    units: Units | None = None

    @property
    def without_units(self) -> tuple[str, str, float, int, int]:
        """The columns of a metrics file but for the commit."""
        return self.metric, self.variant, self.value, self.n, self.dropped


# Of a metrics file, and further columns where keypoints were damaged.
COLUMNS = ["metric", "variant", "value", "n", "dropped", "commit"]
DAMAGE = ["corruption", "level"]
KEYS = ["dataset", "protocol", "method", "action", "seed"]
TASK_COLUMNS = [*KEYS, "metric", "variant", "value", "n", "dropped", "label_source", "commit"]


def read_metrics(path: str | Path) -> list[dict[str, str]]:
    """Read a metrics file as text.

    Raises:
        InputError: if it is missing, has other columns, or holds a metric no task has.
    """
    try:
        with Path(path).open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            rows, columns = list(reader), list(reader.fieldnames or [])
    except OSError as error:
        raise InputError(path, expected="a metrics file", found=str(error.strerror)) from error
    if columns == [*DAMAGE, *COLUMNS]:
        rows = [_undamaged(row) for row in rows]
    elif columns != COLUMNS:
        raise InputError(path, expected=f"columns {', '.join(COLUMNS)}", found=", ".join(columns) or "an empty file")
    unknown = [r["metric"] for r in rows if r["metric"] not in TASKS]
    if unknown:
        raise InputError(path, expected=f"metrics among {', '.join(TASKS)}", found=unknown[0])
    return rows


def _undamaged(row: dict[str, str]) -> dict[str, str]:
    """Write the damage into the variant; videos are counted once for all."""
    variant = row["variant"]
    if row["metric"] != "videos":
        variant = damaged_variant(row["corruption"], float(row["level"]), variant)
    return {key: row[key] for key in COLUMNS} | {"variant": variant}


def damaged_variant(corruption: str, level: float, variant: str) -> str:
    """Name a variant of a metric at a level of damage."""
    return f"{corruption}={level:g}/{variant}"
