"""Locks that a killed Snakemake leaves: swept where their owner is known to be dead.

Snakemake locks the outputs of a run in ``.snakemake/locks`` and does not write down whose locks they are; after a kill
it refuses every run until somebody calls it with ``--unlock``. So each run of ours notes its host, process and start.
"""

import json
import os
import platform
from pathlib import Path

import psutil

FOLDER = Path(".snakemake")
OWNER = "la2ds_owner.json"


def claim(folder: Path = FOLDER) -> str:
    """Note this process as the owner of a working folder, and sweep the locks of a dead one.

    Nothing is done where the owner is alive, or ran on another host, where nobody here can know: Snakemake itself then
    refuses to run while there are locks.

    Args:
        folder: Snakemake's own folder in the working folder.

    Returns:
        what was swept, for the person who asked; empty where nothing was.
    """
    path = folder / OWNER
    owner, locks = _read(path), sorted((folder / "locks").glob("*.lock"))
    # Without locks a run of another host has ended.
    if owner is not None and (locks if owner["host"] != platform.node() else is_alive(owner)):
        return ""
    locks = locks if owner is not None else []
    for lock in locks:
        lock.unlink(missing_ok=True)
    folder.mkdir(exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}")
    temporary.write_text(json.dumps({"host": platform.node(), **this_process()}), encoding="utf-8")
    temporary.replace(path)
    return (
        f"The last run here ended without taking its locks away; they are removed ({folder / 'locks'})."
        if locks
        else ""
    )


def this_process() -> dict[str, float]:
    """Describe this process so that a later one with the same number is not taken for it."""
    return {"pid": os.getpid(), "started": psutil.Process().create_time()}


def is_alive(owner: dict[str, object]) -> bool:
    """Say whether the process that was noted still runs."""
    try:
        process = psutil.Process(int(str(owner["pid"])))
        return (
            abs(process.create_time() - float(str(owner["started"]))) < 1 and process.status() != psutil.STATUS_ZOMBIE
        )
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _read(path: Path) -> dict[str, object] | None:
    try:
        owner = json.loads(path.read_text(encoding="utf-8"))
        return owner if {"host", "pid", "started"} <= set(owner) else None
    except (OSError, ValueError, TypeError):
        return None
