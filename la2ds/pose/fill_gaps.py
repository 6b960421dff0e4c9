"""Joints that are missing for a few frames, put on the straight way between where they were seen before and after.

Off by default: what is not seen is missing. Filled joints have a lower confidence, and the shard's metadata count them.
"""

import itertools
import logging
from dataclasses import replace

import numpy as np

from la2ds.config import FillGapsConfig
from la2ds.formats.keypoints import Keypoints, KeypointShard

log = logging.getLogger(__name__)


def fill_shard(shard: KeypointShard, settings: FillGapsConfig) -> KeypointShard:
    """Fill the gaps of all clips, in two or three dimensions, and count the joints in the metadata."""
    if settings.kind == "none":
        return shard
    filled = {video_id: fill_clip(clip, settings) for video_id, clip in shard.clips.items()}
    number = sum(int((missing_joints(shard.clips[v]) & ~missing_joints(clip)).sum()) for v, clip in filled.items())
    still = sum(int(missing_joints(clip).sum()) for clip in filled.values())
    name = f"{settings.kind}/{settings.frames}"
    log.info("gaps of up to %d frames filled: %d joints; missing still: %d", settings.frames, number, still)
    return replace(shard, clips=filled, metadata=shard.metadata | {"fill_gaps": name, "filled_joints": str(number)})


def missing_joints(clip: Keypoints) -> np.ndarray:
    """Say which joints of a clip are missing, (T, J) bool."""
    return np.asarray(np.isnan(clip.position).any(axis=-1))


def fill_clip(clip: Keypoints, settings: FillGapsConfig) -> Keypoints:
    """Fill each joint's gaps of at most ``settings.frames`` frames; present joints stay as they are."""
    position, confidence = clip.position.copy(), clip.confidence.copy()
    missing = missing_joints(clip)
    for joint in range(position.shape[1]):
        present = np.flatnonzero(~missing[:, joint])
        for before, after in itertools.pairwise(present):
            if 1 < after - before <= settings.frames + 1:
                share = (np.arange(before + 1, after) - before)[:, None] / (after - before)
                start, end = position[before, joint], position[after, joint]
                position[before + 1 : after, joint] = start + share * (end - start)
                lower = min(confidence[before, joint], confidence[after, joint])
                confidence[before + 1 : after, joint] = settings.confidence * lower
    return Keypoints(position, confidence)
