"""The metrics: each takes the embedded clips of one action and the protocol, and gives rows for the metrics file.

A new metric is one file here, one line in ``METRICS``, and one in ``la2ds.config.TASKS``, which says which task it
belongs to.
"""

from collections.abc import Callable

from la2ds.config import ProtocolConfig
from la2ds.evaluation.metrics.alignment_error import alignment_error
from la2ds.evaluation.metrics.clips import ActionClips
from la2ds.evaluation.metrics.kendall_tau import kendall_tau
from la2ds.evaluation.metrics.phase_classification import phase_classification
from la2ds.evaluation.metrics.phase_progression import phase_progression
from la2ds.evaluation.metrics.retrieval import retrieval
from la2ds.formats.results.metrics import Row

METRICS: dict[str, Callable[[ActionClips, ProtocolConfig], list[Row]]] = {
    "phase_accuracy": phase_classification,
    "phase_progression": phase_progression,
    "kendall_tau": kendall_tau,
    "retrieval": retrieval,
    "alignment_error": alignment_error,
}
