"""Films of matched clips: side by side in step, and how that differs from each at its own pace.

The first clip sets the pace. Times and frames shown stand under each picture.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Protocol

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread

from la2ds.clips.clip import Clip
from la2ds.errors import InputError
from la2ds.formats.frames import read_frames
from la2ds.formats.keypoints import Keypoints
from la2ds.formats.skeletons import SKELETONS
from la2ds.report.figures.film import write_film
from la2ds.report.figures.person import NIGHT, Person, show

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

FASTEST = 25.0  # pictures per second
STEPS_FPS = 12.5
STEPS_LONGEST = 100  # pictures of a film of steps; longer clips play faster in it
EDGE, HEAD, LINE = 8, 26, 22  # pixels: around panels, above each row, below each row
PAPER, SOFT = "#e5e7eb", "#9aa3b2"


class InStep(Protocol):
    """What is filmed of a ``Match``, which can film itself and so cannot be imported here."""

    @property
    def a(self) -> Clip:
        """Give the clip that sets the pace."""

    @property
    def b(self) -> Clip:
        """Give the other."""

    @property
    def partners(self) -> np.ndarray:
        """Give each frame of a one frame of b: (Ta,)."""


@dataclass(frozen=True)
class Row:
    """A line of the film: what it is called, and the frames of both clips that are shown one after the other."""

    name: str
    frames: tuple[np.ndarray, np.ndarray]


def film_match(match: InStep, path: str | Path, *, skeleton_only: bool = False) -> None:
    """Film both clips side by side, in step, at the pace of the first.

    Args:
        match: the clips.
        path: ``.mp4``, ``.webm`` or ``.gif``.
        skeleton_only: no pictures of the clips, as for clips that have none.

    Raises:
        InputError: if the suffix is another, or pictures cannot be read.
    """
    fps = min(FASTEST, match.a.fps)
    first = _at(match.a, _seconds(match.a, fps))
    _write(match, path, [Row("", (first, match.partners[first]))], fps=fps, size=360, skeleton_only=skeleton_only)


def film_steps(match: InStep, path: str | Path, *, skeleton_only: bool = False) -> None:
    """Film both clips twice at once: above each at its own pace, below the second in step with the first.

    A clip that is over shows its last frame. The film is small: 12.5 pictures a second, at most ``STEPS_LONGEST``.

    Args:
        match: the clips.
        path: ``.mp4``, ``.webm`` or ``.gif``.
        skeleton_only: no pictures of the clips, as for clips that have none.

    Raises:
        InputError: if the suffix is another, or pictures cannot be read.
    """
    longest = max((match.a, match.b), key=_length)
    seconds = _seconds(longest, STEPS_FPS)
    seconds = seconds[np.linspace(0, len(seconds) - 1, min(len(seconds), STEPS_LONGEST)).round().astype(int)]
    first, second = (_at(clip, seconds) for clip in (match.a, match.b))
    rows = [Row("each at its own pace", (first, second)), Row("in step", (first, match.partners[first]))]
    _write(match, path, rows, fps=STEPS_FPS, size=190, skeleton_only=skeleton_only)


def _length(clip: Clip) -> float:
    return float(clip.times[-1] - clip.times[0])


def _seconds(clip: Clip, fps: float) -> np.ndarray:
    """Give the moments at which pictures are taken, from a clip's first frame on."""
    return np.arange(int(_length(clip) * fps) + 1) / fps


def _at(clip: Clip, seconds: np.ndarray) -> np.ndarray:
    """Give the frames shown so many seconds after a clip's first frame; its last one when it is over."""
    shown = np.searchsorted(clip.times - clip.times[0], seconds + 1e-6, side="right") - 1
    return np.asarray(np.clip(shown, 0, len(clip) - 1))


def _write(match: InStep, path: str | Path, rows: Sequence[Row], *, fps: float, size: int, skeleton_only: bool) -> None:
    pictured = not skeleton_only and all(clip.frames for clip in (match.a, match.b))
    people = [person_of(clip, pictured=pictured) for clip in (match.a, match.b)]
    write_film(path, _play(match, rows, people, size=size), fps=fps)


