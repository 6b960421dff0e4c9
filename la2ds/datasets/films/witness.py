"""decord as a second witness: whether it counts the frames that FFmpeg shows, and gives them the same times.

decord counts packets. Where a film hides some (edit lists), it and the programs built on it number frames differently,
and repeat the last picture to make up the number; so it is heard, and does not decide. A damaged film may end the whole
process that decord runs in, so that is not ours: this file is also the program that is asked.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

_TOLERANCE = 2e-3  # seconds; decord's times are float32
_START, _PATIENCE = 60, 10  # seconds that decord may take to start, and for each film


def differs(files: Sequence[Path], times: Sequence[np.ndarray]) -> list[str]:
    """Say how decord's frames differ from those a player shows.

    Args:
        files: films that can be read to their end.
        times: (T,) seconds of the frames of each.

    Returns:
        for each film such as "60 frames instead of 46"; empty where number and times, counted from the first frame, are
        equal, or where there is no decord.
    """
    if find_spec("decord") is None:
        return [""] * len(files)
    return [_compare(own, other) for own, other in zip(times, _hear(files), strict=True)]


def _compare(times: np.ndarray, starts: np.ndarray) -> str:
    if len(starts) != len(times):
        return f"{len(starts) or 'no'} frames instead of {len(times)}"
    apart = np.abs((starts - starts[0]) - (times - times[0])).max()
    return "" if apart <= _TOLERANCE else "other times"


def _hear(files: Sequence[Path]) -> Iterator[np.ndarray]:
    """Give decord's times for each film; none where it cannot open it, or ends or hangs over it."""
    left = list(files)
    while left:
        call = [sys.executable, "-P", __file__, *map(str, left)]
        limit = _START + _PATIENCE * len(left)
        try:
            output = subprocess.run(call, capture_output=True, timeout=limit, check=False).stdout
        except subprocess.TimeoutExpired as late:
            output = late.stdout or b""
        answers = output.split(b"\n")[:-1]
        yield from (np.array(json.loads(answer), dtype=float) for answer in answers)
        if len(answers) < len(left):
            yield np.empty(0)
        left = left[len(answers) + 1 :]


def _times(file: str) -> list[float]:
    """Give the start of each frame in seconds by decord; empty if it cannot open the film."""
    import decord

    decord.logging.set_level(decord.logging.QUIET)
    try:
        reader = decord.VideoReader(file, ctx=decord.cpu(0), num_threads=1)
        starts = np.asarray(reader.get_frame_timestamp(range(len(reader))), dtype=float)[:, 0]
    except (RuntimeError, ValueError, IndexError, decord.DECORDError):
        return []
    return [float(start) for start in np.nan_to_num(starts)]


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(json.dumps(_times(argument)), flush=True)
