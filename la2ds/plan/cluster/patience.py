"""A SLURM executor that waits out what passes: unanswered questions and refused submissions.

Snakemake's plugin (2.8) forgets jobs when a question about them is not answered, and takes a refused submission for a
failed job (docs/upstream/slurm-plugin.md). Its methods are laid over here, on the one executor of a run;
``tests/plan/cluster`` holds them against the plugin itself, and fails when it has learned to do without.
"""

import re
import shlex
import threading
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

from la2ds.plan.cluster import slurm, waiting

# What SLURM says when the same submission may be taken later.
_PASSES = re.compile(
    r"Unable to contact slurm controller|ontroller not responding|onnection (refused|timed out|failure)|"
    r"No route to host|Socket timed out|Zero Bytes were transmitted|temporarily un|Transport endpoint|"
    r"MaxSubmitJob|MaxJobCount"
)
# Here SLURM may have taken the job all the same.
_UNCERTAIN = re.compile(r"Socket timed out|Zero Bytes were transmitted|onnection timed out")
_MEMORY = re.compile(r"exceeded (job )?memory limit|oom.?kill|out.of.memory", re.IGNORECASE)
AGAIN = 20.0  # seconds between two submissions of a job
PATIENCE = 60.0  # minutes for which a job is sent again while none of this run is in the queue
LOOK = 120.0  # seconds between two looks at why jobs wait


