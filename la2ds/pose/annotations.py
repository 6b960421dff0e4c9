"""The poses that come with a dataset, asked from its reader."""

import importlib
from typing import cast

from la2ds.data.tables import KeypointShard
from la2ds.errors import InputError
from la2ds.pose.request import PoseRequest


def estimate(request: PoseRequest) -> KeypointShard:
    """Read the poses of the asked videos.

    Raises:
        InputError: if the dataset's reader is unknown, or its files are missing or broken.
    """
    # Late, so that estimators that look at pictures do not need what the readers need.
    readers = importlib.import_module("la2ds.data.index").READERS
    name = request.dataset.reader
    if name not in readers:
        raise InputError(request.dataset_file, expected=f"reader {' or '.join(readers)}", found=repr(name))
    shard = readers[name].annotations(request.root, request.dataset, request.videos)
    return cast("KeypointShard", shard)
