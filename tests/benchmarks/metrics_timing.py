"""Time every metric on a set the size of golf_swing: ``python tests/benchmarks/metrics_timing.py [dims]``.

87 train and 77 val videos of about 60 frames, three phases; a noisy 128-dimensional function of progress, and pure
noise, the worst case of the support vector machines.
"""

import logging
import sys
import time

import numpy as np

from la2ds.config import ProtocolConfig
from la2ds.evaluation.metrics import METRICS
from la2ds.evaluation.metrics.clips import ActionClips, Clip

log = logging.getLogger("metrics_timing")


def make_clips(dims: int, signal: float) -> ActionClips:
    """Make the clips; ``signal`` is the share of progress in the unit-length embedding."""
    rng = np.random.default_rng(0)
    waves = rng.normal(size=(8, dims))
    clips = []
    for v in range(164):
        frames = int(rng.integers(40, 80))
        progress = np.arange(frames) / frames
        phases = np.digitize(progress, np.sort(rng.normal([0.5, 0.7], 0.05))).astype(np.int16)
        clean = np.cos(np.pi * np.outer(progress, np.arange(8))) @ waves
        embedding = signal * clean + (1 - signal) * 3 * rng.normal(size=(frames, dims))
        embedding /= np.linalg.norm(embedding, axis=1, keepdims=True)
        clips.append(Clip(f"{v:03d}", embedding.astype(np.float32), phases, 25.0))
    return ActionClips(clips[:87], clips[87:])


def main() -> None:
    """Log seconds per metric."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    dims = int(sys.argv[1]) if len(sys.argv) > 1 else 128
    for name, signal in (("informative", 0.6), ("noise", 0.0)):
        data = make_clips(dims, signal)
        total = 0.0
        for metric, function in METRICS.items():
            start = time.perf_counter()
            rows = function(data, ProtocolConfig())
            seconds = time.perf_counter() - start
            total += seconds
            log.info("%-12s %-18s %6.2f s  first value %.4f", name, metric, seconds, rows[0].value)
        log.info("%-12s %-18s %6.2f s", name, "total", total)


if __name__ == "__main__":
    main()
