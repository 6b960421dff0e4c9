"""The verb ``check``: which films of a folder do not show the movement of the others, once, from start to end."""

import argparse
from pathlib import Path

from la2ds.clips.verbs.common import add_people, check_outputs, films_in, quiet, read_films, say
from la2ds.formats.files.storage import atomic_path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the verb's options."""
    parser.add_argument("clips", type=Path, metavar="CLIPS", help="folder of films of one movement")
    parser.add_argument("-o", "--output", type=Path, default=Path("check.csv"), help="table (default: check.csv)")
    add_people(parser)


def main(args: argparse.Namespace) -> None:
    """Write what is wrong with which film, and say it."""
    quiet()
    from la2ds.clips.matching.check import FEWEST, check, in_words

    films = films_in(args.clips)
    check_outputs([args.output], films)
    checked = check(read_films(films, people=args.people, least=FEWEST))
    with atomic_path(args.output) as temporary:
        checked.to_csv(temporary, index=False)
    for line in in_words(checked) or [f"{len(checked)} clips: nothing speaks against one movement."]:
        print(line)
    say(f"{args.output}: a row for each film.")
