"""Kendall's tau of all ordered pairs of videos, against ``cdist`` and SciPy pair by pair, as CASA and CARL have it."""

import numpy as np
from scipy.spatial.distance import cdist
from scipy.stats import kendalltau

from la2ds.evaluation.metrics.kendall_tau import pair_taus
from tests.benchmarks.harness import Case, wave_clips

# (videos, frames of each): more videos of Penn's length, then longer ones.
SIZES = [(4, 30), (77, 30), (154, 30), (8, 320), (8, 640), (8, 1280)]


def plain(clips: list[np.ndarray]) -> np.ndarray:
    pairs = [(a, b) for a in clips for b in clips if a is not b]
    nearest = [cdist(a, b, "sqeuclidean").argmin(axis=1) for a, b in pairs]
    return np.array([kendalltau(np.arange(len(found)), found).statistic for found in nearest])


def make(size: tuple[int, int]) -> Case:
    clips = wave_clips(*size)
    return Case(lambda: pair_taus(clips), lambda: plain(clips), tolerance=1e-12)
