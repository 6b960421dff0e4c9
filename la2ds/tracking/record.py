"""Which runs are new, unchanged or made anew, and bringing the store up to date."""

import logging
import os
from typing import Any

from la2ds.tracking.run import Run
from la2ds.tracking.store import SUPERSEDED_TAG, alone, experiment_of, known_runs
from la2ds.tracking.write import write_run


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
    with alone():
        client = mlflow.MlflowClient(tracking_uri=uri)
        experiment = experiment_of(client, dataset, uri)
        known = known_runs(client, experiment)
        counts = {"new": 0, "unchanged": 0, "superseded": 0}
        for run in runs:
            found = known.get(run.key, {})
            if found.get(run.content):
                counts["unchanged"] += 1
                continue
            run_id = write_run(client, experiment, run)
            for old in found.values():
                client.set_tag(old, SUPERSEDED_TAG, run_id)
                counts["superseded"] += 1
            counts["new"] += 1
        return {**counts, "experiment": experiment}
