"""What is known of a clip, frame by frame, and the one error that a clip may raise."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np


class VideoError(Exception):
    """A clip that cannot be read: one sentence naming the file, the frame if there is one, and what was found."""

    def __init__(self, file: Path, *, stage: str, expected: str, found: str, frame: int | None = None) -> None:
        """Build the sentence.

        Args:
            file: the video or folder.
            stage: name, open, size, frames, fps, end or decode.
            expected: what should have been there.
            found: what was there instead, in words that are the same every time.
            frame: 0-based frame at which reading stopped.
        """
        self.stage = stage
        self.reason = f"expected {expected}, found {found}" + ("" if frame is None else f" (frame {frame})")
        super().__init__(f"{file}: {self.reason}")


@dataclass(frozen=True)
class Frame:
    """A frame as it is shown.

    Attributes:
        time: seconds from the container's time zero; NaN where unknown.
        size: width and height in pixels as stored, after turning it upright.
        picture: gives (H, W, 3) uint8 in BGR order, to be called before the next frame is asked for.
    """

    time: float
    size: tuple[int, int]
    picture: Callable[[], np.ndarray]


@dataclass(frozen=True)
class Video:
    """An opened clip.

    Attributes:
        file: the video or the folder of pictures.
        decoder: name and version of what reads it.
        rate: frames per second as announced; NaN for a folder, or where the film does not say.
        aspect: width of a stored pixel over its height.
        frames: reads the clip from its start; raises ``VideoError`` at the first fault.
    """

    file: Path
    decoder: str
    rate: float
    aspect: float
    frames: Callable[[], Iterator[Frame]]

    def read(self) -> Iterator[np.ndarray]:
        """Give the pictures one after another, (H, W, 3) uint8 in BGR order."""
        for frame in self.frames():
            yield frame.picture()


@dataclass(frozen=True)
class Timing:
    """When a clip's frames are shown: (T,) seconds, NaN where unknown; frames per second in the mean, NaN likewise."""

    times: np.ndarray
    fps: float


def settle(times: list[float], rate: float) -> Timing:
    """Decide about the times and the frame rate of a clip that was read to its end.

    Time stamps that do not rise are no times (AVI with B-frames): the announced rate has to do then. A rate that the
    time stamps contradict by more than a frame is no rate: the mean is taken.

    Args:
        times: T seconds from the container's time zero, in order of presentation.
        rate: announced frames per second, NaN where unknown.
    """
    stamps = np.array(times)
    if not np.isfinite(stamps).all() or not (np.diff(stamps) > 0).all():
        return Timing(np.arange(len(stamps)) / rate, rate)
    span = float(stamps[-1] - stamps[0])
    if span == 0:
        return Timing(stamps, rate)
    steps = len(stamps) - 1

    agrees = abs(steps / rate - span) <= max(0.01 * span, 1 / rate) if rate > 0 else False
    return Timing(stamps, rate if agrees else steps / span)


def hold_size(file: Path, frames: Iterator[Frame]) -> Iterator[Frame]:
    """Let frames through as long as they are as large as the first.

    Raises:
        VideoError: at the first that is not.
    """
    first: tuple[int, int] | None = None
    for number, frame in enumerate(frames):
        first = first or frame.size
        if frame.size != first:
            expected = f"{first[0]} x {first[1]} pixels, as in frame 0"
            found = f"{frame.size[0]} x {frame.size[1]}"
            raise VideoError(file, stage="size", expected=expected, found=found, frame=number)
        yield frame
