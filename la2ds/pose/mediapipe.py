"""Poses estimated by MediaPipe's pose landmarker (BlazePose) on decoded frames.

Bazarevsky et al., "BlazePose: On-device Real-time Body Pose tracking", 2020. One landmarker tracks one clip: a second
clip must not begin with the person of the first.
"""

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from tqdm import tqdm

from la2ds.data.frames import read_frames
from la2ds.data.tables import Keypoints, KeypointShard
from la2ds.errors import InputError
from la2ds.pose.request import PoseRequest
from la2ds.pose.skeletons import BODY13
from la2ds.pose.weights import checked_sha256

log = logging.getLogger(__name__)

# Joint of body13 -> landmark of BlazePose; its nose stands for the head.
LANDMARKS = {
    "head": 0,
    "left_shoulder": 11,
    "right_shoulder": 12,
    "left_elbow": 13,
    "right_elbow": 14,
    "left_wrist": 15,
    "right_wrist": 16,
    "left_hip": 23,
    "right_hip": 24,
    "left_knee": 25,
    "right_knee": 26,
    "left_ankle": 27,
    "right_ankle": 28,
}
_ORDER = [LANDMARKS[joint] for joint in BODY13.joints]
_NOMINAL_FPS = 30.0  # where a clip's times are unknown; the tracker only wants them to rise


def estimate(request: PoseRequest) -> KeypointShard:
    """Estimate the poses of the asked videos; those missing from the frames file are named and left out.

    Returns:
        body13 in pixels of the original videos. Confidence is visibility times presence: the chance that the joint is
        in the picture and not hidden. In frames without a person positions are NaN and confidence is 0.

    Raises:
        InputError: if frames or weights are missing or wrong, or no asked video has frames.
    """
    import cv2
    import mediapipe

    # Shards run side by side: OpenCV must not start a thread per core in each.
    cv2.setNumThreads(1)
    stay_offline()
    if request.frames is None or request.weights is None:
        expected = "--frames and --weights for pose mediapipe"
        raise InputError(request.dataset_file, expected=expected, found=f"{request.frames} and {request.weights}")
    digest = checked_sha256(request.weights)
    clips = dict(_estimate_clips(request.frames, request.weights, request.videos))
    absent = [v for v in request.videos.video_id if v not in clips]
    if absent:
        log.warning("no frames, so no poses (see the quarantine list): %s", ", ".join(absent))
    if not clips and pq.read_metadata(request.frames).num_rows:
        # An empty file is a shard whose videos are all in quarantine; this one belongs to another shard.
        raise InputError(request.frames, expected="frames of the shard's videos", found="none of them")
    ordered = {v: clips[v] for v in request.videos.video_id if v in clips}
    name = f"mediapipe/{mediapipe.__version__}/{request.weights.stem}"
    return KeypointShard(ordered, BODY13.name, name, metadata={"weights_sha256": digest})


def _estimate_clips(frames: Path, weights: Path, videos: pd.DataFrame) -> Iterator[tuple[str, Keypoints]]:
    sizes = {str(v): (int(w), int(h)) for v, w, h in zip(videos.video_id, videos.width, videos.height, strict=True)}
    for video_id, times, images in tqdm(read_frames(frames), total=len(videos), desc="mediapipe", unit="video"):
        if video_id not in sizes:
            continue
        with _quiet_stderr():
            clip = _estimate_clip(frames, video_id, weights, times=times, images=images)
        lost = int(np.isnan(clip.position).any((1, 2)).sum())
        if lost:
            log.info("%s: no person in %d of %d frames", video_id, lost, len(images))
        # Landmarks are shares of width and height, so the size of the decoded frames does not matter.
        scale = np.array(sizes[video_id], dtype=np.float32)
        yield video_id, Keypoints(position=clip.position * scale, confidence=clip.confidence)


def _estimate_clip(file: Path, video_id: str, weights: Path, *, times: np.ndarray, images: list[bytes]) -> Keypoints:
    """Track one clip; positions are shares of the picture's width and height."""
    import cv2
    from mediapipe import Image, ImageFormat

    position = np.full((len(images), len(_ORDER), 2), np.nan, dtype=np.float32)
    confidence = np.zeros((len(images), len(_ORDER)), dtype=np.float32)
    with contextlib.closing(_landmarker(weights)) as landmarker:
        for frame, (time, image) in enumerate(zip(timestamps_ms(times), images, strict=True)):
            picture = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR)
            if picture is None:
                raise InputError(file, expected=f"a JPEG as frame {frame} of {video_id}", found="something else")
            rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
            found = landmarker.detect_for_video(Image(image_format=ImageFormat.SRGB, data=rgb), int(time))
            if found.pose_landmarks:
                joints = [found.pose_landmarks[0][i] for i in _ORDER]
                position[frame] = [(j.x, j.y) for j in joints]
                confidence[frame] = [j.visibility * j.presence for j in joints]
    return Keypoints(position=position, confidence=confidence.clip(0, 1))


def _landmarker(weights: Path) -> Any:
    from mediapipe.tasks.python.core.base_options import BaseOptions
    from mediapipe.tasks.python.vision import PoseLandmarker, PoseLandmarkerOptions, RunningMode

    options = PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(weights)), running_mode=RunningMode.VIDEO
    )
    return PoseLandmarker.create_from_options(options)


def timestamps_ms(times: np.ndarray) -> np.ndarray:
    """Turn (T,) seconds into strictly rising whole milliseconds; unknown times become an even rate.

    Above 1000 frames per second, or where rounding meets, a frame is pushed to the next free millisecond.
    """
    frames = np.arange(len(times))
    if np.isnan(times).any():
        times = frames / _NOMINAL_FPS
    rounded = np.rint(times * 1000).astype(np.int64)
    return np.maximum.accumulate(rounded - frames) + frames


def stay_offline() -> None:
    """Keep MediaPipe's usage reports on this machine, for the rest of the process.

    Since 0.10.3x every landmarker reports to play.googleapis.com in the background, and there is no switch
    (https://github.com/google-ai-edge/mediapipe/issues/6291). Its HTTP client honours the proxy variables, so the
    reports are sent to a closed port; nothing else in this process has business on the network.
    """
    os.environ["https_proxy"] = "http://127.0.0.1:9"
    os.environ["no_proxy"] = "localhost"  # else an inherited list might let the reports through


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Send the process's stderr to nowhere: MediaPipe's C++ side writes 50 lines a clip, whatever one sets."""
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)
