"""Writing a short film as WebM (VP9), which browsers play without help and no patent is in the way of."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np

from la2ds.formats.files.storage import atomic_path

CODEC = "libvpx-vp9"
# Constant quality; one thread, and no dates and random numbers in the file, so that equal pictures are equal files.
OPTIONS = {"crf": "34", "b": "0", "deadline": "good", "cpu-used": "5", "row-mt": "0"}


def write_film(path: str | Path, pictures: Iterable[np.ndarray], *, fps: float) -> int:
    """Write a film.

    Args:
        path: the file, ``.webm``.
        pictures: (H, W, 3) uint8 each, all of one size, H and W even.
        fps: pictures per second.

    Returns:
        how many pictures it has.

    Raises:
        ValueError: if there is no picture.
    """
    rate = Fraction(fps).limit_denominator(1000)
    count = 0
    with (
        atomic_path(path) as temporary,
        av.open(str(temporary), "w", format="webm", options={"fflags": "+bitexact"}) as film,
    ):
        stream = cast("av.VideoStream", film.add_stream(CODEC, rate=rate, options=OPTIONS))
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
