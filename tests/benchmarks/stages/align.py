"""Two long clips aligned, against a table of all costs and the batch of ``dtw_path``."""

import numpy as np
import torch

from la2ds.evaluation.align import frame_costs, match_clips
from la2ds.learning.objectives.dtw_path import cheapest_path
from tests.benchmarks.harness import Case, wave_clips

# Frames of both clips; where the table takes too much memory there is nothing to compare with.
SIZES = [60, 1000, 2000, 4000, 20_000]
TABLE = 4000


def plain(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    costs = torch.from_numpy(frame_costs(first, second, kind="squared"))
    return cheapest_path(costs[None])[0].nonzero().numpy()


def make(size: int) -> Case:
    first, second = wave_clips(2, size)
    other = (lambda: plain(first, second)) if size <= TABLE else None
    return Case(lambda: match_clips(first, second, kind="squared"), other, tolerance=0)
