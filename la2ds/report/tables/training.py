"""How long the trainings behind a table's rows took."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from la2ds.report.tables.cells import ALL


def training_notes(
    results: pd.DataFrame,
    *,
    runs: Mapping[str, list[dict[str, Any]]],
    labels: Mapping[str, str],
    steps: Mapping[str, int] | None = None,
) -> list[str]:
    """Say how long training took, of the runs that the results come from, and which were cut short.

    Args:
        results: the table's results, columns method, action and seed among them.
        runs: method -> its trainings (``read_runs``).
        labels: method -> name in print.
        steps: method -> steps that its file asks for.
    """
    scored = set(zip(results["method"], results["action"], results["seed"].astype(int), strict=True))
    trained = {
        method: [run for run in runs.get(method, []) if _is_scored(method, run, scored) and run["steps"] > 0]
        for method in labels
    }
    trained = {method: of_method for method, of_method in trained.items() if of_method}
    if not trained:
        return []
    parts = [f"{labels[m]} {_minutes(of_method)} ({of_method[0]['parameters']:,})" for m, of_method in trained.items()]
    machines = {_machine(run) for of_method in trained.values() for run in of_method}
    notes = [f"Training, minutes a model, and its weights: {'; '.join(parts)}; on {' and '.join(sorted(machines))}."]
    shares = [
        run["steps"] / steps[m] for m, of_method in trained.items() for run in of_method if steps and steps.get(m)
    ]
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
