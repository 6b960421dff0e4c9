"""The verb ``odd``: repetitions ranked by how far they are from the rest, with the worst moment of each."""

import argparse
from pathlib import Path

from la2ds.clips.verbs.common import add_clip_arguments, check_outputs, embedded, films_in, quiet, read_films, say
from la2ds.formats.files.storage import atomic_path

SHOWN = 10  # lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the verb's options."""
    parser.add_argument("clips", type=Path, metavar="CLIPS", help="folder of films of one movement")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("odd.csv"),
        help="table; beside it a picture of the first clips (.png)",
    )
    parser.add_argument("--skeletons-only", action="store_true", help="draw skeletons in place of pictures")
    add_clip_arguments(parser)


def main(args: argparse.Namespace) -> None:
    """Write the ranking and a picture of its first clips."""
    quiet()
    from la2ds.clips.matching.odd import FEWEST, odd
    from la2ds.clips.page.sheet import draw_sheet

    films, picture = films_in(args.clips), args.output.with_suffix(".png")
    check_outputs([args.output, picture], films)
    clips = embedded(read_films(films, people=args.people, least=FEWEST), args)
    ranked = odd(clips)
    with atomic_path(args.output) as temporary:
        ranked.to_csv(temporary, index=False)
    draw_sheet(picture, clips, ranked, skeleton_only=args.skeletons_only)
    for row in ranked.head(SHOWN).to_dict("records"):
        print(f"{row['score']:5.2f}  {row['video']}  at {row['worst_time']:.2f} s")
    say(f"{args.output}, {picture}: {len(ranked)} clips, the most unlike first; 1 is like the others.")
