"""Logistic regression as the probe of phases, against the same in double precision."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from la2ds.evaluation.metrics.phase_classification import predict
from tests.benchmarks.harness import Case, wave_clips

# Frames to learn from, and as many to tell the phase of.
SIZES = [300, 3000, 12_000]
PHASES, NOISE = 4, 0.15


def make(size: int) -> Case:
    rng = np.random.default_rng(1)
    frames = np.concatenate(wave_clips(20, size // 10)).astype(np.float64)
    frames += NOISE * rng.normal(size=frames.shape)
    phases = np.tile(np.arange(size // 10) * PHASES // (size // 10), 20)
    train, known = (frames[:size], phases[:size]), phases[size:]

    def plain() -> np.ndarray:
        return LogisticRegression(max_iter=100_000).fit(*train).predict(frames[size:])

    def right(way) -> np.ndarray:
        return np.array([(way() == known).mean()])

    # A few of many thousand frames, whose two phases are as likely, are told otherwise.
    return Case(lambda: right(lambda: predict("logreg", train, frames[size:])), lambda: right(plain), tolerance=1e-3)
