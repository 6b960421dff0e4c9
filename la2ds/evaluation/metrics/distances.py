"""Nearest frames by squared Euclidean distance, as the sum of squared differences in float64 has them.

Distances from a product, |a|^2 + |b|^2 - 2ab in float32, cost a tenth of those sums, but frames at equal distance, and
even identical ones, differ by rounding. So the product only rules out what is farther by more than all rounding
together, and the sums decide among the rest: equals stay equal, and the first of them is the first.
"""

from collections.abc import Iterator

import numpy as np
from scipy.spatial.distance import cdist

# Distances of so many pairs of frames at once, 16 MiB; but of so many queries at least, or the product is slow.
CELLS = 1 << 22
ROWS = 256
# The nearest of so many frames in a row stands for them where a bound is sought.
BLOCK = 64
# Above this share of frames in doubt, all sums are cheaper than those in doubt alone.
DENSE = 1 / 8


class Gallery:
    """Frames of several videos to search in."""

    def __init__(self, embeddings: list[np.ndarray]) -> None:
        """Lay the videos behind each other.

        Args:
            embeddings: (T_v, D) of each video, T_v >= 1.
        """
        self.frames = np.concatenate(embeddings).astype(np.float64)
        self.ends = np.cumsum([len(e) for e in embeddings])
        self.starts = self.ends - [len(e) for e in embeddings]
        # Distances do not change, and rounding weighs least, where the gallery's middle is 0 and its reach 1.
        self._middle = self.frames.mean(axis=0)
        self._reach = float(np.sqrt(((self.frames - self._middle) ** 2).sum(axis=1).max())) or 1.0
        placed = self._place(self.frames)
        self._placed = np.column_stack([-2 * placed, (placed**2).sum(axis=1)]).astype(np.float32)

    def nearest(self, queries: np.ndarray) -> np.ndarray:
        """Find each query's nearest frame in each video.

        Args:
            queries: (n, D).

        Returns:
            (V, n) frame numbers within each video; the first minimum where several are equal.
        """
        found = np.empty((len(self.starts), len(queries)), dtype=np.int64)
        for part, rough, doubt in self._chunks(queries):
            rows = np.arange(len(rough))
            for video, (start, end) in enumerate(zip(self.starts, self.ends, strict=True)):
                columns = rough[:, start:end]
                first = columns.argmin(axis=1)
                least = columns[rows, first]
                bound = least + doubt
                columns[rows, first] = np.inf
                unsure = np.flatnonzero(~(columns.min(axis=1) > bound))  # also where there is no number
                if len(unsure):
                    columns[rows, first] = least
                    near = ~(columns[unsure] > bound[unsure, None])
                    first[unsure] = _first_nearest(queries[part][unsure], self.frames[start:end], near)
                found[video, part] = first
        return found

    def nearest_outside(self, queries: np.ndarray, excluded: slice, count: int) -> Iterator[np.ndarray]:
        """Yield for each query the nearest frames of the gallery, some of which are left out.

        Args:
            queries: (n, D).
            excluded: numbers of the gallery's frames to leave out.
            count: how many to find, at most as many as are left.

        Yields:
            (count,) frame numbers, nearest first, equals in file order.
        """
        left = np.ones(len(self.frames), dtype=bool)
        left[excluded] = False
        block = max(1, min(BLOCK, int(left.sum()) // (16 * count)))  # so that count blocks have a frame left
        blocks = len(self.frames) // block
        for part, rough, doubt in self._chunks(queries):
            rough[:, excluded] = np.inf
            # Frames of as many blocks as are sought lie within this bound, so the sought ones do.
            least = rough[:, : blocks * block].reshape(len(rough), blocks, block).min(axis=2)
            bounds = np.partition(least, count - 1, axis=1)[:, count - 1] + doubt
            for query, row, bound in zip(queries[part], rough, bounds, strict=True):
                near = np.flatnonzero(~(row > bound) & left)
                yield near[_sums(query[None], self.frames[near])[0].argsort(kind="stable")[:count]]

    def _place(self, frames: np.ndarray) -> np.ndarray:
        return (frames.astype(np.float64) - self._middle) / self._reach

    def _chunks(self, queries: np.ndarray) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
        """Yield queries by parts: which, (n, sum T_v) distances in units of reach^2 less the query's own, (n,) doubt.

        Where two distances differ by more than their doubt, so do the sums, in the same direction.
        """
        size = min(len(queries), max(ROWS, CELLS // len(self.frames)))
        cells = np.empty((size, len(self.frames)), dtype=np.float32)  # one for all parts: fresh memory takes time
        for start in range(0, len(queries), size):
            placed = self._place(queries[start : start + size])
            length = np.sqrt((placed**2).sum(axis=1))
            # A product of D + 1 terms is off by (D + 4) eps (|a| + 1)^2 / 2 at most, with its rounding to float32.
            doubt = (placed.shape[1] + 8) * np.finfo(np.float32).eps * (length + 1) ** 2
            with np.errstate(over="ignore", invalid="ignore"):  # what is no float32 stays in doubt
                factors = np.column_stack([placed, np.ones(len(placed))]).astype(np.float32)
                rough = np.matmul(factors, self._placed.T, out=cells[: len(placed)])
                doubt = doubt.astype(np.float32)
            yield slice(start, start + len(placed)), rough, doubt


def _first_nearest(queries: np.ndarray, frames: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Find the first of the nearest frames: (n, D), (T, D), (n, T) the ones to look at, one at least -> (n,)."""
    if near.mean() > DENSE:
        return np.asarray(_sums(queries, frames).argmin(axis=1))
    row, column = near.nonzero()
    # Added up dimension by dimension, as cdist does, so that rounding is the same.
    sums = np.square(np.ascontiguousarray((queries[row] - frames[column]).T)).sum(axis=0)
    order = np.lexsort((column, sums, row))
    return np.asarray(column[order[np.searchsorted(row, np.arange(len(queries)))]])


def _sums(queries: np.ndarray, frames: np.ndarray) -> np.ndarray:
    return np.asarray(cdist(queries.astype(np.float64), frames, "sqeuclidean"))
