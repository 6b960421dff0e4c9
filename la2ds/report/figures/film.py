"""Writing a short film: WebM (VP9), which browsers play and no patent is in the way of, MP4, or GIF, by the suffix."""

import itertools
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from PIL import Image

from la2ds.errors import InputError
from la2ds.formats.files.storage import atomic_path

# Constant quality; one thread, and no dates and random numbers in the file, so that equal pictures are equal files.
_VP9 = {"crf": "34", "b": "0", "deadline": "good", "cpu-used": "5", "row-mt": "0"}
_H264 = {"crf": "23", "preset": "medium"}
# suffix -> encoders, the best first, with their options; not every build of PyAV has each
CODECS: dict[str, dict[str, dict[str, str]]] = {
    ".webm": {"libvpx-vp9": _VP9},
    ".mp4": {"libx264": _H264, "libopenh264": {"b": "2M"}, "mpeg4": {"b": "4M"}},
}
# What players need stands in front, so that a page can begin to play before the whole film is there.
CONTAINERS = {".webm": {"fflags": "+bitexact"}, ".mp4": {"fflags": "+bitexact", "movflags": "+faststart"}}
GIF = ".gif"


def check_suffix(path: str | Path) -> str:
    """Give the suffix of a film to be written, in small letters.

    Raises:
        InputError: if it is none of those that can be written.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in (*CODECS, GIF):
        raise InputError(path, expected=f"a film {', '.join(CODECS)} or {GIF} to write", found=suffix or "no suffix")
    return suffix


def write_film(path: str | Path, pictures: Iterable[np.ndarray], *, fps: float) -> int:
    """Write a film.

    Args:
        path: the file, ``.webm``, ``.mp4`` or ``.gif``.
        pictures: (H, W, 3) uint8 each, all of one size, H and W even.
        fps: pictures per second; a GIF counts hundredths of a second.

    Returns:
        how many pictures it has.

    Raises:
        InputError: if the suffix is another.
        ValueError: if there is no picture.
    """
    suffix = check_suffix(path)
    if suffix == GIF:
        return _write_gif(path, pictures, fps=fps)
    rate = Fraction(fps).limit_denominator(1000)
    count = 0
    with (
        atomic_path(path) as temporary,
        av.open(str(temporary), "w", format=suffix[1:], options=CONTAINERS[suffix]) as film,
    ):
        codec = next(name for name in CODECS[suffix] if name in av.codecs_available)
        stream = cast("av.VideoStream", film.add_stream(codec, rate=rate, options=CODECS[suffix][codec]))
        stream.pix_fmt = "yuv420p"
        stream.thread_count = 1
        for picture in pictures:
            if count == 0:
                stream.height, stream.width = picture.shape[:2]
            for packet in stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")):
                film.mux(packet)
            count += 1
        if count == 0:
            raise ValueError("a film needs at least one picture")
        for packet in stream.encode(None):
            film.mux(packet)
    return count


def _write_gif(path: str | Path, pictures: Iterable[np.ndarray], *, fps: float) -> int:
    """Write a GIF that plays again and again, with one palette, for that of each picture would flicker."""
    images = [Image.fromarray(np.ascontiguousarray(picture)) for picture in pictures]
    if not images:
        raise ValueError("a film needs at least one picture")
    shown = images[:: max(1, len(images) // 8)]
    strip = Image.new("RGB", (images[0].width, images[0].height * len(shown)))
    for n, image in enumerate(shown):
        strip.paste(image, (0, n * image.height))
    palette = strip.quantize(128, method=Image.Quantize.MEDIANCUT)
    # Without dithering: its dots change from picture to picture, which costs more than they are worth.
    first, *others = (image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images)
    ends = [round(100 * n / fps) for n in range(len(images) + 1)]
    durations = [10 * (b - a) for a, b in itertools.pairwise(ends)]
    with atomic_path(path) as temporary:
        first.save(temporary, format="GIF", save_all=True, append_images=others, duration=durations, loop=0)
    return len(images)
