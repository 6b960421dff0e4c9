"""Rows and columns of a table."""

from dataclasses import dataclass
from typing import Literal

from la2ds.config.kinds import METRIC_KINDS
from la2ds.config.strict import require, within


@dataclass(frozen=True)
class ColumnConfig:
    """One column of a table.

    Attributes:
        metric: name in the metrics files.
        variant: variant in the metrics files.
        label: heading.
        percent: print the value times 100.
        best: whether a large or a small value is better, or neither.
        digits: decimals printed.
    """

    metric: str
    variant: str
    label: str
    percent: bool = True
    best: Literal["max", "min", "none"] = "max"
    digits: int = 1

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        require(self.metric in METRIC_KINDS, "metric", f"among {', '.join(METRIC_KINDS)}", repr(self.metric))
        within(self, 0, 12, "digits")


@dataclass(frozen=True)
class TableConfig:
    """Rows and columns of a table.

    Attributes:
        title: heading.
        columns: columns, in order.
        methods: rows, in order; names of ``config/methods/*.yaml``. Empty for those, and the notes, of the table that
            config.yaml names under ``rows``, of which this one is then a part.
        protocol: a name of ``config/protocols/*.yaml``.
        reference: the row that gains are counted from; empty for no gains.
        against: rows, up to two, that the others are tested against where they are in the table.
        notes: footnotes.
        dataset: the one dataset the table is about, which makes it a study of its own, ``results/tables/{table}.md``;
            empty for every dataset of config.yaml.
        robustness: rows that are also scored on damaged keypoints, in ``{table}_{dataset}_robustness.png``.
        shown: rows that stand side by side in pictures, five at most; empty for the first three trained ones. The
            reference always stands with them.
        seeds: runs per method and action; 0 for as many as config.yaml says.
        figures: whether pictures of its rows are made; a part of another table needs none of its own.
    """

    title: str
    columns: tuple[ColumnConfig, ...]
    methods: tuple[str, ...] = ()
    protocol: str = "default"
    reference: str = "time"
    against: tuple[str, ...] = ("time", "casa")
    notes: tuple[str, ...] = ()
    dataset: str = ""
    robustness: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    seeds: int = 0
    figures: bool = True

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        within(self, 0, 10_000, "seeds")
        require(len(self.shown) <= 5, "shown", "at most five methods", self.shown)
        require(len(self.against) <= 2, "against", "at most two rows", self.against)
