"""What trainings say of themselves: their run.json files."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from la2ds.errors import InputError
from la2ds.formats import layout

KEYS = ("seed", "steps", "parameters", "seconds", "peak_memory_mb", "device", "method", "provenance")


def read_runs(results: Path, dataset: str, methods: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Read the runs of a dataset: method -> its runs over actions and seeds; formulas have none.

    Raises:
        InputError: if a file is not a run's.
    """
    runs = {}
    for method in methods:
        paths = layout.find(results, layout.RUN, dataset=dataset, method=method)
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
