"""Numbers from the literature, of ``config/reported.csv``: never averaged, never ranked, always with a source."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from la2ds.config import ColumnConfig
from la2ds.errors import InputError

COLUMNS = ["method", "dataset", "metric", "variant", "value", "source", "verified"]
REMARK = "their evaluations differ from ours and from each other (probe, stride, split), so they are ranked nowhere"


@dataclass(frozen=True)
class Reported:
    """One number as its source prints it.

    Attributes:
        method: its name there.
        dataset: a name of ``config/datasets``.
        metric: name in our metrics files.
        variant: the parts of a variant that are known, joined by ``/``.
        value: as printed, accuracies in percent.
        source: publication and table.
        verified: whether the source itself was read, and not a quotation of it.
    """

    method: str
    dataset: str
    metric: str
    variant: str
    value: str
    source: str
    verified: bool


def read_reported(path: Path, dataset: str) -> list[Reported]:
    """Read what is reported of a dataset.

    Raises:
        InputError: if the file is missing, has other columns, or a row lacks a source, a number, or a yes or no.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            lines, columns = list(reader), list(reader.fieldnames or [])
    except OSError as error:
        raise InputError(path, expected="reported numbers (CSV)", found=str(error.strerror)) from error
    if columns != COLUMNS:
        raise InputError(path, expected=f"columns {', '.join(COLUMNS)}", found=", ".join(columns) or "an empty file")
    rows = [_check(path, number, line) for number, line in enumerate(lines, start=2)]
    return [row for row in rows if row.dataset == dataset]


def _check(path: Path, number: int, line: dict[str, str]) -> Reported:
    empty = [key for key in COLUMNS if not (line.get(key) or "").strip()]
    if empty:
        raise InputError(path, expected=f"a {empty[0]} in line {number}", found="none")
    try:
        float(line["value"])
    except ValueError as error:
        raise InputError(path, expected=f"a number in line {number}", found=line["value"]) from error
    if line["verified"] not in ("yes", "no"):
        raise InputError(path, expected=f"'verified' yes or no in line {number}", found=line["verified"])
    words = {key: line[key] for key in COLUMNS[:-1]}
    return Reported(**words, verified=line["verified"] == "yes")


def fits(reported: Reported, column: ColumnConfig) -> bool:
    """Whether a reported number belongs in a column: the metric is the same, and so is what is known of the variant."""
    return reported.metric == column.metric and set(reported.variant.split("/")) <= set(column.variant.split("/"))


def reported_rows(reported: Iterable[Reported], columns: Sequence[ColumnConfig]) -> tuple[list[list[str]], list[str]]:
    """Lay reported numbers out under a table's columns.

    Returns:
        one list per method: its name with the numbers of its sources, then a value or an empty text for each column;
        and the sources, in order.
    """
    rows: dict[str, list[str]] = {}
    origins: dict[str, list[int]] = {}
    sources: list[str] = []
    for entry in reported:
        for index, column in enumerate(columns):
            if fits(entry, column):
                source = entry.source + ("" if entry.verified else " (second hand, not checked)")
                if source not in sources:
                    sources.append(source)
                rows.setdefault(entry.method, [""] * len(columns))[index] = entry.value
                origins.setdefault(entry.method, []).append(sources.index(source) + 1)
    marks = {method: ", ".join(map(str, sorted(set(numbers)))) for method, numbers in origins.items()}
    return [[f"{method} [{marks[method]}]", *cells] for method, cells in rows.items()], sources


def reported_notes(sources: Sequence[str]) -> list[str]:
    """Name the sources, and say what keeps these numbers apart from ours."""
    if not sources:
        return []
    listed = "; ".join(f"[{number}] {source}" for number, source in enumerate(sources, start=1))
    return [f"Reported elsewhere: {REMARK}. {listed}."]
