"""Faults that only the job itself can have. Copied to COPY/sitecustomize.py, which Python reads at every start.

The first embedding fails. The first training of seed 0 does not hear the warning that its time is nearly up.
"""

import os
import signal
import sys
from pathlib import Path


def first(what):
    """Whether this did not happen before."""
    mark = Path(__file__).with_name(what)
    if mark.exists():
        return False
    mark.touch()
    return True


def listen_but_not_to_warnings(number, handler, listen=signal.signal):
    """Stand in for signal.signal."""
    return listen(number, signal.SIG_IGN if number == signal.SIGUSR1 else handler)


words = sys.orig_argv[1:]
if words[:3] == ["-m", "la2ds", "embed"] and first("failed_once"):
    print("failing once, for the test", file=sys.stderr, flush=True)
    os._exit(7)
if words[:3] == ["-m", "la2ds", "train"] and words[words.index("--seed") + 1] == "0" and first("deaf_once"):
    signal.signal = listen_but_not_to_warnings
