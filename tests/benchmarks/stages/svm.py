"""The RBF SVM as the probe of 17 phases, as many as IKEA ASM's, against the same with all its kernel's values held."""

import numpy as np
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.svm import SVC

from la2ds.evaluation.metrics.phase_classification import predict
from tests.benchmarks.harness import Case, wave_clips

# Frames to learn from, and as many to tell the phase of; of the last the kernel's values would take 4 GB.
SIZES = [1000, 4000, 16_000]
KERNEL = 4000
PHASES, NOISE = 17, 0.15


def make(size: int) -> Case:
    rng = np.random.default_rng(1)
    frames = np.concatenate(wave_clips(20, size // 10)).astype(np.float64)
    frames += NOISE * rng.normal(size=frames.shape)
    phases = np.tile(np.arange(size // 10) * PHASES // (size // 10), 20)
    (train, test), (known, wanted) = np.split(frames, 2), np.split(phases, 2)

    def plain() -> np.ndarray:
        gamma = 1 / (train.shape[1] * train.var())
        probe = SVC(kernel="precomputed").fit(rbf_kernel(train, gamma=gamma), known)
        return np.array([(probe.predict(rbf_kernel(test, train, gamma=gamma)) == wanted).mean()])

    def ours() -> np.ndarray:
        return np.array([(predict("svc_rbf", (train, known), test) == wanted).mean()])

    return Case(ours, plain if size <= KERNEL else None, tolerance=1e-3)
