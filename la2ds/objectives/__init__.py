"""Losses of the pretext tasks: (z0, z1, times0, times1) -> scalar."""

from typing import Any

from la2ds.objectives.regression import Regression
from la2ds.objectives.scl import SequenceContrastive

OBJECTIVES: dict[str, Any] = {
    "regression": Regression,
    "scl": SequenceContrastive,
}
