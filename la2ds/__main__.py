"""The verbs: ``python -m la2ds VERB ...`` does one stage of the workflow and can be pasted into a terminal.

Each verb lives in the module that does the work, as ``add_arguments(parser)`` and ``main(args)``; modules are imported
only when their verb is called, so that a machine needs just what its verb needs.
"""

import argparse
import errno
import gc
import importlib
import logging
import os
import sys
from types import ModuleType

from la2ds.config.strict import RangeError
from la2ds.errors import InputError
from la2ds.verbs import VERBS

# What the system says of files and disks -> what was needed.
ON_DISK = dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "room on its disk")
ON_DISK |= dict.fromkeys((errno.EACCES, errno.EPERM), "permission to read or write it")
ON_DISK |= dict.fromkeys((errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST), "a file or folder of its kind here")
ON_DISK |= {errno.EROFS: "a disk that can be written", errno.ENAMETOOLONG: "a shorter name", errno.EIO: "a sound disk"}
ON_DISK |= {errno.EMFILE: "fewer open files", errno.ESTALE: "a disk that answers", errno.ENOSYS: "/dev/shm"}


def load(name: str) -> ModuleType:
    """Import a verb's module, without a look at its objects by the garbage collector, now or later.

    PyTorch, pandas and scikit-learn make a million objects that live as long as the process. Going through them again
    and again was a quarter of the time until a verb began, and a study starts hundreds.
    """
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()
        gc.enable()


def main(argv: list[str] | None = None) -> int:
    """Run one verb; bad input ends with one sentence and exit status 2."""
    argv = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(prog="la2ds", description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, (module, help_text) in VERBS.items():
        sub = verbs.add_parser(name, help=help_text, description=help_text)
        if argv and argv[0] == name:
            load(module).add_arguments(sub)
    args = parser.parse_args(argv)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.captureWarnings(True)
    try:
        load(VERBS[args.verb][0]).main(args)
    except (InputError, RangeError, OSError, MemoryError) as error:
        told = sentence(error, args.verb)
        if told is None:
            raise
        logging.getLogger("la2ds").error("%s", told)
        return 2
    return 0


def sentence(error: Exception, verb: str) -> str | None:
    """Say what is wrong in one sentence; None for an error that is none of the user's files and disks."""
    if isinstance(error, RangeError):
        return str(InputError(f"la2ds {verb}", expected=f"'{error.key}' {error.expected}", found=str(error.found)))
    if isinstance(error, MemoryError):
        return str(InputError(f"la2ds {verb}", expected="enough memory", found=str(error) or "too little"))
    if not isinstance(error, OSError):
        return str(error)
    if error.errno not in ON_DISK:
        return None
    where = os.fsdecode(error.filename2 or error.filename or f"la2ds {verb}")
    return str(InputError(where, expected=ON_DISK[error.errno], found=str(error.strerror)))


if __name__ == "__main__":
    sys.exit(main())
