"""Holds a study made on the cluster against the same study made here: `python compare.py LOCAL CLUSTER`.

CLUSTER also holds snakemake.log, disturbed.json (see play.py) and jobs.json, SLURM's own list of job ids and states.
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

from acts import STATES
from study import SEEDS, STEPS

# What the person at the keyboard must have been told.
SENTENCES = [
    "SLURM takes no more jobs now (MaxSubmitJob): they are sent again every 20 s",
    "expected no jobs of an earlier run in SLURM's queue",
    "The last run here ended without taking its locks away",
    "took more memory than the 1500 MB it asked for (OUT_OF_MEMORY): its next attempt gets more",
    "Falling back to 'sacct'",
    "SLURM does not answer",
]


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


def later(done, attempt):
    """The jobs of the attempts after one."""
    return [other["job"] for other in done[done.index(attempt) + 1 :]]


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
    states = json.loads((cluster / "jobs.json").read_text())
    sent = submissions(cluster)
    print("compare: jobs", ", ".join(f"{job} {rule} {states[job]}" for job, rule in sent))
    lost = 0
    for seed, done in disturbed.items():
        for attempt in done:
            if state := STATES.get(attempt["act"]):
                expect(f"state of job {attempt['job']} ({attempt['act']})", state, states[attempt["job"]])
                lost += 1
            elif attempt["act"] in ("crash", "hang") and attempt["job"] not in later(done, attempt):
                # SLURM mostly puts a job whose node is gone back into its queue; at times it gives it up, and Snakemake
                # sends it again.
                expect(f"state of job {attempt['job']} ({attempt['act']}), given up", "FAILED", states[attempt["job"]])
                lost += 1
        check_training(cluster, seed, done)
    counts = Counter(rule for _, rule in sent)
    expect("trainings sent, one for each seed and each that was lost", SEEDS + lost, counts["train_method"])
    groups = sum(n for name, n in counts.items() if name.startswith("scores_"))
    expect("groups of scores sent: the clock's, one for each seed, and two that failed", SEEDS + 3, groups)
    expect("jobs that ended well", len(sent) - lost - 2, sum(states[job] == "COMPLETED" for job, _ in sent))
    log = (cluster / "snakemake.log").read_text()
    expect("sentences that were not said", [], [sentence for sentence in SENTENCES if sentence not in log])
    same_files(local, cluster, "results/tables/*.csv")
    same_files(local, cluster, "results/demo/*.csv")
    same_files(local, cluster, "results/demo/train/**/model.safetensors")
    expect("runs in MLflow", tracked(local), tracked(cluster))


if __name__ == "__main__":
    main()
