"""The poses that come with a dataset, read by its reader."""

import importlib
from typing import cast

from la2ds.errors import InputError
from la2ds.formats.keypoints import KeypointShard
from la2ds.pose.request import PoseRequest


def estimate(request: PoseRequest) -> KeypointShard:
    """Read the poses of the requested videos, in pixels.

    Raises:
        InputError: if the dataset's reader is unknown, or its files are missing or broken.
    """
    return _read(request, dims=2)


def estimate_3d(request: PoseRequest) -> KeypointShard:
    """Read the poses of the requested videos, in millimetres.

    Raises:
        InputError: as for ``estimate``, or if the dataset has no 3D poses.
    """
    return _read(request, dims=3)


def _read(request: PoseRequest, *, dims: int) -> KeypointShard:
    # Late, so that estimators that read pictures do not need what the readers need.
    readers = importlib.import_module("la2ds.datasets.index").READERS
    name = request.dataset.reader
    if name not in readers:
        raise InputError(request.dataset_file, expected=f"reader {' or '.join(readers)}", found=repr(name))
    shard = readers[name].annotations(request.root, request.dataset, request.videos, dims=dims)
    return cast("KeypointShard", shard)
