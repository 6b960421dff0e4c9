"""Logistic regression as the probe of phases, against the same in double precision."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from la2ds.evaluation.metrics.phase_classification import predict
from tests.benchmarks.harness import Case, wave_phases

# Frames to learn from, and as many to tell the phase of.
SIZES = [300, 3000, 12_000]


def make(size: int) -> Case:
    (frames, test), (phases, known) = wave_phases(size, phases=4)
    train = frames, phases

    def plain() -> np.ndarray:
        return LogisticRegression(max_iter=100_000).fit(*train).predict(test)

    def right(way) -> np.ndarray:
        return np.array([(way() == known).mean()])

    # A few of many thousand frames, whose two phases are as likely, are told otherwise.
    return Case(lambda: right(lambda: predict("logreg", train, test)), lambda: right(plain), tolerance=1e-3)
