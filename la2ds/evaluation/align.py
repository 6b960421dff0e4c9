"""Match the frames of two clips by dynamic time warping: ``python -m la2ds align``.

In: embeddings of both clips in one file, ours or anybody's. Out: a CSV of matched frames along the cheapest monotone
path from the first frames to the last (``la2ds.learning.objectives.dtw_path``), and in the log how far the path is
from the identity. Where two cameras that start together filmed one motion, the identity is the truth and that is the
error.
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy.spatial.distance import cdist

from la2ds.errors import InputError
from la2ds.formats.embeddings import Embeddings, read_embeddings
from la2ds.formats.files.storage import atomic_path
from la2ds.learning.objectives.dtw_path import cheapest_path

log = logging.getLogger(__name__)

COLUMNS = ["first", "first_frame", "second", "second_frame", "cost"]
# cost -> what scipy calls it
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
    cost = frame_costs(embeddings.clips[first], embeddings.clips[second], kind=args.cost)
    for video_id, bad in ((first, np.isnan(cost).all(1)), (second, np.isnan(cost).all(0))):
        if bad.any():
            expected = f"embeddings of {video_id} other than 0, which have a cosine"
            raise InputError(args.embeddings, expected=expected, found=f"0 in frame {int(bad.argmax())}")
    path = match_frames(cost)
    with atomic_path(args.output) as temporary:
        to_frame(path, cost, names=(first, second)).to_csv(temporary, index=False)
    log.info(
        "%s: %s against %s, %d matches, mean cost %.6g", args.output, first, second, len(path), mean_cost(path, cost)
    )
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
    return cheapest_path(torch.from_numpy(cost)[None])[0].nonzero().numpy()


def mean_cost(path: np.ndarray, cost: np.ndarray) -> float:
    """Average the costs along a path."""
    return float(cost[tuple(path.T)].mean())


def deviation(path: np.ndarray) -> float:
    """Give the mean absolute difference of matched frame numbers, over the matches of a (L, 2) path, in frames."""
    return float(np.abs(path[:, 0] - path[:, 1]).mean())


def to_frame(path: np.ndarray, cost: np.ndarray, *, names: tuple[str, str]) -> pd.DataFrame:
    """Lay a path out, a match a line: ``COLUMNS``."""
    first, second = path.T
    lines = {"first": names[0], "first_frame": first, "second": names[1], "second_frame": second}
    return pd.DataFrame({**lines, "cost": cost[first, second]})[COLUMNS]
