"""Poses estimated by MediaPipe's pose landmarker (BlazePose) on decoded frames.

Bazarevsky et al., "BlazePose: On-device Real-time Body Pose tracking", 2020. One landmarker tracks one clip: a second
clip must not begin with the person of the first.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from la2ds.errors import InputError
from la2ds.formats.frames import read_frames
from la2ds.formats.keypoints import KeypointShard
from la2ds.formats.skeletons import BODY13
from la2ds.pose.estimators.pictures import Film, estimate_clips, subject_metadata
from la2ds.pose.estimators.weights import checked_sha256
from la2ds.pose.people.people import People, box_sizes, boxes_of, overlaps
from la2ds.pose.request import PoseRequest

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
SURE, APART = 0.5, 0.3  # mean confidence, and overlap of boxes, of a second person
_NOMINAL_FPS = 30.0  # where a clip's times are unknown; the tracker only wants them to rise


def estimate(request: PoseRequest) -> KeypointShard:
    """Estimate the poses of the requested videos; those missing from the frames file are named and left out.

    Returns:
        body13 in pixels of the original videos. Confidence is visibility times presence: the chance that the joint is
        in the picture and not hidden. In frames without a person positions are NaN and confidence is 0.

    Raises:
        InputError: if frames or weights are missing or wrong, or no requested video has frames.
    """
    frames, weights = prepare(request, "mediapipe")
    digest, people = checked_sha256(weights), request.dataset.estimation.people

    def find_in_film(film: Film) -> list[People]:
        return [_people(found.pose_landmarks) for found in watch(film, lambda: _landmarker(weights, people, film=True))]

    clips, counts = estimate_clips(request, frames, "mediapipe", find_in_film)
    subject = subject_metadata(counts) if people > 1 else {}
    name = version("mediapipe", weights)
    return KeypointShard(clips, BODY13.name, name, metadata={"weights_sha256": digest} | subject)


def prepare(request: PoseRequest, pose: str) -> tuple[Path, Path]:
    """Make this process ready for a landmarker, and give the files of frames and weights.

    Raises:
        InputError: if one of them is not given.
    """
    import cv2

    # Shards run side by side: OpenCV must not start a thread per core in each.
    cv2.setNumThreads(1)
    stay_offline()
    if request.frames is None or request.weights is None:
        expected = f"--frames and --weights for pose {pose}"
        raise InputError(request.dataset_file, expected=expected, found=f"{request.frames} and {request.weights}")
    return request.frames, request.weights


def version(pose: str, weights: Path) -> str:
    """Name an estimator with its version and weights."""
    import mediapipe

    return f"{pose}/{mediapipe.__version__}/{weights.stem}"


def watch(film: Film, open_landmarker: Callable[[], Any]) -> list[Any]:
    """Show a landmarker the pictures of a clip, one by one: what it says of each."""
    from mediapipe import Image, ImageFormat

    with quiet_stderr(), contextlib.closing(open_landmarker()) as landmarker:
        return [
            landmarker.detect_for_video(Image(image_format=ImageFormat.SRGB, data=rgb), int(time))
            for time, rgb in zip(timestamps_ms(film.times), film.pictures(), strict=True)
        ]


def count_people(frames: Path, weights: Path, *, sample: int) -> list[int]:
    """Count the people in some pictures of a film, of which two at most are looked for.

    A second person counts who is surely there, at least half as large as the first and mostly beside them: the same
    person is now and then found twice.

    Args:
        frames: frames shard of one film.
        weights: of the pose landmarker.
        sample: how many pictures are looked at, evenly over the film.

    Returns:
        0, 1 or 2 for each picture.
    """
    from mediapipe import Image, ImageFormat

    stay_offline()
    video_id, times, images = next(read_frames(frames))
    chosen = np.unique(np.linspace(0, len(images) - 1, min(sample, len(images))).round().astype(int))
    film = Film(frames, video_id, times[chosen], [images[i] for i in chosen])
    counts = []
    with quiet_stderr(), contextlib.closing(_landmarker(weights, 2, film=False)) as landmarker:
        for rgb in film.pictures():
            found = landmarker.detect(Image(image_format=ImageFormat.SRGB, data=rgb))
            counts.append(_distinct(_people(found.pose_landmarks)))
    return counts


def _distinct(people: People) -> int:
    if len(people) < 2:
        return len(people)
    boxes = boxes_of(people)
    first, second = box_sizes(boxes * 1000)  # positions are shares of the picture, and sizes at least 1
    sure = people.confidence.mean(axis=1) >= SURE
    similar = min(first, second) >= max(first, second) / 2
    return 2 if sure.all() and similar and overlaps(boxes[:1], boxes[1:])[0, 0] < APART else 1


def _people(landmarks: Any) -> People:
    """Take the joints of body13 of the people found in a picture; positions are shares of its width and height."""
    joints = [[person[i] for i in _ORDER] for person in landmarks]
    position = np.array([[(j.x, j.y) for j in person] for person in joints], dtype=np.float32)
    confidence = np.array([[j.visibility * j.presence for j in person] for person in joints], dtype=np.float32)
    shape = len(joints), len(_ORDER)
    return People(position.reshape(*shape, 2), confidence.reshape(shape).clip(0, 1))


def _landmarker(weights: Path, people: int, *, film: bool) -> Any:
    from mediapipe.tasks.python.core.base_options import BaseOptions
    from mediapipe.tasks.python.vision import PoseLandmarker, PoseLandmarkerOptions, RunningMode

    options = PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(weights)),
        running_mode=RunningMode.VIDEO if film else RunningMode.IMAGE,
        num_poses=people,
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
    reports are sent to a closed port; nothing else in this process uses the network.
    """
    os.environ["https_proxy"] = "http://127.0.0.1:9"
    os.environ["no_proxy"] = "localhost"  # else an inherited list might let the reports through


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Send the process's stderr to nowhere: MediaPipe's C++ side writes 50 lines a clip, whatever one sets."""
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)
