"""What the other scripts here ask of the hosts and of SLURM."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
STATE = Path(os.environ["LA2DS_CLUSTER_DIR"])
PATIENCE = float(os.environ["LA2DS_CLUSTER_LIMIT"])  # seconds
START = time.monotonic()
watched: list[subprocess.Popen] = []  # must not end while something is waited for
broken = threading.Event()  # something done in parallel has failed


def say(sentence):
    print(f"cluster: {time.monotonic() - START:4.0f} s: {sentence}", file=sys.stderr, flush=True)


def wait_for(what, look, *, every=0.2):
    """Look until there is something to see."""
    while time.monotonic() < START + PATIENCE:
        if found := look():
            return found
        for process in watched:
            if process.poll() is not None:
                raise RuntimeError(f"{what}: Snakemake ended meanwhile, with {process.returncode}")
        if broken.wait(every):
            raise RuntimeError(f"{what}: something else has failed meanwhile")
    raise TimeoutError(f"{what}: in vain, {PATIENCE:.0f} s are over")


def in_parallel(do, *sequences):
    """Do something to many; if it fails for one, for all."""

    def tried(*words):
        try:
            return do(*words)
        except BaseException:
            broken.set()
            raise

    with ThreadPoolExecutor() as pool:
        return list(pool.map(tried, *sequences))


def hosts(*words):
    """Do something to a host."""
    subprocess.run([HERE / "hosts.sh", *words], check=True, timeout=60)


def daemons(*words):
    """Do something to SLURM's daemons."""
    subprocess.run([HERE / "slurm.sh", *words], check=True, timeout=180)


def slurm(*words, host="ctl"):
    """Run one of SLURM's commands on a host."""
    command = [HERE / "hosts.sh", "on", host, *words]
    return subprocess.run(command, check=True, timeout=60, text=True, stdout=subprocess.PIPE).stdout.strip()


def queue(*options, show="%A"):
    """What squeue shows of the jobs that wait or run, a line each."""
    return slurm("squeue", "--noheader", "--format", show, *options).splitlines()


def state_of(job):
    return slurm("squeue", "--noheader", "--states", "all", "--jobs", job, "--format", "%T")


def node_is(node, *states):
    return slurm("sinfo", "--noheader", "--partition", "cpu", "--nodes", node, "--format", "%T").rstrip("*") in states


def start_again(job):
    """Let a job that SLURM has put back into its queue begin now; SLURM would wait for two minutes."""
    wait_for(f"job {job} in the queue again", lambda: state_of(job) == "PENDING")
    slurm("scontrol", "update", f"JobId={job}", "StartTime=now")
