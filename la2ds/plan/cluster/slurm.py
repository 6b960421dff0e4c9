"""What SLURM says of itself and of jobs, and nothing where it does not answer."""

import getpass
import os
import re
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

MINUTE = timedelta(minutes=1)
# The plugin names its jobs by its run and says in a comment what they are.
_OURS = re.compile(r"(\w+_)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Job:
    """A job in the queue.

    Attributes:
        number: SLURM's number, with that of the task if it is one of an array.
        comment: the rule it was sent for.
        reason: why it waits, in SLURM's word.
        since: when it was sent, on this machine's clock.
    """

    number: str
    comment: str
    reason: str
    since: datetime


def ask(*words: str) -> str | None:
    """Run one of SLURM's commands.

    Returns:
        what it printed; None if it failed, is not there, or did not answer in 20 seconds.
    """
    try:
        done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
    except (subprocess.SubprocessError, OSError):
        return None
    return done.stdout


def jobs(name: str, *options: str) -> list[Job]:
    """List the jobs of a run, none where SLURM does not answer."""
    told = ask("squeue", "--noheader", "--array", "--name", name, "--format", "%i|%V|%r|%k", *options) or ""
    fields = [line.split("|", 3) for line in told.splitlines() if line.count("|") >= 3]
    return [
        Job(number, comment, reason, datetime.fromisoformat(since))
        for number, since, reason, comment in fields
        if since[:1].isdigit()
    ]


def preempted(name: str, now: datetime) -> set[str]:
    """List the jobs of a run that were preempted and have not been put back into the queue within a minute.

    Args:
        name: of the run.
        now: the time on this machine's clock.
    """
    told = ask("squeue", "--noheader", "--array", "--name", name, "--format", "%i|%e", "--states", "PREEMPTED") or ""
    fields = [line.split("|") for line in told.splitlines() if line.count("|") == 1]
    return {number for number, end in fields if end[:1].isdigit() and now - datetime.fromisoformat(end) >= MINUTE}


def log_of(job_info: Any) -> str:
    """Give the end of what SLURM wrote of a job of the plugin, nothing where there is no such file."""
    path = (job_info.aux or {}).get("slurm_logfile")
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")[-100_000:] if path else ""
    except OSError:
        return ""


def left_behind(folder: Path) -> list[str]:
    """List the jobs that an earlier run sent from a folder and that still wait or run.

    Jobs of other programs in the same folder do not count, nor does the job that this process is part of.

    Args:
        folder: where Snakemake was called.

    Returns:
        SLURM's numbers; none where it does not answer.
    """
    told = ask("squeue", "--noheader", "--user", getpass.getuser(), "--format", "%A|%j|%k|%Z") or ""
    fields = [line.split("|", 3) for line in told.splitlines() if line.count("|") >= 3]
    own, here = os.environ.get("SLURM_JOB_ID"), folder.resolve()
    found = [
        number
        for number, name, comment, place in fields
        if number != own and _OURS.fullmatch(name) and comment.startswith("rule_") and Path(place).resolve() == here
    ]
    return list(dict.fromkeys(found))


def configured(key: str) -> str | None:
    """Give a word of SLURM's configuration, such as ``300`` for MinJobAge, None where it does not answer."""
    found = re.search(rf"^{key}\s*=\s*(\S+)", ask("scontrol", "show", "config") or "", re.MULTILINE)
    return found[1] if found else None
