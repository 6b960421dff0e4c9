"""Match the frames of two clips by dynamic time warping: ``python -m la2ds align``.

In: embeddings of both clips in one file, ours or anybody's. Out: a CSV of matched frames along the cheapest monotone
path from the first frames to the last (``la2ds.evaluation.warping``), and in the log how far the path is
from the identity. Where two cameras that start together filmed one motion, the identity is the truth and that is the
error.
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from la2ds.errors import InputError
from la2ds.evaluation.warping import path_through
from la2ds.formats.embeddings import Embeddings, read_embeddings
from la2ds.formats.files.storage import atomic_path

log = logging.getLogger(__name__)

COLUMNS = ["first", "first_frame", "second", "second_frame", "cost"]
# cost -> what scipy calls it
# Up to so many costs are worked out one by one straight away.
AT_ONCE = 1 << 20
DISTANCES = {"squared": "sqeuclidean", "cosine": "cosine"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the verb's options."""
    parser.add_argument("--embeddings", type=Path, required=True, help="embeddings of both clips (Parquet)")
    parser.add_argument(
        "--clips", nargs=2, metavar=("FIRST", "SECOND"), help="their video ids (default: the file's first two)"
    )
    parser.add_argument(
        "--cost",
        choices=sorted(DISTANCES),
        default="squared",
        help="squared Euclidean distance, or 1 - cosine similarity (default: squared)",
    )
    parser.add_argument("--output", type=Path, required=True, help="matched frames to write (CSV)")


def main(args: argparse.Namespace) -> None:
    """Write the path, and say how far it is from the identity."""
    embeddings = read_embeddings(args.embeddings)
    first, second = chosen_clips(embeddings, args.clips, args.embeddings)
    frames = embeddings.clips[first], embeddings.clips[second]
    for video_id, of_video in zip((first, second), frames, strict=True):
        empty = ~of_video.any(axis=1)
        if args.cost == "cosine" and empty.any():
            expected = f"embeddings of {video_id} other than 0, which have a cosine"
            raise InputError(args.embeddings, expected=expected, found=f"0 in frame {int(empty.argmax())}")
    path = match_clips(*frames, kind=args.cost)
    costs = path_costs(path, *frames, kind=args.cost)
    with atomic_path(args.output) as temporary:
        to_frame(path, costs, names=(first, second)).to_csv(temporary, index=False)
    log.info("%s: %s against %s, %d matches, mean cost %.6g", args.output, first, second, len(path), costs.mean())
    log.info("mean absolute deviation from the identity: %.3f frames", deviation(path))


def chosen_clips(embeddings: Embeddings, names: Sequence[str] | None, file: Path) -> tuple[str, str]:
    """Give the two clips asked for, or the first two by name.

    Raises:
        InputError: if one is not in the file, or the file has fewer than two.
    """
    video_ids = sorted(embeddings.clips)
    if len(video_ids) < 2 and names is None:
        raise InputError(file, expected="embeddings of two clips", found=f"{len(video_ids)}")
    first, second = names or video_ids[:2]
    for name in (first, second):
        if name not in embeddings.clips:
            raise InputError(file, expected=f"clips among {', '.join(video_ids)}", found=repr(name))
    return first, second


def frame_costs(first: np.ndarray, second: np.ndarray, *, kind: str) -> np.ndarray:
    """Give what each match costs.

    Args:
        first: (N, D) embeddings.
        second: (M, D) embeddings.
        kind: a key of ``DISTANCES``.

    Returns:
        (N, M) float64, NaN where a cosine is not defined.
    """
    return np.asarray(cdist(first.astype(np.float64), second.astype(np.float64), DISTANCES[kind]))


def match_frames(cost: np.ndarray) -> np.ndarray:
    """Find the cheapest path through (N, M) costs: (L, 2) frames of the first and of the second clip, both rising."""
    path = path_through(lambda rows, columns: cost[rows, columns], cost.shape)
    assert path is not None  # these costs are what they are
    return path


def partners_of(path: np.ndarray, count: int | None = None) -> np.ndarray:
    """Give each first frame the middle one of its second frames, the earlier of two.

    Args:
        path: (L, 2) matches.
        count: first frames there are; up to the path's last if not given.

    Returns:
        (count,) int64; before the path's first frame what that has, and after its last likewise.
    """
    frames = np.arange(path[-1, 0] + 1 if count is None else count).clip(path[0, 0], path[-1, 0])
    first = path[np.searchsorted(path[:, 0], frames, side="left"), 1]
    last = path[np.searchsorted(path[:, 0], frames, side="right") - 1, 1]
    return np.asarray((first + last) // 2)


def match_clips(first: np.ndarray, second: np.ndarray, *, kind: str) -> np.ndarray:
    """Find the same path as ``match_frames`` without the table of costs, of which there may be hundreds of millions.

    Costs are then taken from a product of matrices, which is several times cheaper. If rounding leaves any step of the
    path in doubt, as with identical frames, they are worked out one by one.

    Args:
        first: (N, D) embeddings.
        second: (M, D) embeddings.
        kind: a key of ``DISTANCES``; for the cosine no embedding is 0.

    Returns:
        (L, 2) frames.
    """
    shape = len(first), len(second)
    if shape[0] * shape[1] > AT_ONCE:
        left, right = _factors(first.astype(np.float64), second.astype(np.float64), kind=kind)
        reach = np.sqrt((left**2).sum(axis=1).max() * (right**2).sum(axis=1).max())
        error = 2 * (left.shape[1] + 4) * np.finfo(np.float64).eps * float(reach)
        path = path_through(lambda rows, columns: left[rows] @ right[columns].T, shape, error=error)
        if path is not None:
            return path
    path = path_through(lambda rows, columns: frame_costs(first[rows], second[columns], kind=kind), shape)
    assert path is not None
    return path


def _factors(first: np.ndarray, second: np.ndarray, *, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Give matrices, (N, K) and (M, K), the product of which are the costs."""
    if kind == "cosine":
        first, second = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (first, second))
        return np.column_stack([-first, np.ones(len(first))]), np.column_stack([second, np.ones(len(second))])
    squares = [(x**2).sum(axis=1) for x in (first, second)]
    left = np.column_stack([first, squares[0], np.ones(len(first))])
    return left, np.column_stack([-2 * second, np.ones(len(second)), squares[1]])


def path_costs(path: np.ndarray, first: np.ndarray, second: np.ndarray, *, kind: str) -> np.ndarray:
    """Give what each match of a (L, 2) path costs: (L,)."""
    return np.array([frame_costs(first[i : i + 1], second[j : j + 1], kind=kind)[0, 0] for i, j in path])


def deviation(path: np.ndarray) -> float:
    """Give the mean absolute difference of matched frame numbers, over the matches of a (L, 2) path, in frames."""
    return float(np.abs(path[:, 0] - path[:, 1]).mean())


def to_frame(path: np.ndarray, costs: np.ndarray, *, names: tuple[str, str]) -> pd.DataFrame:
    """Lay a path out, a match a line: ``COLUMNS``."""
    first, second = path.T
    lines = {"first": names[0], "first_frame": first, "second": names[1], "second_frame": second}
    return pd.DataFrame({**lines, "cost": costs})[COLUMNS]
