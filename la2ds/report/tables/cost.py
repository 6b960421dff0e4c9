"""What rows cost: weights, operations, time and memory, from the records of trainings and embeddings."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from la2ds.config import TableConfig
from la2ds.formats import layout
from la2ds.formats.embeddings import EMBEDDINGS_SCHEMA
from la2ds.formats.files.parquet import read_metadata
from la2ds.formats.results.metrics import TASK_COLUMNS
from la2ds.report.tables.cells import ALL

COST = "cost"
VARIANTS = ("parameters", "flops", "train", "memory", "embed")


def has_cost(config: TableConfig) -> bool:
    """Whether a table asks for costs."""
    return any(column.metric == COST for column in config.columns)


def cost_rows(
    results: pd.DataFrame,
    *,
    runs: Mapping[str, list[dict[str, Any]]],
    root: Path,
    dataset: str,
    lenders: Mapping[str, str],
) -> pd.DataFrame:
    """Make rows like those of task CSVs out of the records of runs.

    Variants: ``parameters`` (thousands), ``flops`` (10^6 operations to embed a frame of a view once, a multiplication
    and an addition counted as two), ``train`` (minutes for an action; one network for all actions is shared out among
    them), ``memory`` (MB, the training process at its largest), ``embed`` (milliseconds for a frame). Not of formulas.

    Args:
        results: the table's results.
        runs: method -> its trainings (``read_runs``), those of lenders among them.
        root: folder of all results.
        dataset: its name.
        lenders: method -> the method whose weights it uses.

    Returns:
        columns ``TASK_COLUMNS``; one row per method, action, seed and variant that is known.
    """
    keys = ["dataset", "protocol", "method", "action", "seed", "label_source", "commit"]
    scored = results[keys].drop_duplicates(["method", "action", "seed"])
    actions = max(1, len(set(results["action"]) - {ALL}))
    lines = []
    for record in scored.to_dict("records"):
        row = {str(key): value for key, value in record.items()}
        run = _run_of(runs.get(lenders.get(row["method"], row["method"]), []), row)
        names = {key: row[key] for key in ("method", "action", "seed")}
        path = layout.below(root, layout.EMBEDDINGS, dataset=dataset, **names)
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
    # Runs of earlier versions did not count.
    flops = {"flops": run["flops_per_frame"] / 1e6} if "flops_per_frame" in run else {}
    return flops | {
        "parameters": run["parameters"] / 1e3,
        "train": run["seconds"] / 60 / (actions if shared else 1),
        "memory": float(run["peak_memory_mb"]),
    }


def _of_embeddings(path: Path) -> dict[str, float]:
    if not path.is_file():
        return {}
    metadata = read_metadata(path, schema=EMBEDDINGS_SCHEMA)
    if "seconds" not in metadata or "frames" not in metadata:
        return {}
    return {"embed": 1000 * float(metadata["seconds"]) / float(metadata["frames"])}
