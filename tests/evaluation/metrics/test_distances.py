"""The nearest frames are those that sums of squared differences give, equal distances and hard numbers included."""

import numpy as np
import pytest

from la2ds.evaluation.metrics import distances
from la2ds.evaluation.metrics.distances import Gallery
from tests.fixtures.slow_search import slow_nearest, slow_nearest_outside

LENGTHS = [1, 40, 7, 130, 64]


def videos(kind: str, dims: int) -> list[np.ndarray]:
    rng = np.random.default_rng(dims)
    frames = {
        "noise": lambda t: rng.normal(size=(t, dims)),
        "whole numbers": lambda t: rng.integers(0, 2, (t, dims)),
        "collapsed": lambda t: np.ones((t, dims)),
        "still": lambda t: np.repeat(rng.normal(size=(t, dims)), 3, axis=0)[:t],
        "far from 0": lambda t: 1e6 + rng.normal(size=(t, dims)),
        "nearly equal": lambda t: 1 + 1e-7 * rng.normal(size=(t, dims)),
        "huge": lambda t: 1e37 * rng.normal(size=(t, dims)),
        "tiny": lambda t: 1e-30 * rng.normal(size=(t, dims)),
        "an outlier": lambda t: rng.normal(size=(t, dims)) * np.where(np.arange(t) == 3, 1e6, 1)[:, None],
        "progress": lambda t: np.outer(np.arange(t) / t, np.ones(dims)),
    }[kind]
    return [frames(t).astype(np.float32) for t in LENGTHS]


KINDS = ["noise", "whole numbers", "collapsed", "still", "far from 0", "nearly equal", "huge", "tiny", "an outlier"]


@pytest.mark.parametrize("dims", [1, 3, 128])
@pytest.mark.parametrize("kind", [*KINDS, "progress"])
def test_the_nearest_are_those_of_the_sums(kind, dims, monkeypatch):
    monkeypatch.setattr(distances, "ROWS", 50)  # several parts
    embeddings = videos(kind, dims)
    gallery, queries = Gallery(embeddings), np.concatenate(embeddings)
    assert np.array_equal(gallery.nearest(queries), slow_nearest(embeddings, queries))
    for video, count in ((0, 1), (3, 15), (3, 112)):
        excluded = slice(gallery.starts[video], gallery.ends[video])
        found = list(gallery.nearest_outside(embeddings[video], excluded, count))
        assert np.array_equal(found, slow_nearest_outside(embeddings, embeddings[video], excluded, count))


def test_queries_from_far_away():
    embeddings = videos("noise", 5)
    queries = 1e30 * np.random.default_rng(0).normal(size=(9, 5)).astype(np.float32)
    assert np.array_equal(Gallery(embeddings).nearest(queries), slow_nearest(embeddings, queries))
    assert np.array_equal(Gallery([np.zeros((4, 5))]).nearest(queries), np.zeros((1, 9)))
