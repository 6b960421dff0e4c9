"""The camera, and turning people to the front."""

import numpy as np
import pytest

from la2ds.datasets.projection import Camera, face_front
from la2ds.formats.skeletons import BODY13

LEFT, UP, FRONT = np.eye(3) * 1000
CAMERA = Camera()


def person(rng, frames=4):
    """Draw a person in the body frame, hips over the origin: left is left, the rest anywhere."""
    points = rng.uniform(200, 900, (frames, 13, 3))
    for joint in ("hip", "shoulder"):
        for side, sign in (("left", 1), ("right", -1)):
            points[:, BODY13.index(f"{side}_{joint}")] = [sign * 150, 900 if joint == "hip" else 1400, 0]
    return points


def to_world(body, angle, place):
    """Put a body into the world, front towards ``angle``, with a matrix."""
    front = np.array([np.cos(angle), np.sin(angle), 0])
    up = np.array([0, 0, 1])
    axes = np.stack([np.cross(up, front), up, front])  # rows: left, up, front in the world
    return body @ axes + [*place, 0]


@pytest.mark.parametrize("angle", [0, 0.4, 2, np.pi, -1.3])
def test_whoever_faces_anywhere_faces_front_afterwards(angle):
    body = person(np.random.default_rng(0))
    np.testing.assert_allclose(face_front(to_world(body, angle, (3000, -70)), BODY13), body, atol=1e-9)


def test_the_middle_of_the_picture_looks_straight_ahead():
    straight = CAMERA.see(UP * CAMERA.height / 1000, yaw=0)
    np.testing.assert_allclose(straight, [0, 0, CAMERA.distance])
    np.testing.assert_allclose(CAMERA.project(straight), [320, 240])


def test_a_person_who_faces_the_camera_has_the_left_hand_on_the_right_and_the_front_nearer():
    np.testing.assert_allclose(CAMERA.see(LEFT, yaw=0), [1000, CAMERA.height, CAMERA.distance])
    np.testing.assert_allclose(CAMERA.see(FRONT, yaw=0), [0, CAMERA.height, CAMERA.distance - 1000])
    # Turned to the own left, the front points to the right of the picture and the left hand away from the camera.
    np.testing.assert_allclose(CAMERA.see(FRONT, yaw=np.pi / 2), [1000, CAMERA.height, CAMERA.distance], atol=1e-9)
    np.testing.assert_allclose(CAMERA.see(LEFT, yaw=np.pi / 2), [0, CAMERA.height, CAMERA.distance + 1000], atol=1e-9)


@pytest.mark.parametrize("yaw", [0, 0.7, -2.2])
def test_seeing_moves_and_turns_but_keeps_lengths(yaw):
    body = person(np.random.default_rng(1))
    seen = CAMERA.see(body, yaw=yaw)
    gaps = [np.linalg.norm(points[:, None] - points[:, :, None], axis=-1) for points in (body, seen)]
    np.testing.assert_allclose(*gaps)
    # And mirrors nothing.
    np.testing.assert_allclose(np.linalg.det(np.diff(seen[0, :4], axis=0)), np.linalg.det(np.diff(body[0, :4], axis=0)))


def test_projection_divides_by_depth_and_misses_what_it_cannot_see():
    points = np.array([[500.0, -200, 2000], [500, -200, 4000], [0, 0, -1], [0, 0, 0], [np.nan] * 3])
    pixels = Camera(focal=800).project(points)
    np.testing.assert_allclose(pixels[:2], [[320 + 200, 240 - 80], [320 + 100, 240 - 40]])
    assert np.isnan(pixels[2:]).all()
