"""Simulated people who walk through a picture, and a detector that sees them as detectors do: with gaps and noise."""

from dataclasses import dataclass

import numpy as np

from la2ds.formats.skeletons import BODY13
from la2ds.pose.people.people import People, boxes_of, overlaps

# Joints of BODY13 of somebody 1 high, from the hips: x to the person's left seen from the front, y down.
_REST = {
    "head": (0, -0.5),
    "shoulder": (0.11, -0.33),
    "elbow": (0.14, -0.15),
    "wrist": (0.15, 0.02),
    "hip": (0.08, 0),
    "knee": (0.08, 0.24),
    "ankle": (0.08, 0.48),
}
_SWING = {"elbow": 0.05, "wrist": 0.14, "knee": -0.07, "ankle": -0.16}


def walker(path: np.ndarray, *, height: float, phase: float = 0.0, wide: float = 1.0) -> np.ndarray:
    """Joints (T, 13, 2) of somebody whose hips go along ``path`` (T, 2) with swinging arms and legs."""
    swing = np.sin(2 * np.pi * np.arange(len(path)) / 25 + phase)
    body = np.zeros((len(path), 13, 2))
    for j, joint in enumerate(BODY13.joints):
        side, part = joint.split("_") if "_" in joint else ("", joint)
        sign = -1 if side == "right" else 1
        x, y = _REST[part]
        body[:, j, 0] = sign * (wide * x + _SWING.get(part, 0) * swing) * height
        body[:, j, 1] = y * height
    return path[:, None] + body


@dataclass(frozen=True)
class Scene:
    """What the detector saw, and who is who: per frame (P,) the walker of each person."""

    frames: list[People]
    who: list[np.ndarray]


def see(
    walkers: list[np.ndarray], rng: np.random.Generator, *, noise=0.01, hidden=0.25, miss=0.03, joints=0.1
) -> Scene:
    """See walkers, the first nearest to the camera.

    Args:
        walkers: each (T, J, 2) pixels; NaN while away.
        rng: for all that is left to chance, the order of people too.
        noise: of joints, as a share of the body's size.
        hidden: overlap with somebody nearer from which on a person is not seen.
        miss: share of people missed anyway.
        joints: share of joints missed.
    """
    frames, who = [], []
    for t in range(len(walkers[0])):
        poses = np.stack([w[t] for w in walkers])
        boxes = boxes_of(People(poses, np.ones(poses.shape[:2])))
        there = ~np.isnan(boxes).any(axis=1)
        covered = np.tril(overlaps(np.nan_to_num(boxes), np.nan_to_num(boxes)), -1).max(axis=1) > hidden
        seen = np.flatnonzero(there & ~covered & (rng.random(len(poses)) >= miss))
        seen = rng.permutation(seen)
        sizes = np.sqrt((boxes[seen, 2:] - boxes[seen, :2]).prod(axis=1))
        poses = poses[seen] + rng.standard_normal((len(seen), *poses.shape[1:])) * noise * sizes[:, None, None]
        poses[rng.random(poses.shape[:2]) < joints] = np.nan
        frames.append(People(poses, np.where(np.isnan(poses).any(-1), 0, 0.9)))
        who.append(seen)
    return Scene(frames, who)


def straight(start: tuple[float, float], end: tuple[float, float], frames: int) -> np.ndarray:
    """Points (T, 2) of an even way from one place to another."""
    return np.linspace(start, end, frames)
