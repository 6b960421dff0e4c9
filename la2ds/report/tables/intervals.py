"""How sure the numbers of a table are: intervals from other draws of videos, and tests against its reference rows."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from la2ds.config import TableConfig
from la2ds.evaluation.resampling import draw_counts, holm, interval, p_value, recompute
from la2ds.formats import layout
from la2ds.formats.results.unit_tables import read_units, units_path
from la2ds.formats.results.units import Units
from la2ds.report.tables.cells import ALL, MEAN, Blocks, Cell

ALPHA = 0.05
# The mark of a number that is better than that of the first and of the second row of ``against``.
MARKS = ("†", "‡")

# column index -> action -> (method, seed) -> units
Found = dict[int, dict[str, dict[tuple[str, int], Units]]]
Draw = Callable[[str, int], np.ndarray]
# (method, action or "mean") -> the metric on every resample
Resampled = dict[tuple[str, str], np.ndarray]


def find_units(results: pd.DataFrame, *, config: TableConfig, root: Path, dataset: str) -> dict[str, list[Path]]:
    """List the files that say what the table's numbers are made of: method -> one for each of its results.

    Args:
        results: the table's results, columns method, action and seed among them.
        config: the table.
        root: folder of all results.
        dataset: its name.
    """
    files: dict[str, list[Path]] = {}
    pattern = layout.metrics_of(config.protocol)
    for method, of_method in results[["method", "action", "seed"]].drop_duplicates().groupby("method", sort=False):
        single_actions = of_method[of_method.action != ALL]
        runs = of_method if single_actions.empty else single_actions  # as the mean over actions has it
        files[str(method)] = [
            units_path(layout.below(root, pattern, dataset=dataset, method=method, action=action, seed=seed))
            for action, seed in zip(runs.action, runs.seed, strict=True)
        ]
    return files


def read_columns(files: Mapping[str, list[Path]], config: TableConfig) -> Found:
    """Read the units of a table's columns."""
    found: Found = {index: {} for index in range(len(config.columns))}
    place = {(c.metric, c.variant): index for index, c in enumerate(config.columns)}
    for method, paths in files.items():
        for path in paths:
            seed = int(path.name.removeprefix("seed").split(".")[0])
            for (action, metric, variant), units in read_units(path, place).items():
                found[place[metric, variant]].setdefault(action, {})[method, seed] = units
    return found


def with_intervals(blocks: Blocks, found: Found, *, config: TableConfig) -> Blocks:
    """Add intervals to every cell, and tests to the cells of the mean.

    A cell whose units are not all there, or whose action has a single video, keeps NaN. Tests are made on the mean over
    actions alone: more of them would cost those their power.
    """
    blocks = {block: dict(cells) for block, cells in blocks.items()}
    draw = cache(draw_counts)  # all columns of an action are mostly of the same number of videos
    for index in range(len(config.columns)):
        actions = [block for block in blocks if block != MEAN] or sorted(found[index])
        groups = len(actions)
        resampled, videos = resample(found[index], actions=actions, draw=draw)
        for block, cells in blocks.items():
            for method in config.methods:
                values = resampled.get((method, block))
                if values is not None and not math.isnan(cells[method, index].value):
                    low, high = interval(values)
                    cells[method, index] = replace(cells[method, index], low=low, high=high)
        for against in config.against:
            _test(blocks[MEAN], resampled, index, against=against, videos=videos, groups=groups)
    for against in config.against:
        _correct(blocks[MEAN], against)
    return blocks


