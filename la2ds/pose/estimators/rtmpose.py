"""Poses estimated by RTMPose (Jiang et al., 2023) on decoded frames, with ONNX Runtime.

With a detector of people every box of a frame is looked at, and the subject is followed among them. Without one, for
one person: the whole picture first, then around the joints of the last frame, and the whole picture again where they
are lost. `rtmlib` runs the same networks but wants a second distribution of OpenCV, and only one may be installed.
"""

from pathlib import Path

import numpy as np

from la2ds.errors import InputError
from la2ds.formats.keypoints import KeypointShard
from la2ds.formats.skeletons import COCO17
from la2ds.pose.estimators.onnx_network import OnnxNetwork, runtime_version
from la2ds.pose.estimators.onnx_weights import checked_network
from la2ds.pose.estimators.person_detector import find_people
from la2ds.pose.estimators.pictures import Film, estimate_clips, subject_metadata
from la2ds.pose.estimators.simcc import JOINTS, find_joints
from la2ds.pose.people.people import People
from la2ds.pose.request import PoseRequest

SURE = 0.3  # mean score of joints from which on there is a person, where no detector says so; and of joints to go by
_ROOM = 1.25  # what a box around joints is widened by, since hands and feet are beyond


def estimate(request: PoseRequest) -> KeypointShard:
    """Estimate the poses of the requested videos; those missing from the frames file are named and left out.

    Returns:
        coco17 in pixels of the original videos. Confidence is the network's score, cut to [0, 1]. In frames without a
        person positions are NaN and confidence is 0.

    Raises:
        InputError: if frames or weights are missing or wrong, no requested video has frames, or several people are
            wanted without a detector.
    """
    import cv2

    # Shards run side by side: OpenCV must not start a thread per core in each.
    cv2.setNumThreads(1)
    settings = request.dataset.estimation
    if request.frames is None or request.weights is None:
        expected = "--frames and --weights for pose rtmpose"
        raise InputError(request.dataset_file, expected=expected, found=f"{request.frames} and {request.weights}")
    if settings.people > 1 and request.detector is None:
        expected = f"'estimation.detector' to find {settings.people} people with rtmpose"
        raise InputError(request.dataset_file, expected=expected, found="none")
    digests = {"weights_sha256": checked_network(request.weights)}
    network = OnnxNetwork(request.weights, what="RTMPose's weights")
    detector = None
    if request.detector is not None:
        digests["detector_sha256"] = checked_network(request.detector)
        detector = OnnxNetwork(request.detector, what="a detector's weights")

    def find_in_film(film: Film) -> list[People]:
        if detector is None:
            return _follow_joints(network, film)
        kind, most = settings.detector_kind, settings.people
        return [_people(network, p, find_people(detector, p, kind=kind, most=most)) for p in film.pictures()]

    clips, counts = estimate_clips(request, request.frames, "rtmpose", find_in_film)
    subject = subject_metadata(counts) if settings.people > 1 else {}
    name = "/".join(["rtmpose", runtime_version(), *_stems(request.weights, request.detector)])
    return KeypointShard(clips, COCO17.name, name, metadata=digests | subject)


def _stems(*files: Path | None) -> list[str]:
    return [file.stem for file in files if file is not None]


def _people(network: OnnxNetwork, picture: np.ndarray, boxes: np.ndarray) -> People:
    """Find the joints in each box; positions and boxes are shares of the picture's width and height."""
    joints = np.array([find_joints(network, picture, box) for box in boxes]).reshape(len(boxes), JOINTS, 3)
    size = np.array([picture.shape[1], picture.shape[0]])
    return People(
        (joints[..., :2] / size).astype(np.float32), joints[..., 2].astype(np.float32), boxes / np.tile(size, 2)
    )


def _follow_joints(network: OnnxNetwork, film: Film) -> list[People]:
    """Find one person where the joints were in the last frame, or in the whole picture."""
    frames = []
    box: np.ndarray | None = None
    for picture in film.pictures():
        whole = np.array([0, 0, picture.shape[1], picture.shape[0]], dtype=float)
        for region in [whole] if box is None else [box, whole]:
            found = _people(network, picture, region[None])
            is_present = bool(found.confidence.mean() >= SURE)
            if is_present:
                break
        box = _around(found, picture) if is_present else None
        # The region is no box of the person.
        frames.append(People(found.position[: int(is_present)], found.confidence[: int(is_present)]))
    return frames


def _around(found: People, picture: np.ndarray) -> np.ndarray | None:
    joints = found.position[0][found.confidence[0] >= SURE] * [picture.shape[1], picture.shape[0]]
    if len(joints) < 2:
        return None
    low, high = joints.min(axis=0), joints.max(axis=0)
    margin = (high - low) * (_ROOM - 1) / 2
    return np.concatenate([low - margin, high + margin])
