"""Which run of a folder has sent a job: one that an earlier run left behind must not touch what a later one made."""

import os
import uuid
from pathlib import Path

LIST = Path(".snakemake/la2ds_runs")
VARIABLE = "LA2DS_RUN"


def begin(path: Path = LIST) -> None:
    """Add this run to the list of its folder, and let its jobs know whose they are.

    To be called with the folder locked. Jobs inherit the environment, also from ``sbatch``.

    Args:
        path: the list, a name in each line, the latest last.
    """
    os.environ[VARIABLE] = name = uuid.uuid4().hex
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{name}\n")


def is_left_behind(path: Path = LIST) -> bool:
    """Say whether this process belongs to a run after which another has begun.

    Lists are read late on network file systems. Then the run of this process is last or missing, which says no: a job
    of the present run is never sent away.
    """
    own = os.environ.get(VARIABLE)
    try:
        runs = path.read_text(encoding="utf-8").split()
    except OSError:
        return False
    return own in runs[:-1]
