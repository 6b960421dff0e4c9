"""What pictures and MLflow's datasets are made of, read once for all runs of a study. Nothing here has to be there."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from la2ds.config import ProtocolConfig, load
from la2ds.errors import InputError
from la2ds.formats import layout
from la2ds.formats.labels import Labels, read_labels
from la2ds.formats.videos import read_videos

log = logging.getLogger("la2ds")
Read = TypeVar("Read")


@dataclass
class Evidence:
    """A dataset's tables and a protocol; None for what is not there or cannot be read.

    Attributes:
        root: results/{dataset}, which holds videos.csv and labels.parquet.
        protocol_file: settings of the protocol.
        datasets: MLflow's datasets made so far, by action and split.
    """

    root: Path
    protocol_file: Path | None = None
    datasets: dict[tuple[str, str], Any] = field(default_factory=dict)

    @cached_property
    def videos(self) -> pd.DataFrame | None:
        """Give the table of videos."""
        return _read(read_videos, layout.below(self.root.parent, layout.VIDEOS, dataset=self.root.name))

    @cached_property
    def labels(self) -> Labels | None:
        """Give the phases of every frame."""
        return _read(read_labels, layout.below(self.root.parent, layout.LABELS, dataset=self.root.name))

    @cached_property
    def protocol(self) -> ProtocolConfig | None:
        """Give the settings by which runs were scored."""
        return None if self.protocol_file is None else _read(partial(load, ProtocolConfig), self.protocol_file)


def _read(reader: Callable[[Path], Read], path: Path) -> Read | None:
    if not path.is_file():
        return None
    try:
        return reader(path)
    except InputError as error:
        log.warning("tracking goes on without it: %s", error)
        return None
