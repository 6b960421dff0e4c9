"""What rows cost: weights, operations, time and memory, as trainings and embeddings tell of themselves."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from la2ds.collect import TASK_COLUMNS
from la2ds.config import TableConfig
from la2ds.data.tables import EMBEDDINGS_SCHEMA
from la2ds.runs import read_runs
from la2ds.storage import read_metadata
from la2ds.table_cells import ALL

COST = "cost"


def has_cost(config: TableConfig) -> bool:
    """Whether a table asks for costs."""
    return any(column.metric == COST for column in config.columns)


def cost_rows(results: pd.DataFrame, *, root: Path, dataset: str, lenders: Mapping[str, str]) -> pd.DataFrame:
    """Make rows like those of task CSVs out of what runs say of themselves.

    Variants: ``parameters`` (thousands), ``train`` (minutes for an action; one network for all actions is shared out
    among them), ``memory`` (MB, the training process at its largest), ``flops`` (10^9 operations to embed a clip, a
    multiplication and an addition counted as two), ``embed`` (milliseconds for a frame). Formulas have the last alone.

    Args:
        results: the table's results.
        root: folder of all results.
        dataset: its name.
        lenders: method -> the method whose weights it uses.

    Returns:
        columns ``TASK_COLUMNS``; one row per method, action, seed and variant that is known.
    """
    runs = read_runs(root, dataset, {lenders.get(m, m) for m in results["method"]})
    keys = ["dataset", "protocol", "method", "action", "seed", "label_source", "commit"]
    scored = results[keys].drop_duplicates(["method", "action", "seed"])
    actions = max(1, len(set(results["action"]) - {ALL}))
    lines = []
    for row in scored.to_dict("records"):
        run = _run_of(runs.get(lenders.get(row["method"], row["method"]), []), row)
        path = root / dataset / "embeddings" / row["method"] / row["action"] / f"seed{row['seed']}.parquet"
        for variant, value in (_of_run(run, actions, row["action"]) | _of_embeddings(path)).items():
            lines.append({**row, "metric": COST, "variant": variant, "value": value, "n": 1, "dropped": 0})
    return pd.DataFrame(lines, columns=TASK_COLUMNS)


def _run_of(runs: Iterable[Mapping[str, Any]], row: Mapping[str, Any]) -> Mapping[str, Any]:
    for run in runs:
        trained = ALL if run["method"].get("training") == "all" else row["action"]
        if run["seed"] == int(row["seed"]) and run.get("action") == trained:
            return run
    return {}


def _of_run(run: Mapping[str, Any], actions: int, action: str) -> dict[str, float]:
    if not run:
        return {}
    shared = run["action"] == ALL and action != ALL
    return {
        "parameters": run["parameters"] / 1e3,
        "train": run["seconds"] / 60 / (actions if shared else 1),
        "memory": float(run["peak_memory_mb"]),
    }


def _of_embeddings(path: Path) -> dict[str, float]:
    if not path.is_file():
        return {}
    told = read_metadata(path, schema=EMBEDDINGS_SCHEMA)
    frames = float(told.get("frames", "nan"))
    found = {
        "flops": float(told.get("flops", "nan")) / 1e9,
        "embed": 1000 * float(told.get("seconds", "nan")) / frames,
    }
    return {variant: value for variant, value in found.items() if not math.isnan(value)}
