"""Boxes of people by a detector in an ONNX file: YOLOX (Ge et al., 2021) or RTMDet (Lyu et al., 2022).

As MMDeploy exports them, with non-maximum suppression inside: the first output is (1, N, 5), four sides and a score,
the second (1, N) holds classes, of which 0 is a person.
"""

import numpy as np

from la2ds.errors import InputError
from la2ds.pose.estimators.onnx_network import OnnxNetwork

SCORE = 0.3  # of a box that counts
_GREY = 114  # around a picture of other proportions
# Both take blue, green, red: YOLOX as it is, RTMDet normalised (MMDetection's configurations).
_MEAN = np.array([103.53, 116.28, 123.675], dtype=np.float32)
_DEVIATION = np.array([57.375, 57.12, 58.395], dtype=np.float32)


def find_people(network: OnnxNetwork, picture: np.ndarray, *, kind: str, most: int) -> np.ndarray:
    """Find people.

    Args:
        network: the detector.
        picture: (H, W, 3) uint8 red, green, blue.
        kind: yolox or rtmdet.
        most: how many to give.

    Returns:
        (P, 4) x_min, y_min, x_max, y_max in pixels, the surest first.

    Raises:
        InputError: if the outputs are others.
    """
    prepared, scale = fit(picture[..., ::-1], network.size)
    outputs = network((prepared - _MEAN) / _DEVIATION if kind == "rtmdet" else prepared)
    if not outputs or outputs[0].ndim != 3 or outputs[0].shape[2] != 5:
        found = " and ".join(str(output.shape) for output in outputs)
        raise InputError(network.path, expected="a detector's outputs (1, N, 5) and (1, N)", found=found)
    boxes, scores = outputs[0][0, :, :4], outputs[0][0, :, 4]
    is_person = scores > SCORE
    if len(outputs) > 1:
        is_person &= outputs[1][0].astype(int) == 0
    order = np.flatnonzero(is_person)[np.argsort(-scores[is_person], kind="stable")][:most]
    return np.asarray(boxes[order] / scale, dtype=float)


def fit(picture: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, float]:
    """Scale a picture into the upper left of a grey one of the given height and width; give the scale too."""
    import cv2

    scale = min(size[0] / picture.shape[0], size[1] / picture.shape[1])
    height, width = int(picture.shape[0] * scale), int(picture.shape[1] * scale)
    fitted = np.full((*size, 3), _GREY, dtype=np.uint8)
    resized = cv2.resize(np.ascontiguousarray(picture), (width, height), interpolation=cv2.INTER_LINEAR)
    fitted[:height, :width] = resized
    return fitted, scale
