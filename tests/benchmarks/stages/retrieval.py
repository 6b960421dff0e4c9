"""The 15 nearest frames in other videos of one video's frames, against all distances sorted."""

import numpy as np

from la2ds.evaluation.metrics.distances import Gallery
from tests.benchmarks.harness import Case, wave_clips
from tests.fixtures.slow_search import slow_nearest_outside

# (videos, frames of each); the last is IKEA's, of which the first frames are sought.
SIZES = [(4, 30), (77, 30), (29, 944), (29, 3776)]
QUERIES, COUNT = 128, 15


def make(size: tuple[int, int]) -> Case:
    clips = wave_clips(*size)
    gallery, queries, own = Gallery(clips), clips[0][:QUERIES], slice(0, size[1])  # one gallery serves all videos
    return Case(
        lambda: np.stack(list(gallery.nearest_outside(queries, own, COUNT))),
        lambda: slow_nearest_outside(clips, queries, own, COUNT),
        tolerance=0,
    )
