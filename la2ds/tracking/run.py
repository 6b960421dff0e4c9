"""A finished run, read from its files."""

import argparse
import csv
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from la2ds.config import MethodConfig, as_dict, flat, load_method
from la2ds.errors import InputError
from la2ds.formats import layout
from la2ds.tracking.names import SETTING, named_metrics, number, readable

# Part of the content, so that runs recorded in another way are recorded anew: 2 has studies, short names and pictures.
FORMAT = b"2\0"


@dataclass(frozen=True)
class Run:
    """One method on one action with one seed, trained and evaluated.

    Attributes:
        config: the method's settings.
        params: what runs are compared by: dataset, action and so on, then every setting.
        metrics: metric name -> value, headlines first.
        curves: rows of ``history.csv``; empty for controls.
        record: ``run.json``; empty for controls.
        files: what is attached, the originals.
        embeddings: where the run's embeddings are, if they are still there.
        weights: where its own weights are; None for controls and for methods that borrow weights.
        content: digest of results, which changes when the run was made anew.
    """

    dataset: str
    protocol: str
    method: str
    action: str
    seed: int
    config: MethodConfig
    params: dict[str, str]
    metrics: dict[str, float]
    curves: list[dict[str, str]]
    record: dict[str, Any]
    commit: str
    files: list[Path]
    embeddings: Path
    weights: Path | None
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

    @property
    def label(self) -> str:
        """Give the method's name for people."""
        return self.config.label

    @property
    def description(self) -> str:
        """Say what the method is."""
        return self.config.description

    @property
    def settings(self) -> str:
        """Write the method's settings in full, defaults and bases included, as YAML."""
        return str(yaml.safe_dump(as_dict(self.config), sort_keys=False))

    @property
    def times(self) -> tuple[int, int]:
        """Give when training began, by the time it took, and when the last file was written: ms since 1970."""
        end = int(max(file.stat().st_mtime for file in self.files) * 1000)
        return end - int(1000 * (number(str(self.record.get("seconds"))) or 0)), end


def read_run(path: str | Path, args: argparse.Namespace) -> Run:
    """Read a run from its files.

    Raises:
        InputError: if the path does not say method, action and seed, or a file is not what it should be.
    """
    path = Path(path)
    run = layout.parse(path, layout.RUN_METRICS)
    method, action, seed = run["method"], run["action"], int(run["seed"])
    rows = _rows(path)
    source = args.methods_dir / f"{method}.yaml"
    config = load_method(source)
    results, names = args.runs_root.parent, {"dataset": args.runs_root.name, "method": method, "seed": seed}
    trained_on = "all" if config.training == "all" else action
    history, record, weights = (
        layout.below(results, pattern, action=trained_on, **names)
        for pattern in (layout.HISTORY, layout.RUN, layout.WEIGHTS)
    )
    trained = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
    keys = {"dataset": args.dataset, "method": method, "action": action, "seed": seed, "protocol": args.protocol}
    digested = [file for file in (path, history) if file.is_file()]
    return Run(
        dataset=args.dataset,
        protocol=args.protocol,
        method=method,
        action=action,
        seed=seed,
        config=config,
        params={k: str(v) for k, v in keys.items()} | _settings(config) | _done(trained),
        metrics=named_metrics(rows) | _used(trained),
        curves=_rows(history) if history.is_file() else [],
        record=trained,
        commit=next((row["commit"] for row in rows if row.get("commit")), "unknown"),
        files=[file for file in (source, history, record, path) if file.is_file()],
        embeddings=layout.below(results, layout.EMBEDDINGS, action=action, **names),
        weights=weights if weights.is_file() else None,
        content=digest(FORMAT + b"\0".join(file.read_bytes() for file in digested)),
    )


def _settings(config: MethodConfig) -> dict[str, str]:
    """Give the input and the objective of a method, then every setting; words for people are in the attached files."""
    first = {"input": config.input.kind, "objective": "none" if config.is_control else config.objective.kind}
    # A formula is not trained; settings of a training that never was would look like differences.
    trained = ("objective.", "optimiser.", "augmentation.", "training", "weights") if config.is_control else ()
    left_out = ("label", "description", "input.kind", "objective.kind", *trained)
    return first | {SETTING + k: readable(v)[:500] for k, v in flat(config).items() if not k.startswith(left_out)}


def _done(record: dict[str, Any]) -> dict[str, str]:
    """Give the settings of a training that a dataset may change, as they were."""
    done = record.get("method", {}).get("optimiser", {})
    return {f"{SETTING}optimiser.{key}": str(done[key]) for key in ("steps", "warmup") if key in done}


def _used(record: dict[str, Any]) -> dict[str, float]:
    """Give what a training used, in a section of its own."""
    minutes = number(str(record.get("seconds")))
    used = {
        "use/minutes": None if minutes is None else minutes / 60,
        "use/weights": number(str(record.get("parameters"))),
        "use/peak_mb": number(str(record.get("peak_memory_mb"))),
    }
    return {k: v for k, v in used.items() if v is not None}


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise InputError(path, expected="a CSV file", found=error.strerror or str(error)) from error


def digest(content: bytes) -> str:
    """Shorten content to a name that changes with it."""
    return hashlib.sha256(content).hexdigest()[:24]
