"""Poses in Lightning Pose's CSV files (Biderman et al., Nature Methods 2024), which are laid out like DeepLabCut's.

One file for each video, one animal. Columns that its ensemble Kalman smoother adds are left alone.
"""

from la2ds.formats.keypoints import KeypointShard
from la2ds.pose.files.deeplabcut import read
from la2ds.pose.files.read import read_poses
from la2ds.pose.request import PoseRequest


def estimate(request: PoseRequest) -> KeypointShard:
    """Read the poses of the requested videos; see ``deeplabcut.estimate``."""
    return read_poses(request, "lightning_pose", read)
