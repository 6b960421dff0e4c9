"""Many pairs of clips matched at once: the paths of ``la2ds.evaluation.align.match_frames``, many times faster."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from la2ds.evaluation.align import frame_costs
from la2ds.learning.objectives.dtw_path import cheapest_path

CHUNK = 32  # pairs at once
# More than any path costs: cells beyond one clip's end and before the other's, which no path may enter.
FORBIDDEN = 1e30


def match_pairs(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> Iterator[np.ndarray]:
    """Find the cheapest path through the squared distances of each pair.

    Args:
        pairs: (N, D) and (M, D) what frames of two clips are compared by, of any lengths from 1.

    Yields:
        (L, 2) frames of the first and the second clip for each pair, in the order of the pairs.
    """
    for start in range(0, len(pairs), CHUNK):
        costs = [frame_costs(first, second, kind="squared") for first, second in pairs[start : start + CHUNK]]
        # From the last cell of a pair all paths go on for nothing, so a table can be larger than the pair.
        rows, columns = (max(cost.shape[axis] for cost in costs) + 1 for axis in (0, 1))
        tables = np.full((len(costs), rows, columns), FORBIDDEN)
        for table, cost in zip(tables, costs, strict=True):
            n, m = cost.shape
            table[:n, :m], table[n:, m:] = cost, 0.0
        for on, cost in zip(cheapest_path(torch.from_numpy(tables)), costs, strict=True):
            yield on[: len(cost), : cost.shape[1]].nonzero().numpy()
