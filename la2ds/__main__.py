"""The command ``la2ds VERB ...``, also ``python -m la2ds VERB ...``; every line of the workflow is one of them.

Each verb lives in the module that does the work, as ``add_arguments(parser)`` and ``main(args)``; modules are imported
only when their verb is called, so that a machine needs just what its verb needs.
"""

if __name__ == "__main__":  # before anything that takes time is imported
    from la2ds.plan.forks.client import ask_and_exit

    ask_and_exit()

import argparse
import errno
import gc
import importlib
import logging
import os
import sys
from pathlib import Path
from types import ModuleType

from la2ds.config.strict import RangeError
from la2ds.errors import InputError
from la2ds.extras import extras_named
from la2ds.plan.forks.client import SERVE
from la2ds.verbs import VERBS, about, listed, nearest
from la2ds.version import __version__

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
    if not argv or argv[0].startswith("-"):
        parser = general_parser()
        parser.parse_args(argv)
        parser.print_help()
        return 0
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.captureWarnings(True)
    try:
        with extras_named():
            run(argv[0], argv[1:])
    except (InputError, RangeError, OSError, MemoryError) as error:
        told = sentence(error, argv[0])
        if told is None:
            raise
        logging.getLogger("la2ds").error("%s", told)
        return 2
    except KeyboardInterrupt:
        # The process still ends by the signal, which a shell's loop needs to stop, too.
        sys.excepthook = lambda *_: print("stopped", file=sys.stderr)
        raise
    return 0


class WithDefaults(argparse.HelpFormatter):
    """Help that says what an option is where it is left out, if its words do not."""

    def _get_help_string(self, action: argparse.Action) -> str:
        text = action.help or ""
        told = "default" in text or action.default in (None, False, "", argparse.SUPPRESS) or action.default == []
        return text if told else f"{text} (default: %(default)s)"


def general_parser() -> argparse.ArgumentParser:
    """Give what answers where no verb is named: the help with all verbs, and the version."""
    parser = argparse.ArgumentParser(
        prog="la2ds",
        usage="la2ds VERB ...",
        description="`la2ds VERB --help` lists the options of a verb.",
        epilog=listed(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"la2ds {__version__}")
    return parser


def run(verb: str, options: list[str]) -> None:
    """Run one verb with its options.

    Raises:
        InputError: naming the nearest verbs, if there is none of that name.
    """
    if verb not in VERBS:
        near = " or ".join(nearest(verb))
        expected = f"a verb, perhaps {near}" if near else "a verb"
        raise InputError("la2ds", expected=f"{expected} (`la2ds --help` lists all)", found=verb or "an empty word")
    loaded = load(VERBS[verb][0])
    parser = argparse.ArgumentParser(prog=f"la2ds {verb}", description=about(verb), formatter_class=WithDefaults)
    loaded.add_arguments(parser)
    loaded.main(parser.parse_args(options))


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
    if sys.argv[1:2] == [SERVE]:
        from la2ds.plan.forks.server import be_server  # late, for only that process forks

        be_server(Path(sys.argv[2]), main)
    else:
        sys.exit(main())
