"""The results a table is made of: the metrics files of its rows, or task CSVs."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from la2ds.config import MethodConfig, TableConfig
from la2ds.errors import InputError
from la2ds.evaluation.collect import gather
from la2ds.formats import layout
from la2ds.formats.results.metrics import TASK_COLUMNS


def read_scores(
    root: Path,
    labels: Path,
    *,
    dataset: str,
    config: TableConfig,
    methods: Mapping[str, MethodConfig],
    actions: Sequence[str],
    seeds: int,
) -> pd.DataFrame:
    """Read the metrics files of a table's rows, and no others.

    Args:
        root: folder of all results.
        labels: labels.parquet, for the source of the labels.
        dataset: its name.
        config: the table.
        methods: settings of its rows.
        actions: those of the dataset.
        seeds: runs per method and action, where the table does not say.

    Returns:
        columns ``TASK_COLUMNS``.

    Raises:
        InputError: if a file is missing or is no metrics file.
    """
    pattern = layout.metrics_of(config.protocol)
    paths = [
        str(layout.below(root, pattern, dataset=dataset, method=name, action=action, seed=seed))
        for name in config.methods
        for seed in methods[name].seeds(config.seeds or seeds)
        for action in actions
    ]
    numbers = {"seed": int, "value": float, "n": int, "dropped": int}
    return pd.DataFrame(gather(paths, labels), columns=TASK_COLUMNS).astype(numbers)


def read_results(paths: Iterable[Path], *, dataset: str, config: TableConfig) -> pd.DataFrame:
    """Read the rows of the task CSVs that the table is about.

    Returns:
        columns ``TASK_COLUMNS``.

    Raises:
        InputError: if a file is missing or has other columns, if a result stands there twice, if there are none, or if
            they were scored on labels of several sources (human, kinematic), which no mean may mix.
    """
    paths = list(paths)
    parts = [_read_task(path) for path in paths]
    results = pd.concat([p for p in parts if len(p)] or parts, ignore_index=True)
    rows = (results.dataset == dataset) & (results.protocol == config.protocol) & results.method.isin(config.methods)
    results = results[rows].reset_index(drop=True)
    if results.empty:
        expected = f"results of the table's methods on {dataset} by protocol {config.protocol}"
        raise InputError(paths[0], expected=expected, found="none")
    sources = sorted(set(results.label_source))
    if len(sources) > 1:
        raise InputError(paths[0], expected="results on phase labels of one source", found=", ".join(sources))
    duplicates = results[results.duplicated(["method", "action", "seed", "metric", "variant"])]
    if len(duplicates):
        row = duplicates.iloc[0]
        found = f"{row.method}, {row.action}, seed {row.seed}: {row.metric} {row.variant} more than once"
        raise InputError(paths[0], expected="each result once", found=found)
    return results


def _read_task(path: Path) -> pd.DataFrame:
    types = {"commit": str, "action": str, "method": str}
    try:
        part = pd.read_csv(path, dtype=types, keep_default_na=False, na_values={"value": ["nan"]})
    except (OSError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(path, expected="a task CSV", found=str(error).strip()) from error
    if list(part.columns) != TASK_COLUMNS:
        found = ", ".join(map(str, part.columns))
        raise InputError(path, expected=f"columns {', '.join(TASK_COLUMNS)}", found=found)
    return part
