"""Before a run sends its first job to SLURM: what is left of an earlier one, and how long SLURM knows ended jobs."""

from pathlib import Path
from typing import Any

from la2ds.errors import InputError
from la2ds.plan.cluster import slurm
from la2ds.plan.cluster.patience import Patience

LONGEST = 180  # seconds between two looks of the plugin (2.8) at its jobs, at most
WANTED = 240  # seconds of MinJobAge that bear this


def start(executor: Any, folder: Path) -> None:
    """Make an executor fit for a long study.

    Args:
        executor: that of snakemake-executor-plugin-slurm, before it has sent anything.
        folder: where Snakemake was called.

    Raises:
        InputError: if jobs of an earlier run are in the queue, or SLURM forgets jobs before they can be asked about.
    """
    refuse_left_behind(folder)
    settings = executor.workflow.executor_settings
    longest = LONGEST
    if settings.status_command == "squeue":
        longest = seconds_between_looks(settings.init_seconds_before_status_checks)
    if longest < LONGEST:
        executor.logger.warning(
            f"SLURM forgets ended jobs early: MinJobAge, which an administrator sets, should be {WANTED} s or more. "
            f"So jobs are looked at every {longest} s, and SLURM must not be silent for longer."
        )
    Patience(executor, longest=longest)


def refuse_left_behind(folder: Path) -> None:
    """Refuse to go on beside jobs of an earlier run: both would write the same files.

    Raises:
        InputError: naming the line that cancels them.
    """
    if numbers := slurm.left_behind(folder):
        advice = f"wait until they have ended, or `scancel {' '.join(numbers)}`; then the same command again"
        expected = f"no jobs of an earlier run in SLURM's queue ({advice})"
        raise InputError(folder, expected=expected, found=f"{len(numbers)} of them")


def seconds_between_looks(first: int) -> int:
    """Say how many seconds may pass between two looks at jobs, by MinJobAge.

    Args:
        first: seconds before the first look.

    Raises:
        InputError: if the plugin would rather ask for accounting, which the cluster does not have.
    """
    told = slurm.configured("MinJobAge")
    if told is None or not told.isdigit() or int(told) >= WANTED:
        return LONGEST
    if int(told) < 3 * first and slurm.configured("AccountingStorageType") == "accounting_storage/none":
        expected = f"MinJobAge of {3 * first} s or more, which is three times slurm-init-seconds-before-status-checks"
        raise InputError("slurm.conf", expected=expected, found=f"{told} s, and no accounting to ask instead")
    return max(first, int(told) * LONGEST // WANTED)
