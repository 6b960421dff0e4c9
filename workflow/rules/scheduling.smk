"""Before the first job: whether there is anything to send jobs to, and how Snakemake looks for jobs to start."""

import shutil
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

NO_SLURM = (
    "profile slurm sends jobs with sbatch, and there is no sbatch on this machine: start it on a machine "
    "that submits to SLURM, or leave --profile slurm away to run here"
)


def plan_without_slurm():
    """Let a plan for SLURM be looked at where there is none, and say so.

    A dry run has an executor of its own; only the command line tells which one it stands for.
    """
    profiles = {Path(word.removeprefix("--profile=")).name for word in sys.argv}
    if workflow.dryrun and "slurm" in profiles and shutil.which("sbatch") is None:
        print(f"This is only the plan: {NO_SLURM}.", file=sys.stderr)


def check_executor():
    """Refuse to run when there is no SLURM to send jobs to; Snakemake knows its executor from `onstart` on."""
    plugin = workflow.executor_plugin
    if plugin is not None and plugin.name == "slurm" and shutil.which("sbatch") is None:
        raise WorkflowError(NO_SLURM)


onstart:
    check_executor()
    # To keep to its limit of 100 starts a second, Snakemake (9.27) looks through all ready jobs a second after it did so
    # last, and every job that finishes begins one more such series: after 35 jobs of the demo they took a third of a core.
    # So the limit goes, unless somebody set another.
    limit = workflow.scheduling_settings.max_jobs_per_timespan
    if limit is None or (limit.max_jobs, limit.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None
