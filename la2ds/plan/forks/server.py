"""The server of a local run: it has imported what verbs need, computes nothing, and is forked for each job.

    python -m la2ds --fork-server SOCKET

It ends when standard input does, which Snakemake holds open as long as it lives, or when nobody asked for a while. For
each request it forks a keeper, which forks the job and tells the client (``la2ds.plan.forks.client``) how that ended. A
job dies with its keeper, and a keeper ends the job when its client is gone: a job lives as long as what stands for it.
"""

import atexit
import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from la2ds.plan.forks.client import LENGTH, STATUS, circumstances
from la2ds.verbs import VERBS

IDLE_S = 600  # seconds without a request after which the server ends; longer jobs need none
# Verbs with many jobs, and what they import late.
LOADED = [VERBS[verb][0] for verb in ("keypoints", "heatmaps", "train", "embed", "evaluate", "robustness", "table")]
LOADED += ["la2ds.learning.embedding.network"]
SET_PDEATHSIG = 1  # of prctl(2)


def be_server(address: Path, run_verb: Callable[[], int]) -> None:
    """Import, serve, and in each job run its verb like any new process; nothing is served beside other threads.

    Args:
        address: of the socket.
        run_verb: runs what ``sys.argv`` says, and gives the exit status.
    """
    begun_as = circumstances()
    # Arrow's second allocator, which is not used, would start a thread.
    os.environ["JE_ARROW_MALLOC_CONF"] = "background_thread:false"
    gc.disable()
    for name in LOADED:
        with contextlib.suppress(ImportError):  # an extra that is not installed
            importlib.import_module(name)
    gc.freeze()
    gc.enable()
    # Locks that a thread holds stay locked in a fork.
    if len(os.listdir("/proc/self/task")) == 1:
        sys.argv[1:] = serve(address, begun_as, times_of_files())
        status = run_verb()
        # Python would go on to take all modules apart, which takes a fork longer than its beginning.
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status)


def serve(address: Path, begun_as: dict[str, Any], times: dict[str, int | None]) -> list[str]:
    """Fork for each request.

    Args:
        address: of the socket that is made, in a folder of its own, which is removed in the end.
        begun_as: the circumstances in which modules were imported.
        times: of the files that were imported.

    Returns:
        the verb and its options, in a job's process; the server itself does not return.
    """
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        listener.listen(64)
        while listener in select.select([listener, sys.stdin], [], [], IDLE_S)[0]:
            client = listener.accept()[0]
            with client:
                if os.fork() == 0:
                    listener.close()
                    return keep(client, begun_as, times)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
    shutil.rmtree(address.parent, ignore_errors=True)
    os._exit(0)


def keep(client: socket.socket, begun_as: dict[str, Any], times: dict[str, int | None]) -> list[str]:
    """Fork a job, see it through and tell the client; in the job's process, return its verb and options."""
    head, streams, *_ = socket.recv_fds(client, LENGTH, 3)
    request = json.loads(client.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL))
    if request["circumstances"] != begun_as or times_of_files() != times:
        os._exit(0)
    keeper, job = os.getpid(), os.fork()
    if job == 0:
        client.close()
        become(streams, request["environment"], keeper)
        return list(request["arguments"])
    client.sendall(watch(client, job).to_bytes(STATUS, "big"))
    os._exit(0)


def become(streams: list[int], environment: dict[str, str], keeper: int) -> None:
    """Make this process the one that a client stands for."""
    ctypes.CDLL(None).prctl(SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != keeper:
        os._exit(1)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None


def watch(client: socket.socket, job: int) -> int:
    """Hand on the signals that a client sends, and end the job when the client is gone; give the job's status."""
    ended = os.pidfd_open(job)
    while ended not in select.select([client.fileno(), ended], [], [])[0]:
        # Nothing to read is the end of the client.
        for number in client.recv(64) or [signal.SIGKILL]:
            os.kill(job, number)
    return os.waitpid(job, 0)[1]


def times_of_files() -> dict[str, int | None]:
    """Say when the imported files of this package were written: an edited one makes the server outdated."""
    files = [str(module.__file__) for name, module in sys.modules.items() if name.partition(".")[0] == "la2ds"]
    return {file: os.stat(file).st_mtime_ns if os.path.isfile(file) else None for file in files}
