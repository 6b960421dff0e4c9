"""Folders of pictures, ordered by their numbers: 2 comes before 10, and a number that is missing is named."""

import math
import os
import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from la2ds.datasets.films.clip import Frame, Video, VideoError

PICTURES = (".jpg", ".jpeg", ".png")


def list_pictures(folder: Path) -> list[Path]:
    """List a folder's pictures by the last number in their names; hidden files are none (macOS leaves ``._1.jpg``).

    Raises:
        VideoError: if there is none, one has no number, two have the same, or one between first and last is missing.
    """
    where = f"{folder.parent.name}/{folder.name}"
    if not folder.is_dir():
        raise VideoError(folder, stage="open", expected=f"pictures in {where}", found="no such folder")
    names = [e.name for e in os.scandir(folder) if e.name.lower().endswith(PICTURES) and not e.name.startswith(".")]
    if not names:
        raise VideoError(folder, stage="open", expected=f"pictures in {where} ({', '.join(PICTURES)})", found="none")
    numbered: dict[int, str] = {}
    for name in sorted(names):
        digits = re.findall(r"[0-9]{1,18}", name.rpartition(".")[0])
        if not digits:
            raise VideoError(folder, stage="frames", expected="numbered pictures", found=repr(name))
        other = numbered.setdefault(int(digits[-1]), name)
        if other != name:
            raise VideoError(folder, stage="frames", expected="each number once", found=f"{other} and {name}")
    order = sorted(numbered)
    first, last = order[0], order[-1]
    if last - first >= len(order):
        missing = next(number for number, present in enumerate(order, first) if number != present)
        count = last - first + 1
        found = f"{len(order)}, the first that is missing is {missing}"
        raise VideoError(folder, stage="frames", expected=f"{count} pictures, numbers {first} to {last}", found=found)
    return [folder / numbered[number] for number in order]


def open_series(folder: Path) -> Video:
    """Open a folder of pictures; see ``list_pictures`` for what is refused."""
    files = list_pictures(folder)
    return Video(folder, f"opencv/{cv2.__version__}", math.nan, 1.0, lambda: _read(files))


def _read(files: list[Path]) -> Iterator[Frame]:
    for number, file in enumerate(files):
        try:
            content = np.fromfile(file, dtype=np.uint8)
            picture = cv2.imdecode(content, cv2.IMREAD_COLOR) if len(content) else None
        except (OSError, cv2.error) as error:
            raise VideoError(file, stage="decode", expected="a picture", found="none that can be read") from error
        if picture is None:
            found = f"{len(content)} bytes that are none"
            raise VideoError(file, stage="decode", expected="a picture", found=found, frame=number)
        height, width = picture.shape[:2]
        yield Frame(math.nan, (width, height), lambda picture=picture: picture)  # type: ignore[misc]
