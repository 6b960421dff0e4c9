"""The RBF SVM as the probe of 17 phases, as many as IKEA ASM's, against the same with all its kernel's values held."""

import numpy as np
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.svm import SVC

from la2ds.evaluation.metrics.phase_classification import predict
from tests.benchmarks.harness import Case, wave_phases

# Frames to learn from, and as many to tell the phase of; of the last the kernel's values would take 4 GB.
SIZES = [1000, 4000, 16_000]
KERNEL = 4000


def make(size: int) -> Case:
    (train, test), (known, wanted) = wave_phases(size, phases=17)

    def plain() -> np.ndarray:
        gamma = 1 / (train.shape[1] * train.var())
        probe = SVC(kernel="precomputed").fit(rbf_kernel(train, gamma=gamma), known)
        return np.array([(probe.predict(rbf_kernel(test, train, gamma=gamma)) == wanted).mean()])

    def ours() -> np.ndarray:
        return np.array([(predict("svc_rbf", (train, known), test) == wanted).mean()])

    return Case(ours, plain if size <= KERNEL else None, tolerance=1e-3)
