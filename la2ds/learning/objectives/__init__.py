"""Losses of the pretext tasks, each a module built from ``ObjectiveConfig`` (see ``base.Objective``)."""

from la2ds.learning.objectives.base import Objective
from la2ds.learning.objectives.gta import GlobalAlignment
from la2ds.learning.objectives.lav import AlignmentInTime
from la2ds.learning.objectives.regression import Regression
from la2ds.learning.objectives.sal import ShuffleAndLearn
from la2ds.learning.objectives.scl import SequenceContrastive
from la2ds.learning.objectives.scl_dtw import WarpedSequenceContrastive
from la2ds.learning.objectives.supervised import Supervised
from la2ds.learning.objectives.tcc import CycleConsistency
from la2ds.learning.objectives.tcn import TimeContrastive
from la2ds.learning.objectives.vava import TransportAlignment

OBJECTIVES: dict[str, type[Objective]] = {
    "regression": Regression,
    "scl": SequenceContrastive,
    "scl_dtw": WarpedSequenceContrastive,
    "tcc": CycleConsistency,
    "lav": AlignmentInTime,
    "gta": GlobalAlignment,
    "vava": TransportAlignment,
    "tcn": TimeContrastive,
    "sal": ShuffleAndLearn,
    "supervised": Supervised,
}
