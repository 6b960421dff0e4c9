"""A level pinhole camera that poses in space are seen with.

Frames of reference, all in millimetres:

* world: z up from the floor, x and y anywhere.
* body: left, up and front of the person, whose feet stand at the origin.
* camera: right, down and away from the camera; where 3D keypoints are stored.
"""

from dataclasses import dataclass

import numpy as np

from la2ds.formats.skeletons import Skeleton


@dataclass(frozen=True)
class Camera:
    """How far away it stands, and how large its picture is. With these values a grown-up fits in, arms raised.

    Attributes:
        distance: from the camera to the person, in millimetres.
        height: above the floor, in millimetres.
        focal: focal length, in pixels.
        size: width and height of the picture, in pixels; its centre is the principal point.
    """

    distance: float = 4000.0
    height: float = 1080.0
    focal: float = 700.0
    size: tuple[int, int] = (640, 480)

    def see(self, points: np.ndarray, *, yaw: float) -> np.ndarray:
        """Move points from the body frame to the camera frame.

        Args:
            points: (..., 3) in the body frame.
            yaw: how far the person is turned to the own left, in radians; 0 faces the camera.

        Returns:
            (..., 3) in the camera frame.
        """
        left, up, front = np.moveaxis(points, -1, 0)
        cos, sin = np.cos(yaw), np.sin(yaw)
        # Who faces the camera has the left hand on the right of the picture.
        right, near = cos * left + sin * front, cos * front - sin * left
        return np.stack([right, self.height - up, self.distance - near], axis=-1)

    def project(self, points: np.ndarray) -> np.ndarray:
        """Project (..., 3) points in the camera frame to (..., 2) pixels.

        What is missing, or does not lie in front of the camera, is NaN; what lies outside the picture is given all the
        same.
        """
        depth = np.where(points[..., 2:] > 0, points[..., 2:], np.nan)
        return np.asarray(self.focal * points[..., :2] / depth + np.array(self.size) / 2)


def face_front(points: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Turn a clip in the world frame so that the person faces front on average, about where the hips are on average.

    The person's left is the mean direction from right to left hip and shoulder, as seen from above.

    Args:
        points: (T, J, 3) in the world frame, without missing joints.
        skeleton: names the joints.

    Returns:
        (T, J, 3) in the body frame.
    """

    def mean(*joints: str) -> np.ndarray:
        return np.asarray(points[:, [skeleton.index(joint) for joint in joints]].mean(axis=(0, 1)))

    across = mean("left_hip", "left_shoulder") - mean("right_hip", "right_shoulder")
    cos, sin = across[:2] / np.linalg.norm(across[:2])
    x, y, z = np.moveaxis(points - mean("left_hip", "right_hip") * [1, 1, 0], -1, 0)
    return np.stack([cos * x + sin * y, z, sin * x - cos * y], axis=-1)
