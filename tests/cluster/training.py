"""An attempt at a training of a study, from its first checkpoint on, halted."""

import os
import re
import signal
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import psutil
from cluster import queue, say, slurm, wait_for

RUN = "demo/brief/squat/seed{}"


class Training:
    """An attempt, halted (SIGSTOP) when it has written a checkpoint, so that it cannot end before its turn comes."""

    def __init__(self, copy, seed, before=0.0):
        checkpoint = copy / "results" / RUN.format(seed).replace("demo/", "demo/train/") / "checkpoint.pt"
        self.seed = seed
        self.process = wait_for(f"an attempt at seed {seed}", lambda: find(copy, seed, before), every=0.5)
        self.started = self.process.create_time()
        wait_for("its checkpoint", lambda: checkpoint.exists() and checkpoint.stat().st_mtime > self.started)
        self.process.suspend()
        self.host = process_namespace(self.process.pid)
        self.job = self.process.environ()["SLURM_JOB_ID"]
        (self.node,) = queue("--jobs", self.job, show="%N")
        log = (copy / "results/logs/train_method" / f"{RUN.format(seed)}.log").read_text()
        self.resumed = [int(step) for step in re.findall(r"resuming after step (\d+)", log)]

    def record(self, act):
        """What compare.py wants to know of an attempt that has ended."""
        say(f"seed {self.seed}: {act}, job {self.job} on {self.node}, had gone on after steps {self.resumed}")
        return {"act": act, "job": self.job, "resumed": self.resumed}

    def has_ended(self):
        try:
            return self.process.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    def has_steps(self):
        """Whether SLURM's own process for a step of the job is there still, on the node of this attempt."""
        title = f"slurmstepd: [{self.job}."
        found = psutil.process_iter(["pid", "cmdline"])
        steps = [process.info["pid"] for process in found if title in " ".join(process.info["cmdline"] or [])]
        return self.host in map(process_namespace, steps)

    def wait(self):
        wait_for(f"the end of job {self.job}", self.has_ended)

    def let_go(self):
        with suppress(psutil.NoSuchProcess):
            self.process.resume()

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
        (began,) = queue("--jobs", self.job, show="%S")
        return (datetime.now() - datetime.fromisoformat(began)).total_seconds() / 60

    def limit(self, minutes):
        slurm("scontrol", "update", f"JobId={self.job}", f"TimeLimit={minutes}")


def process_namespace(pid):
    """What tells the hosts apart, of which each has its own; None where the process has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return os.readlink(f"/proc/{pid}/ns/pid")
    return None


def find(copy, seed, before):
    """Find the process that trains a seed in this copy and was started later than another."""
    for process in psutil.process_iter(["cmdline", "cwd", "create_time"]):
        words = process.info["cmdline"] or []
        trains = words[1:4] == ["-m", "la2ds", "train"] and process.info["cwd"] == str(copy)
        if trains and words[words.index("--seed") + 1] == str(seed) and process.info["create_time"] > before:
            return process
    return None
