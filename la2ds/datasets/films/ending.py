"""Where a film ought to end, by what its container announces, and whether the file's last part is there."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from la2ds.datasets.films.clip import VideoError

_DURATION = re.compile(r"([0-9]{1,4}):([0-9]{2}):([0-9]{2}(?:\.[0-9]*)?)")


def announced_end(container: Any, stream: Any) -> tuple[float | None, str]:
    """Give the end that a container announces, in seconds of its own clock.

    Containers that only FFmpeg's guess could be told of (MPEG, Ogg, or recorded without a length) announce none.

    Args:
        container: an open film.
        stream: its picture stream.

    Returns:
        the end or None; and whose it is: of the pictures, or of pictures and sound.
    """
    name = container.format.name.split(",")[0]
    if name == "mov" and stream.frames and stream.duration:
        return float((stream.duration + (stream.start_time or 0)) * stream.time_base), "pictures"
    if name == "avi" and stream.frames and stream.average_rate:
        return float(stream.frames / stream.average_rate), "pictures"
    tag = next((text for key, text in stream.metadata.items() if key.startswith("DURATION")), "")
    if name == "matroska" and (parts := _DURATION.fullmatch(tag)):
        return 3600 * int(parts[1]) + 60 * int(parts[2]) + float(parts[3]), "pictures"
    if name in ("matroska", "flv", "asf") and container.duration:
        return container.duration / 1e6, "pictures and sound"
    return None, ""


def check_last_byte(file: Path, container: str) -> None:
    """Refuse a file that is shorter than its own parts say.

    Args:
        file: the film.
        container: FFmpeg's name of its format.

    Raises:
        VideoError: naming the part that is cut off.
    """
    size = file.stat().st_size
    with file.open("rb") as content:
        name = container.split(",")[0]
        if name == "mpegts" and all(size % length for length in (188, 192, 204)):
            found = "a last one that is cut off"
            raise VideoError(file, stage="end", expected="whole packets of 188 bytes", found=found)
        if name == "mpegts" and (lost := _lost_packets(file, size)):
            found = f"none in {lost} of them"
            raise VideoError(file, stage="decode", expected="the byte 0x47 that begins every packet", found=found)
        if name == "ogg" and not _ogg_ends(content, size):
            raise VideoError(file, stage="end", expected="a page that ends the stream", found="none")
        if name == "flv" and not _tag_ends(content, size):
            raise VideoError(file, stage="end", expected="a whole last tag", found="one that is cut off")
        parts = {"mov": _boxes, "matroska": _elements, "asf": _properties, "avi": _riffs}.get(name)
        for part, end in parts(content, size) if parts else ():
            if end is None:
                raise VideoError(file, stage="end", expected=part, found="something else before others")
            if end > size:
                raise VideoError(file, stage="end", expected=f"{end} bytes, as {part} says", found=str(size))


def _boxes(content: IO[bytes], size: int) -> Iterator[tuple[str, int | None]]:
    """List the boxes of an MP4 file that hold pictures or say where they are: name and end, None where it is no box."""
    at = 0
    while at + 8 <= size:
        content.seek(at)
        head = content.read(16)
        length = int.from_bytes(head[:4])
        if length == 1:
            length = int.from_bytes(head[8:])
        if length == 0 or not head[4:8].isalnum():  # up to the end, or what somebody has put behind the film
            content.seek(at)
            if b"moof" in content.read():  # a film in pieces goes on, and FFmpeg would leave one out
                yield f"a box at {at}", None
            return
        at += max(length, 8)
        if head[4:8] in (b"mdat", b"moov", b"moof"):
            yield f"box {head[4:8].decode()}", at


def _elements(content: IO[bytes], size: int) -> Iterator[tuple[str, int | None]]:
    """List the elements of a Matroska file and their ends; those of unknown length are looked into."""
    at = 0
    while at < size:
        content.seek(at)
        head = content.read(12)
        id_length = _vint_length(head[0])
        length_length = _vint_length(head[id_length]) if len(head) > id_length else 9
        if id_length > 4 or length_length > 8:  # no element
            return
        data = at + id_length + length_length
        ones = (1 << 7 * length_length) - 1
        length = int.from_bytes(head[id_length : id_length + length_length]) & ones
        master = head[:id_length] == b"\x18\x53\x80\x67"
        if master and length != ones:
            yield "the segment", data + length
        if length != ones:
            yield f"an element at {at}", data + length
        at = data if master or length == ones else data + length


def _riffs(content: IO[bytes], size: int) -> Iterator[tuple[str, int | None]]:
    """List the RIFF chunks of an AVI file and their ends; their length is unknown while it is recorded."""
    at = 0
    while at + 8 <= size:
        content.seek(at)
        head = content.read(8)
        length = int.from_bytes(head[4:], "little")
        if head[:4] != b"RIFF" or length in (0, 0xFFFFFFFF):
            return
        at += 8 + length
        yield "a RIFF chunk", at
        at += at % 2


def _properties(content: IO[bytes], size: int) -> Iterator[tuple[str, int | None]]:
    """Give the length that the header of a Windows Media file says the file has; 0 while it is recorded."""
    head = content.read(min(size, 1 << 16))
    at = head.find(bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365"))
    if at >= 0:
        yield "the header", int.from_bytes(head[at + 40 : at + 48], "little")


def _vint_length(first: int) -> int:
    return 9 - first.bit_length()


def _lost_packets(file: Path, size: int) -> int:
    """Count packets of a transport stream that do not begin as they must; FFmpeg goes on after them without a word."""
    for length, before in ((188, 0), (192, 4), (204, 0)):
        begins = np.memmap(file, np.uint8, "r")[before::length] if size % length == 0 else np.zeros(1)
        if begins[0] == 0x47:
            return int(np.count_nonzero(begins != 0x47))
    return 0


def _tag_ends(content: IO[bytes], size: int) -> bool:
    """Whether the last number of a Flash file is the length of the tag before it, as it has to be."""
    content.seek(size - 4)
    length = int.from_bytes(content.read())
    if not 11 <= length <= size - 4:
        return False
    content.seek(size - 4 - length)
    return int.from_bytes(content.read(4)[1:]) == length - 11


def _ogg_ends(content: IO[bytes], size: int) -> bool:
    """Whether the last page of an Ogg file is whole, and says that it is the last of its stream."""
    content.seek(max(0, size - (1 << 17)), os.SEEK_SET)
    tail = content.read()
    last = tail.rfind(b"OggS")
    head = tail[last : last + 27]  # flags are at 5, the number of lengths that follow at 26
    if last < 0 or len(head) < 27 or not head[5] & 4:
        return False
    lengths = tail[last + 27 : last + 27 + head[26]]
    return last + 27 + len(lengths) + sum(lengths) <= len(tail)
