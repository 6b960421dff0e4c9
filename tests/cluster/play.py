"""A study on the cluster, with everything happening to it that happens on clusters: `python play.py COPY SNAKEMAKE`.

What was done to which SLURM job is written to COPY/disturbed.json, for compare.py.
"""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

from acts import disturb
from cluster import HERE, STATE, daemons, hosts, in_parallel, node_is, queue, say, slurm, wait_for, watched
from study import SEEDS
from training import Training

OUTAGE = 90  # seconds
COPY, SNAKEMAKE = Path(sys.argv[1]).resolve(), sys.argv[2]
LOG = COPY / "snakemake.log"
SCORED = "(Rule: evaluate_embeddings)"


def start(*options):
    """Type the command on the host `login`."""
    words = [SNAKEMAKE, "--profile", "slurm", "all_tables", "--cores", "2", *options]
    # The profile as it is, but for the waiting time of a study whose jobs take seconds.
    words += ["--slurm-init-seconds-before-status-checks", "2"]
    with LOG.open("ab") as log:
        return subprocess.Popen([HERE / "hosts.sh", "on", "login", *words], cwd=COPY, stdout=log, stderr=log)


def go_on():
    """Type it and see that it does not end while something is waited for."""
    watched[:] = [start()]
    return watched[0]


def end(study):
    """Wait until it has ended, and give its status."""
    watched.clear()
    return study.wait(timeout=600)


def told(words, times=1, after=0):
    """Wait until Snakemake has said something, so many times."""
    wait_for(words, lambda: LOG.read_text()[after:].count(words) >= times, every=1)
    say(f"Snakemake said: {words}")


def limit_submissions():
    """One job at a time, until Snakemake has felt it."""
    slurm("sacctmgr", "--immediate", "modify", "user", "root", "set", "MaxSubmitJobs=1")
    study = go_on()
    told("SLURM takes no more jobs now (MaxSubmitJob)")
    slurm("sacctmgr", "--immediate", "modify", "user", "root", "set", "MaxSubmitJobs=-1")
    return study


def lose_login(study, trainings):
    """The power of the machine one types on is cut, and one of its jobs is put back into the queue."""
    told(SCORED)
    wait_for("nothing but trainings in the queue", lambda: len(queue()) == SEEDS)
    hosts("off", "login")
    end(study)
    slurm("scontrol", "requeue", trainings[0].job)
    trainings[0].wait()
    daemons("boot", "login")
    before = len(LOG.read_text())
    status = end(start())
    words = re.search("`(scancel [0-9 ]+)`", LOG.read_text()[before:])[1].split()
    if not status or set(words[1:]) != {training.job for training in trainings}:
        raise RuntimeError(f"expected a refusal that names all trainings, found {words}")
    say(f"Snakemake refused: {' '.join(words)}")
    slurm(*words, host="login")
    wait_for("an empty queue", lambda: not queue())
    return go_on()


def stop_controller(trainings, sentence, *how):
    """SLURM's controller is away for 90 s, or until Snakemake has said so, while trainings end."""
    began, before = time.monotonic(), len(LOG.read_text())
    daemons("stop_controller", *how)
    for training in trainings:
        training.let_go()
    for training in trainings:
        training.wait()
    told(sentence, after=before)
    wait_for("the end of the outage", lambda: time.monotonic() > began + OUTAGE)
    daemons("start_controller")
    say(f"the controller was away for {time.monotonic() - began:.0f} s")


def lose_controller(held):
    """It is away twice, first with accounting to ask instead; meanwhile a node is drained."""
    node = held[0].node
    slurm("scontrol", "update", f"NodeName={node}", "State=drain", "Reason=test")
    stop_controller(held[:2], "Falling back to 'sacct'")
    told(SCORED, times=3)
    wait_for(f"{node} drained and empty", lambda: node_is(node, "drained"))
    slurm("scontrol", "update", f"NodeName={node}", "State=resume")
    stop_controller(held[2:], "SLURM does not answer", "none")


def note(done):
    """Write down what compare.py wants to know."""
    (COPY / "disturbed.json").write_text(json.dumps(done))
    # Not squeue, which forgets jobs; of a job that was sent again the last line counts.
    jobs = re.findall(r"^JobId=(\d+) .* JobState=([A-Z_]+) ", (STATE / "log/jobs.log").read_text(), re.MULTILINE)
    (COPY / "jobs.json").write_text(json.dumps(dict(jobs)))


def main():
    done = {seed: [] for seed in range(SEEDS)}
    study = limit_submissions()
    first = in_parallel(lambda seed: Training(COPY, seed), done)
    study = lose_login(study, first)
    for training in first:
        done[training.seed].append(training.record("left_behind"))
    held = in_parallel(lambda lost: disturb(COPY, Training(COPY, lost.seed, lost.started), done[lost.seed]), first)
    lose_controller(held)
    if status := end(study):
        raise RuntimeError(f"Snakemake ended with {status}")
    say("the study is done")
    note(done)
    before = len(LOG.read_text())
    end(start("--dry-run"))
    if "Nothing to be done" not in LOG.read_text()[before:]:
        raise RuntimeError("expected nothing to be left to do")


if __name__ == "__main__":
    main()
