"""Jobs that wait for something that will not come: SLURM's reasons, and what to do about them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from la2ds.plan.cluster.slurm import Job

PATIENCE = timedelta(minutes=5)
PROFILE = "profiles/slurm/config.yaml"
# A queue that moves.
_USUAL = (
    "None",
    "Priority",
    "Resources",
    "Dependency",
    "BeginTime",
    "JobArrayTaskLimit",
    "Cleaning",
    "Prolog",
)
_CLOSED = "the partition is closed: set LA2DS_PARTITION or LA2DS_GPU_PARTITION (`slurm_partition` in {profile})"
# First match counts: begin of SLURM's word -> what to edit.
_ADVICE = {
    "PartitionTimeLimit": "the partition allows less: lower `runtime` in {profile} (of trainings: LA2DS_TRAIN_MINUTES)",
    "PartitionNodeLimit": "no node of the partition is so large: lower `mem_mb` or `lanes` in {profile}",
    "PartitionDown": _CLOSED,
    "PartitionInactive": _CLOSED,
    "InvalidAccount": "set LA2DS_ACCOUNT (`slurm_account` in {profile}) to one of `sacctmgr show associations`",
    "AccountNotAllowed": "set LA2DS_ACCOUNT (`slurm_account` in {profile}) to one that the partition admits",
    "AccountingPolicy": "set LA2DS_ACCOUNT (`slurm_account` in {profile}) to one of yours",
    "InvalidQOS": "set LA2DS_QOS (`slurm-qos` in {profile}) to one of `sacctmgr show qos`",
    "QOSNotAllowed": "set LA2DS_QOS (`slurm-qos` in {profile}) to one that the partition admits",
    "QOS": "a limit of the QOS: see `sacctmgr show qos`; `slurm-qos`, `jobs`, `runtime` and `mem_mb` in {profile}",
    "Assoc": "a limit of the account: see `sacctmgr show associations`; `jobs`, `runtime` and `mem_mb` in {profile}",
    "ReqNodeNotAvail": "its nodes are down, drained or reserved: see `sinfo -R`, or set another partition in {profile}",
    "Nodes required": "its nodes are down, drained or reserved: see `sinfo -R`, or set another partition in {profile}",
    "BadConstraints": "no node has this: LA2DS_CONSTRAINT, LA2DS_GPU_TYPE, and `mem_mb`, `gpu` in {profile}",
    "JobHeld": "it is held: `scontrol release` lets it go",
    "launch failed": "it is held after its start failed: `scontrol release` lets it go",
}


def complaints(jobs: Iterable[Job], now: datetime) -> dict[str, str]:
    """Say which jobs have waited for more than five minutes for something that is not a free place.

    Args:
        jobs: those of a run that wait.
        now: the time on this machine's clock.

    Returns:
        SLURM's reason -> a sentence.
    """
    stuck: dict[str, list[str]] = {}
    for job in jobs:
        if now - job.since >= PATIENCE and not job.reason.startswith(_USUAL):
            stuck.setdefault(job.reason, []).append(job.number)
    return {reason: _sentence(reason, numbers) for reason, numbers in stuck.items()}


def _sentence(reason: str, numbers: list[str]) -> str:
    advice = next(
        (told for word, told in _ADVICE.items() if reason.startswith(word)), "see `man squeue`, and {profile}"
    )
    shown = ", ".join(numbers[:5]) + (f" and {len(numbers) - 5} more" if len(numbers) > 5 else "")
    return f"SLURM holds back job {shown} ({reason}): {advice.format(profile=PROFILE)}."
