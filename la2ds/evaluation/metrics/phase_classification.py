"""Phase classification: a probe on frozen embeddings predicts the phase of a frame."""

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from la2ds.config import ProtocolConfig
from la2ds.evaluation.metrics.clips import ActionClips, first_videos, labelled, stack
from la2ds.formats.labels import BACKGROUND
from la2ds.formats.results.metrics import Row
from la2ds.formats.results.units import video_units

log = logging.getLogger(__name__)

CACHE_MB = 1000


def _logreg(classes: int) -> LogisticRegression:
    # CASA and CARL ask for multinomial regression, which scikit-learn no longer offers for two classes; binary
    # regression with C = 2 has the same solution. Like theirs it runs on float32, as embeddings are stored, in half to
    # two thirds of the time: of 20,000 hard frames 3 were predicted otherwise than on float64.
    return LogisticRegression(C=2.0 if classes == 2 else 1.0, max_iter=100_000)


CLASSIFIERS: dict[str, Callable[[int], Any]] = {
    "svc_rbf": lambda _: SVC(C=1.0, kernel="rbf", gamma="scale", cache_size=CACHE_MB),
    "svc_rbf_auto": lambda _: SVC(C=1.0, kernel="rbf", gamma="auto", cache_size=CACHE_MB),
    "svc_linear": lambda _: SVC(C=1.0, kernel="linear", cache_size=CACHE_MB),
    "logreg": _logreg,
}


def phase_classification(data: ActionClips, protocol: ProtocolConfig) -> list[Row]:
    """Share of val frames given their phase by a probe fitted on the first train videos.

    Dwibedi et al., TCC (CVPR 2019). The papers say SVM; the probe that runs is, with default parameters
    and without feature scaling, the RBF SVC in TCC, LAV and VAOT (``svc_rbf``; ``svc_rbf_auto`` with the gamma of
    scikit-learn before 0.22, likely TCC's) and logistic regression in CASA and CARL (``logreg``). LAV and VAOT as
    published fit on the val videos; we never do.

    Returns:
        one row per share of labelled train videos and classifier: n val frames scored; dropped val frames left out as
        background. A subset that shows one phase only predicts that phase everywhere. Where background is left out,
        videos of nothing else do not count as labelled.
    """
    features, phases = stack(data.val, drop_background=protocol.drop_background)
    dropped = sum(len(c.phases) for c in data.val) - len(phases)
    ids, left_out = [c.video_id for c in data.val], BACKGROUND if protocol.drop_background else None
    counts = np.array([np.count_nonzero(c.phases != left_out) for c in data.val], dtype=int)
    video = np.repeat(np.arange(len(ids)), counts)
    videos = (labelled(data.train) if protocol.drop_background else []) or data.train
    rows = []
    for fraction in protocol.label_fractions:
        train = stack(
            first_videos(videos, fraction),
            stride=protocol.train_frame_stride,
            drop_background=protocol.drop_background,
        )
        for name in protocol.classifiers:
            variant = f"labels={fraction}/classifier={name}"
            if not len(train[1]) or not len(phases):
                log.warning("phase_accuracy, %s: no labelled frames", variant)
                rows.append(Row("phase_accuracy", variant, float("nan"), 0, dropped + len(phases)))
                continue
            right = predict(name, train, features) == phases
            units = video_units(ids, n=counts, total=np.bincount(video, right, minlength=len(ids)))
            value = np.count_nonzero(right) / len(phases)
            rows.append(Row("phase_accuracy", variant, value, len(phases), dropped, units))
    return rows


def predict(name: str, train: tuple[np.ndarray, np.ndarray], features: np.ndarray) -> np.ndarray:
    """Fit a classifier and predict the phases.

    Args:
        name: a key of ``CLASSIFIERS``.
        train: (N, D) features and (N,) phases.
        features: (M, D) features.

    Returns:
        (M,) phases.
    """
    classes = np.unique(train[1])
    if len(classes) == 1:
        only_class = "background" if classes[0] == BACKGROUND else f"phase {classes[0]}"
        log.warning("phase_accuracy: the labelled train videos show %s only, so it is predicted everywhere", only_class)
        return np.full(len(features), classes[0])
    number = np.float32 if name == "logreg" else np.float64
    probe = CLASSIFIERS[name](len(classes)).fit(train[0].astype(number), train[1])
    return np.asarray(probe.predict(features.astype(number)))