def person_of(clip: Clip, *, pictured: bool) -> Person:
    """Give a clip as figures show it, with its pictures or without."""
    pictures = Decoded(jpegs_of(clip)) if pictured else {}
    return Person(Keypoints(clip.poses, clip.confidence), SKELETONS[clip.skeleton], pictures, float(clip.size[0]))


class Decoded(Mapping[int, np.ndarray]):
    """Pictures that are decoded whenever one is asked for, since a whole clip of them needs much memory."""

    def __init__(self, images: Sequence[bytes]) -> None:
        """Take JPEG files of the frames 0, 1, ..."""
        self._images = images

    def __getitem__(self, frame: int) -> np.ndarray:
        """Decode one: (H, W, 3) uint8."""
        if not 0 <= frame < len(self._images):
            raise KeyError(frame)
        return np.asarray(imread(io.BytesIO(self._images[frame]), format="jpg"))

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self._images)))

    def __len__(self) -> int:
        return len(self._images)


def _play(match: InStep, rows: Sequence[Row], people: Sequence[Person], *, size: int) -> Iterator[np.ndarray]:
    """Draw picture by picture: (H, W, 3) uint8, H and W even."""
    width, height = 2 * size + 3 * EDGE, len(rows) * (HEAD + size + LINE)
    width, height = width + width % 2, height + height % 2
    figure = Figure(figsize=(width / 100, height / 100), dpi=100, facecolor=NIGHT)
    canvas = FigureCanvasAgg(figure)
    panels: list[tuple[Axes, Text, int, np.ndarray]] = []
    for n, row in enumerate(rows):
        top = n * (HEAD + size + LINE)
        for side, clip in enumerate((match.a, match.b)):
            x = EDGE + side * (size + EDGE)
            name = row.name * (side == 0) or ("" if row.name else clip.name[: size // 8])
            place = x / width, 1 - (top + HEAD - 8) / height
            figure.text(*place, name, fontsize=9.5, color=PAPER, parse_math=False)
            axis = figure.add_axes((x / width, 1 - (top + HEAD + size) / height, size / width, size / height))
            axis.spines[:].set_visible(False)
            told = figure.text(x / width, 1 - (top + HEAD + size + 15) / height, "", fontsize=8.5, color=SOFT)
            panels.append((axis, told, side, row.frames[side]))
    for t in range(len(rows[0].frames[0])):
        for axis, told, side, frames in panels:
            frame, clip = int(frames[t]), (match.a, match.b)[side]
            for artist in [*axis.images, *axis.lines, *axis.collections]:
                artist.remove()
            show(axis, people[side], frame, size=size)
            told.set_text(f"{clip.times[frame]:.2f} s, frame {frame}")
        canvas.draw()  # type: ignore[no-untyped-call]
        yield np.asarray(canvas.buffer_rgba())[..., :3].copy()  # type: ignore[no-untyped-call]


def jpegs_of(clip: Clip) -> list[bytes]:
    """Read a clip's pictures: T JPEG files.

    A shard of one video is the clip's; of several, that which is called like the clip.

    Raises:
        InputError: if the shard lacks the clip, or has another number of frames of it.
    """
    if clip.frames is None:
        raise InputError(clip.name, expected="a clip with pictures", found="poses alone")
    videos = {video_id: images for video_id, _, images in read_frames(clip.frames)}
    names = (
        [*videos] if len(videos) == 1 else [name for name in (clip.name, PurePath(clip.name).stem) if name in videos]
    )
    if not names:
        raise InputError(clip.frames, expected=f"pictures of {clip.name}", found=f"{len(videos)} other videos")
    images = videos[names[0]]
    if len(images) != len(clip):
        raise InputError(clip.frames, expected=f"{len(clip)} pictures of {clip.name}", found=str(len(images)))
    return images
