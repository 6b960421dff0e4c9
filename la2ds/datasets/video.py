"""Open videos and folders of pictures, and read their frames one after another.

Frames are read in sequence and one at a time: long-GOP video is slow to seek in, and memory stays bounded however long
the clip is (decord's own batches were measured slower). Whatever goes wrong is one ``VideoError``.
"""

import importlib.metadata
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

PICTURES = (".jpg", ".jpeg", ".png")


class VideoError(Exception):
    """A clip that cannot be read: one sentence naming the file, the frame if there is one, and what was found."""

    def __init__(self, file: Path, *, stage: str, expected: str, found: str, frame: int | None = None) -> None:
        """Build the sentence.

        Args:
            file: the video or folder.
            stage: open, size, frames, fps, duration or decode.
            expected: what should have been there.
            found: what was there instead; only its first line is kept, decoders add their C++ stack.
            frame: 0-based frame the decoder stopped at.
        """
        first = (found.strip().splitlines() or ["nothing"])[0]
        self.stage = stage
        self.reason = f"expected {expected}, found {first}"
        where = "" if frame is None else f"frame {frame}: "
        super().__init__(f"{file}: {where}{self.reason}")


@dataclass(frozen=True)
class Video:
    """An opened clip.

    Attributes:
        file: the video or the folder of pictures.
        decoder: name and version of what reads it.
        frames: number of frames the file announces.
        fps: frames per second; NaN for a folder.
        times: (frames,) seconds from the first frame; NaN where the file does not say.
        read: gives the frames from the first on, (H, W, 3) uint8 in BGR order; raises ``VideoError``.
    """

    file: Path
    decoder: str
    frames: int
    fps: float
    times: np.ndarray
    read: Callable[[], Iterator[np.ndarray]]


def open_video(file: Path) -> Video:
    """Open a video file (decord, then PyAV) or a folder of pictures sorted by name.

    decord is not believed where its pictures have another shape than PyAV says: on processors with AVX-512 its rows are
    padded, so that narrow pictures come out garbled and with more than three colours.

    Raises:
        VideoError: if it is missing, empty, or nothing here can open it.
    """
    if file.is_dir():
        return _open_folder(file)
    if not file.is_file():
        raise VideoError(file, stage="open", expected="a video file or a folder of pictures", found="no such file")
    if file.stat().st_size == 0:
        raise VideoError(file, stage="open", expected="a video", found="a file of 0 bytes")
    video, shape = _open_av(file)
    return _open_decord(file, shape) or video


def _open_av(file: Path) -> tuple[Video, tuple[int, ...]]:
    """Open with FFmpeg's libraries, which say what a film holds without decoding it.

    Returns:
        the video; and (H, W, 3) of its pictures.
    """
    import av

    try:
        with av.open(str(file)) as container:
            stream = container.streams.video[0]
            first = next(container.decode(stream))
            container.seek(0)
            stamps = [packet.pts for packet in container.demux(stream) if packet.size and not packet.is_discard]
            fps, base = float(stream.average_rate or math.nan), stream.time_base
    except (av.FFmpegError, OSError, IndexError, StopIteration) as error:
        raise VideoError(file, stage="open", expected="a video", found=str(error) or "no picture") from error
    known = base is not None and all(stamp is not None for stamp in stamps)
    starts = np.sort(np.array(stamps, float)) * float(base) if known and base else np.full(len(stamps), math.nan)
    video = Video(
        file, f"av/{av.__version__}", len(stamps), fps, _times(starts, fps), lambda: _read_av(file, len(stamps))
    )
    return video, _upright(first).shape


def _upright(frame: Any) -> np.ndarray:
    """Give a decoded frame as (H, W, 3) BGR, turned the way the file says it is to be shown."""
    picture: np.ndarray = frame.to_ndarray(format="bgr24")
    turns = round(getattr(frame, "rotation", 0) / 90) % 4
    return np.ascontiguousarray(np.rot90(picture, turns)) if turns else picture


def _read_av(file: Path, frames: int) -> Iterator[np.ndarray]:
    import av

    frame = 0
    try:
        with av.open(str(file)) as container:
            for frame, picture in enumerate(container.decode(video=0)):  # noqa: B007 (used below)
                yield _upright(picture)
    except (av.FFmpegError, OSError) as error:
        raise VideoError(file, stage="decode", expected=f"{frames} frames", found=str(error), frame=frame) from error


def _open_decord(file: Path, shape: tuple[int, ...]) -> Video | None:
    """Open with decord; None where it cannot, or its pictures have another shape than they must have."""
    import decord

    decord.logging.set_level(decord.logging.QUIET)
    try:
        # One thread: shards run side by side, and more threads gained little.
        reader = decord.VideoReader(str(file), ctx=decord.cpu(0), num_threads=1)
        if reader.next().shape != shape:
            return None
        reader.seek(0)
        frames = len(reader)
        spans = np.asarray(reader.get_frame_timestamp(range(frames)), dtype=np.float64)  # (T, 2) start and end
        fps = float(reader.get_avg_fps())
    except (RuntimeError, decord.DECORDError, IndexError, StopIteration):
        return None
    version = importlib.metadata.version("decord2")
    return Video(file, f"decord/{version}", frames, fps, _times(spans[:, 0], fps), lambda: _read_decord(file, reader))


def _read_decord(file: Path, reader: Any) -> Iterator[np.ndarray]:
    import decord

    for frame in range(len(reader)):
        try:
            picture = reader.next().asnumpy()
        except (RuntimeError, decord.DECORDError, StopIteration) as error:
            found = str(error) or "the end of the file"
            raise VideoError(
                file, stage="decode", expected=f"{len(reader)} frames", found=found, frame=frame
            ) from error
        yield cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)


def _open_folder(folder: Path) -> Video:
    files = sorted(f for f in folder.iterdir() if f.suffix.lower() in PICTURES)
    if not files:
        raise VideoError(folder, stage="open", expected="JPEG or PNG pictures", found="none")
    unknown = np.full(len(files), math.nan)
    return Video(folder, f"opencv/{cv2.__version__}", len(files), math.nan, unknown, lambda: _read_folder(files))


def _read_folder(files: list[Path]) -> Iterator[np.ndarray]:
    for frame, file in enumerate(files):
        content = np.fromfile(file, dtype=np.uint8)
        picture = cv2.imdecode(content, cv2.IMREAD_COLOR) if len(content) else None
        if picture is None:
            found = f"{len(content)} bytes that are none"
            raise VideoError(file, stage="decode", expected="a picture", found=found, frame=frame)
        yield picture


def _times(starts: np.ndarray, fps: float) -> np.ndarray:
    """Count time from the first frame; where time stamps do not rise, the frame rate has to do."""
    if len(starts) and np.isfinite(starts).all() and (np.diff(starts) > 0).all():
        return starts - starts[0]
    return np.arange(len(starts)) / fps
