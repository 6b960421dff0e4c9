"""Makes one job fail the first time it is tried. Copied to COPY/sitecustomize.py, which Python reads at every start."""

import os
import sys
from pathlib import Path

MARK = Path(__file__).with_name("failed_once")

if sys.orig_argv[1:4] == ["-m", "la2ds", "embed"] and not MARK.exists():
    MARK.touch()
    print("failing once, for the test", file=sys.stderr, flush=True)
    os._exit(7)
