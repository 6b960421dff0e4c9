"""Films as FFmpeg's libraries show them (PyAV): the judge of which frames there are, and when.

What a player shows counts: edit lists hide frames, frames come in order of presentation, a film is turned and mirrored
as it says, and of several picture streams the best is taken. Time counts from the container's zero, so sound may come
before the first picture. One thread decodes: then a damaged film fails at the same frame every time.
"""

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.sidedata.sidedata import Type as SideData

from la2ds.datasets.films.clip import Frame, Video, VideoError
from la2ds.datasets.films.ending import announced_end, check_last_byte

# What PyAV raises: its own errors, which are OSError or ValueError at the same time, and Python's about odd values.
FAULTS = (av.FFmpegError, OSError, ValueError, OverflowError)
# Here one packet is one picture, so that a picture which cannot be decoded is noticed.
_WHOLE_PACKETS = ("mov", "matroska")
# A recording of these may begin anywhere, and players wait for the first whole picture.
_BEGIN_ANYWHERE = ("mpegts", "mpeg")


def open_film(file: Path) -> Video:
    """Open a film; nothing is decoded yet.

    Raises:
        VideoError: if it is none, or has no pictures.
    """
    with _opened(file) as (_, stream):
        rate = float(stream.average_rate or stream.guessed_rate or math.nan)
        aspect = float(stream.sample_aspect_ratio or 1) or 1.0
    return Video(file, f"av/{av.__version__}", rate, aspect, lambda: _read(file))


@contextlib.contextmanager
def complaints() -> Iterator[list[Any]]:
    """Collect what FFmpeg says of errors meanwhile: (level, speaker, words); the words are not stable."""
    av.logging.set_level(av.logging.ERROR)
    # Else it says of the same words only how often they came.
    av.logging.set_skip_repeated(False)
    try:
        with av.logging.Capture() as said:
            yield said
    finally:
        av.logging.set_level(None)
        av.logging.set_skip_repeated(True)


def of_container(said: list[Any]) -> int:
    """Count the complaints of those that take containers apart, who then skip what they do not understand."""
    speakers = [name.partition(",")[0] for _, name, _ in said]
    return sum(name in av.formats_available and name not in av.codecs_available for name in speakers)


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[tuple[Any, Any]]:
    """Open a film: its container and its best picture stream."""
    try:
        container = av.open(str(file))
    except FAULTS as error:
        found = getattr(error, "strerror", None) or type(error).__name__
        raise VideoError(file, stage="open", expected="a video", found=f"{found[0].lower()}{found[1:]}") from error
    with container:
        stream = container.streams.best("video")
        # Music has its cover as a picture stream.
        if stream is None or stream.disposition & av.stream.Disposition.attached_pic:
            raise VideoError(file, stage="open", expected="a video", found="no picture stream")
        if stream.codec_context is None:
            raise VideoError(file, stage="open", expected="a video", found="a code FFmpeg does not know")
        stream.codec_context.thread_count, stream.codec_context.thread_type = 1, "NONE"
        # Else something is made up for what cannot be read. Not for H.264 and HEVC: sound films that begin within a
        # group of pictures would be refused, too.
        if stream.codec_context.name == "mjpeg":
            stream.codec_context.options = {"err_detect": "explode"}
        yield container, stream


@dataclass
class _Tally:
    """What went by while a film was read.

    Attributes:
        stamps: of packets that are to be shown, in the order they are decoded; None where a packet has none.
        key: whether the first of them is a key frame.
        ends: stream -> end of its last packet in seconds.
        shown: time stamps of the frames, in time bases.
        last: how long the last frame is shown, in time bases; 0 where unknown.
        interlaced: whether a frame was made of two fields, which may come in packets of their own.
    """

    stamps: list[int | None] = field(default_factory=list)
    key: bool = True
    ends: dict[int, float] = field(default_factory=dict)
    shown: list[int | None] = field(default_factory=list)
    last: int = 0
    interlaced: bool = False

    def packet(self, packet: Any) -> None:
        """Note a packet."""
        if packet.pts is not None and packet.time_base:
            end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
            self.ends[packet.stream.index] = max(self.ends.get(packet.stream.index, end), end)

    def picture(self, packet: Any) -> None:
        """Note a packet of the picture stream that is to be shown."""
        if not self.stamps:
            self.key = bool(packet.is_keyframe)
        self.stamps.append(packet.pts)


def _read(file: Path) -> Iterator[Frame]:
    """Decode a film to its end, and check that this is the end it announces."""
    tally = _Tally()
    with _opened(file) as (container, stream):
        zero: float | None = None
        for frame in _decode(file, container, stream, tally):
            time = math.nan if frame.pts is None else float(frame.pts * stream.time_base)
            zero = _zero(container, time) if zero is None else zero
            height, width = (frame.width, frame.height) if _lies(_matrix(frame)) else (frame.height, frame.width)
            yield Frame(time - zero, (width, height), lambda frame=frame: _upright(file, frame))  # type: ignore[misc]
        _check_shown(file, container, stream, tally)
        _check_end(file, container, stream, tally)
    check_last_byte(file, container.format.name)


