"""A finished run, read from its files."""

import argparse
import csv
import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from la2ds.config import flat, load_method
from la2ds.errors import InputError
from la2ds.tracking.names import named_metrics

PATH = re.compile(r"(?P<method>[a-z0-9_]+)/(?P<action>[a-z0-9_]+)/seed(?P<seed>[0-9]+)\.csv$")


@dataclass(frozen=True)
class Run:
    """One method on one action with one seed, trained and evaluated.

    Attributes:
        metrics: metric name -> value, headlines first.
        curves: rows of ``history.csv``; empty for controls.
        record: ``run.json``; empty for controls.
        files: what is attached.
        content: digest of results, which changes when the run was made anew.
    """

    dataset: str
    protocol: str
    method: str
    action: str
    seed: int
    params: dict[str, str]
    metrics: dict[str, float]
    curves: list[dict[str, str]]
    record: dict[str, Any]
    commit: str
    files: list[Path]
    content: str
    names: tuple[str, ...] = field(default=("dataset", "protocol", "method", "action", "seed"))

    @property
    def name(self) -> str:
        """Give the name that lists and charts show."""
        return f"{self.method}-{self.action}-s{self.seed}"

    @property
    def key(self) -> str:
        """Give what stays the same when the run is made again."""
        return digest("\0".join(str(getattr(self, name)) for name in self.names).encode())


def read_run(path: str | Path, args: argparse.Namespace) -> Run:
    """Read a run from its files.

    Raises:
        InputError: if the path does not say method, action and seed, or a file is not what it should be.
    """
    path = Path(path)
    match = PATH.search(path.as_posix())
    if match is None:
        raise InputError(path, expected="a path ending in {method}/{action}/seed{seed}.csv", found=path.name)
    method, action, seed = match["method"], match["action"], int(match["seed"])
    rows = _rows(path)
    config = args.methods_dir / f"{method}.yaml"
    settings = flat(load_method(config))
    trained = "all" if settings["training"] == "all" else action
    folder = args.runs_root / "train" / method / trained / f"seed{seed}"
    history, record = folder / "history.csv", folder / "run.json"
    curves = _rows(history) if history.is_file() else []
    own = {"dataset": args.dataset, "method": method, "action": action, "seed": seed, "protocol": args.protocol}
    results = [file for file in (path, history) if file.is_file()]
    return Run(
        dataset=args.dataset,
        protocol=args.protocol,
        method=method,
        action=action,
        seed=seed,
        params={k: str(v)[:500] for k, v in {**own, **settings}.items() if k not in ("label", "description")},
        metrics=named_metrics(rows),
        curves=curves,
        record=json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {},
        commit=next((row["commit"] for row in rows if row.get("commit")), "unknown"),
        files=[file for file in (config, history, record, path) if file.is_file()],
        content=digest(b"\0".join(file.read_bytes() for file in results)),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise InputError(path, expected="a CSV file", found=error.strerror or str(error)) from error


def digest(content: bytes) -> str:
    """Shorten content to a name that changes with it."""
    return hashlib.sha256(content).hexdigest()[:24]
