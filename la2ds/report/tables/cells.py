"""The cells of a table: means over actions and seeds, spreads, gains over the reference row."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from la2ds.config import TableConfig

MEAN = "mean"
ALL = "all"


@dataclass(frozen=True)
class Cell:
    """One number of the table, in the units of the metrics files.

    Attributes:
        value: mean over seeds; NaN where missing or not defined.
        spread: sample standard deviation over seeds; NaN with fewer than two.
        seeds: number of seeds; 0 where missing.
        gain: improvement over the reference row, positive where better; NaN where there is none.
        n: what the metrics counted, summed over actions and seeds.
        dropped: what they left out or replaced, summed likewise.
        low, high: 95 % interval over draws of videos; NaN where there is none.
        p: row tested against -> p-value of the difference.
        holm: the same, corrected for the number of tests in the table.
    """

    value: float = math.nan
    spread: float = math.nan
    seeds: int = 0
    gain: float = math.nan
    n: int = 0
    dropped: int = 0
    low: float = math.nan
    high: float = math.nan
    p: dict[str, float] = field(default_factory=dict)
    holm: dict[str, float] = field(default_factory=dict)


Blocks = dict[str, dict[tuple[str, int], Cell]]


@dataclass(frozen=True)
class Table:
    """A table ready to be written.

    Attributes:
        config: the table file.
        dataset: whose results these are.
        labels: method -> its name in print, in row order.
        blocks: ``mean`` and then each action -> (method, column index) -> cell.
        notes: lines below the table.
        label_source: where the phase labels come from.
        reported: rows from the literature: a name, then what is printed in each column.
    """

    config: TableConfig
    dataset: str
    labels: dict[str, str]
    blocks: Blocks
    notes: tuple[str, ...]
    label_source: str
    reported: list[list[str]] = field(default_factory=list)


def make_blocks(results: pd.DataFrame, config: TableConfig) -> Blocks:
    """Average over actions and seeds, and compare with the reference row.

    Args:
        results: columns method, action, seed, metric, variant, value, n, dropped.
        config: rows and columns of the table.

    Returns:
        the block ``mean``, then one block per action; every (method, column index) has a cell.
    """
    actions = sorted(set(results["action"]) - {ALL})
    blocks: Blocks = {block: {} for block in [MEAN, *actions]}
    nothing = results.iloc[:0]
    for index, column in enumerate(config.columns):
        rows = results[(results["metric"] == column.metric) & (results["variant"] == column.variant)]
        of_methods = dict(iter(rows.groupby("method")))
        for method in config.methods:
            of_method = of_methods.get(method, nothing)
            of_blocks = dict(iter(of_method.groupby("action"))) | {MEAN: mean_over_actions(of_method, actions)}
            for block, cells in blocks.items():
                cells[method, index] = over_seeds(of_blocks.get(block, nothing))
    return {block: with_gains(cells, config) for block, cells in blocks.items()}


def mean_over_actions(rows: pd.DataFrame, actions: Sequence[str]) -> pd.DataFrame:
    """Average one method's metric over actions, seed by seed.

    A seed that lacks an action is left out: its mean would be over other actions than its neighbour's in the table. A
    model of all actions together (action ``all``) has its mean from ``evaluate`` already.

    Returns:
        columns seed, value, n, dropped.
    """
    single_actions = rows[rows.action != ALL]
    if single_actions.empty:
        return rows
    whole = single_actions.groupby("seed").filter(lambda group: set(group.action) == set(actions))
    grouped = whole.groupby("seed")[["value", "n", "dropped"]].sum(min_count=len(actions))
    # min_count: an undefined value makes the mean undefined, where pandas would leave it out.
    return grouped.assign(value=grouped["value"] / len(actions)).reset_index()


def over_seeds(rows: pd.DataFrame) -> Cell:
    """Average over seeds; the spread needs two."""
    if rows.empty:
        return Cell()
    values, n, dropped = (rows[key].to_numpy() for key in ("value", "n", "dropped"))
    spread = float(values.std(ddof=1)) if len(values) > 1 else math.nan
    return Cell(float(values.mean()), spread, len(values), math.nan, int(n.sum()), int(dropped.sum()))


def with_gains(cells: dict[tuple[str, int], Cell], config: TableConfig) -> dict[tuple[str, int], Cell]:
    """Add the gain over the reference row to every other row; for an error, less is a gain."""
    out = {}
    for (method, index), cell in cells.items():
        sign = -1 if config.columns[index].best == "min" else 1
        if not config.reference or method == config.reference or config.columns[index].best == "none":
            out[method, index] = cell
            continue
        gain = sign * (cell.value - cells[config.reference, index].value)
        out[method, index] = replace(cell, gain=gain)
    return out
