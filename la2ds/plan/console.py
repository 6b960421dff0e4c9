"""What a terminal shows of a long run: a line for each finished job, with what it made, and about how long is left.

Snakemake says some twelve lines a job, which are in its log file in any case. Nothing here imports Snakemake: records
of its logger say in ``event`` what they are about.
"""

import logging
import sys
import time
from pathlib import Path
from typing import TextIO

from tqdm import tqdm

SHORTEST_TIME = 30.0  # seconds that must have gone by before the rest is guessed from them
# What Snakemake prints of each job, in a way of its own, is left to its log file.
_CHATTER = {
    "group_info",
    "job_error",
    "job_finished",
    "job_info",
    "job_started",
    "progress",
    "resources_info",
    "shellcmd",
    "workflow_started",
}
_WORDS = (
    "Select jobs to execute",
    "Execute ",
    "Updating checkpoint",
    "DAG of jobs will be updated",
    "Using shell",
    "Conda environments: ignored",
    "Assuming unrestricted",
    "Building DAG of jobs",
)


def shorten(logger: logging.Logger) -> None:
    """Print on a terminal what this module does, and of Snakemake's own words its warnings, errors and its end.

    Args:
        logger: Snakemake's.
    """
    for handler in logger.handlers:
        if isinstance(handler, logging.StreamHandler) and not isinstance(handler, logging.FileHandler):
            handler.addFilter(_is_told)
    logger.addHandler(Console())


def _is_told(record: logging.LogRecord) -> bool:
    words = str(record.msg)
    chatter = record.levelno < logging.WARNING and words.startswith(_WORDS)
    # That a job's command failed stands beside what its log says.
    return str(getattr(record, "event", "")) not in _CHATTER and not chatter and "CalledProcessError in" not in words


class Console(logging.Handler):
    """Prints finished jobs, failed ones with the end of their log, and a bar on a terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Begin to count.

        Args:
            stream: where to print; standard error by default.
        """
        super().__init__()
        self._stream = stream or sys.stderr
        self._jobs: dict[int, tuple[str, list[str], float]] = {}
        self._ended: list[int] = []
        self._start = time.monotonic()
        self._bar = tqdm(disable=not self._stream.isatty(), file=self._stream, unit="job", leave=False)

    def emit(self, record: logging.LogRecord) -> None:
        """Print what a record says, if it is of any use."""
        event, said = str(getattr(record, "event", "")), vars(record)
        if event == "job_info":
            self._jobs[said["jobid"]] = said["rule_name"], list(map(str, said["output"])), time.monotonic()
        elif event == "job_finished":
            self._ended.append(said["job_id"])
        elif event == "job_error":
            self._say(failure(said["rule_name"], list(map(str, said["output"])), list(map(str, said["log"]))))
        elif event == "progress":
            self._progress(said["done"], said["total"])

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()
        super().close()

    def _progress(self, done: int, total: int) -> None:
        for job in self._ended:
            rule, made, began = self._jobs.pop(job, ("", [], time.monotonic()))
            share = f"{done:>{len(str(total))}}/{total}"
            self._say(f"{share}{self._rest(done, total)}  {headline(made) or rule} ({time.monotonic() - began:.0f} s)")
        self._ended.clear()
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def _rest(self, done: int, total: int) -> str:
        gone = time.monotonic() - self._start
        if gone < SHORTEST_TIME or not 0 < done < total:
            return ""
        return f", about {max(round(gone * (total - done) / done / 60), 1)} min left"

    def _say(self, line: str) -> None:
        self._bar.write(line, file=self._stream)
        self._stream.flush()


def headline(made: list[str]) -> str:
    """Name one of the files that a job made: of a table the one that people read."""
    return next((file for file in made if file.endswith(".md")), made[0] if made else "")


def failure(rule: str, made: list[str], logs: list[str]) -> str:
    """Say which job failed, with the last line of its log that says something."""
    told = f"FAILED  {headline(made) or rule}"
    for log in map(Path, logs):
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.is_file() else []
        said = [line.strip() for line in lines if line.strip()]
        told += f"\n        {said[-1] if said else 'nothing was said'}\n        ({log})"
    return told
