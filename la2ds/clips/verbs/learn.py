"""The verb ``learn``: a model of one's own from a folder of films of one movement, and what it is worth."""

import argparse
import re
from pathlib import Path

from la2ds.clips.verbs.common import add_people, films_in, learned, quiet, read_films, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the verb's options."""
    parser.add_argument("clips", type=Path, metavar="CLIPS", help="folder of films of one movement")
    parser.add_argument("--name", help="what to call the model (default: as the folder is called)")
    parser.add_argument("--adapt", action="store_true", help="go on from the network that comes with the package")
    add_people(parser)


def main(args: argparse.Namespace) -> None:
    """Learn, and say what the model is worth on films it has not seen."""
    quiet()
    from la2ds.clips.learn import ADAPTED, METHOD, check_name

    name = args.name or re.sub(r"[^A-Za-z0-9_.-]+", "_", args.clips.resolve().name).lstrip("_.-")[:64] or "clips"
    check_name(name)
    clips = read_films(films_in(args.clips), people=args.people)
    from la2ds.clips.worth import held_out, worth

    seen, unseen = held_out(clips)
    model = learned(seen, method=ADAPTED if args.adapt else METHOD, name=name)
    say(f"{model.folder}: learned from {len(seen)} clips. `--model {name}` takes it.")
    if len(unseen) < 2:
        say("Too few clips to hold some out: what the model is worth was not measured.")
        return
    print(worth(model, unseen))
