"""Hands found by MediaPipe's hand landmarker on decoded frames.

Zhang et al., "MediaPipe Hands: On-device Real-time Hand Tracking", 2020. Its 21 landmarks are the joints of one hand of
hands42, in the same order. Pictures are taken not to be mirrored: since 0.10.15 the landmarker's "Left" is a person's
left hand in such pictures; earlier versions said it of mirrored ones.
"""

import logging
from pathlib import Path
from typing import Any

import numpy as np

from la2ds.formats.keypoints import Keypoints, KeypointShard
from la2ds.formats.skeletons import HANDS42
from la2ds.pose.estimators.landmarkers import HAND
from la2ds.pose.estimators.mediapipe import prepare, version, watch
from la2ds.pose.estimators.pictures import Film, look_at_clips
from la2ds.pose.estimators.weights import checked_sha256
from la2ds.pose.people.hands import Hands, pair_hands
from la2ds.pose.people.people import People
from la2ds.pose.request import PoseRequest

log = logging.getLogger(__name__)

JOINTS = len(HANDS42.joints) // 2


def estimate(request: PoseRequest) -> KeypointShard:
    """Estimate the hands of the requested videos; those missing from the frames file are named and left out.

    Returns:
        hands42 in pixels of the original videos. Confidence is how sure MediaPipe is of the hand's side, the one score
        that it gives, and the same for all joints of a hand; at most 0.5 where it says the other side. A hand that is
        not seen has NaN and confidence 0.

    Raises:
        InputError: if frames or weights are missing or wrong, or no requested video has frames.
    """
    frames, weights = prepare(request, "mediapipe_hands")
    digest, people = checked_sha256(weights, HAND), request.dataset.estimation.people

    def look(film: Film, size: tuple[int, int]) -> Keypoints:
        found = [_hands(result, size) for result in watch(film, lambda: _landmarker(weights, 2 * people))]
        pair = pair_hands(found, joints=JOINTS)
        _report(film.video_id, found, pair.hands)
        return pair.keypoints

    clips = look_at_clips(request, frames, "mediapipe_hands", look)
    name = version("mediapipe_hands", weights)
    return KeypointShard(clips, HANDS42.name, name, metadata={"weights_sha256": digest})


def _hands(result: Any, size: tuple[int, int]) -> Hands:
    """Take the hands found in a picture, with positions in pixels of a picture of that size."""
    words = [hand[0] for hand in result.handedness]
    score = np.array([word.score for word in words], dtype=np.float32).clip(0.5, 1)
    left = np.where([word.category_name == "Left" for word in words], score, 1 - score)
    position = np.array([[(j.x, j.y) for j in hand] for hand in result.hand_landmarks], dtype=np.float32)
    position = position.reshape(len(words), JOINTS, 2) * np.array(size, dtype=np.float32)
    return Hands(People(position, np.repeat(score[:, None], JOINTS, axis=1)), left)


def _report(video_id: str, found: list[Hands], chosen: np.ndarray) -> None:
    """Say in how many frames which hand was seen, and how many hands were not taken."""
    seen = chosen >= 0
    others = sum(len(hands.people) for hands in found) - int(seen.sum())
    text = "%s: the left hand in %d, the right hand in %d of %d frames; %d times a hand was neither"
    log.info(text, video_id, *seen.sum(axis=0), len(chosen), others)


def _landmarker(weights: Path, hands: int) -> Any:
    from mediapipe.tasks.python.core.base_options import BaseOptions
    from mediapipe.tasks.python.vision import HandLandmarker, HandLandmarkerOptions, RunningMode

    options = HandLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(weights)), running_mode=RunningMode.VIDEO, num_hands=hands
    )
    return HandLandmarker.create_from_options(options)
