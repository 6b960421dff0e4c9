"""Which video and frame a picture is, by its name: for files that name pictures, and not frames.

A name is held against the pattern ``poses.images``, which names a ``frame`` and a ``video``. By default the last number
is the frame, and what stands before it is the video: ``squat/anna_1/000012.jpg``, ``squat_anna_1_000012.jpg`` and
``squat/anna_1/img12.png`` are frame 12 of ``squat/anna_1``; what Roboflow adds (``00012_jpg.rf.9c8c.jpg``) is left
alone. Names may begin with further folders (PoseTrack's ``images/val/…``). A file for one video may have pictures
without the video's name (``000012.jpg``, 12), with its last part, or with any one name that does not look like that of
another video.
"""

import contextlib
import logging
import re
import signal
import threading
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path, PurePosixPath

from la2ds.errors import InputError
from la2ds.pose.files.read import Video
from la2ds.pose.sources import video_name

log = logging.getLogger(__name__)

LIMIT_S = 60  # to read the names of a file's pictures; a million of them take two


def parse_names(file: Path, names: Iterable[str], pattern: str) -> list[tuple[str, int]]:
    """Read the names of a file's pictures; see ``parse_name``."""
    with _time_limit(file, pattern):
        return [parse_name(file, name, pattern) for name in names]


def parse_name(file: Path, name: str, pattern: str) -> tuple[str, int]:
    """Read a picture's name.

    Returns:
        what it says of its video, empty where it says nothing; and the number of the frame.

    Raises:
        InputError: if it does not fit the pattern.
    """
    match = re.fullmatch(pattern, name)
    if match is None or not re.fullmatch(r"[0-9]{1,18}", match["frame"] or ""):
        raise InputError(file, expected=f"names of pictures like 'poses.images', {pattern}", found=repr(name[:80]))
    return match["video"] or "", int(match["frame"])


def titles_of(file: Path, video: Video, titles: Collection[str], *, single_video: bool) -> list[str]:
    """Choose among what a file's pictures say of their videos.

    Args:
        file: for messages.
        video: the video.
        titles: what there is.
        single_video: whether the file is for this video alone.

    Raises:
        InputError: if none is of the video.
    """
    mine = [title for title in titles if is_of(video, title, single_video=single_video)]
    # Programs call pictures `img12.png`, `out0012.png` or `labeled-data/x/img12.png`.
    if not mine and single_video and len(titles) == 1 and not any(_is_of_another(video, title) for title in titles):
        mine = list(titles)
        log.warning("%s: pictures are called %r, and are taken for %s's", file, mine[0], video.video_id)
    if not mine:
        found = f"pictures of {', '.join(map(repr, list(titles)[:3])) or 'nothing'}"
        expected = f"pictures of {video.video_id} by the pattern 'poses.images'"
        raise InputError(file, expected=expected, found=found)
    return mine


def is_of(video: Video, title: str, *, single_video: bool) -> bool:
    """Tell whether a picture's name names a video: by id or path, with or without ending, or with ``_`` for ``/``.

    Args:
        video: the video.
        title: what the picture's name says of its video; may be empty. Folders before the video's path count for
            nothing, and neither does the name of pictures in a folder of the video.
        single_video: whether the file is for this video alone: then an empty name, or the path's last part, is enough.
    """
    names = {video.video_id, video.name} | ({"", Path(video.name).name} if single_video else set())
    names |= {name.replace("/", "_") for name in names}
    path = PurePosixPath(video_name(title))
    folders = [title, str(path), *(str(path.parent) for _ in path.parts[1:2])]
    ends = [f"/{name}" for name in names if name]
    found = any(folder in names or folder.endswith(tuple(ends)) for folder in folders)
    return found and not _is_of_another(video, title)


def _is_of_another(video: Video, title: str) -> bool:
    """Tell whether a name is a path like the video's, as many folders deep, that leads elsewhere.

    Where DeepLabCut and Lightning Pose put their pictures, ``labeled-data``, is no video.
    """
    path, own = PurePosixPath(video_name(title)), PurePosixPath(video.name)
    here = (own.parts[:-1], own.parts[-1:], ("labeled-data",))
    return len(path.parts) == len(own.parts) > 1 and path.parts[:-1] not in here


@contextlib.contextmanager
def _time_limit(file: Path, pattern: str) -> Iterator[None]:
    """Give up on a pattern that tries one way after the other for longer than anybody waits, such as ``(a+)+``.

    Python looks at signals while it matches; a thread could not be stopped. Where there are none (Windows), there is
    no limit.

    Raises:
        InputError: naming the pattern.
    """
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: object) -> None:
        expected = f"names of pictures that 'poses.images' is held against within {LIMIT_S} s"
        raise InputError(file, expected=expected, found=f"none by {pattern}, which repeats what is repeated")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
