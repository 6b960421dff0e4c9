"""Compare Penn Action's computed key events with other people's: ``python tests/benchmarks/events_agreement.py ROOT``.

ROOT holds the native ``labels/*.mat``, and ``phase_labels.parquet`` (human phases) or ``kinematic_events.csv`` (the
same rules, another's code), or both. One line per action and event:

* ``same``: share of the events of the CSV found in the very same frame, or, like there, not found.
* ``apart``, ``signed``: mean absolute and mean signed distance (ours minus theirs) to the last frame before the human
  labels change, as a share of the clip.
* ``phase``: share of frames that the computed phases label as the human ones do.
"""

import logging
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from la2ds.datasets.events.find import KEY_EVENTS, find_events, phases_between
from la2ds.datasets.penn import reader as penn
from la2ds.datasets.penn.phases import find_phases, our_name
from la2ds.formats.quarantine import ClipErrors

log = logging.getLogger("events_agreement")
Events = dict[str, tuple[int | None, ...]]


def compute(root: Path) -> tuple[pd.DataFrame, Events]:
    """Find the events of every sequence that has rules: columns sequence, action, frames; and the events."""
    sequences = penn._read_sequences(root, tuple(KEY_EVENTS), ClipErrors(), leave_out=frozenset())
    events = {n: find_events(penn._pose(root, n, s.frames)[0].position, s.action) for n, s in sequences.items()}
    rows = [(name, sequence.action, sequence.frames) for name, sequence in sequences.items()]
    return pd.DataFrame(rows, columns=["sequence", "action", "frames"]), events


def against_csv(root: Path, events: Events) -> pd.DataFrame:
    """Compare with the CSV: columns action, event_index, same."""
    table = pd.read_csv(root / "kinematic_events.csv", dtype={"sequence": str})
    ours = [events[name][k] for name, k in zip(table.sequence, table.event_index, strict=True)]
    theirs = [None if np.isnan(frame) else int(frame) for frame in table.frame]
    same = [a == b for a, b in zip(ours, theirs, strict=True)]
    return table.assign(action=table.action.map(our_name), same=same)[["action", "event_index", "same"]]


def against_people(root: Path, sequences: pd.DataFrame, events: Events) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare with human phases: (action, event_index, signed) per event, (action, phase) per sequence with labels."""
    human = find_phases(root, "parquet", KEY_EVENTS, ClipErrors())[1]
    distances, agreements = [], []
    for row in sequences.itertuples():
        labels = human.get(str(row.sequence))
        if labels is None or len(labels.phases) != row.frames:
            continue
        for k, event in enumerate(events[str(row.sequence)]):
            theirs = np.flatnonzero(labels.phases <= k)[-1]
            if event is not None:
                distances.append((row.action, k, (event - theirs) / row.frames))
        phases = phases_between(events[str(row.sequence)], int(row.frames))
        if phases is not None:
            agreements.append((row.action, float((phases == labels.phases).mean())))
    return (
        pd.DataFrame(distances, columns=["action", "event_index", "signed"]),
        pd.DataFrame(agreements, columns=["action", "phase"]),
    )


def main() -> None:
    """Print what was found."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    root = Path(sys.argv[1])
    sequences, events = compute(root)
    labelled = [
        phases_between(events[n], t) is not None for n, t in zip(sequences.sequence, sequences.frames, strict=True)
    ]
    counts = sequences.assign(labelled=labelled).groupby("action").labelled.agg(["sum", "size"])
    log.info("sequences that get labels\n%s", counts.to_string())
    if (root / "kinematic_events.csv").is_file():
        same = against_csv(root, events)
        log.info("same frame as the CSV: %d of %d", same.same.sum(), len(same))
        log.info("%s", same.pivot_table(index="action", columns="event_index", values="same").round(4).to_string())
        log.info("%s", same.groupby("action").same.agg(["sum", "size", "mean"]).round(4).to_string())
    if (root / "phase_labels.parquet").is_file():
        distances, agreements = against_people(root, sequences, events)
        distances["apart"] = distances.signed.abs()
        keys = ["action", "event_index"]
        log.info("human labels\n%s", distances.groupby(keys)[["apart", "signed"]].mean().round(4).to_string())
        per_action = distances.groupby("action").apart.mean().to_frame()
        per_action["phase"] = agreements.groupby("action").phase.mean()
        per_action["sequences"] = agreements.groupby("action").size()
        log.info("%s", per_action.round(4).to_string())


if __name__ == "__main__":
    main()
