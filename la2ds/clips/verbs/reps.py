"""The verb ``reps``: a film of many repetitions cut into one film each."""

import argparse
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from la2ds.clips.verbs.common import add_people, check_outputs, quiet, read_films, say
from la2ds.errors import InputError
from la2ds.formats.files.storage import atomic_path

if TYPE_CHECKING:
    from la2ds.datasets.films.clip import Frame

TABLE = "repetitions.csv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the verb's options."""
    parser.add_argument("clip", type=Path, metavar="CLIP", help="a film in which one movement is repeated")
    parser.add_argument(
        "-o", "--output", type=Path, help=f"new folder for the films and {TABLE} (default: CLIP_reps in this folder)"
    )
    add_people(parser)


def main(args: argparse.Namespace) -> None:
    """Write a film for each repetition, and the table that says where in the film they were."""
    quiet()
    folder = args.output or Path(f"{args.clip.stem}_reps")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        there = "one with files in it" if folder.is_dir() else "a file"
        raise InputError(folder, expected="a new or an empty folder", found=there)
    check_outputs([folder / TABLE], [args.clip])
    (clip,) = read_films([args.clip], people=args.people, least=1)
    from la2ds.clips.repetitions import reps

    found = reps(clip)
    digits = max(2, len(str(len(found))))
    found["video"] = [f"{args.clip.stem}_{n:0{digits}}.mp4" for n in found.repetition]
    cut_film(args.clip, found, folder, fps=clip.fps)
    with atomic_path(folder / TABLE) as temporary:
        found.round(3).to_csv(temporary, index=False)
    print(in_words(found))
    say(f"{folder}: {TABLE}" + (f" and {len(found)} films" if len(found) else ""))


def cut_film(film: Path, spans: pd.DataFrame, folder: Path, *, fps: float) -> None:
    """Write parts of a film, in its own size but for an odd last row or column, without sound.

    Args:
        film: the film, read once from its start.
        spans: a row for each part: video (file to write), first_frame, last_frame; rising, and none in two parts.
        folder: where to.
        fps: frames per second of the parts; a film whose frames do not come evenly loses that.
    """
    from la2ds.datasets.video import open_video
    from la2ds.report.figures.film import write_film

    frames, read = open_video(film).frames(), 0
    row: Any
    for row in spans.itertuples():
        for _ in islice(frames, row.first_frame - read):
            pass
        read = row.last_frame + 1
        write_film(folder / row.video, map(_even, islice(frames, read - row.first_frame)), fps=fps)


def _even(frame: "Frame") -> np.ndarray:
    """Give a frame as films take it: RGB, its height and width even."""
    picture = frame.picture()[..., ::-1]
    return picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2]


def in_words(found: pd.DataFrame) -> str:
    """Say how many repetitions there are, and how often one comes."""
    if found.empty:
        return "No repetitions: nothing in this film is left and come back to in the same way, again and again."
    first, last = found.iloc[0], found.iloc[-1]
    where = f"from {first.first_time:.2f} to {last.last_time:.2f} s"
    if len(found) == 1:
        return f"One movement, {where}. It does not repeat, so nothing bears it out."
    period = float(np.median(np.diff(found.first_time)))
    return f"{len(found)} repetitions {where}, one in {period:.2f} s."
