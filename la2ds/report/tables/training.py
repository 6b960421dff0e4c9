"""What training a table's rows took."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from la2ds.formats.runs import read_runs
from la2ds.report.tables.cells import ALL


def training_notes(
    results: pd.DataFrame,
    *,
    root: Path,
    dataset: str,
    labels: Mapping[str, str],
    steps: Mapping[str, int] | None = None,
) -> list[str]:
    """Say how long training took, of the runs that the results come from, and which were cut short.

    Args:
        results: the table's results, columns method, action and seed among them.
        root: folder of all results; trainings lie in ``{root}/{dataset}/train``.
        dataset: its name.
        labels: method -> name in print.
        steps: method -> steps that its file asks for.
    """
    scored = set(zip(results["method"], results["action"], results["seed"].astype(int), strict=True))
    told: dict[str, list[dict[str, Any]]] = {}
    for method, runs in read_runs(root, dataset, labels).items():
        own = [run for run in runs if _is_scored(method, run, scored) and run["steps"] > 0]
        if own:
            told[method] = own
    if not told:
        return []
    parts = [f"{labels[method]} {_minutes(runs)} ({runs[0]['parameters']:,})" for method, runs in told.items()]
    machines = {_machine(run) for runs in told.values() for run in runs}
    notes = [f"Training, minutes a model, and its weights: {'; '.join(parts)}; on {' and '.join(sorted(machines))}."]
    shares = [run["steps"] / steps[m] for m, runs in told.items() for run in runs if steps and steps.get(m)]
    if shares and min(shares) < 1:
        notes.append(
            f"A quick look: rows were trained for {round(100 * min(shares))} % of the steps their files ask for."
        )
    return notes


def _is_scored(method: str, run: Mapping[str, Any], scored: set[tuple[str, str, int]]) -> bool:
    """Whether a result comes from a run; one network for all actions stands behind the results of each."""
    shared = run["method"].get("training") == "all"
    return any(
        (method, seed) == (name, run["seed"]) and run.get("action") == (ALL if shared else action)
        for name, action, seed in scored
    )


def _machine(run: Mapping[str, Any]) -> str:
    threads = run.get("threads", "?")
    return f"{run['device']}, {threads} thread{'' if threads == 1 else 's'}"


def _minutes(runs: list[dict[str, Any]]) -> str:
    return f"{sum(run['seconds'] for run in runs) / len(runs) / 60:.2f}"
