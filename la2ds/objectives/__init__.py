"""Losses of the pretext tasks, each a module built from ``ObjectiveConfig`` (see ``base.Objective``)."""

from collections.abc import Callable

from la2ds.config import ObjectiveConfig
from la2ds.objectives.base import Objective
from la2ds.objectives.regression import Regression
from la2ds.objectives.scl import SequenceContrastive

OBJECTIVES: dict[str, Callable[[ObjectiveConfig], Objective]] = {
    "regression": Regression,
    "scl": SequenceContrastive,
}
