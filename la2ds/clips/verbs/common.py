"""What the verbs for people with clips share: finding and reading films, choosing what they are matched by, words."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from la2ds.clips.clip import Clip
from la2ds.clips.kept import is_known
from la2ds.clips.read import read_several
from la2ds.clips.store import VARIABLE, cache_folder
from la2ds.datasets.folder.reader import SUFFIXES
from la2ds.errors import InputError
from la2ds.formats.skeletons import BODY13

if TYPE_CHECKING:
    from la2ds.clips.model import Model

log = logging.getLogger(__name__)

# Measured on two cores of a server (docs/python.md); only to tell somebody how long to wait.
SECONDS_A_FRAME = 0.04
SECONDS_A_STEP = {"la2ds_align": (0.13, 0.5), "la2ds_adapted": (0.05, 0.15)}  # of 2 clips, and of 16


def add_clip_arguments(parser: argparse.ArgumentParser, *, pretrained: bool = False) -> None:
    """Declare what all verbs for clips take.

    Args:
        parser: of the verb.
        pretrained: whether, without options, the network that comes with the package matches clips.
    """
    how = parser.add_mutually_exclusive_group()
    if pretrained:
        how.add_argument("--adapt", action="store_true", help="let the network learn from the clips at hand first")
    how.add_argument("--model", help="a trained model: its folder, or its name from `la2ds learn`")
    how.add_argument("--quick", action="store_true", help="match by the poses themselves, without learning anything")
    add_people(parser)
    parser.epilog = (
        "Without any of these "
        + ("the network that comes with the package matches them. " if pretrained else "a model is learned from them. ")
        + f"Poses and models are kept in {cache_folder()}, so that a second call is quick; {VARIABLE} names another "
        "folder, and it may be deleted."
    )


def add_people(parser: argparse.ArgumentParser) -> None:
    """Declare how many people there are."""
    parser.add_argument(
        "--people", type=int, default=1, help="people in the picture; of several the largest is followed (default: 1)"
    )


def quiet() -> None:
    """Leave out the log of what goes well: people are told what was made, and what is odd."""
    logging.getLogger().setLevel(logging.WARNING)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))


def say(text: str) -> None:
    """Tell what is done, at once."""
    print(text, file=sys.stderr, flush=True)


def check_outputs(outputs: Sequence[Path | None], inputs: Sequence[Path]) -> None:
    """Look at outputs before anything takes long.

    Raises:
        InputError: if one cannot be written, or is an input or another output, too.
    """
    taken = {path.resolve() for path in inputs}
    for path in filter(None, outputs):
        full = path.resolve()
        there = next(folder for folder in full.parents if folder.exists())
        if full.is_dir():
            raise InputError(path, expected="a file to write", found="a folder")
        if full in taken:
            raise InputError(path, expected="an output of its own", found="a file that is read or written already")
        if not there.is_dir() or not os.access(there, os.W_OK):
            found = "one that cannot be written" if there.is_dir() else "a file"
            raise InputError(path, expected="a folder to write into", found=f"{found}: {there}")
        taken.add(full)


def films_in(folder: Path) -> list[Path]:
    """List the films of a folder, by name.

    Raises:
        InputError: if it is no folder, or has fewer than two films.
    """
    if not folder.is_dir():
        raise InputError(folder, expected="a folder of films", found="a file" if folder.exists() else "no such folder")
    files = [f for f in sorted(folder.iterdir()) if f.suffix.lower() in SUFFIXES and not f.name.startswith(".")]
    films = [file for file in files if file.is_file()]
    if len(films) < 2:
        expected = f"at least two films ({', '.join(SUFFIXES)})"
        raise InputError(folder, expected=expected, found=films[0].name if films else "none")
    return films


def read_films(films: Sequence[Path], *, people: int, least: int = 2) -> list[Clip]:
    """Read films, the others also where one cannot be read.

    Raises:
        InputError: if fewer than ``least`` can be read: the first one's.
    """
    new = [film for film in films if film.is_file() and not is_known(film, people=people)]
    if new:
        say(
            f"Finding the poses in {len(new)} film{'s' if len(new) > 1 else ''}, "
            f"at about {1 / SECONDS_A_FRAME:.0f} frames a second."
        )
    found = read_several(films, people=people)
    clips = [clip for clip in found if isinstance(clip, Clip)]
    errors = [error for error in found if isinstance(error, InputError)]
    if len(clips) < least:
        raise errors[0]
    for left_out in errors:
        say(f"Left out: {left_out}")
    return clips


def embedded(clips: Sequence[Clip], args: argparse.Namespace, *, sources: Sequence[Clip] = ()) -> list[Clip]:
    """Let the model that the options name look at clips; as they are with ``--quick``.

    Args:
        clips: to be embedded.
        args: options of ``add_clip_arguments``.
        sources: clips to learn from where no model is named; all if not given.

    Raises:
        InputError: if the model cannot be had, or does not fit the clips.
    """
    if args.quick:
        say("Matching by the poses themselves: nothing is learned.")
        return list(clips)
    from la2ds.clips.learn import ADAPTED, METHOD
    from la2ds.clips.model import load  # late: the poses alone need no PyTorch
    from la2ds.learning.model import PRETRAINED

    adapt = getattr(args, "adapt", None)  # None where a verb does not take the network that comes with the package
    if args.model or (adapt is False and clips[0].skeleton == BODY13.name):
        model = load(args.model or PRETRAINED.name)
    else:
        model = learned(list(sources) or list(clips), method=ADAPTED if adapt else METHOD)
    return [model.embed(clip) for clip in clips]


def doubts(clips: Sequence[Clip]) -> None:
    """Warn of clips that do not show the movement of the others, before anything is learned from them."""
    from la2ds.clips.matching.check import FEWEST, check, in_words

    if len(clips) >= FEWEST:
        for line in in_words(check(clips)):
            log.warning("%s", line)


def learned(clips: Sequence[Clip], *, method: str, name: str | None = None) -> "Model":
    """Learn from clips, and say beforehand how long it takes."""
    from la2ds.clips.learn import is_learned, learn
    from la2ds.config import load_method, shipped

    if not is_learned(clips, method=method):
        doubts(clips)
        settings = load_method(shipped("methods", method)).optimiser
        batch = min(len(clips), settings.batch)
        few, many = SECONDS_A_STEP[method]
        minutes = settings.steps * (few + (many - few) * (batch - 2) / 14) / 60
        without = "" if name else "; --quick does without"  # the verb learn has no --quick
        say(f"Learning from {len(clips)} clips, about {minutes:.1f} minutes on one core{without}.")
    return learn(clips, method=method, name=name)
