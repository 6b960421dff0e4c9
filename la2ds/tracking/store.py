"""The store: its lock, a dataset's experiment, and the runs that are there already."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

STORE = Path("results", "mlflow")
KEY_TAG, CONTENT_TAG, SUPERSEDED_TAG = "la2ds.key", "la2ds.content", "superseded"


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Hold a lock beside the store, where the system has such locks."""
    STORE.mkdir(parents=True, exist_ok=True)
    with (STORE / ".lock").open("w") as file:
        with contextlib.suppress(ImportError, OSError):
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def experiment_of(client: Any, dataset: str, uri: str) -> str:
    """Find the dataset's experiment, or make it: files go below results/, not into a folder of MLflow's choice."""
    found = client.get_experiment_by_name(dataset)
    if found is not None:
        return str(found.experiment_id)
    # A server keeps files where its owner wants them.
    location = None if uri.startswith("http") else (STORE / "artifacts" / dataset).resolve().as_uri()
    note = f"Runs of dataset **{dataset}**; the files below `results/{dataset}/` are the originals."
    tags = {"mlflow.note.content": note}
    return str(client.create_experiment(dataset, artifact_location=location, tags=tags))


def known_runs(client: Any, experiment: str) -> dict[str, dict[str, str]]:
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
