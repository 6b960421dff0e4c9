"""The demo's body: from angles to points in space, and through a camera to pixels.

Bones keep their lengths because legs are solved from hips and ankles, and arms are built from angles.
"""

import numpy as np

from la2ds.datasets.demo.motion import SIDES, Pose
from la2ds.datasets.demo.subject import Camera, Subject
from la2ds.formats.skeletons import BODY13

# Points that only the drawing needs. Head points: offsets from the nose in the trunk's frame, mm left, up, front.
HEAD_POINTS = {
    "crown": (0, 42, -112),
    "nape": (0, -12, -128),
    "brow": (0, 22, -72),
    "chin": (0, -52, -66),
    "left_eye": (31, 32, -22),
    "right_eye": (-31, 32, -22),
    "left_mouth": (23, -42, -22),
    "right_mouth": (-23, -42, -22),
    "left_ear": (76, 10, -92),
    "right_ear": (-76, 10, -92),
    "head_centre": (0, 5, -95),
}
POINTS = (
    *BODY13.joints,
    *HEAD_POINTS,
    "neck",
    *(f"{s}_{p}" for p in ("hand", "toe", "heel") for s in ("left", "right")),
)
POINT = {name: i for i, name in enumerate(POINTS)}


def build(pose: Pose, subject: Subject) -> np.ndarray:
    """Build the body.

    Returns:
        (T, K, 3) the points named by ``POINTS``, in millimetres in the body frame; the first 13 are BODY13.
    """
    trunk = _trunk_axes(pose.lean, pose.tilt)
    side = SIDES[:, None] * np.array([1.0, 0, 0])
    hips = pose.pelvis[:, None] + side * subject.hip
    neck = pose.pelvis + trunk[:, 1] * subject.trunk
    shoulders = neck[:, None] + SIDES[:, None] * trunk[:, None, 0] * subject.shoulder
    upper, fore = _arm_directions(pose, trunk)
    elbows = shoulders + upper * subject.upper_arm
    wrists = elbows + fore * subject.forearm
    knees = _knees(hips, pose, subject)
    # The head is held half upright however far the trunk leans.
    head = _trunk_axes(pose.lean * 0.5, pose.tilt * 0.5)
    nose = neck + head[:, 1] * subject.neck + head[:, 2] * 105
    offsets = np.array(list(HEAD_POINTS.values()), dtype=float)
    head_points = nose[:, None] + np.einsum("kc,tcd->tkd", offsets, head)
    hands = wrists + fore * 85
    toes = pose.ankles + _foot(subject, 135)
    heels = pose.ankles + _foot(subject, -45)
    pairs = np.concatenate([shoulders, elbows, wrists, hips, knees, pose.ankles], axis=1)
    middle = np.concatenate([nose[:, None], pairs, head_points, neck[:, None]], axis=1)
    return np.concatenate([middle, hands, toes, heels], axis=1)


def _trunk_axes(lean: np.ndarray, tilt: np.ndarray) -> np.ndarray:
    """Give the trunk's left, up and front as (T, 3, 3) unit vectors."""
    up = np.stack([np.sin(tilt) * np.cos(lean), np.cos(tilt) * np.cos(lean), np.sin(lean)], axis=-1)
    left = np.stack([np.cos(tilt), -np.sin(tilt), np.zeros_like(tilt)], axis=-1)
    return np.stack([left, up, np.cross(left, up)], axis=1)


def _arm_directions(pose: Pose, trunk: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the directions of upper arms and forearms, each (T, 2, 3)."""
    a, f = pose.abduction, pose.flexion
    local = np.stack([SIDES * np.sin(a), -np.cos(a) * np.cos(f), np.cos(a) * np.sin(f)], axis=-1)
    upper = np.einsum("tsc,tcd->tsd", local, trunk)
    # Elbows bend to the front and a little to the middle.
    hint = np.einsum("sc,tcd->tsd", np.stack([-0.35 * SIDES, 0.25 + 0 * SIDES, 1 + 0 * SIDES], axis=-1), trunk)
    bend = _unit(hint - np.sum(hint * upper, axis=-1, keepdims=True) * upper)
    return upper, np.cos(pose.elbow)[..., None] * upper + np.sin(pose.elbow)[..., None] * bend


def _knees(hips: np.ndarray, pose: Pose, subject: Subject) -> np.ndarray:
    """Place the knees (T, 2, 3) so that thigh and shin have their lengths."""
    leg = pose.ankles - hips
    length = np.linalg.norm(leg, axis=-1, keepdims=True)
    along = leg / length
    pole = np.stack([SIDES * np.sin(pose.knees_out), np.zeros_like(pose.knees_out), np.cos(pose.knees_out)], axis=-1)
    front = _unit(pole - np.sum(pole * along, axis=-1, keepdims=True) * along)
    projection = (subject.thigh**2 - subject.shin**2 + length**2) / (2 * length)
    return np.asarray(hips + along * projection + front * np.sqrt(np.maximum(subject.thigh**2 - projection**2, 0)))


def _foot(subject: Subject, forward: float) -> np.ndarray:
    """Give a point of the soles relative to the ankles, (2, 3); feet point a little outwards."""
    down = -(subject.ankle - 28)
    return np.stack([SIDES * 0.3 * forward, down + 0 * SIDES, forward + 0 * SIDES], axis=-1)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def to_camera(points: np.ndarray, camera: Camera) -> np.ndarray:
    """Move points from the body frame to the camera frame.

    Args:
        points: (T, K, 3) in millimetres: left, up, front of the body.
        camera: the view.

    Returns:
        (T, K, 3) in millimetres: right, down, away from the camera. A subject with yaw 0 faces the camera.
    """
    x, y, z = np.moveaxis(points, -1, 0)
    cos, sin = np.cos(camera.yaw), np.sin(camera.yaw)
    right, front = cos * x + sin * z, cos * z - sin * x
    return np.stack([right, camera.height - y, camera.distance - front], axis=-1)


def project(points: np.ndarray, camera: Camera) -> np.ndarray:
    """Project (T, K, 3) points in the camera frame to (T, K, 2) pixels, with the camera's jitter."""
    pixels = camera.focal * points[..., :2] / points[..., 2:] + np.array(camera.centre)
    return np.asarray(pixels + camera.jitter[:, None])
