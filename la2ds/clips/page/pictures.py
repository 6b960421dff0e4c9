"""A clip's pictures as the page holds them: WebP, so small that all of them fit into what a page may weigh."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count

import cv2
import numpy as np

from la2ds.clips.clip import Clip
from la2ds.clips.film import jpegs_of
from la2ds.errors import InputError

# (most pixels, quality of WebP), the best first; where the last is too large, pictures are left out.
LARGE, MIDDLE, SMALL = 640 * 360, 512 * 288, 384 * 216
SETTINGS = ((LARGE, 75), (LARGE, 60), (LARGE, 45), (MIDDLE, 45), (MIDDLE, 35), (SMALL, 35), (SMALL, 25))
SAMPLED = 4  # pictures of each clip by which the size of all is estimated
MARGIN = 0.95  # of the room, for estimates


@dataclass(frozen=True)
class Pictures:
    """The pictures of a clip: WebP files of the frames 0, stride, 2 stride, ..."""

    images: list[bytes]
    stride: int = 1


def small_pictures(clips: Sequence[Clip], room: int) -> list[Pictures]:
    """Make the pictures of clips small, the same way in all.

    Args:
        clips: clips with a frames shard.
        room: bytes that all pictures may take together.

    Returns:
        pictures of each clip; none of any where there is not room for the first ones.

    Raises:
        InputError: if a shard lacks the clip or has another number of frames, or a picture cannot be read.
    """
    originals = [jpegs_of(clip) for clip in clips]
    with ThreadPoolExecutor(2) as threads:  # OpenCV works outside Python's lock
        for stride, setting in _choices(originals, room, threads):
            small = [_shrink(images[::stride], setting, threads) for images in originals]
            if sum(len(image) for images in small for image in images) <= room:
                return [Pictures(images, stride) for images in small]
    return [Pictures([]) for _ in clips]


def _choices(originals: list[list[bytes]], room: int, threads: Executor) -> Iterator[tuple[int, tuple[int, int]]]:
    """Give strides and settings that are likely to fit, the best first."""
    samples = [[images[n] for n in np.linspace(0, len(images) - 1, SAMPLED).astype(int)] for images in originals]
    size = 0.0
    for setting in SETTINGS:
        small = [_shrink(sample, setting, threads) for sample in samples]
        sizes = zip(small, originals, strict=True)
        size = sum(float(np.mean([*map(len, sample)])) * len(images) for sample, images in sizes)
        if size <= MARGIN * room:
            yield 1, setting
    longest = max(map(len, originals))
    for stride in count(max(2, int(np.ceil(size / (MARGIN * room)))) if room > 0 else longest + 1):
        if stride > longest:
            return
        yield stride, SETTINGS[-1]


def _shrink(images: Sequence[bytes], setting: tuple[int, int], threads: Executor) -> list[bytes]:
    return list(threads.map(lambda image: _webp(image, *setting), images))


def _webp(image: bytes, most: int, quality: int) -> bytes:
    picture = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise InputError("a frames shard", expected="JPEG pictures", found="something else")
    height, width = picture.shape[:2]
    scale = (most / (height * width)) ** 0.5
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, quality])[1])
