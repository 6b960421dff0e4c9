"""Writing one run: tags, params, metrics and curves in batches, files."""

import tempfile
from pathlib import Path
from typing import Any

from la2ds.tracking.colours import colour
from la2ds.tracking.names import legal, number
from la2ds.tracking.pictures import draw_loss
from la2ds.tracking.run import Run
from la2ds.tracking.store import CONTENT_TAG, KEY_TAG

BATCH = 1000  # entries the REST interface takes in one call


def write_run(client: Any, experiment: str, run: Run) -> str:
    """Write one run; it counts as there only once it is FINISHED."""
    from mlflow.entities import Metric, Param, RunTag

    end = int(max(file.stat().st_mtime for file in run.files) * 1000)
    start = end - int(1000 * (number(str(run.record.get("seconds"))) or 0))
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
    for count, row in enumerate(curves):
        step = int(number(row.get("step")) or count)
        seconds = number(row.get("seconds"))
        time = end if seconds is None else min(end, start + int(1000 * seconds))
        for name, text in row.items():
            value = number(text)
            if name != "step" and value is not None:
                points.append((legal(f"train/{name}"), value, time, step))
    return points


def _attach(client: Any, run_id: str, run: Run) -> None:
    """Attach the run's files, and its loss curve as a picture."""
    for file in run.files:
        client.log_artifact(run_id, str(file))
    steps = [number(row.get("step")) for row in run.curves]
    losses = [number(row.get("loss")) for row in run.curves]
    if not losses:
        return
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder, "loss.png")
        draw_loss(picture, run.name, steps, losses)
        client.log_artifact(run_id, str(picture))
