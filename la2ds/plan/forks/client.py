"""Ask the server of a local run (``la2ds.plan.forks.server``) to run a verb, so that it begins at once.

Importing PyTorch, pandas and scikit-learn takes longer than most of what a verb does in a small study. So Snakemake
starts a process that has imported them and is forked for each job. If anything is not quite as it is there, or goes
wrong with it, that is no error: the verb then runs here, as it does everywhere else.

Only the standard library is imported, and little of it.
"""

import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from typing import Any

ADDRESS = "LA2DS_FORK_SERVER"  # the variable with the path of the server's socket
SERVE = "--fork-server"  # what makes the command such a server, of the socket that follows
LENGTH, STATUS = 8, 4  # bytes of the numbers that are sent
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
# What differs between Snakemake and its jobs, and is read late.
OF_A_SHELL = ("_", "SHLVL", "PWD", "OLDPWD", "TMPDIR", "TMP", "TEMPDIR", "TEMP")


def circumstances() -> dict[str, Any]:
    """Describe what a process finds when it begins: a job and the server must agree on it.

    Libraries read variables when they are imported, and nobody knows which.
    """
    mask = os.umask(0)
    os.umask(mask)
    variables = {name: value for name, value in os.environ.items() if name not in OF_A_SHELL}
    return {"python": sys.executable, "folder": os.getcwd(), "mask": mask, "variables": variables}


def ask(arguments: list[str]) -> int | None:
    """Have a verb run by the server, if there is one.

    Args:
        arguments: the verb and its options.

    Returns:
        its exit status, negative where a signal ended it; None where it is to run here.
    """
    address = os.environ.get(ADDRESS)
    if not address:
        return None
    request = {"arguments": arguments, "environment": dict(os.environ), "circumstances": circumstances()}
    content = json.dumps(request).encode()
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(address)
            with forwarding(server):
                socket.send_fds(server, [len(content).to_bytes(LENGTH, "big")], [0, 1, 2])
                server.sendall(content)
                answer = server.recv(STATUS)
    except OSError:
        return None
    return os.waitstatus_to_exitcode(int.from_bytes(answer, "big")) if len(answer) == STATUS else None


@contextlib.contextmanager
def forwarding(server: socket.socket) -> Iterator[None]:
    """Send on the signals that this process gets, as a byte each."""

    def forward(number: int, _: object) -> None:
        with contextlib.suppress(OSError):  # of a job that has ended
            server.send(bytes([number]))

    before = {number: signal.signal(number, forward) for number in FORWARDED}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ask_and_exit() -> None:
    """End as the verb did that the server ran; return where it is to run here."""
    status = ask(sys.argv[1:])
    if status is None:
        return
    if status < 0:
        with contextlib.suppress(OSError):  # SIGKILL knows no other way
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)
