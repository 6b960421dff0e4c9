"""The verb ``keypoints``: estimate or read the poses of a shard, with the estimator of the given name.

In: ``videos.csv``, the dataset file, and what the estimator needs: native annotations, frames and weights, or the files
that somebody else's program wrote.
Out: the keypoints of the shard, in pixels of the original videos, or in millimetres from a 3D estimator. Clips without
a usable pose are left out; the shard's metadata say which, and why.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from la2ds.config import DatasetConfig, load
from la2ds.errors import InputError
from la2ds.formats.keypoints import KeypointShard, NothingLeft, write_keypoints
from la2ds.formats.videos import read_videos
from la2ds.pose import annotations
from la2ds.pose.estimators import mediapipe, mediapipe_hands, rtmpose
from la2ds.pose.files import (
    coco_json,
    deeplabcut,
    lightning_pose,
    mediapipe_json,
    mmpose,
    movenet_json,
    ntu,
    openpose,
    pyskl,
    sleap,
)
from la2ds.pose.fill_gaps import fill_shard
from la2ds.pose.request import PoseRequest
from la2ds.pose.sound import keep_sound

ESTIMATORS: dict[str, Callable[[PoseRequest], KeypointShard]] = {
    "annotations": annotations.estimate,
    "annotations_3d": annotations.estimate_3d,
    "mediapipe": mediapipe.estimate,
    "mediapipe_hands": mediapipe_hands.estimate,
    "rtmpose": rtmpose.estimate,
    "openpose": openpose.estimate,
    "coco_json": coco_json.estimate,
    "mmpose": mmpose.estimate,
    "mediapipe_json": mediapipe_json.estimate,
    "movenet_json": movenet_json.estimate,
    "deeplabcut": deeplabcut.estimate,
    "lightning_pose": lightning_pose.estimate,
    "sleap": sleap.estimate,
    "ntu": ntu.estimate,
    "pyskl": pyskl.estimate,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the verb's options."""
    parser.add_argument("--dataset", type=Path, required=True, help="dataset file (config/datasets/*.yaml)")
    parser.add_argument("--root", type=Path, help="folder of the native files (default: the dataset file's root)")
    parser.add_argument("--videos", type=Path, required=True, help="videos table (CSV)")
    parser.add_argument("--shard", required=True, help="which shard of the table")
    parser.add_argument("--pose", required=True, choices=sorted(ESTIMATORS), help="estimator")
    parser.add_argument("--frames", type=Path, nargs="?", help="frames of the shard (Parquet), where needed")
    parser.add_argument("--weights", type=Path, nargs="?", help="weights, for estimators that need them")
    parser.add_argument("--detector", type=Path, nargs="?", help="weights of a detector of people, where needed")
    parser.add_argument("--output", type=Path, required=True, help="keypoints to write (Parquet)")


def main(args: argparse.Namespace) -> None:
    """Write the keypoints of one shard."""
    dataset = load(DatasetConfig, args.dataset)
    videos = read_videos(args.videos)
    rows = videos[videos.shard == args.shard].reset_index(drop=True)
    if rows.empty:
        raise InputError(args.videos, expected=f"videos of shard {args.shard}", found="none")
    request = PoseRequest(
        dataset=dataset,
        dataset_file=args.dataset,
        root=args.root or Path(dataset.root),
        videos=rows,
        frames=args.frames,
        weights=args.weights,
        detector=args.detector,
    )
    shard = keep_sound(estimate(args.pose, request, whole=len(rows) == len(videos)), rows, dataset.estimation)
    write_keypoints(args.output, fill_shard(shard, dataset.estimation.fill_gaps))


def estimate(pose: str, request: PoseRequest, *, whole: bool) -> KeypointShard:
    """Estimate or read poses.

    Args:
        pose: name of the estimator.
        request: the videos.
        whole: whether these are all videos: if none of them has a pose, it is hardly the clips. A shard among others
            may be empty, and the others go on.

    Raises:
        InputError: if the estimator cannot work, or none of all videos has a pose; then of the first.
    """
    try:
        return ESTIMATORS[pose](request)
    except NothingLeft as nothing:
        if whole:
            raise
        return nothing.shard
