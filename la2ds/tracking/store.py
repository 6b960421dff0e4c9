"""The store: its lock, a dataset's experiment, and the runs that are there already."""

import contextlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STORE = Path("results", "mlflow")
KEY_TAG, CONTENT_TAG, KIND_TAG, SUPERSEDED_TAG = "la2ds.key", "la2ds.content", "kind", "superseded"
HUE_TAG, MODEL_TAG, PARENT_TAG = "la2ds.hue", "la2ds.learning.model", "mlflow.parentRunId"
NOTE_TAG = "mlflow.note.content"
STUDY = "study"
CURRENT = f'tags.{KIND_TAG} = "run" AND tags.{SUPERSEDED_TAG} IS NULL'


@dataclass(frozen=True)
class Stored:
    """A finished run of ours in the store that no later one supersedes; or a study's, finished or not."""

    run_id: str
    tags: dict[str, str]


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
    """Find the dataset's experiment, or make it: files go below results/, not into a folder of MLflow's choice.

    One that somebody deleted is restored, for its name cannot be used again.
    """
    found = client.get_experiment_by_name(dataset)
    if found is not None:
        if found.lifecycle_stage == "deleted":
            client.restore_experiment(found.experiment_id)
        return str(found.experiment_id)
    # A server keeps files where its owner wants them.
    location = None if uri.startswith("http") else (STORE / "artifacts" / dataset).resolve().as_uri()
    return str(client.create_experiment(dataset, artifact_location=location))


def describe(client: Any, experiment: str, dataset: str) -> None:
    """Write what the experiment's page says above its runs: what the studies are, and their means."""
    note = (
        f"Runs of dataset **{dataset}**; the files below `results/{dataset}/` are the originals.\n\n"
        f"Only the latest runs, to paste into the search field: `{CURRENT}`"
    )
    wanted = f'tags.{KIND_TAG} = "{STUDY}" AND tags.{SUPERSEDED_TAG} IS NULL'
    studies = client.search_runs([experiment], filter_string=wanted, order_by=["tags.protocol"])
    notes = [note, *(run.data.tags.get(NOTE_TAG, "") for run in studies)]
    client.set_experiment_tag(experiment, NOTE_TAG, "\n\n".join(notes))


def known_runs(client: Any, experiment: str) -> dict[str, list[Stored]]:
    """List our runs: key -> those with this key, always in the same order; usually one.

    Half-written runs of a killed import are not among them; they are closed, so that none seems to run for ever. A
    study's run has nothing to be half-written.
    """
    stored_runs: dict[str, list[Stored]] = defaultdict(list)
    page = None
    while True:
        runs = client.search_runs([experiment], max_results=1000, page_token=page)
        for run in runs:
            tags = run.data.tags
            if KEY_TAG not in tags or SUPERSEDED_TAG in tags:
                continue
            if run.info.status == "FINISHED" or tags.get(KIND_TAG) == STUDY:
                stored_runs[tags[KEY_TAG]].append(Stored(run.info.run_id, dict(tags)))
            elif run.info.status == "RUNNING":
                client.set_terminated(run.info.run_id, status="KILLED")
        page = runs.token
        if not page:
            return {key: sorted(runs, key=lambda run: run.run_id) for key, runs in stored_runs.items()}


def supersede(client: Any, old: Stored, new: str) -> None:
    """Say of a run that another has taken its place, in its name too, which is what plots show."""
    name = old.tags.get("mlflow.runName", "run")
    client.update_run(old.run_id, name=f"{name} (old)")
    client.set_tag(old.run_id, SUPERSEDED_TAG, new)
