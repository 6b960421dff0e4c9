"""The server of a local run (``la2ds.plan.forks.server``), started and stopped."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile

from la2ds.plan.forks.client import ADDRESS, SERVE

# What Snakemake (9.27) sets for each job, to its threads: nearly all have one.
THREADS = ("OMP", "GOTO", "OPENBLAS", "MKL", "NUMEXPR")
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in THREADS} | {"VECLIB_MAXIMUM_THREADS": "1"}


def start_server() -> None:
    """Start it, and name it to the jobs of this process; it ends with this process, however that ends.

    Only on Linux: elsewhere processes cannot be forked safely, or watched. None where the variable is there already,
    which somebody may set to nothing for every job to begin by itself.
    """
    if sys.platform != "linux" or ADDRESS in os.environ:
        return
    folder = tempfile.mkdtemp(prefix="la2ds-")
    os.environ[ADDRESS] = address = f"{folder}/socket"
    server = subprocess.Popen(
        [sys.executable, "-m", "la2ds", SERVE, address],
        stdin=subprocess.PIPE,  # closed by the system, if nobody else can
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | ONE_THREAD,
        # Ctrl-C is for Snakemake and its jobs, which hand it on.
        start_new_session=True,
    )

    @atexit.register
    def stop() -> None:
        server.kill()
        server.communicate()
        shutil.rmtree(folder, ignore_errors=True)
