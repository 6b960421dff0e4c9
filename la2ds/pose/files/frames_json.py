"""What the JSON files of programs that list frames share: ``[{frame, people}, ...]``, or ``{frames: [...]}``.

An entry's frame is the number it gives (``frame_id``, ``frame``, ``frame_index``, ``frame_idx``, ``frame_number``);
entries without a number are the video's frames in their order, and there must be one for each.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from la2ds.config.poses import PosesConfig
from la2ds.errors import InputError
from la2ds.pose.files.read import Found, Video, make_people, numbers

_NUMBERS = ("frame_id", "frame", "frame_index", "frame_idx", "frame_number")
_LISTS = ("frames", "instance_info")
_PEOPLE = ("landmarks", "pose_landmarks", "poseLandmarks", "landmark", "keypoints", "poses")
_SURE = ("visibility", "presence", "score", "confidence")
_DEEPEST = 5  # people within a frame, joints within people, and what protocol buffers add


def read_frames(
    video: Video,
    file: Path,
    config: PosesConfig,
    entries: Sequence[Any],
    joints: Sequence[str],
    people: Callable[[Any], np.ndarray],
) -> Found:
    """Read a video's file.

    Args:
        video: the video.
        file: the file.
        config: says what the first frame is called.
        entries: its frames.
        joints: names of the J joints.
        people: gives (P, J, 3) x, y and confidence of an entry.

    Raises:
        InputError: if a frame is there twice, or entries have no numbers and are not as many as
            the video's frames.
    """
    given = [_number(file, entry) for entry in entries]
    numbered = [number for number in given if number is not None]
    if not numbered and len(entries) == video.frames:
        numbered = list(range(config.first_frame, config.first_frame + len(entries)))
    if len(numbered) != len(entries):
        expected = f"the number of each frame ({', '.join(_NUMBERS)}), or an entry for each of {video.frames} frames"
        raise InputError(file, expected=expected, found=f"{len(entries)} entries, {len(numbered)} with a number")
    duplicates = [frame for frame, times in Counter(numbered).items() if times > 1]
    if duplicates:
        raise InputError(file, expected="each frame once", found=f"frame {duplicates[0]} more than once")
    return Found(tuple(joints), {t: make_people(people(entry)) for t, entry in zip(numbered, entries, strict=True)})


def list_entries(file: Path, content: Any) -> list[Any]:
    """Give a file's frames.

    Raises:
        InputError: if there are none.
    """
    if isinstance(content, dict):
        content = next((content[key] for key in _LISTS if isinstance(content.get(key), list)), content)
    if not isinstance(content, list) or not content:
        keys = ", ".join(map(str, list(content)[:9])) if isinstance(content, dict) else "none"
        raise InputError(file, expected=f"a list of frames, or one called {', '.join(_LISTS)}", found=keys or "none")
    return content


def _number(file: Path, entry: Any) -> int | None:
    number = next((entry[key] for key in _NUMBERS if key in entry), None) if isinstance(entry, dict) else None
    if number is None or type(number) is int:
        return number
    raise InputError(file, expected="a whole number for each frame", found=repr(number)[:80])


def people_of(file: Path, entry: Any, depth: int = 0) -> list[list[dict[str, Any]]]:
    """Find the people in an entry: lists of joints ``{x, y, ...}``, however they are wrapped; nobody in null.

    Raises:
        InputError: if there is something else.
    """
    while isinstance(entry, dict) and any(key in entry for key in _PEOPLE):
        entry = entry[next(key for key in _PEOPLE if key in entry)]
    if entry is None or entry == []:
        return []
    if not isinstance(entry, list) or depth > _DEEPEST:
        found = ", ".join(map(str, list(entry)[:9])) if isinstance(entry, dict) else type(entry).__name__
        expected = f"joints {{x, y, ...}} in every frame, below {', '.join(_PEOPLE)}"
        raise InputError(file, expected=expected, found=found)
    if all(isinstance(joint, dict) and {"x", "y"} <= joint.keys() for joint in entry):
        return [entry]
    return [person for part in entry for person in people_of(file, part, depth + 1)]


def joints_of(file: Path, person: list[dict[str, Any]], count: int) -> np.ndarray:
    """Take (J, 3) x, y and confidence of a person's joints: the product of what they call it, NaN where nothing.

    Raises:
        InputError: if they are not so many, or no numbers.
    """
    values = [
        [joint["x"], joint["y"], *(joint[key] for key in _SURE if joint.get(key) is not None)] for joint in person
    ]
    width = max(map(len, values))
    flat = [v for joint in values for v in (*joint, *[1.0 if len(joint) > 2 else np.nan] * (width - len(joint)))]
    table = numbers(file, flat, what=f"x, y and {' or '.join(_SURE)} of joints", counts=[count * width])
    table = table.reshape(count, width)
    sure = table[:, 2:].prod(axis=1) if width > 2 else np.full(count, np.nan)
    return np.column_stack([table[:, :2], sure])
