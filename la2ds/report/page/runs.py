"""Where the numbers come from: the run.json of every training, in rows per method."""

from collections.abc import Iterable
from typing import Any

from la2ds.report.page import html

HEADER = ["Method", "Runs", "By seed", "Steps", "Parameters", "Training", "Per run", "Peak memory", "Device", "Commit"]


def to_html(runs: dict[str, list[dict[str, Any]]]) -> str:
    """Write one row per method, then hardware and versions."""
    if not runs:
        return html.paragraph("No method was trained: every row is a formula.")
    rows = [[html.text(value) for value in _row(of_method)] for of_method in runs.values()]
    total = sum(run["seconds"] for of_method in runs.values() for run in of_method)
    lines = [f"Training in all: {_hours(total)}.", *_machines([r["provenance"] for rs in runs.values() for r in rs])]
    return html.together(html.table(HEADER, rows)) + html.notes(lines)


def _row(runs: list[dict[str, Any]]) -> list[str]:
    seconds = [run["seconds"] for run in runs]
    return [
        str(runs[0]["method"].get("label", "")),
        str(len(runs)),
        "seed " + _listed(run["seed"] for run in runs),
        _listed(run["steps"] for run in runs),
        _listed(f"{run['parameters']:,}" for run in runs),
        _minutes(sum(seconds)),
        _minutes(sum(seconds) / len(seconds)),
        f"{max(run['peak_memory_mb'] for run in runs)} MB",
        _listed(run["device"] for run in runs),
        _listed(run["provenance"].get("commit", "unknown") for run in runs),
    ]


def _machines(origins: list[dict[str, Any]]) -> list[str]:
    def listed(key: str) -> str:
        return _listed(origin[key] for origin in origins if origin.get(key))

    versions = {f"{name} {v}" for origin in origins for name, v in origin.get("versions", {}).items()}
    return [
        f"Hardware: {listed('cpu') or 'unknown'}, {listed('cores') or '?'} cores; GPU: {listed('gpu') or 'none'}.",
        f"Software: {listed('platform')}, Python {listed('python')}, {_listed(versions)}.",
    ]


def _listed(values: Iterable[object]) -> str:
    return ", ".join(sorted({str(value) for value in values}, key=lambda v: (len(v) if v.isdigit() else 0, v)))


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} min"


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:.1f} hours" if seconds >= 5400 else _minutes(seconds)
