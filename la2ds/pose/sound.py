"""What a shard's poses are held against before they are written: impossible joints, and clips with hardly any joint."""

import logging
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from la2ds.config import EstimationConfig
from la2ds.formats.keypoints import Keypoints, KeypointShard
from la2ds.formats.quarantine import KEY, Refusal, as_entry
from la2ds.views.joints import outside

log = logging.getLogger(__name__)

OUTLIERS = "outlier_joints"  # in the metadata of a shard


def keep_sound(shard: KeypointShard, videos: pd.DataFrame, settings: EstimationConfig) -> KeypointShard:
    """Take out what cannot be used; a shard of sound clips is left as it is.

    Args:
        shard: poses of some videos.
        videos: their rows of the videos table.
        settings: ``least_found``.

    Returns:
        the shard without impossible joints (``outlier_joints`` of the metadata counts them) and without clips of which
        too few joints were found (``quarantine`` of the metadata says which, and why).
    """
    rows = {str(row["video_id"]): row for row in videos.to_dict("records")}
    sizes = {v: (float(row["width"]), float(row["height"])) for v, row in rows.items()}
    clips, outliers = without_outliers(shard.clips, sizes if shard.dims == 2 else {})
    kept, refused = {}, []
    for video_id, clip in clips.items():
        found = np.isfinite(clip.position).all(-1)
        share = float(found.mean()) if found.size else 0.0
        if share > 0 and share >= settings.least_found:
            kept[video_id] = clip
            continue
        expected = f"at least {settings.least_found:.0%} of its joints ('estimation.least_found')"
        reason = f"expected {expected}, found {share:.1%}, {int(found.any(1).sum())} of {len(found)} frames with any"
        refused.append(Refusal(video_id, str(rows[video_id]["source"]), "pose", reason))
        log.warning("%s goes to quarantine: %s", video_id, reason)
    metadata = shard.metadata | with_refusals(shard.metadata, refused)
    if outliers:
        metadata |= {OUTLIERS: str(outliers + int(metadata.get(OUTLIERS, "0")))}
    return replace(shard, clips=kept, metadata=metadata)


def with_refusals(metadata: Mapping[str, str], refused: list[Refusal]) -> dict[str, str]:
    """Add clips to those that a shard's metadata name already."""
    if KEY not in metadata or not refused:
        return as_entry(refused)
    return {KEY: metadata[KEY][:-1] + ", " + as_entry(refused)[KEY][1:]}


def without_outliers(
    clips: Mapping[str, Keypoints], sizes: Mapping[str, tuple[float, float]]
) -> tuple[dict[str, Keypoints], int]:
    """Call joints missing that lie where none can be; they are counted and their clips named in the log.

    Args:
        clips: poses.
        sizes: width and height of the pictures in pixels; poses of other clips are left as they are.

    Returns:
        the clips, those without such joints as they were; how many joints.
    """
    sound, total = dict(clips), 0
    for video_id, size in sizes.items():
        if video_id not in clips:
            continue
        clip = clips[video_id]
        bad = outside(clip.position, size)
        if bad.any():
            total += int(bad.sum())
            named(video_id, int(bad.sum()), int(bad.any(1).sum()))
            position = np.where(bad[..., None], np.nan, clip.position).astype(np.float32)
            sound[video_id] = Keypoints(position, np.where(bad, 0, clip.confidence).astype(np.float32))
    return sound, total


def named(video_id: str, joints: int, frames: int) -> None:
    """Say how many joints of a clip are taken for missing."""
    log.warning("%s: %d joints in %d frames lie far outside the picture and count as missing", video_id, joints, frames)
