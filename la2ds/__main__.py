"""The verbs: ``python -m la2ds VERB ...`` does one stage of the workflow and can be pasted into a terminal.

Each verb lives in the module that does the work, as ``add_arguments(parser)`` and ``main(args)``; modules are imported
only when their verb is called, so that a machine needs just what its verb needs.
"""

import argparse
import gc
import importlib
import logging
import sys
from types import ModuleType

from la2ds.errors import InputError
from la2ds.verbs import VERBS


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
    except InputError as error:
        logging.getLogger("la2ds").error("%s", error)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
