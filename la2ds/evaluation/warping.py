"""The cheapest monotone path through one long table of costs, by the rule of ``la2ds.learning.objectives.dtw_path``.

That module takes a batch of short tables to where they are learned from. Here costs are worked out as they are needed,
some anti-diagonals at once, and kept nowhere: of each cell stays one byte, the step by which the path enters it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

# Anti-diagonals, and rows, of which costs are worked out at once: with 20,000 rows 164 MB.
BAND, ROWS = 1024, 128
# By what step a path enters a cell; DOUBT is added where costs are rough and two steps cost nearly the same.
DIAGONAL, VERTICAL, HORIZONTAL, DOUBT = 0, 1, 2, 4

# Slices of rows and of columns -> their costs, float64.
Tile = Callable[[slice, slice], np.ndarray]


@dataclass(frozen=True)
class Step:
    """A diagonal of the table: rows ``first`` to ``last`` (not with it), and the sums its cells may come from.

    Attributes:
        first: number of the first row.
        last: number behind the last.
        above, before, corner: (last - first,) sums of the cells that a vertical, horizontal, diagonal step comes from.
        straight: the smaller of above and before.

    All are overwritten later; corner and straight may be written to before.
    """

    first: int
    last: int
    above: np.ndarray
    before: np.ndarray
    corner: np.ndarray
    straight: np.ndarray


def path_through(tile: Tile, shape: tuple[int, int], *, error: float = 0.0) -> np.ndarray | None:
    """Find the cheapest path.

    Args:
        tile: gives costs.
        shape: (N, M), both above 0.
        error: what a cost may be off by, through rounding.

    Returns:
        (L, 2) int64 rows and columns, from (0, 0) to (N - 1, M - 1); None if costs without that error might have
        another one.
    """
    came = []
    for step in _sweep(tile, shape):
        entered = (step.before < step.above).view(np.uint8)
        entered += VERTICAL
        off = step.corner > step.straight
        entered *= off.view(np.uint8)
        if error:
            entered += _doubt(step, off, error * 2 * sum(shape), np.finfo(np.float64).eps * sum(shape))
        came.append((step.first, entered))
    row, column = shape[0] - 1, shape[1] - 1
    path = [(row, column)]
    while row or column:
        first, entered = came[row + column]
        step_in = int(entered[row - first])
        if step_in >= DOUBT:
            return None
        row, column = row - (step_in != HORIZONTAL), column - (step_in != VERTICAL)
        path.append((row, column))
    return np.array(path[::-1])


def _doubt(step: Step, off: np.ndarray, error: float, slack: float) -> np.ndarray:
    """Give ``DOUBT`` where two steps cost the same up to an error and a share of the sum; what is beneath is spent."""
    near, apart = step.straight, step.corner
    with np.errstate(invalid="ignore"):  # inf - inf beside the table
        np.subtract(apart, near, out=apart)
        near *= slack
        near += error
        doubt = np.abs(apart, out=apart) <= near
        np.subtract(step.above, step.before, out=apart)
        doubt |= (np.abs(apart, out=apart) <= near) & off
    return np.asarray(doubt.view(np.uint8) * np.uint8(DOUBT))


def _sweep(tile: Tile, shape: tuple[int, int]) -> Iterator[Step]:
    """Sum up diagonal by diagonal; row i lies at [i + 1], and what is beside the table is infinite."""
    rows = shape[0]
    far, near, new = (np.full(rows + 1, np.inf) for _ in range(3))
    least = np.empty(rows)
    far[0] = 0  # where all paths start
    for first, costs in _diagonals(tile, shape):
        last = first + len(costs)
        above, before, corner = near[first:last], near[first + 1 : last + 1], far[first:last]
        straight = np.minimum(above, before, out=least[: last - first])
        sums = np.minimum(straight, corner, out=new[first + 1 : last + 1])
        sums += costs
        yield Step(first, last, above, before, corner, straight)
        far[0] = np.inf
        far, near, new = near, new, far


def _diagonals(tile: Tile, shape: tuple[int, int]) -> Iterator[tuple[int, np.ndarray]]:
    """Give of each anti-diagonal the first row and the costs from there downwards."""
    rows, columns = shape
    count = rows + columns - 1
    size, height = min(BAND, count), min(ROWS, rows)
    band, cells = np.empty((size, rows)), np.empty((height, size + height - 1))
    place = cells.itemsize
    for start in range(0, count, size):
        for top in range(max(0, start - columns + 1), min(rows, start + size), height):
            bottom = min(top + height, rows)
            left = start - top - height + 1  # the column of cells[:, 0]
            inside = slice(max(0, left), min(columns, left + cells.shape[1]))
            cells[: bottom - top, inside.start - left : inside.stop - left] = tile(slice(top, bottom), inside)
            # Read one place earlier in each row, columns of the table's diagonals stand below each other.
            skewed = np.lib.stride_tricks.as_strided(
                cells[0, height - 1 :], (size, bottom - top), (place, cells.strides[0] - place), writeable=False
            )
            band[:, top:bottom] = skewed
        for k in range(start, min(start + size, count)):
            first = max(0, k - columns + 1)
            yield first, band[k - start, first : min(rows, k + 1)]