def resample(
    found: Mapping[str, Mapping[tuple[str, int], Units]], *, actions: list[str], draw: Draw
) -> tuple[Resampled, int]:
    """Compute one column on resamples: per action the mean over seeds, then the unweighted mean over actions.

    Args:
        found: action -> (method, seed) -> units.
        actions: those of the table, each of which a mean needs.
        draw: as ``draw_counts``: an action and its number of videos -> how often each is drawn.

    Returns:
        the resampled values, and the number of videos drawn from.
    """
    out: Resampled = {}
    total, seeds = 0, whole_seeds(found, actions)
    for action in actions:
        units_of_action = found.get(action, {})
        ids = sorted({name for units in units_of_action.values() for name in units.ids})
        total += len(ids)
        if len(ids) < 2:
            continue
        counts, known = draw(action, len(ids)), dict[bytes, np.ndarray]()
        for method in dict.fromkeys(method for method, _ in units_of_action):
            runs = {seed: units for (name, seed), units in units_of_action.items() if name == method}
            out[method, action] = mean = _mean_of_runs(list(runs.values()), ids, counts, known)
            whole = [runs[seed] for seed in seeds.get(method, ())]
            if 0 < len(whole) < len(runs):
                mean = _mean_of_runs(whole, ids, counts, known)
            if whole:
                out[method, MEAN] = out.get((method, MEAN), 0) + mean / len(actions)
    if any(action not in {a for _, a in out} for action in actions):
        out = {key: values for key, values in out.items() if key[1] != MEAN}
    return out, total


def whole_seeds(found: Mapping[str, Mapping[tuple[str, int], Units]], actions: list[str]) -> dict[str, list[int]]:
    """List each method's seeds that have every action, as the mean over actions wants them."""
    runs = [set(found.get(action, {})) for action in actions]
    whole = set.intersection(*runs) if runs else set()
    return {method: sorted(s for m, s in whole if m == method) for method in sorted({m for m, _ in whole})}


def _mean_of_runs(runs: list[Units], ids: list[str], counts: np.ndarray, known: dict[bytes, np.ndarray]) -> np.ndarray:
    """Compute a metric of each run on resamples, (B,), and take the mean."""
    first = runs[0]
    if len(runs) > 1 and all(first.counts_as(units) for units in runs[1:]):
        # Sums over the same number of frames: their mean is that of the metrics, and needs one pass over the pairs.
        runs = [replace(first, total=np.mean([units.total for units in runs], axis=0))]
    return np.mean([_recompute(units, ids, counts, known) for units in runs], axis=0)


def _recompute(units: Units, ids: list[str], counts: np.ndarray, known: dict[bytes, np.ndarray]) -> np.ndarray:
    if units.ids == tuple(ids):
        return recompute(units, counts, known)
    place = {name: index for index, name in enumerate(ids)}
    return recompute(units, counts[:, [place[name] for name in units.ids]])


def _test(
    cells: dict[tuple[str, int], Cell], resampled: Resampled, index: int, *, against: str, videos: int, groups: int
) -> None:
    """Test a column's rows against one of them."""
    other = resampled.get((against, MEAN))
    for method, column in list(cells):
        values = resampled.get((method, MEAN))
        if column != index or method == against or values is None or other is None:
            continue
        if any(math.isnan(cells[m, index].value) for m in (method, against)):
            continue
        observed = cells[method, index].value - cells[against, index].value
        p = p_value(values - other, observed, videos=videos, groups=groups)
        cells[method, index] = replace(cells[method, index], p={**cells[method, index].p, against: p})


def _correct(cells: dict[tuple[str, int], Cell], against: str) -> None:
    """Correct the p-values of one comparison for all rows and columns of the table."""
    tested = [key for key, cell in cells.items() if against in cell.p]
    for key, value in zip(tested, holm([cells[key].p[against] for key in tested]), strict=True):
        cells[key] = replace(cells[key], holm={**cells[key].holm, against: value})


def is_better(cells: Mapping[tuple[str, int], Cell], key: tuple[str, int], against: str, best: str) -> bool:
    """Whether a cell is better than another row's of its column, and by more than chance after correction."""
    cell, other = cells[key], cells.get((against, key[1]), Cell())
    sign = -1 if best == "min" else 1
    return cell.holm.get(against, 1.0) < ALPHA and sign * (cell.value - other.value) > 0
