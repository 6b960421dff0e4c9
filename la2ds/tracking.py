"""Record finished runs in MLflow: ``python -m la2ds track``. The only module that imports MLflow.

The files stay the truth and this is a copy of them for comparing in a browser, so nothing here fails a study: without
MLflow, or with a store that cannot be reached, one sentence is logged and the stamp is written all the same.

One process writes at a time: MLflow's SQLite schema does not survive being created by two.
"""

import argparse
import contextlib
import csv
import hashlib
import json
import logging
import math
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from la2ds.config import flat, load_method
from la2ds.errors import InputError
from la2ds.storage import write_text

log = logging.getLogger("la2ds")

STORE = Path("results", "mlflow")
KEY_TAG, CONTENT_TAG, SUPERSEDED_TAG = "la2ds.key", "la2ds.content", "superseded"
BATCH = 1000  # entries the REST interface takes in one call
# What the table is read by; the first metric ever logged is the one MLflow's plots open with.
HEADLINES = {
    ("phase_accuracy", "labels=1.0/classifier=svc_rbf"): "test/acc_100",
    ("phase_accuracy", "labels=0.1/classifier=svc_rbf"): "test/acc_10",
    ("phase_progression", "labels=1.0"): "test/progress",
    ("kendall_tau", "split=val/stride=2"): "test/tau",
    ("retrieval", "k=5/average=frames"): "test/ap_5",
    ("alignment_error", "unit=fraction"): "test/align_err",
}
PATH = re.compile(r"(?P<method>[a-z0-9_]+)/(?P<action>[a-z0-9_]+)/seed(?P<seed>[0-9]+)\.csv$")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line of ``track``."""
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--runs-root", type=Path, required=True, help="results/{dataset}, which holds train/")
    parser.add_argument("--protocol", required=True)
    parser.add_argument("--methods-dir", type=Path, required=True)
    parser.add_argument("--metrics", nargs="+", required=True, help=".../{method}/{action}/seed{seed}.csv")
    parser.add_argument("--uri", default="", help="default: $MLFLOW_TRACKING_URI, else results/mlflow/mlflow.db")
    parser.add_argument("--output", type=Path, required=True, help="stamp: what was recorded, and where")


def main(args: argparse.Namespace) -> None:
    """Record what is new, and say in the stamp what was done."""
    runs = [read_run(path, args) for path in sorted(args.metrics)]
    uri = args.uri or os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{STORE / 'mlflow.db'}"
    try:
        counts: dict[str, Any] = record(runs, args.dataset, uri)
    except ImportError as error:
        counts = {"skipped": f"MLflow is not installed ({error})"}
    except Exception as error:  # whatever a store or server thinks of: the study goes on
        reason = " ".join(str(error).split())[:300]
        counts = {"skipped": _without_password(f"MLflow at {uri} failed: {reason}")}
    level = logging.WARNING if "skipped" in counts else logging.INFO
    log.log(level, "tracking: %s", ", ".join(f"{k} {v}" for k, v in counts.items()))
    stamp = {"dataset": args.dataset, "protocol": args.protocol, "uri": _without_password(uri), **counts}
    write_text(args.output, json.dumps(stamp, indent=2) + "\n")


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
        return _digest("\0".join(str(getattr(self, name)) for name in self.names).encode())


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
        metrics=_named(rows),
        curves=curves,
        record=json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {},
        commit=next((row["commit"] for row in rows if row.get("commit")), "unknown"),
        files=[file for file in (config, history, record, path) if file.is_file()],
        content=_digest(b"\0".join(file.read_bytes() for file in results)),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise InputError(path, expected="a CSV file", found=error.strerror or str(error)) from error


def _named(rows: list[dict[str, str]]) -> dict[str, float]:
    """Give the rows of a metrics file short names, headlines first; values that are not numbers stay out."""
    values = {(row["metric"], row["variant"]): _number(row["value"]) for row in rows}
    ordered = [*HEADLINES, *(key for key in values if key not in HEADLINES)]
    named = {HEADLINES.get(key) or legal(f"test/{key[0]}/{key[1]}"): values.get(key) for key in ordered}
    return {k: v for k, v in named.items() if v is not None}


def legal(name: str) -> str:
    """Keep what MLflow allows in a name, without a slash at its end; ``labels=0.1`` becomes ``labels_0.1``."""
    return re.sub(r"[^A-Za-z0-9_\-.:/ ]", "_", name).rstrip("/")


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:24]


def _without_password(text: str) -> str:
    return re.sub(r"//[^@/\s]*@", "//", text)


def record(runs: list[Run], dataset: str, uri: str) -> dict[str, Any]:
    """Import runs into MLflow.

    Returns:
        how many were new, already there, and superseded; and the experiment.
    """
    # Both must be set before the import, which sets about phoning home.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    import mlflow

    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with _alone():
        client = mlflow.MlflowClient(tracking_uri=uri)
        experiment = _experiment(client, dataset, uri)
        known = _known(client, experiment)
        counts = {"new": 0, "unchanged": 0, "superseded": 0}
        for run in runs:
            found = known.get(run.key, {})
            if found.get(run.content):
                counts["unchanged"] += 1
                continue
            run_id = _write(client, experiment, run)
            for old in found.values():
                client.set_tag(old, SUPERSEDED_TAG, run_id)
                counts["superseded"] += 1
            counts["new"] += 1
        return {**counts, "experiment": experiment}


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Hold a lock beside the store, where the system has such locks."""
    STORE.mkdir(parents=True, exist_ok=True)
    with (STORE / ".lock").open("w") as file:
        with contextlib.suppress(ImportError, OSError):
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _experiment(client: Any, dataset: str, uri: str) -> str:
    """Find the dataset's experiment, or make it: files go below results/, not into a folder of MLflow's choice."""
    found = client.get_experiment_by_name(dataset)
    if found is not None:
        return str(found.experiment_id)
    # A server keeps files where its owner wants them.
    location = None if uri.startswith("http") else (STORE / "artifacts" / dataset).resolve().as_uri()
    note = f"Runs of dataset **{dataset}**; the files below `results/{dataset}/` are the originals."
    tags = {"mlflow.note.content": note}
    return str(client.create_experiment(dataset, artifact_location=location, tags=tags))


