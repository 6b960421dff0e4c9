"""One person's joints by a network with SimCC outputs (Li et al., ECCV 2022), as RTMPose has (Jiang et al., 2023).

Preparation and decoding follow MMPose's configurations of RTMPose (``data_preprocessor``, ``codec``): red, green, blue,
normalised with ImageNet's mean and deviation; two bins a pixel; a joint's score is the lower one of its two maxima.
"""

import numpy as np

from la2ds.errors import InputError
from la2ds.pose.estimators.onnx_network import OnnxNetwork

MEAN = np.array([123.675, 116.28, 103.53], dtype=np.float32)
DEVIATION = np.array([58.395, 57.12, 57.375], dtype=np.float32)
PADDING = 1.25  # of a person's box
BINS = 2  # per pixel of the input
COCO17_FIRST = (17, 26, 133)  # joints of networks whose first 17 are COCO's: COCO, Halpe 26, COCO-WholeBody
JOINTS = 17


def crop(picture: np.ndarray, box: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Cut a person out, with room around the box and black where the picture ends.

    Args:
        picture: (H, W, 3) uint8.
        box: (4,) x_min, y_min, x_max, y_max in pixels.
        size: height and width of the cut-out.

    Returns:
        (height, width, 3) uint8; (4,) the region of the picture it shows, with the same proportions.
    """
    import cv2

    height, width = size
    centre, sides = (box[:2] + box[2:]) / 2, np.maximum(box[2:] - box[:2], 1.0) * PADDING
    scale = max(sides[0] / width, sides[1] / height)  # pixels of the picture per pixel of the cut-out
    half = scale * np.array([width, height]) / 2
    matrix = np.array([[1, 0, -(centre[0] - half[0])], [0, 1, -(centre[1] - half[1])]]) / scale
    cut = cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR)
    return cut, np.concatenate([centre - half, centre + half])


def decode(columns: np.ndarray, rows: np.ndarray, region: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Read joints off the two outputs.

    Args:
        columns: (J, BINS width) how well each column goes with each joint.
        rows: (J, BINS height) the same of rows.
        region: (4,) what part of the picture the cut-out shows.
        size: height and width of the cut-out.

    Returns:
        (J, 3) x and y in pixels of the picture, and a score in [0, 1]; NaN and 0 where the score is not above 0.
    """
    place = np.stack([columns.argmax(axis=1), rows.argmax(axis=1)], axis=1) / BINS
    score = np.minimum(columns.max(axis=1), rows.max(axis=1)).clip(0, 1)
    position = region[:2] + place / np.array([size[1], size[0]]) * (region[2:] - region[:2])
    position[~(score > 0)] = np.nan
    return np.concatenate([position, np.nan_to_num(score)[:, None]], axis=1)


def find_joints(network: OnnxNetwork, picture: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Find the joints of the person in a box, (17, 3) as ``decode`` gives them.

    Raises:
        InputError: if the network's outputs are not SimCC's, or not of joints that begin with COCO's 17.
    """
    cut, region = crop(picture, box, network.size)
    outputs = network((cut - MEAN) / DEVIATION)
    shapes = [output.shape for output in outputs]
    height, width = network.size
    joints = shapes[0][1] if len(shapes) == 2 and len(shapes[0]) == 3 else 0
    if joints not in COCO17_FIRST or shapes != [(1, joints, BINS * width), (1, joints, BINS * height)]:
        wanted = f"(1, J, {BINS * width}) and (1, J, {BINS * height}) with J of {', '.join(map(str, COCO17_FIRST))}"
        raise InputError(network.path, expected=f"RTMPose's outputs {wanted}", found=" and ".join(map(str, shapes)))
    return decode(outputs[0][0], outputs[1][0], region, network.size)[:JOINTS]
