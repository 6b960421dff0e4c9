"""Calls of Snakemake's command line in processes of their own that need not import it each time.

A process that has imported Snakemake and done nothing else is forked for every call: a second and a half less each.
"""

import multiprocessing
import os
import sys
import tempfile
from pathlib import Path

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["snakemake.cli", "snakemake.executors.dryrun", "snakemake_executor_plugin_slurm"])


def call(folder, *arguments, timeout=120):
    """Run `snakemake ARGUMENTS` in a folder; give exit status and output."""
    with tempfile.TemporaryDirectory() as temporary:
        output = Path(temporary, "output")
        process = _context.Process(target=_main, args=(str(folder), list(arguments), str(output)))
        process.start()
        process.join(timeout)
        if process.is_alive():
            process.kill()
            process.join()
            raise TimeoutError(f"snakemake {' '.join(arguments)} took more than {timeout} s")
        return process.exitcode, output.read_text(encoding="utf-8", errors="replace")


def _main(folder, arguments, output):
    with open(output, "w", encoding="utf-8") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    sys.stdout, sys.stderr = os.fdopen(1, "w", buffering=1), os.fdopen(2, "w", buffering=1)
    os.chdir(folder)
    for name in [name for name in os.environ if name.startswith(("SLURM_", "LA2DS_"))]:
        del os.environ[name]
    sys.argv = ["snakemake", *arguments]

    from snakemake.cli import main

    main()