def _decode(file: Path, container: Any, stream: Any, tally: _Tally) -> Iterator[Any]:
    """Give FFmpeg's frames, up to the first that is damaged."""

    def fault(found: str) -> VideoError:
        expected = "packets that can be decoded"
        return VideoError(file, stage="decode", expected=expected, found=found, frame=len(tally.shown))

    try:
        for packet in container.demux(stream, *container.streams.audio):
            tally.packet(packet)
            if packet.stream.index != stream.index:
                continue
            if packet.size and not packet.is_discard:
                if packet.is_corrupt:
                    raise fault("one that is cut off or damaged")
                tally.picture(packet)
            for frame in packet.decode():
                if frame.is_corrupt:
                    raise fault("a damaged picture")
                tally.shown.append(frame.pts)
                tally.last = frame.duration or 0
                tally.interlaced |= frame.interlaced_frame
                yield frame
    except FAULTS as error:
        raise fault("damaged data") from error


def _zero(container: Any, first: float) -> float:
    """Give the container's time zero in seconds, as players count: where its first stream starts.

    A start before 0 is what a sound decoder needs to get going, and is not played.
    """
    if math.isnan(first):
        return 0.0
    start = min(max((container.start_time or 0) / av.time_base, 0.0), first)
    # The container rounds to microseconds what its streams know exactly.
    return first if first - start < 1e-4 else start


def _check_shown(file: Path, container: Any, stream: Any, tally: _Tally) -> None:
    """Refuse a film of which pictures cannot be decoded, where the container tells how many there are."""
    name, wanted, shown = container.format.name, len(tally.stamps), len(tally.shown)
    if not shown:
        raise VideoError(file, stage="decode", expected="at least one frame", found="none that can be decoded")
    first = min((pts for pts in tally.shown if pts is not None), default=None)
    early = sum(first is not None and pts is not None and pts < first for pts in tally.stamps)
    # After a key frame pictures that are shown before it may refer to what a cut has taken away: nobody shows them.
    if early and not tally.key and name not in _BEGIN_ANYWHERE:
        found = f"frame 0 cannot be decoded, nor the {early - 1} after it: no key frame comes before them"
        raise VideoError(file, stage="decode", expected=f"{wanted} frames", found=found)
    counted = stream.codec_context.name in ("h264", "hevc") and name.startswith(_WHOLE_PACKETS)
    if counted and not tally.interlaced and shown < wanted - early:
        found = f"{shown} that can be decoded"
        raise VideoError(file, stage="decode", expected=f"{wanted - early} frames", found=found)


def _check_end(file: Path, container: Any, stream: Any, tally: _Tally) -> None:
    """Refuse a film that stops before the end which its container announces."""
    announced, whose = announced_end(container, stream)
    stamps = np.array([pts for pts in tally.shown if pts is not None], float) * float(stream.time_base)
    if announced is None or not len(stamps):
        return
    last = max(stamps) if whose == "pictures" else max(tally.ends.values())
    gaps = np.diff(np.sort(stamps))
    longest = max(gaps.max(initial=0.0), tally.last * float(stream.time_base), 1 / float(stream.average_rate or 25))
    if announced - last > 1.5 * longest:
        expected = f"{whose} until {announced:.3f} s, as the file announces"
        raise VideoError(file, stage="end", expected=expected, found=f"the last at {last:.3f} s")


def _matrix(frame: Any) -> np.ndarray:
    """Give where the file says that a frame's axes go: (2, 2), rows what becomes of x and of y; larger is along."""
    said = frame.side_data.get(SideData.DISPLAYMATRIX)
    return np.eye(2) if said is None else np.frombuffer(bytes(said), np.int32).reshape(3, 3)[:2, :2]


def _lies(matrix: np.ndarray) -> bool:
    """Say whether a frame is shown with its height along x."""
    return bool(abs(matrix[0, 0]) < abs(matrix[0, 1]))


def _upright(file: Path, frame: Any) -> np.ndarray:
    """Give a decoded frame as (H, W, 3) BGR, turned and mirrored the way the file says it is to be shown."""
    try:
        picture: np.ndarray = frame.to_ndarray(format="bgr24")
    except FAULTS as error:
        found = f"pixels of format {frame.format.name}"
        raise VideoError(file, stage="decode", expected="colours", found=found) from error
    matrix = _matrix(frame)
    if _lies(matrix):
        picture, matrix = picture.swapaxes(0, 1), matrix[::-1]
    # Of what is along x now, and along y, whether it runs backwards.
    picture = picture[:: -1 if matrix[1, 1] < 0 else 1, :: -1 if matrix[0, 0] < 0 else 1]
    return np.ascontiguousarray(picture)
