"""The request to a pose estimator."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from la2ds.config import DatasetConfig


@dataclass(frozen=True)
class PoseRequest:
    """The poses of which videos, and from what.

    Attributes:
        dataset: settings of the dataset.
        dataset_file: their file, for messages.
        root: folder of the native files.
        videos: rows of the videos table.
        frames: frames of these videos, or None if no pictures are at hand.
        weights: weights of the estimator, or None.
        detector: weights of the detector of people that it works with, or None.
    """

    dataset: DatasetConfig
    dataset_file: Path
    root: Path
    videos: pd.DataFrame
    frames: Path | None = None
    weights: Path | None = None
    detector: Path | None = None
