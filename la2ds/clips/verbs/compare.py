"""The verb ``compare``: two clips of one movement on one page, in step, and where the second departs from the first."""

import argparse
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

from la2ds.clips.clip import Clip
from la2ds.clips.verbs.common import add_clip_arguments, check_outputs, embedded, quiet, read_films, say
from la2ds.version import __version__

if TYPE_CHECKING:
    from la2ds.clips.matching.match import Match

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the verb's options."""
    parser.add_argument("a", type=Path, metavar="A", help="a film of one movement of one person")
    parser.add_argument("b", type=Path, metavar="B", help="another film of the same movement")
    parser.add_argument("-o", "--output", type=Path, help="page to write (default: A_B.html in this folder)")
    parser.add_argument("--film", type=Path, help="film to write, too: both clips in step (.mp4, .webm or .gif)")
    parser.add_argument("--csv", type=Path, help="table to write, too: which frame goes with which")
    parser.add_argument("--skeletons-only", action="store_true", help="put no picture into page and film")
    parser.add_argument(
        "--ends",
        choices=("auto", "tied", "open"),
        default="auto",
        help="tied: start goes with start and end with end; open: either clip may start earlier or end later than the "
        "other (default: open by a model, tied with --quick)",
    )
    add_clip_arguments(parser, pretrained=True)


def main(args: argparse.Namespace) -> None:
    """Write the page, and what else is asked for."""
    quiet()
    from la2ds.report.figures.film import check_suffix

    if args.film:  # now, and not after some minutes
        check_suffix(args.film)
    output = args.output or Path(f"{args.a.stem}_{args.b.stem}.html")
    check_outputs([output, args.film, args.csv], [args.a, args.b])
    begin = time.monotonic()
    a, b = read_films([args.a, args.b], people=args.people, least=2)
    from la2ds.clips.departures.find import departures, in_short
    from la2ds.clips.matching.match import align
    from la2ds.clips.matching.same_movement import sameness
    from la2ds.clips.page.build import write_page

    match = align(*embedded([a, b], args), ends=args.ends)
    same = sameness(align(a, b, by="poses"))
    warnings = ([] if same.seems == "same" else [same.sentence]) + repeated([a, b]) + alone(match)
    for warning in warnings:
        log.warning("%s", warning)
    found = departures(match)
    write_page(
        output,
        match,
        departures=found,
        titles=(a.name, b.name),
        warnings=warnings,
        pictures=not args.skeletons_only,
        footer=described(match.by, [a, b]),
    )
    if args.film:
        match.film(args.film, skeleton_only=args.skeletons_only)
    if args.csv:
        match.to_csv(args.csv)
    for told in [departure.text for departure in found] or [in_short(match, found)]:
        print(told)
    made = [str(path) for path in (output, args.film, args.csv) if path]
    say(f"{', '.join(made)}: {time.monotonic() - begin:.0f} s")


def repeated(clips: list[Clip]) -> list[str]:
    """Say which clips show a movement several times, which are matched as if they were one."""
    from la2ds.clips.repetitions import reps

    counts = {clip.name: len(reps(clip)) for clip in clips}
    several = [f"{name} shows {count} repetitions" for name, count in counts.items() if count > 1]
    told = (
        f"{' and '.join(several)}: whole films are matched here; `la2ds reps` cuts them, so that one can be compared."
    )
    return [told] if several else []


def alone(match: "Match") -> list[str]:
    """Say which ends of the clips have no partner in the other one, if any."""
    parts = []
    for clip, frames in zip((match.a, match.b), match.path.T, strict=True):
        for where, edge, end in (("start", 0, 0), ("end", -1, len(clip) - 1)):
            if frames[edge] != end:
                parts.append(f"{abs(clip.times[end] - clip.times[frames[edge]]):.2f} s at the {where} of {clip.name}")
    return [f"Nothing in the other clip goes with {' and '.join(parts)}: this is left out."] if parts else []


def described(by: str, clips: list[Clip]) -> str:
    """Say how a page came about."""
    how = "matched by a trained model" if by == "embedding" else "matched by the poses themselves, nothing was learned"
    frames = " and ".join(str(len(clip)) for clip in clips)
    return f"la2ds {__version__}: {frames} frames, {how}; poses by MediaPipe."
