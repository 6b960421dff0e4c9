"""Does to a study's trainings what happens on clusters: `python disturb.py COPY SECONDS`, the longest it may wait.

A training is halted (SIGSTOP) as soon as it has written a checkpoint, so that it cannot end before its turn comes. What
was done to which SLURM job is written to COPY/disturbed.json.
"""

import json
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import psutil

WARNING = 2  # minutes before the end; profiles/slurm: --signal=USR1@120
RUN = "demo/brief/squat/seed{}"


class Training:
    """An attempt at a training, from its first checkpoint on, halted."""

    def __init__(self, copy, seed):
        checkpoint = copy / "results" / RUN.format(seed).replace("demo/", "demo/train/") / "checkpoint.pt"
        self.process = wait_for(f"an attempt at seed {seed}", lambda: find(copy, seed), every=0.5)
        started = self.process.create_time()
        wait_for("its checkpoint", lambda: checkpoint.exists() and checkpoint.stat().st_mtime > started)
        self.process.suspend()
        self.job = self.process.environ()["SLURM_JOB_ID"]
        log = (copy / "results/logs/train_method" / f"{RUN.format(seed)}.log").read_text()
        self.resumed = [int(step) for step in re.findall(r"resuming after step (\d+)", log)]

    def has_ended(self):
        try:
            return self.process.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    def hold(self):
        """Halt it again, if it was woken; whether it has ended."""
        with suppress(psutil.NoSuchProcess):
            self.process.suspend()
        return self.has_ended()

    def is_warned(self):
        """Whether SIGUSR1 waits to be taken by the halted process, or was taken: SLURM may wake whom it warns."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return True
        pending = int(re.search(r"ShdPnd:\s*(\w+)", status)[1], 16)
        return bool(pending >> (signal.SIGUSR1 - 1) & 1)

    def minutes(self):
        """Minutes since the job began."""
        began = datetime.fromisoformat(slurm("squeue", "--noheader", "--jobs", self.job, "--format", "%S"))
        return (datetime.now() - began).total_seconds() / 60

    def limit(self, minutes):
        slurm("scontrol", "update", f"JobId={self.job}", f"TimeLimit={minutes}")


def find(copy, seed):
    """Find the process that trains a seed in this copy."""
    for process in psutil.process_iter(["cmdline", "cwd"]):
        words = process.info["cmdline"] or []
        trains = words[1:4] == ["-m", "la2ds", "train"] and process.info["cwd"] == str(copy)
        if trains and words[words.index("--seed") + 1] == str(seed):
            return process
    return None


def wait_for(what, look, *, every=0.1):
    """Look until there is something to see."""
    patience = float(sys.argv[2])
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(every)
    raise TimeoutError(f"{what}: waited {patience:.0f} s in vain")


def slurm(*words):
    return subprocess.run(words, check=True, timeout=60, text=True, stdout=subprocess.PIPE).stdout.strip()


def cancel(training):
    """What a person does. SLURM wakes the process before it tells it."""
    slurm("scancel", training.job)


def kill(training):
    """What the kernel does where memory is short; nobody is told."""
    training.process.kill()


def warn(training):
    """What the profile asks SLURM for before time is up; the signal must come through all layers above the process."""
    training.limit(int(training.minutes()) + WARNING)
    wait_for("SIGUSR1", training.is_warned)
    with suppress(psutil.NoSuchProcess):
        training.process.resume()


def overrun(training):
    """What happens where no warning helps: deaf (see faults.py) and held, it cannot leave before its time is up."""
    training.limit(1)
    wait_for("the end of its time", training.hold)


def requeue(training):
    """What SLURM does after a node's failure: it starts the same job again, two minutes later."""
    slurm("scontrol", "requeue", training.job)


# What happens to the training of a seed, one after another. Only a job that is then left alone may be requeued.
ACTS = {0: (overrun, kill), 1: (warn, cancel, requeue)}


def disturb(copy, seed):
    """Do to the attempts at a training what is meant for them, and see each end."""
    done = []
    for act in ACTS[seed]:
        training = Training(copy, seed)
        act(training)
        wait_for(f"the end of job {training.job}", training.has_ended)
        done.append({"act": act.__name__, "job": training.job, "resumed": training.resumed})
        print(f"disturb: seed {seed}: {done[-1]}", file=sys.stderr, flush=True)
    return done


def main():
    copy = Path(sys.argv[1]).resolve()
    # Side by side: a halted training holds its place, and SLURM looks at time limits twice a minute.
    with ThreadPoolExecutor() as pool:
        done = dict(zip(ACTS, pool.map(lambda seed: disturb(copy, seed), ACTS), strict=True))
    (copy / "disturbed.json").write_text(json.dumps(done))


if __name__ == "__main__":
    main()