class Patience:
    """Lays patience over an executor.

    Args:
        executor: that of snakemake-executor-plugin-slurm.
        longest: seconds that may pass between two looks at jobs, so that SLURM still knows those that ended.
        again: seconds between two submissions of a refused job.
        minutes: how long a job is sent again while no job of this run is in the queue.
        every: seconds between two looks at why jobs wait.
    """

    def __init__(
        self,
        executor: Any,
        *,
        longest: float = 180.0,
        again: float = AGAIN,
        minutes: float = PATIENCE,
        every: float = LOOK,
    ) -> None:
        self._executor, self._longest, self._again = executor, longest, again
        self._minutes, self._every = minutes, every
        self._thread, self._ended = threading.local(), threading.Event()
        self._sent: set[str] = set()
        self._told: set[str] = set()
        self._closed: set[str] = set()
        self._looked = time.monotonic()
        self._check, self._one = executor.check_active_jobs, executor.run_job
        self._refuse = executor._report_job_error_threadsafe
        self._accept = executor._report_job_submission_threadsafe
        self._succeed, self._fail, self._end = executor.report_job_success, executor.report_job_error, executor.shutdown
        executor.check_active_jobs = self.check_active_jobs
        executor.run_job = self.run_job
        executor._report_job_error_threadsafe = self.refused
        executor._report_job_submission_threadsafe = self.accepted
        executor.report_job_success = self._closing(self._succeed)
        executor.report_job_error = self._closing(self.failed)
        executor.shutdown = self.shutdown
        # SLURM takes the user's own account by itself; the plugin asks for it in words that sacct does not know.
        executor._fallback_account_arg = ""

    async def check_active_jobs(self, active_jobs: list[Any]) -> AsyncIterator[Any]:
        """Ask about jobs; one of which nothing was heard is still there, whatever the reason of the silence."""
        gone, heard = self._look() if active_jobs else set(), set()
        async for job in self._check(active_jobs):
            heard.add(job.external_jobid)
            if job.external_jobid in gone:
                self._executor.report_job_error(job, msg=f"SLURM-job '{job.external_jobid}' was preempted for good. ")
            else:
                yield job
        unheard = [job for job in active_jobs if job.external_jobid not in heard | self._closed]
        if unheard:
            self._say(f"SLURM does not answer: {len(unheard)} jobs are asked about again until it does.", once=False)
        for job in unheard:
            yield job
        seconds = self._executor.next_seconds_between_status_checks
        self._executor.next_seconds_between_status_checks = min(seconds, self._longest)

    def _look(self) -> set[str]:
        """Say once why jobs wait, where it is not for a free place, and list those that SLURM will not start again.

        The plugin takes every preempted job for one that SLURM has put back into the queue.
        """
        if time.monotonic() - self._looked < self._every:
            return set()
        self._looked, now = time.monotonic(), datetime.now()
        pending = slurm.jobs(self._executor.run_uuid, "--states", "PENDING")
        for sentence in waiting.complaints(pending, now).values():
            self._say(sentence)
        return slurm.preempted(self._executor.run_uuid, now)

    def refused(self, job_info: Any, msg: str) -> None:
        """Stand in for the plugin's report of a job that could not be sent; arrays are none of ours."""
        if hasattr(self._thread, "refusal"):
            self._thread.refusal = job_info, msg
        else:
            self._refuse(job_info, msg)

    def accepted(self, job_info: Any) -> None:
        """Stand in for the plugin's report of a job that was sent."""
        self._sent.add(job_info.external_jobid)
        self._accept(job_info)

    def failed(self, job_info: Any, *words: Any, **more: Any) -> None:
        """Say when it was memory: of a group's end Snakemake prints no reason, and SLURM may call it FAILED."""
        told = " ".join(map(str, [*words, *more.values()])) + slurm.log_of(job_info)
        if _MEMORY.search(told):
            self._say(
                f"SLURM-job {job_info.external_jobid} ({job_info.job.name}) took more memory than the "
                f"{job_info.job.resources.get('mem_mb')} MB it asked for (OUT_OF_MEMORY): its next attempt gets more."
            )
        self._fail(job_info, *words, **more)

    def run_job(self, job: Any) -> None:
        """Send a job, and again while SLURM does not take it: that is no attempt of it."""
        give_up = time.monotonic() + 60 * self._minutes
        while refusal := self._try(job):
            msg = refusal[1]
            if not _PASSES.search(msg) or self._waited_enough(give_up) or not self._wait(msg):
                self._refuse(*refusal)
                return

    def _try(self, job: Any) -> tuple[Any, str] | None:
        """Send a job, and give what the plugin says of it if it was refused."""
        self._thread.refusal = None
        try:
            self._one(job)
            refusal: tuple[Any, str] | None = self._thread.refusal
            return refusal
        finally:
            del self._thread.refusal

    def shutdown(self) -> None:
        """Let nobody wait any more."""
        self._ended.set()
        self._end()

    def _waited_enough(self, give_up: float) -> bool:
        return time.monotonic() >= give_up and not self._executor.active_jobs

    def _wait(self, msg: str) -> bool:
        """Wait before a job is sent again, and say whether it is to be."""
        word = _PASSES.search(msg)
        told = f"SLURM takes no more jobs now ({word[0] if word else msg})"
        self._say(f"{told}: they are sent again every {self._again:.0f} s, which counts as no attempt.")
        ended = self._ended.wait(self._again)
        if _UNCERTAIN.search(msg):
            self._cancel_lost(msg)
        return not ended

    def _cancel_lost(self, msg: str) -> None:
        """Cancel what SLURM took although it did not say so: it would do the work beside the job that is sent again."""
        words = shlex.split(msg.partition("sbatch call:")[2].partition("--wrap")[0])
        comment = words[words.index("--comment") + 1] if "--comment" in words else ""
        for job in slurm.jobs(self._executor.run_uuid):
            if job.comment == comment and job.number not in self._sent:
                slurm.ask("scancel", job.number)

    def _closing(self, report: Callable[..., None]) -> Callable[..., None]:
        """Note which jobs have ended before that is reported."""

        def reported(job_info: Any, *words: Any, **more: Any) -> None:
            if job_info.external_jobid is not None:
                self._closed.add(job_info.external_jobid)
            report(job_info, *words, **more)

        return reported

    def _say(self, sentence: str, *, once: bool = True) -> None:
        if not once or sentence not in self._told:
            self._told.add(sentence)
            self._executor.logger.warning(sentence)
