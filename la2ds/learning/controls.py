"""Embeddings that are formulas: what chance, the clock and the bare pose are worth."""

import zlib
from collections.abc import Callable

import numpy as np

from la2ds.config import CONTROL_KINDS, EncoderConfig
from la2ds.formats.embeddings import embed_time
from la2ds.formats.keypoints import Keypoints
from la2ds.formats.skeletons import SKELETONS, Skeleton
from la2ds.formats.videos import USUAL_FPS
from la2ds.views.joints import fill_gaps
from la2ds.views.pose_features import pose_features


def embed_random(video_id: str, frames: int, *, dim: int, seed: int) -> np.ndarray:
    """Draw a standard normal vector for every frame: (T, dim), decided by seed and video_id alone."""
    rng = np.random.default_rng([seed, zlib.crc32(video_id.encode())])
    return rng.standard_normal((frames, dim)).astype(np.float32)


def embed_pose(clip: Keypoints) -> np.ndarray:
    """Give the keypoints of a clip, centred on the clip's mean and scaled to a total variance of 1.

    Args:
        clip: (T, J, D) positions; gaps are filled along time, for an embedding cannot be missing.

    Returns:
        (T, J * D); the same scale for every joint and axis, so that the pose keeps its shape.
    """
    position = fill_gaps(clip.position)
    position -= position.mean((0, 1))
    flat = position.reshape(len(position), -1)
    spread = np.sqrt((flat**2).mean() * flat.shape[1])
    return (flat / (spread if spread > 0 else 1.0)).astype(np.float32)


def embed_pose_time(clip: Keypoints, *, weight: float) -> np.ndarray:
    """Put ``weight`` times t/T beside the pose: (T, J * D + 1)."""
    return np.concatenate([embed_pose(clip), weight * embed_time(len(clip.position))], axis=1)


def embed_pose_motion(clip: Keypoints, *, fps: float, skeleton: Skeleton) -> np.ndarray:
    """Put the motion of ``pose_features`` beside the pose seen from the hips: (T, 2 J D).

    Args:
        clip: (T, J, D) positions.
        fps: frames per second; NaN where unknown, which is read as ``USUAL_FPS``.
        skeleton: of the J joints.
    """
    times = np.arange(len(clip.position)) / (fps if fps > 0 else USUAL_FPS)
    return pose_features(clip.position, times, skeleton=skeleton).astype(np.float32)


Formula = Callable[[str, int, Keypoints | None, float], np.ndarray]


def controls_of(config: EncoderConfig, *, seed: int, skeleton: str) -> Formula:
    """Give the formula of a control as a function of (video_id, frames, keypoints or None, frames per second or NaN).

    Args:
        config: settings.
        seed: of random numbers.
        skeleton: name of the keypoints' joint set; empty where there are none.

    Raises:
        ValueError: if the settings name no control.
    """

    def embed(video_id: str, frames: int, clip: Keypoints | None, fps: float) -> np.ndarray:
        if config.kind == "random":
            return embed_random(video_id, frames, dim=config.dim, seed=seed)
        if config.kind == "time":
            return embed_time(frames)
        if clip is None:
            raise ValueError(f"control {config.kind} needs keypoints, {video_id} has none")
        if config.kind == "pose_motion":
            return embed_pose_motion(clip, fps=fps, skeleton=SKELETONS[skeleton])
        return embed_pose(clip) if config.kind == "pose" else embed_pose_time(clip, weight=config.time_weight)

    if config.kind not in CONTROL_KINDS:
        raise ValueError(f"control must be one of {', '.join(CONTROL_KINDS)}, got {config.kind!r}")
    return embed
