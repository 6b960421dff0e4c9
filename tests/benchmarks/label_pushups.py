"""Key events of filmed push-ups by rule: ``python tests/benchmarks/label_pushups.py KEYPOINTS... > labels.csv``.

The one event is where the elbows are bent most: the mean of both sides' angles in the picture, over a Gaussian of two
frames, joints that are missing filled in along time. So labels are kinematic, from the same poses that methods see.
Printed: ``data/videos/labels.csv`` for films that lie as ``data/videos/push_up/NAME.mp4``.
"""

import argparse
import csv
import sys
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter1d

from la2ds.formats.keypoints import read_keypoints
from la2ds.formats.skeletons import BODY13

SMOOTHING = 2.0  # frames


def lowest(position: np.ndarray, joints: tuple[str, ...]) -> int:
    """Find the frame at which the elbows are bent most.

    Args:
        position: (T, J, 2) pixels, NaN where missing.
        joints: names.

    Returns:
        the frame, counted from 0.
    """
    angles = []
    for side in ("left", "right"):
        shoulder, elbow, wrist = (
            _filled(position[:, joints.index(f"{side}_{j}")]) for j in ("shoulder", "elbow", "wrist")
        )
        upper, lower = shoulder - elbow, wrist - elbow
        cosine = (upper * lower).sum(1) / np.linalg.norm(upper, axis=1) / np.linalg.norm(lower, axis=1)
        angles.append(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    return int(np.nanargmin(gaussian_filter1d(np.nanmean(angles, 0), SMOOTHING)))


def _filled(path: np.ndarray) -> np.ndarray:
    known = np.isfinite(path).all(1)
    if not known.any():
        return path
    frames = np.arange(len(path))
    return np.stack([np.interp(frames, frames[known], path[known, axis]) for axis in range(2)], 1)


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("keypoints", type=Path, nargs="+", help="shards of results/folder/keypoints/mediapipe")
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["video", "event", "frame"])
    for path in parser.parse_args().keypoints:
        shard = read_keypoints(path)
        for video_id, pose in shard.clips.items():
            table.writerow([f"{video_id}.mp4", "lowest", lowest(pose.position, BODY13.joints)])


if __name__ == "__main__":
    main()
