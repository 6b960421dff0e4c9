"""One clip of a kind of movement: somebody's body, tempo, pauses and style, seen by some camera and a poor detector."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from la2ds.datasets.demo.subject import draw_subject, smooth_noise
from la2ds.datasets.movements.body import NUMBERS, PART, build
from la2ds.datasets.movements.kinds import Kind, Rng
from la2ds.formats.keypoints import Keypoints
from la2ds.formats.skeletons import BODY13

FPS = 30.0
SHORTEST, LONGEST = 20, 120  # frames
SIZE = (640, 480)
SPREAD = 60.0  # pixels, standard deviation of the joints: a standing body is some 250 high
STYLE = 0.13  # radians by which people differ at a key pose
LEGS = [BODY13.index(f"{side}_{joint}") for joint in ("knee", "ankle") for side in ("left", "right")]


@dataclass(frozen=True)
class Performance:
    """A clip.

    Attributes:
        keypoints: joints of BODY13 in pixels.
        phase: (T,) from 0 to 1 how far the movement has come: key pose k of K is at k / (K - 1), never falling.
    """

    keypoints: Keypoints
    phase: np.ndarray


def perform(kind: Kind, rng: Rng) -> Performance:
    """Draw a clip of a kind."""
    phase = _draw_phase(kind, rng)
    joints = build(_draw_poses(kind, phase, rng), draw_subject(rng), stands_on=kind.stands_on)
    if rng.random() < 0.15:  # does it with the other side
        joints = joints[:, list(BODY13.mirror)] * [-1, 1, 1]
    return Performance(_detected(_seen(joints, kind, rng), rng), phase)


def _draw_phase(kind: Kind, rng: Rng) -> np.ndarray:
    """Draw the time course: segments of other lengths, pauses at the stops, some time before and after."""
    count = len(kind.poses)
    lasts = kind.shares * np.exp(rng.normal(0, 0.35, count - 1))
    lasts /= lasts.sum()
    pauses = rng.exponential(kind.pause, count) * (kind.stops & (rng.random(count) < 0.7))
    pauses[[0, -1]] = (pauses[[0, -1]] + rng.exponential(0.08, 2)).clip(0, 0.6)
    # Each key pose is reached, and then left.
    reached = np.append(0, np.cumsum(lasts)) + np.append(0, np.cumsum(pauses[:-1]))
    knots = np.stack([reached, reached + pauses], 1).ravel()
    seconds = kind.seconds * np.exp(rng.normal(0, 0.25)) * knots[-1]
    frames = int(np.clip(round(seconds * FPS), SHORTEST, LONGEST))
    return np.interp(np.linspace(0, knots[-1], frames), knots, np.repeat(np.linspace(0, 1, count), 2))


def _draw_poses(kind: Kind, phase: np.ndarray, rng: Rng) -> np.ndarray:
    """Draw how somebody goes through the key poses: (T, NUMBERS)."""
    moves = np.ptp(kind.poses, 0) > 1e-6
    middle = kind.poses.mean(0)
    poses = middle + (kind.poses - middle) * rng.uniform(0.8, 1.12)
    poses = poses + rng.normal(0, 0.7 * STYLE, NUMBERS) + rng.normal(0, STYLE, poses.shape) * moves
    for name in ("travel", "hop"):  # which are millimetres
        poses[:, PART[name]] = kind.poses[:, PART[name]] * rng.uniform(0.65, 1.25)
    count = len(poses)
    speed = np.zeros_like(poses)
    speed[1:-1] = (poses[2:] - poses[:-2]) / 2 * (count - 1)
    speed[kind.stops] = 0
    course = CubicHermiteSpline(np.linspace(0, 1, count), poses, speed)
    found = smooth_noise(rng, (len(phase), NUMBERS)) * rng.uniform(0, 0.05)
    found[:, [*range(NUMBERS)[PART["travel"]], *range(NUMBERS)[PART["hop"]]]] = 0
    for place in PART.values():  # some parts are a little ahead of others
        found[:, place] += course((phase + rng.normal(0, 0.015)).clip(0, 1))[:, place]
    return found


def _seen(joints: np.ndarray, kind: Kind, rng: Rng) -> np.ndarray:
    """See a clip through some camera: (T, 13, 3) in the body frame -> (T, 13, 2) pixels."""
    left, up, front = np.moveaxis(joints - joints.mean((0, 1)), -1, 0)
    around, above, roll = kind.view + rng.uniform(-1, 1) * kind.view_spread, rng.normal(0.08, 0.13), rng.normal(0, 0.04)
    right, near = np.cos(around) * left + np.sin(around) * front, np.cos(around) * front - np.sin(around) * left
    high, near = np.cos(above) * up - np.sin(above) * near, np.cos(above) * near + np.sin(above) * up
    depth = rng.uniform(2600, 8000) - near
    x, y = right / depth, -high / depth
    places = np.stack([np.cos(roll) * x - np.sin(roll) * y, np.sin(roll) * x + np.cos(roll) * y], -1)
    return np.asarray(SPREAD * places / places.std((0, 1)).max() + np.array(SIZE) / 2)


def _detected(places: np.ndarray, rng: Rng) -> Keypoints:
    """Let a detector find (T, 13, 2) places: it trembles, drifts, and does not see all joints at all times."""
    frames, joints = places.shape[:2]
    trembling = rng.normal(0, 1, places.shape) * rng.uniform(0.2, 3) * np.exp(rng.normal(0, 0.5, (joints, 1)))
    drift = smooth_noise(rng, places.shape) * rng.uniform(0, 2.5)
    missing = rng.random((frames, joints)) < rng.choice([0, 0.01, 0.03])
    missing |= rng.random(joints) < 0.03
    if rng.random() < 0.15:  # legs out of the picture
        missing[:, LEGS if rng.random() < 0.5 else LEGS[2:]] = True
    for joint in np.flatnonzero(rng.random(joints) < 0.06):
        start = rng.integers(frames)
        missing[start : start + rng.integers(3, max(4, frames // 3)), joint] = True
    position = np.where(missing[..., None], np.nan, places + trembling + drift).astype(np.float32)
    return Keypoints(position, (~missing).astype(np.float32))
