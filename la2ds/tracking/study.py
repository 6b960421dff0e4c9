"""The run above the runs: one for each study, that is a dataset with a protocol, with its means in a table."""

from typing import Any

from la2ds.tracking.names import HEADLINES
from la2ds.tracking.run import Run, digest
from la2ds.tracking.store import KEY_TAG, KIND_TAG, NOTE_TAG, PARENT_TAG, STUDY, Stored, supersede


def study_run(client: Any, experiment: str, runs: list[Run], stored_runs: dict[str, list[Stored]]) -> str:
    """Find the study's run, or make it: its id.

    One that was deleted is not found, and so made anew, and the caller hangs its runs under the new one. Of
    two the first stays.
    """
    dataset, protocol = runs[0].dataset, runs[0].protocol
    key = digest("\0".join((STUDY, dataset, protocol)).encode())
    found = stored_runs.get(key, [])
    if not found:
        tags = {KEY_TAG: key, KIND_TAG: STUDY, "mlflow.runColor": "#9ca3af"}
        tags |= {"dataset": dataset, "protocol": protocol}
        start = min(run.times[0] for run in runs)
        created = client.create_run(experiment, start_time=start, run_name=f"study {protocol}", tags=tags)
        return str(created.info.run_id)
    for other in found[1:]:
        supersede(client, other, found[0].run_id)
    return found[0].run_id


def update_study(client: Any, study: str, runs: list[Run], *, changed: bool) -> None:
    """Write the table of means anew where runs were added, and close the study's run."""
    if changed or NOTE_TAG not in client.get_run(study).data.tags:
        client.set_tag(study, NOTE_TAG, summary(runs))
    client.set_terminated(study, end_time=max(run.times[1] for run in runs))


def adopt(client: Any, study: str, runs: list[Run], stored_runs: dict[str, list[Stored]]) -> None:
    """Hang also runs outside the study's tables under its run, where they hang under one that was deleted."""
    current = {run.key for run in runs}
    for key, copies in stored_runs.items():
        for copy in copies if key not in current else ():
            tags = copy.tags
            if tags.get(KIND_TAG) == "run" and tags["protocol"] == runs[0].protocol and tags.get(PARENT_TAG) != study:
                client.set_tag(copy.run_id, PARENT_TAG, study)


def summary(runs: list[Run]) -> str:
    """Write the means of the headline metrics over the runs of each method, as Markdown; best accuracy first.

    A mean over runs, so over actions and seeds at once; a metric that some run of a method lacks is left open.
    """
    methods: dict[str, list[Run]] = {}
    for run in runs:
        methods.setdefault(run.method, []).append(run)
    columns = [name for name in HEADLINES if any(f"test/{name}" in run.metrics for run in runs)]
    rows = []
    for method, runs_of_method in methods.items():
        means = [mean([run.metrics.get(f"test/{column}") for run in runs_of_method]) for column in columns]
        rows.append(((-1.0 if not means or means[0] is None else means[0]), method, len(runs_of_method), means))
    lines = [f"| {' | '.join(('method', 'runs', *columns))} |", "| :-- |" + " --: |" * (1 + len(columns))]
    for _, method, count, means in sorted(rows, key=lambda row: (-row[0], row[1])):
        cells = ["–" if value is None else f"{value:.3f}" for value in means]
        lines.append(f"| {' | '.join((method, str(count), *cells))} |")
    actions = sorted({run.action for run in runs})
    head = f"**{runs[0].dataset}**, protocol **{runs[0].protocol}**: {len(runs)} runs on {', '.join(actions)}."
    return "\n".join([head, "", "Means over runs, that is over actions and seeds:", "", *lines])


def mean(values: list[float | None]) -> float | None:
    """Give the mean, or None where a value is missing."""
    present = [value for value in values if value is not None]
    return sum(present) / len(present) if present and len(present) == len(values) else None
