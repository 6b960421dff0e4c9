"""Break valid files for so many seconds a parser: ``python -m tests.fuzz --seconds 60 [NAME ...]``.

Only ``InputError`` and success are right. Anything else, a read of more than 20 s, and more than 8 GB of memory are
findings: one line for each place in the code, with the broken files kept below ``--keep``.
"""

import argparse
import contextlib
import io
import logging
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

from la2ds.errors import InputError
from tests.fuzz.targets import TARGETS, Target

SLOW_S, MEMORY = 20, 8 * 2**30


class SlowError(Exception):
    """A read that takes longer than anybody waits."""


def stop(_number: int, _frame: object) -> None:
    raise SlowError(f"more than {SLOW_S} s")


def place_of(error: BaseException) -> str:
    """Name the last line of ours that an error came through."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/la2ds/" in frame.filename]
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "elsewhere"
    return f"{type(error).__name__} at {where}"


def attempt(target: Target, folder: Path) -> str:
    """Read once: empty, refused, or where it failed."""
    signal.setitimer(signal.ITIMER_REAL, SLOW_S)
    try:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            target.read(folder)
    except InputError as error:
        # One sentence, as the user would see it.
        return "" if "\n" not in str(error) else f"several lines: {str(error)[:80]!r}"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return f"{place_of(error)}: {str(error)[:100]!r}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return ""


def fuzz(name: str, *, seconds: float, seed: int, keep: Path) -> dict[str, int]:
    """Break a parser's files until the time is over: finding -> how often."""
    target, rng, found = TARGETS[name](), random.Random(f"{name}/{seed}"), {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "whole"
        write(folder, target.files)
        if failed := attempt(target, folder):
            raise SystemExit(f"{name}: the valid files are not read: {failed}")
        tried, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            folder = Path(scratch) / f"{tried}"
            broken = rng.choice(sorted(target.files))
            write(folder, target.files | {broken: target.mutate(rng, target.files[broken])})
            failed, tried = attempt(target, folder), tried + 1
            if failed:
                key = failed.partition(": ")[0]
                if key not in found:
                    print(f"{name}: {failed}", flush=True)
                    shutil.copytree(folder, keep / name / f"{len(found)}", dirs_exist_ok=True)
                found[key] = found.get(key, 0) + 1
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{name}: {tried:,} broken inputs, {len(found)} findings", flush=True)
    return found


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(TARGETS)}; default: all")
    parser.add_argument("--seconds", type=float, default=60, help="for each parser")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir(), "la2ds-fuzz"))
    args = parser.parse_args()
    logging.disable()
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, stop)
    found = [fuzz(name, seconds=args.seconds, seed=args.seed, keep=args.keep) for name in args.names or TARGETS]
    return 1 if any(found) else 0


if __name__ == "__main__":
    sys.exit(main())
