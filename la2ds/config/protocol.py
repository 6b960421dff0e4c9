"""One way of scoring."""

from dataclasses import dataclass
from typing import Literal

from la2ds.config.kinds import CLASSIFIER_KINDS
from la2ds.config.strict import require, within

# The protocol whose scores are those of damaged keypoints, made by the verb `robustness`.
DAMAGED = "robustness"


@dataclass(frozen=True)
class ProtocolConfig:
    """One way of scoring; the defaults are protocol "default", the field's common denominator.

    Attributes:
        label_fractions: shares of labelled training videos (the first ones, whole).
        classifiers: probes of phase classification, in the order of the metrics file.
        progression: whether phase progression is defined for the data.
        kendall_tau: whether Kendall's tau is defined for the data.
        tau_stride: every how many frames tau looks.
        retrieval_k: neighbours counted in retrieval.
        retrieval_average: over all query frames, or within a video first.
        retrieval_stride: every how many frames retrieval looks.
        alignment_stride: every how many frames event transfer looks, by nearest neighbour.
        alignment_sources: from how many videos at a time an event is also carried, by the median; 0 for none.
        alignment_paths: carry events along time-warping paths, too; 3 ms for two videos of 100 frames.
        drop_background: leave frames labelled -1 out of classification and retrieval.
        train_frame_stride: every how many training frames the probes are fitted on.
        missing: probabilities with which joints are taken away from validation clips (``robustness`` alone).
        noise: standard deviations of noise added to their coordinates, as shares of the box (``robustness`` alone).
    """

    label_fractions: tuple[float, ...] = (0.1, 0.5, 1.0)
    classifiers: tuple[str, ...] = ("svc_rbf", "logreg", "svc_linear", "svc_rbf_auto")
    progression: bool = True
    kendall_tau: bool = True
    tau_stride: int = 2
    retrieval_k: tuple[int, ...] = (5, 10, 15)
    retrieval_average: Literal["frames", "videos"] = "frames"
    retrieval_stride: int = 1
    alignment_stride: int = 1
    alignment_sources: int = 5
    alignment_paths: bool = True
    drop_background: bool = True
    train_frame_stride: int = 1
    missing: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5)
    noise: tuple[float, ...] = (0.02, 0.04, 0.06, 0.08, 0.1)

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        within(self, 0, 1, "label_fractions", above=True)
        ok = set(self.classifiers) <= set(CLASSIFIER_KINDS)
        require(ok, "classifiers", f"among {', '.join(CLASSIFIER_KINDS)}", ", ".join(self.classifiers))
        require(all(0 < p < 1 for p in self.missing), "missing", "probabilities above 0 and below 1", self.missing)
        within(self, 0, 10, "noise", above=True)
        strides = ("tau_stride", "retrieval_stride", "alignment_stride", "train_frame_stride")
        within(self, 1, 1_000_000, "retrieval_k", *strides)
        within(self, 0, 1_000_000, "alignment_sources")
