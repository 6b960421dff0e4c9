"""Writing one run: tags, params, metrics and curves in batches, datasets, files."""

import tempfile
from pathlib import Path
from typing import Any

from la2ds.tracking.colours import colour
from la2ds.tracking.datasets import log_datasets
from la2ds.tracking.evidence import Evidence
from la2ds.tracking.names import legal, number
from la2ds.tracking.pictures import draw_pictures
from la2ds.tracking.run import Run
from la2ds.tracking.store import CONTENT_TAG, HUE_TAG, KEY_TAG, KIND_TAG, PARENT_TAG, Stored

BATCH = 1000  # entries the REST interface takes in one call


def write_run(client: Any, experiment: str, run: Run, evidence: Evidence, *, study: str, hue: int) -> Stored:
    """Write one run below its study; it counts as there only once it is FINISHED."""
    from mlflow.entities import Metric, Param, RunTag

    start, end = run.times
    tags = run_tags(run, study=study, hue=hue)
    run_id = str(client.create_run(experiment, start_time=start, run_name=run.name).info.run_id)
    client.log_batch(run_id, tags=[RunTag(k, v) for k, v in tags.items()])
    params = [Param(k, v) for k, v in run.params.items()]
    for first in range(0, len(params), 100):
        client.log_batch(run_id, params=params[first : first + 100])
    points = [Metric(name, value, end, 0) for name, value in run.metrics.items()]
    # The headline alone first: a batch keeps no order.
    batches = [points[:1], points[1:], [Metric(*point) for point in curve_points(run.curves, start, end)]]
    for batch in batches:
        for first in range(0, len(batch), BATCH):
            client.log_batch(run_id, metrics=batch[first : first + BATCH])
    log_datasets(client, run_id, run, evidence)
    attach(client, run_id, run, evidence)
    client.set_terminated(run_id, end_time=end)
    return Stored(run_id, tags)


def run_tags(run: Run, *, study: str, hue: int) -> dict[str, str]:
    """Give a run's tags, MLflow's own (parent, colour, note) among them."""
    tags = {name: str(getattr(run, name)) for name in run.names} | {"commit": run.commit, KIND_TAG: "run"}
    tags |= {KEY_TAG: run.key, CONTENT_TAG: run.content, PARENT_TAG: study, HUE_TAG: str(hue)}
    # A study opens with the runs below it shown, in lists and charts, where they are of this type; else with none.
    tags |= {"mlflow.runType": "evaluation"}
    note = [f"**{run.label}** on {run.action}, seed {run.seed}.", "", run.description, ""]
    note += ["Original files:", *(f"- `{file.as_posix()}`" for file in run.files)]
    return tags | {"mlflow.runColor": colour(run.method, hue, run.seed), "mlflow.note.content": "\n".join(note)}


def curve_points(curves: list[dict[str, str]], start: int, end: int) -> list[tuple[str, float, int, int]]:
    """Turn history rows into (name, value, time in ms, step); time comes from their ``seconds`` where they have it."""
    points = []
    for count, row in enumerate(curves):
        step = int(number(row.get("step")) or count)
        seconds = number(row.get("seconds"))
        time = end if seconds is None else min(end, start + int(1000 * seconds))
        for name, text in row.items():
            value = number(text)
            if name != "step" and value is not None:
                points.append((legal(f"train/{name}"), value, time, step))
    return points


def attach(client: Any, run_id: str, run: Run, evidence: Evidence) -> None:
    """Attach the run's files, its settings in full, and its pictures, all in one call."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in run.files:
            # A link would be kept as a link, and a copy is small.
            (folder / file.name).write_bytes(file.read_bytes())
        (folder / "config.yaml").write_text(run.settings, encoding="utf-8")
        draw_pictures(folder, run, evidence)
        client.log_artifacts(run_id, name)
