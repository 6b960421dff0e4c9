"""Damage films at random for some minutes: each is read or refused, in one sentence, the same when read again.

``python -m tests.fuzz.films --minutes 10``; what goes wrong is kept in the folder it names. Not part of the tests.
"""

import argparse
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from la2ds.datasets.video import VideoError, examine, open_video
from tests.fixtures.datasets.film_zoo import write_film

FILMS = {  # name -> how it is written
    "a.mp4": {},
    "front.mp4": {"muxer": {"movflags": "faststart"}, "sound": 1.0},
    "pieces.mp4": {"muxer": {"movflags": "frag_keyframe+empty_moov"}, "options": {"g": "10"}},
    "hevc.mov": {"codec": "libx265", "options": {"x265-params": "log-level=none"}},
    "a.mkv": {"sound": 1.0},
    "a.webm": {"codec": "libvpx-vp9"},
    "live.webm": {"codec": "libvpx", "muxer": {"live": "1"}},
    "a.avi": {"codec": "mpeg4"},
    "jpeg.avi": {"codec": "mjpeg", "pixels": "yuvj420p"},
    "a.ts": {},
    "a.flv": {},
    "a.wmv": {"codec": "wmv2"},
    "a.mpg": {"codec": "mpeg2video"},
    "a.ogv": {"codec": "libvpx", "container": "ogg"},
}


def overwrite(content: bytearray, draw: random.Random, *, below: int) -> None:
    """Write random bytes at random places."""
    for _ in range(draw.randint(1, 20)):
        content[draw.randrange(min(len(content), below))] = draw.randrange(256)


def blank(content: bytearray, draw: random.Random) -> None:
    """Write zeros over a part."""
    start, length = draw.randrange(len(content)), draw.randint(1, 400)
    content[start : start + length] = bytes(len(content[start : start + length]))


def shorten(content: bytearray, draw: random.Random) -> None:
    """Cut off the end."""
    del content[draw.randrange(1, len(content)) :]


def insert(content: bytearray, draw: random.Random) -> None:
    """Put random bytes in between."""
    place = draw.randrange(len(content))
    content[place:place] = draw.randbytes(draw.randint(1, 50))


HARM: tuple[Callable[[bytearray, random.Random], None], ...] = (
    lambda content, draw: overwrite(content, draw, below=len(content)),
    lambda content, draw: overwrite(content, draw, below=800),  # where the container says what it holds
    blank,
    shorten,
    insert,
)


def answer(film: Path) -> str:
    """Read a film as index does: the number of its frames, or why it is refused."""
    try:
        facts = examine(open_video(film))
    except VideoError as error:
        return error.reason
    return f"{facts.frames} frames"


def main() -> None:
    """Damage and read until the time is over; fail at the first film that is answered in two ways."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    draw, work, answers = random.Random(args.seed), Path(tempfile.mkdtemp(prefix="la2ds-fuzz-")), Counter()
    print(f"films in {work}", flush=True)
    for name, options in FILMS.items():
        write_film(work / name, range(60), **options)
    end = time.monotonic() + 60 * args.minutes
    while time.monotonic() < end:
        name = draw.choice(list(FILMS))
        content = bytearray((work / name).read_bytes())
        draw.choice(HARM)(content, draw)
        film = work / f"damaged{Path(name).suffix}"
        film.write_bytes(content)
        first, second = answer(film), answer(film)
        if first != second:
            raise SystemExit(f"{film} ({name}): {first}, then {second}")
        answers[first.partition(", found")[0]] += 1
    print(f"{answers.total()} films:", *(f"{count:6} {what}" for what, count in answers.most_common(20)), sep="\n")


if __name__ == "__main__":
    main()
