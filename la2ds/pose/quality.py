"""How good estimated poses are, per action and group of joints: ``python -m la2ds pose_quality``.

With a truth: PCK (percentage of correct keypoints, Yang & Ramanan, PAMI 2013). A joint is correct within alpha times
the larger side of the person's box; the box is the tight one around the true joints of that frame, alpha is 0.1 and
0.2. A missing joint is wrong. Without a truth only missing joints and confidence can be given.
"""

import argparse
import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from la2ds.errors import InputError
from la2ds.formats.files.storage import atomic_path
from la2ds.formats.keypoints import Keypoints, KeypointShard, read_keypoints, why_none
from la2ds.formats.selection import present
from la2ds.formats.skeletons import SKELETONS, Skeleton
from la2ds.formats.videos import frames_of, read_videos

log = logging.getLogger(__name__)
COLUMNS = ["dataset", "pose", "action", "joint", "pck_10", "pck_20", "mean_error_px", "missing", "confidence", "n"]
ALL = "all"
ALPHAS = (0.1, 0.2)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--dataset", required=True, help="name of the dataset")
    parser.add_argument("--pose", required=True, help="name of the estimator")
    parser.add_argument("--videos", type=Path, required=True, help="videos.csv, which names the shards")
    parser.add_argument("--keypoints-dir", type=Path, required=True, help="folder of the keypoint shards")
    parser.add_argument("--truth", type=Path, nargs="?", help="true keypoints (Parquet), where there are any")
    parser.add_argument("--output", type=Path, required=True, help="CSV to write")


def main(args: argparse.Namespace) -> None:
    """Compare shard by shard, so that memory holds one shard and the truth."""
    videos = read_videos(args.videos)
    truth = read_keypoints(args.truth) if args.truth else None
    sums: dict[str, np.ndarray] = {}
    skeleton = ""
    files = [args.keypoints_dir / f"{name}.parquet" for name in sorted(set(videos.shard))]
    for path in files:
        rows = videos[videos.shard == path.stem]
        shard = read_keypoints(path, frames_of(rows))
        if not shard.clips:
            continue  # what it says of its joints is nobody's
        if truth is not None:
            _check(path, shard, truth)
        skeleton = shard.skeleton
        for clip in present(rows, shard.clips, content="keypoints").itertuples():
            video_id, action = str(clip.video_id), str(clip.action)
            true = _true_clip(args.truth, truth, video_id, len(shard.clips[video_id].confidence))
            sums[action] = sums.get(action, 0) + clip_sums(shard.clips[video_id], true)
    if not sums:
        raise InputError(args.keypoints_dir, expected="keypoints of a clip of the videos table", found=why_none(files))
    table = make_rows(sums, SKELETONS[skeleton], has_truth=truth is not None)
    table = table.assign(dataset=args.dataset, pose=args.pose)[COLUMNS]
    with atomic_path(args.output) as temporary:
        table.to_csv(temporary, index=False, float_format="%.6f")
    log.info("%s: %d rows, truth %s", args.output, len(table), args.truth or "none")


def _check(path: Path, shard: KeypointShard, truth: KeypointShard) -> None:
    if (shard.skeleton, shard.dims) != (truth.skeleton, truth.dims):
        expected = f"skeleton {truth.skeleton} in {truth.dims}D as in the truth"
        raise InputError(path, expected=expected, found=f"{shard.skeleton} in {shard.dims}D")


def _true_clip(path: Path | None, truth: KeypointShard | None, video_id: str, frames: int) -> Keypoints | None:
    if truth is None or path is None:
        return None
    clip = truth.clips.get(video_id)
    found = 0 if clip is None else len(clip.confidence)
    if found != frames:
        raise InputError(path, expected=f"{frames} frames of {video_id}", found=str(found))
    return clip


def clip_sums(estimate: Keypoints, truth: Keypoints | None) -> np.ndarray:
    """Count one clip, joint by joint.

    Args:
        estimate: T frames of J joints; NaN where missing.
        truth: the same frames; joints the truth lacks are not counted. None: every joint of every frame counts.

    Returns:
        (J, 6): counted, missing, within 0.1, within 0.2 of the box's larger side, sum of errors in pixels and sum of
        confidences, the last two over the joints found.
    """
    is_found = np.isfinite(estimate.position).all(-1)  # (T, J)
    true = estimate.position if truth is None else truth.position
    is_counted = np.ones_like(is_found) if truth is None else np.isfinite(true).all(-1)
    found = is_counted & is_found
    error = np.linalg.norm(np.where(found[..., None], estimate.position - true, np.nan), axis=-1)
    side = box_side(true, is_counted)
    # NaN is within nothing, so a missing joint is wrong.
    correct = [(error <= alpha * side[:, None]).sum(0) for alpha in ALPHAS]
    parts = [is_counted.sum(0), (is_counted & ~is_found).sum(0), *correct, np.where(found, error, 0).sum(0)]
    return np.stack([*parts, np.where(found, estimate.confidence, 0).sum(0)], axis=1).astype(np.float64)


def box_side(position: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Give the larger side of the tight box around the joints that count, frame by frame.

    Args:
        position: (T, J, D) pixels.
        counted: (T, J) which joints count.

    Returns:
        (T,) pixels; -inf where no joint counts.
    """
    low = np.where(counted[..., None], position, np.inf).min(1)
    high = np.where(counted[..., None], position, -np.inf).max(1)
    return np.asarray((high - low).max(-1))


def joint_groups(skeleton: Skeleton) -> dict[str, list[int]]:
    """Group joints by name without the side, after ``all`` of them."""
    groups: dict[str, list[int]] = {ALL: list(range(len(skeleton.joints)))}
    for index, joint in enumerate(skeleton.joints):
        groups.setdefault(joint.removeprefix("left_").removeprefix("right_"), []).append(index)
    return groups


def make_rows(sums: Mapping[str, np.ndarray], skeleton: Skeleton, *, has_truth: bool) -> pd.DataFrame:
    """Turn counts into shares: one row per action and joint group, action ``all`` (all frames alike) last.

    Args:
        sums: action -> (J, 6) of ``clip_sums``.
        skeleton: names of the J joints.
        has_truth: whether PCK and error mean anything; they are empty if not.
    """
    lines = []
    for action, counts in [*sorted(sums.items()), (ALL, np.sum(list(sums.values()), axis=0))]:
        for joint, members in joint_groups(skeleton).items():
            n, missing, *correct, error, confidence = counts[members].sum(0)
            pck = [c / n if has_truth and n else np.nan for c in correct]
            found = n - missing
            lines.append(
                {
                    "action": action,
                    "joint": joint,
                    "pck_10": pck[0],
                    "pck_20": pck[1],
                    "mean_error_px": error / found if has_truth and found else np.nan,
                    "missing": missing / n if n else np.nan,
                    "confidence": confidence / found if found else np.nan,
                    "n": int(n),
                }
            )
    return pd.DataFrame(lines)
