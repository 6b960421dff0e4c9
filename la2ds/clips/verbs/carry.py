"""The verb ``carry``: moments marked in a few clips, found in all others."""

import argparse
from pathlib import Path

import pandas as pd

from la2ds.clips.verbs.common import add_clip_arguments, check_outputs, embedded, films_in, quiet, read_films, say
from la2ds.datasets.folder.tables import Names, read_marks
from la2ds.errors import InputError
from la2ds.formats.files.storage import atomic_path

LEAST_SURE = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the verb's options."""
    parser.add_argument("marked", type=Path, metavar="MARKED.csv", help="columns video, event, and frame or time")
    parser.add_argument(
        "clips", type=Path, metavar="CLIPS", help="folder of films of one movement, the marked ones too"
    )
    parser.add_argument("-o", "--output", type=Path, default=Path("labels.csv"), help="default: labels.csv")
    add_clip_arguments(parser)


def main(args: argparse.Namespace) -> None:
    """Write the events of all clips: those that were marked, and those that were carried."""
    quiet()
    films = films_in(args.clips)
    check_outputs([args.output], [args.marked, *films])
    marks = marks_of(args.marked, films)
    clips = read_films(films, people=args.people)
    lost = sorted(set(marks.video) - {clip.name for clip in clips})
    if lost:
        raise InputError(args.marked, expected="marks of films that can be read", found=f"marks of {lost[0]}")
    from la2ds.clips.matching.carry import carry, marks_in

    try:  # now, and not after a training
        marks_in(marks, [clip for clip in clips if clip.name in set(marks.video)])
    except InputError as error:
        raise InputError(args.marked, expected=error.expected, found=error.found) from error
    clips = embedded(clips, args)
    sources = [clip for clip in clips if clip.name in set(marks.video)]
    carried = carry(marks, sources, [clip for clip in clips if clip not in sources])
    own = marks.assign(confidence=1.0)
    for clip in sources:
        at = (own.video == clip.name) & own.frame.isna()
        own.loc[at, "frame"] = [clip.frame_at(time) for time in own.time[at]]
    table = pd.concat([own.astype({"frame": int}), carried])[["video", "event", "frame", "confidence"]]
    with atomic_path(args.output) as temporary:
        table.round({"confidence": 3}).to_csv(temporary, index=False)
    unsure = int((carried.confidence < LEAST_SURE).sum())
    say(f"{args.output}: {len(carried)} events carried from {len(sources)} clips to {len(clips) - len(sources)}.")
    if unsure:
        say(f"{unsure} have a confidence below {LEAST_SURE:g}: look at these first.")


def marks_of(file: Path, films: list[Path]) -> pd.DataFrame:
    """Read marks: columns video (a film's file name), event, frame and time, of which one is NaN.

    Raises:
        InputError: if the table is missing or empty, or a row is odd.
    """
    if not file.is_file():
        raise InputError(file, expected="a table of marked moments", found="no such file")
    folder = films[0].resolve().parent.name
    names = Names({f"{folder}/{film.stem}": f"{folder}/{film.name}" for film in films})
    files = {f"{folder}/{film.stem}": film.name for film in films}
    rows = [
        {"video": files[video], "event": mark.event, "frame": mark.frame, "time": mark.time}
        for video, marks in read_marks(file, names).items()
        for mark in marks
    ]
    if not rows:
        raise InputError(file, expected="at least one marked moment", found="none")
    return pd.DataFrame(rows).astype({"frame": float, "time": float})