def _known(client: Any, experiment: str) -> dict[str, dict[str, str]]:
    """List finished runs that are not superseded: key -> content -> run id.

    Half-written runs of a killed import are not among them; they are closed, so that none seems to run for ever.
    """
    known: dict[str, dict[str, str]] = {}
    page = None
    while True:
        runs = client.search_runs([experiment], max_results=1000, page_token=page)
        for run in runs:
            tags = run.data.tags
            if KEY_TAG not in tags or SUPERSEDED_TAG in tags:
                continue
            if run.info.status == "FINISHED":
                known.setdefault(tags[KEY_TAG], {})[tags[CONTENT_TAG]] = run.info.run_id
            elif run.info.status == "RUNNING":
                client.set_terminated(run.info.run_id, status="KILLED")
        page = runs.token
        if not page:
            return known


def _write(client: Any, experiment: str, run: Run) -> str:
    """Write one run; it counts as there only once it is FINISHED."""
    from mlflow.entities import Metric, Param, RunTag

    end = int(max(file.stat().st_mtime for file in run.files) * 1000)
    start = end - int(1000 * (_number(str(run.record.get("seconds"))) or 0))
    own = {name: str(getattr(run, name)) for name in run.names} | {"commit": run.commit}
    own |= {KEY_TAG: run.key, CONTENT_TAG: run.content, "mlflow.runColor": colour(run.method, run.seed)}
    run_id = str(client.create_run(experiment, start_time=start, run_name=run.name).info.run_id)
    client.log_batch(run_id, tags=[RunTag(k, v) for k, v in own.items()])
    params = [Param(k, v) for k, v in run.params.items()]
    for first in range(0, len(params), 100):
        client.log_batch(run_id, params=params[first : first + 100])
    points = [Metric(name, value, end, 0) for name, value in run.metrics.items()]
    # The headline alone first: a batch keeps no order.
    batches = [points[:1], points[1:], [Metric(*point) for point in curve_points(run.curves, start, end)]]
    for batch in batches:
        for first in range(0, len(batch), BATCH):
            client.log_batch(run_id, metrics=batch[first : first + BATCH])
    _attach(client, run_id, run)
    client.set_terminated(run_id, end_time=end)
    return run_id


def curve_points(curves: list[dict[str, str]], start: int, end: int) -> list[tuple[str, float, int, int]]:
    """Turn history rows into (name, value, time in ms, step); time comes from their ``seconds`` where they have it."""
    points = []
    for number, row in enumerate(curves):
        step = int(_number(row.get("step")) or number)
        seconds = _number(row.get("seconds"))
        time = end if seconds is None else min(end, start + int(1000 * seconds))
        for name, text in row.items():
            value = _number(text)
            if name != "step" and value is not None:
                points.append((legal(f"train/{name}"), value, time, step))
    return points


def colour(method: str, seed: int) -> str:
    """Give a method a colour of its own, and its seeds shades of it: MLflow's defaults collide."""
    hue = int(hashlib.sha256(method.encode()).hexdigest(), 16) % 360
    import colorsys

    rgb = colorsys.hls_to_rgb(hue / 360, 0.38 + 0.06 * (seed % 5), 0.65)
    return "#" + "".join(f"{round(255 * c):02x}" for c in rgb)


def _attach(client: Any, run_id: str, run: Run) -> None:
    """Attach the run's files, and its loss curve as a picture."""
    for file in run.files:
        client.log_artifact(run_id, str(file))
    steps = [_number(row.get("step")) for row in run.curves]
    losses = [_number(row.get("loss")) for row in run.curves]
    if not losses:
        return
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder, "loss.png")
        draw_loss(picture, run.name, steps, losses)
        client.log_artifact(run_id, str(picture))


def draw_loss(path: Path, title: str, steps: list[float | None], losses: list[float | None]) -> None:
    """Draw the loss over the steps; a step without a number leaves a gap."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    pairs = [(math.nan if s is None else s, math.nan if v is None else v) for s, v in zip(steps, losses, strict=True)]
    axes.plot(*zip(*pairs, strict=True))
    axes.set(xlabel="step", ylabel="loss", title=title)
    figure.savefig(path, dpi=110)
