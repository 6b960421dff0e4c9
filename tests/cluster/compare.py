"""Holds a study made on the cluster against the same study made here: `python compare.py LOCAL CLUSTER`.

CLUSTER also holds snakemake.log, disturbed.json (see disturb.py) and jobs.txt, SLURM's own list of job ids and states.
"""

import csv
import json
import re
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from itertools import pairwise
from pathlib import Path

from study import SEEDS, STEPS

# SLURM's word for a job to which this happened. A warned training leaves by itself, as one that was told to.
STATES = {"overrun": "TIMEOUT", "warn": "FAILED", "cancel": "CANCELLED", "kill": "FAILED", "requeue": "COMPLETED"}


def expect(what, wanted, found):
    if wanted != found:
        raise SystemExit(f"compare: {what}: expected {wanted}, found {found}")
    print(f"compare: {what}: {found if len(str(found)) < 100 else 'equal'}")


def submissions(copy):
    """Every job sent to SLURM: (id, rule), or (id, group and its rules)."""
    text = (copy / "snakemake.log").read_text()
    return re.findall(r"submitted with SLURM jobid (\d+) \(log: \S*/slurm_logs/(?:rule|group)_(\w+)/", text)


def same_files(local, cluster, pattern):
    """Compare files byte by byte."""
    names = sorted(str(path.relative_to(local)) for path in local.glob(pattern))
    different = [name for name in names if (local / name).read_bytes() != (cluster / name).read_bytes()]
    expect(f"{len(names)} files {pattern} that differ", [], different)
    expect(f"there are files {pattern}", True, bool(names))


def tracked(copy):
    """Runs in MLflow's store, by name."""
    with closing(sqlite3.connect(f"file:{copy}/results/mlflow/mlflow.db?mode=ro", uri=True)) as store:
        return sorted(name for (name,) in store.execute("select name from runs where lifecycle_stage = 'active'"))


def check_training(cluster, seed, done):
    """Each attempt went on where the one before had left its checkpoint, and every step stands in the history once."""
    log = (cluster / f"results/logs/train_method/demo/brief/squat/seed{seed}.log").read_text()
    last = [int(step) for step in re.findall(rf"resuming after step (\d+) of {STEPS}", log)]
    resumed = [attempt["resumed"] for attempt in done] + [last]
    print(f"compare: attempts at seed {seed} went on after steps {resumed}")
    expect("first attempts that went on from something", [], resumed[0])
    steps = [step for attempt in resumed for step in attempt]
    expect("attempts that went on", len(done), len(steps))
    expect("each further on", True, all(a < b for a, b in pairwise([0, *steps])))
    with open(cluster / f"results/demo/train/brief/squat/seed{seed}/history.csv", newline="") as file:
        expect(f"steps of seed {seed}", list(range(STEPS)), [int(row["step"]) for row in csv.DictReader(file)])


def main():
    local, cluster = map(Path, sys.argv[1:])
    disturbed = json.loads((cluster / "disturbed.json").read_text())
    states = dict(line.split() for line in (cluster / "jobs.txt").read_text().splitlines())
    sent = submissions(cluster)
    print("compare: jobs", ", ".join(f"{job} {rule} {states[job]}" for job, rule in sent))
    for seed, done in disturbed.items():
        for attempt in done:
            expect(f"state of job {attempt['job']} ({attempt['act']})", STATES[attempt["act"]], states[attempt["job"]])
        check_training(cluster, seed, done)
    counts = Counter(rule for _, rule in sent)
    failures = sum(attempt["act"] != "requeue" for done in disturbed.values() for attempt in done)
    expect("trainings sent, one for each seed and each that failed", SEEDS + failures, counts["train_method"])
    groups = sum(n for name, n in counts.items() if name.startswith("scores_"))
    expect("groups of scores sent: the clock's, one for each seed, and the one that failed", SEEDS + 2, groups)
    expect("jobs that ended well", len(sent) - failures - 1, sum(states[job] == "COMPLETED" for job, _ in sent))
    same_files(local, cluster, "results/tables/*.csv")
    same_files(local, cluster, "results/demo/*.csv")
    same_files(local, cluster, "results/demo/train/**/model.safetensors")
    expect("runs in MLflow", tracked(local), tracked(cluster))


if __name__ == "__main__":
    main()
