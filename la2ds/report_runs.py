"""Where the numbers come from: the run.json of every training, in rows per method."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from la2ds import report_page as html
from la2ds.errors import InputError

HEADER = ["Method", "Runs", "Seeds", "Steps", "Parameters", "Training", "Per run", "Peak memory", "Device", "Commit"]
KEYS = ("seed", "steps", "parameters", "seconds", "peak_memory_mb", "device", "method", "provenance")


def read_runs(results: Path, dataset: str, methods: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Read the runs of a dataset: method -> its runs over actions and seeds; formulas have none.

    Raises:
        InputError: if a file is not a run's.
    """
    runs = {}
    for method in methods:
        paths = sorted((results / dataset / "train" / method).glob("*/seed*/run.json"))
        if paths:
            runs[method] = [_read_run(path) for path in paths]
    return runs


def _read_run(path: Path) -> dict[str, Any]:
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(path, expected="a run (JSON)", found=str(error).splitlines()[0]) from error
    missing = [key for key in KEYS if not isinstance(run, dict) or key not in run]
    if missing:
        raise InputError(path, expected=f"a run with {', '.join(KEYS)}", found=f"no {', '.join(missing)}")
    return dict(run)


def to_html(runs: dict[str, list[dict[str, Any]]]) -> str:
    """Write one row per method, then hardware and versions."""
    if not runs:
        return html.paragraph("No method was trained: every row is a formula.")
    rows = [[html.text(value) for value in _row(of_method)] for of_method in runs.values()]
    total = sum(run["seconds"] for of_method in runs.values() for run in of_method)
    lines = [f"Training in all: {_minutes(total)}.", *_machines([r["provenance"] for rs in runs.values() for r in rs])]
    return html.table(HEADER, rows) + html.notes(lines)


def _row(runs: list[dict[str, Any]]) -> list[str]:
    seconds = [run["seconds"] for run in runs]
    return [
        str(runs[0]["method"].get("label", "")),
        str(len(runs)),
        _listed(run["seed"] for run in runs),
        _listed(run["steps"] for run in runs),
        _listed(f"{run['parameters']:,}" for run in runs),
        _minutes(sum(seconds)),
        _minutes(sum(seconds) / len(seconds)),
        f"{max(run['peak_memory_mb'] for run in runs)} MB",
        _listed(run["device"] for run in runs),
        _listed(run["provenance"].get("commit", "unknown") for run in runs),
    ]


def _machines(origins: list[dict[str, Any]]) -> list[str]:
    def told(key: str) -> str:
        return _listed(origin[key] for origin in origins if origin.get(key))

    versions = {f"{name} {v}" for origin in origins for name, v in origin.get("versions", {}).items()}
    return [
        f"Hardware: {told('cpu') or 'unknown'}, {told('cores') or '?'} cores; GPU: {told('gpu') or 'none'}.",
        f"Software: {told('platform')}, Python {told('python')}, {_listed(versions)}.",
    ]


def _listed(values: Iterable[object]) -> str:
    return ", ".join(sorted({str(value) for value in values}, key=lambda v: (len(v) if v.isdigit() else 0, v)))


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} min"
