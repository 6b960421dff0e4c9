"""What every shard is held against before it is used: plausible numbers, and the frames of the videos table.

A file that passes its schema may still hold infinities, values no network or camera gives, or another number of frames
than its videos have. Each reader asks here, so that the answer is one sentence with the file, the video and the frame.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from la2ds.errors import InputError

# Squares of what is larger, summed over some thousand numbers, leave single precision: metrics would be of infinities.
LARGEST_VALUE = 1e15
# Pixels, or millimetres: larger than any picture, and a kilometre away.
LARGEST_PLACE = 1e6


def check_numbers(path: str | Path, clips: Mapping[str, np.ndarray], *, content: str, largest: float) -> None:
    """Refuse what is not finite or too large.

    Args:
        path: the file, for the message.
        clips: video_id -> (T, ...) numbers.
        content: what they are, in words.
        largest: bound of their sizes.

    Raises:
        InputError: naming the first such video and the count.
    """
    for video_id, clip in clips.items():
        bad = int(np.count_nonzero(~np.isfinite(clip)))
        if bad:
            raise InputError(path, expected=f"finite {content}", found=f"{bad} non-finite values in video {video_id}")
        found = float(np.abs(clip).max(initial=0))
        if found > largest:
            raise InputError(path, expected=f"{content} of at most {largest:g}", found=f"{found:g} in video {video_id}")


def refuse_where(
    path: str | Path, bad: np.ndarray, *, video_id: str, expected: str, found: Callable[[tuple[int, ...]], object]
) -> None:
    """Refuse a clip of which some places are bad.

    Args:
        path: the file, for the message.
        bad: (T, ...) which places.
        video_id: the clip.
        expected: what should be there.
        found: says what is at a place.

    Raises:
        InputError: naming the first bad place's frame.
    """
    if bad.any():
        place = tuple(int(n) for n in np.argwhere(bad)[0])
        raise InputError(path, expected=expected, found=f"{found(place)} in frame {place[0]} of video {video_id}")


def check_frames(path: str | Path, lengths: Mapping[str, int], frames: Mapping[str, int] | None) -> None:
    """Refuse clips that are shorter or longer than their videos; videos that the table lacks are not looked at.

    Args:
        path: the file, for the message.
        lengths: video_id -> frames in the file.
        frames: video_id -> frames of the videos table (``frames_of``); None to compare nothing.

    Raises:
        InputError: naming the first such video.
    """
    for video_id, length in lengths.items():
        required = (frames or {}).get(video_id, length)
        if length != required:
            expected = f"{required} frames of video {video_id}, as in the videos table"
            raise InputError(path, expected=expected, found=str(length))
