"""Open videos and folders of pictures, and read their frames one after another.

Frames are read in sequence and one at a time: long-GOP video is slow to seek in, and memory stays bounded however long
the clip is. Whatever goes wrong is one ``VideoError``, the same every time.
"""

import dataclasses
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from la2ds.datasets.films.clip import Frame, Timing, hold_size, settle
from la2ds.datasets.films.clip import Video as Video
from la2ds.datasets.films.clip import VideoError as VideoError
from la2ds.datasets.films.series import PICTURES as PICTURES
from la2ds.datasets.films.series import open_series

log = logging.getLogger(__name__)

_ESCAPED = re.compile(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|[nrt])")


@dataclass(frozen=True)
class Facts:
    """What a clip turned out to hold.

    Attributes:
        frames: their number.
        size: width and height in pixels.
        timing: times and frame rate.
        complaints: errors that FFmpeg reported after the first frame and went on, as where packets are lost and it has
            to make up what pictures refer to.
    """

    frames: int
    size: tuple[int, int]
    timing: Timing
    complaints: int


def printable(name: str) -> str:
    r"""Write a file name as a table can hold it: bytes that are no UTF-8, and control characters, as ``\xf6``."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", lambda odd: repr(odd[0])[1:-1], text)


def open_video(file: Path, *, salvage: bool = False) -> Video:
    """Open a video file or a folder of numbered pictures.

    Args:
        file: the file or folder.
        salvage: keep the frames before the first fault, with a warning, instead of refusing the whole clip.

    Raises:
        VideoError: if it is missing, empty, or no clip.
    """
    if file.is_dir() or not (file.suffix or file.exists()):
        video = open_series(file)
    elif not file.is_file():
        if _ESCAPED.search(file.name):
            expected = "a file name in UTF-8 without line breaks and other control characters"
            raise VideoError(file, stage="name", expected=expected, found=file.name)
        raise VideoError(file, stage="open", expected="a video file or a folder of pictures", found="no such file")
    elif file.stat().st_size == 0:
        raise VideoError(file, stage="open", expected="a video", found="a file of 0 bytes")
    else:
        # Late: series of pictures need no FFmpeg.
        from la2ds.datasets.films.ffmpeg import open_film

        video = open_film(file)

    def frames() -> Iterator[Frame]:
        steady = hold_size(file, video.frames())
        return _salvaged(file, steady) if salvage else steady

    return dataclasses.replace(video, frames=frames)


def _salvaged(file: Path, frames: Iterator[Frame]) -> Iterator[Frame]:
    """Give the frames before the first fault; without any the fault stands."""
    count = 0
    try:
        for frame in frames:
            yield frame
            count += 1
    except VideoError as fault:
        if not count:
            raise
        log.warning("%s: the first %d frames are salvaged: %s", file, count, fault.reason)


def examine(video: Video, *, salvage: bool = False) -> Facts:
    """Read a clip once in full, without making pictures of its frames.

    Args:
        video: an opened clip.
        salvage: keep what a damaged container still gives.

    Raises:
        VideoError: at the first fault.
    """
    from la2ds.datasets.films.ffmpeg import complaints, of_container

    times: list[float] = []
    size, before = (0, 0), 0
    with complaints() as said:
        for frame in video.frames():
            before = before if times else len(said)  # of pictures that a cut has left without a start
            times.append(frame.time)
            size = frame.size
    if of_container(said[before:]) and not salvage:
        found = "parts that FFmpeg skips as damaged"
        raise VideoError(video.file, stage="decode", expected="a whole container", found=found)
    if not times:
        raise VideoError(video.file, stage="decode", expected="at least one frame", found="none")
    return Facts(len(times), size, settle(times, video.rate), len(said) - before)
