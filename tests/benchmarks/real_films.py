"""Films as phones and tools make them, read by ``index``, held against PyAV frame by frame.

    python -m tests.benchmarks.real_films FILM...

Each film goes through what ``la2ds index`` does with people's own videos (``la2ds.datasets.folder.reader``), and is
then decoded by PyAV plainly, beside this project's frames: every picture has to be the same to the bit, every time
within 0.1 ms, and there have to be as many. Where PyAV's times do not rise, there are none to compare.

Printed, as Markdown: a row for each film, what it is instead of its name, how it was read, and what was said. *Read*:
all is equal. *Warned*: the same, and the log says something. *Refused*: the sentence, and how many frames PyAV decodes
of those announced. *Wrong*: read, and not what PyAV shows.
"""

import argparse
import itertools
import logging
from collections import Counter
from pathlib import Path

import av
import numpy as np

from la2ds.datasets.folder.labels import Film
from la2ds.datasets.folder.reader import read_films
from la2ds.datasets.video import open_video
from la2ds.formats.results.provenance import commit_id
from tests.fixtures.datasets.plain_films import plain, upright

TOLERANCE = 1e-4  # seconds
FAULTS = (av.FFmpegError, OSError, ValueError)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("films", type=Path, nargs="+")
    args = parser.parse_args()
    rows = []
    for path in args.films:
        said = Said()
        logging.getLogger("la2ds").addHandler(said)
        (film,) = read_films(path.parent, {path.stem: path.name}, salvage=False)
        logging.getLogger("la2ds").removeHandler(said)
        outcome, words = judge(path, film, said.warnings(path))
        rows.append((kind(path), film.frames or "-", outcome, words or "-"))
    rows.sort(key=lambda row: (row[2], row[0]))
    counts = Counter(row[2] for row in rows)
    print(f"{len(rows)} films, {', '.join(f'{n} {name}' for name, n in counts.items())}; commit {commit_id()}\n")
    print("| film | frames | | what was said |\n| --- | ---: | --- | --- |")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |")


class Said(logging.Handler):
    """Keeps what the log warns of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())

    def warnings(self, path: Path) -> list[str]:
        """Give the warnings, without the film's name and the number of films."""
        texts = [message.removeprefix("1 videos ").removeprefix(f"{path.stem}: ") for message in self.messages]
        return [text.replace(f"{path.stem} ", "") for text in texts]


def judge(path: Path, film: Film, warnings: list[str]) -> tuple[str, str]:
    """Say how a film was read, and what there is to say of it."""
    if film.refused:
        return "refused", f"{film.refused.reason}; PyAV decodes {count_plainly(path)}"
    faults = compare(path, film)
    if faults:
        return "**wrong**", "; ".join(faults)
    return ("warned" if warnings else "read"), "; ".join(warnings)


def count_plainly(path: Path) -> str:
    """Say how far PyAV gets with a film, of how many frames it announces."""
    count, announced = 0, 0
    try:
        with av.open(str(path)) as film:
            announced = film.streams.video[0].frames if film.streams.video else 0
        for _ in plain(path):
            count += 1
    except FAULTS:
        return f"{count} of {announced} frames and fails"
    return f"{count} of {announced} frames"


def compare(path: Path, film: Film) -> list[str]:
    """Hold a film against PyAV, frame by frame."""
    pictures, times, number = 0, [], 0
    pairs = itertools.zip_longest(open_video(path).frames(), plain(path))
    for number, (mine, other) in enumerate(pairs, 1):
        if mine is None or other is None:
            return [f"{film.frames} frames, PyAV {'more' if mine is None else number - 1}"]
        times.append(np.nan if other[0] is None else other[0])
        pictures += not np.array_equal(mine.picture(), upright(other[1]))
    faults = [f"{pictures} pictures differ"] if pictures else []
    if number != film.frames:
        faults.append(f"index counts {film.frames} frames, {number} are decoded")
    stamps = np.array(times)
    if np.isfinite(stamps).all() and (np.diff(stamps) > 0).all():
        apart = np.abs(film.times - stamps).max() if len(film.times) == number else np.inf
        faults += [f"times are up to {1000 * apart:.1f} ms apart"] if apart > TOLERANCE else []
    return faults


def kind(path: Path) -> str:
    """Describe a film: container, code, pixels, size, and what is odd about it."""
    with av.open(str(path)) as film:
        stream = film.streams.best("video")
        if stream is None:
            return f"{path.suffix[1:]}, {len(film.streams)} streams, no picture"
        context, words = stream.codec_context, [path.suffix[1:]]
        words += [context.name, context.pix_fmt or "", f"{context.width} x {context.height}"]
        words += [f"{float(stream.average_rate):.4g} a second"] if stream.average_rate else []
        try:
            first = next(film.decode(stream), None)
        except FAULTS:
            first = None
        words += [f"turned by {first.rotation % 360}°"] if first is not None and first.rotation else []
        aspect = float(stream.sample_aspect_ratio or 1)
        words += [f"pixels {aspect:.3g} : 1"] if abs(aspect - 1) > 0.01 else []
        counts = Counter(other.type for other in film.streams if other.index != stream.index)
        words += [f"{n} x {name}" if n > 1 else name for name, n in sorted(counts.items())]
    return ", ".join(filter(None, words))


if __name__ == "__main__":
    main()
