"""Which runs are new, unchanged or made anew, and bringing the store up to date."""

import logging
import os
from typing import Any

from la2ds.tracking.colours import assign
from la2ds.tracking.evidence import Evidence
from la2ds.tracking.moved import follow_move
from la2ds.tracking.run import Run
from la2ds.tracking.store import (
    CONTENT_TAG,
    HUE_TAG,
    PARENT_TAG,
    STORE,
    Stored,
    alone,
    describe,
    experiment_of,
    known_runs,
    supersede,
)
from la2ds.tracking.study import adopt, study_run, update_study
from la2ds.tracking.view import add_view
from la2ds.tracking.write import write_run


def record(runs: list[Run], evidence: Evidence, uri: str, *, models: str = "none") -> dict[str, Any]:
    """Import the runs of one study, which is a dataset with a protocol, into MLflow.

    Args:
        runs: at least one.
        evidence: what pictures and datasets are made of.
        uri: of the store.
        models: which networks are kept there too, none, best, seed0 or all.

    Returns:
        how many runs were new, already there, and superseded, and models new; and the experiment.
    """
    mlflow = _mlflow()
    with alone():
        follow_move(uri, STORE)
        client = mlflow.MlflowClient(tracking_uri=uri)
        experiment = experiment_of(client, runs[0].dataset, uri)
        stored_runs = known_runs(client, experiment)
        study = study_run(client, experiment, runs, stored_runs)
        hues = _hues(runs, stored_runs)
        counts = {"new": 0, "unchanged": 0, "superseded": 0}
        stored: dict[str, Stored] = {}
        for run in runs:
            copies = stored_runs.get(run.key, [])
            # Of two, left by imports at the same time, the first is the one.
            current = next((copy for copy in copies if copy.tags.get(CONTENT_TAG) == run.content), None)
            counts["unchanged" if current else "new"] += 1
            current = current or write_run(client, experiment, run, evidence, study=study, hue=hues[run.method])
            stored[run.key] = current
            # Also what an import left that was killed before it came to this.
            for old in copies:
                if old.run_id != current.run_id:
                    supersede(client, old, current.run_id)
                    counts["superseded"] += 1
            if current.tags.get(PARENT_TAG) != study:
                client.set_tag(current.run_id, PARENT_TAG, study)
        update_study(client, study, runs, changed=counts["unchanged"] < len(runs))
        adopt(client, study, runs, stored_runs)
        describe(client, experiment, runs[0].dataset)
        add_view(client, experiment)
        if models != "none":
            # Only here, for it takes torch.
            from la2ds.tracking.models import add_models

            counts["models"] = add_models(client, uri, runs, stored, which=models)
        return {**counts, "experiment": experiment}


def _mlflow() -> Any:
    """Import MLflow, quiet and without telemetry, which otherwise begins with the import."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    import mlflow

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return mlflow


def _hues(runs: list[Run], stored_runs: dict[str, list[Stored]]) -> dict[str, int]:
    """Give every method a hue; those of earlier imports keep theirs."""
    tags = [run.tags for runs in stored_runs.values() for run in runs if HUE_TAG in run.tags]
    assigned = {tag["method"]: int(tag[HUE_TAG]) for tag in tags}
    return assign([run.method for run in runs], assigned)
