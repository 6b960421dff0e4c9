"""Nearest frames by squared Euclidean distance, exact in float64.

The distances are sums of squared differences (``cdist``), not the cheaper |a|^2 + |b|^2 - 2ab: with the latter, frames
at equal distance, and even identical ones, differ by rounding and the first minimum is no longer the first.
"""

import numpy as np
from scipy.spatial.distance import cdist


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

    def distances(self, queries: np.ndarray) -> np.ndarray:
        """Give the squared distances (n, sum T_v) of (n, D) queries to all frames."""
        return np.asarray(cdist(queries.astype(np.float64), self.frames, "sqeuclidean"))

    def nearest(self, queries: np.ndarray) -> np.ndarray:
        """Find each query's nearest frame in each video.

        Args:
            queries: (n, D).

        Returns:
            (V, n) frame numbers within each video; the first minimum where several are equal.
        """
        distances = self.distances(queries)
        return np.stack([distances[:, a:b].argmin(axis=1) for a, b in zip(self.starts, self.ends, strict=True)])
