"""Kinds of movement, drawn by lot: two to six key poses that everybody goes through in turn.

A kind begins in a base posture (standing, half squatting, sitting, kneeling, lying on the back or the front). Then
arms, legs and trunk each do something of their own at every key pose, or nothing: reaches, swings of both hands,
squats, steps, kicks, bows, twists, turns, hops. No kind is made to be like a movement of any dataset.
"""

from dataclasses import dataclass

import numpy as np

from la2ds.datasets.demo.motion import SIDES
from la2ds.datasets.movements.body import PART, both, standing

Rng = np.random.Generator

BASES = {"standing": 0.64, "half": 0.1, "sitting": 0.08, "supine": 0.07, "prone": 0.06, "kneeling": 0.05}
ARMS = {"rest": 0.12, "one": 0.2, "both": 0.22, "together": 0.1, "apart": 0.16, "swing": 0.2}
LEGS = {"rest": 0.32, "squat": 0.16, "step": 0.16, "kick": 0.1, "spread": 0.06, "apart": 0.08, "sway": 0.12}
TRUNK = {"rest": 0.3, "bow": 0.2, "twist": 0.25, "tilt": 0.1, "all": 0.15}
LYING = ("supine", "prone")


@dataclass(frozen=True)
class Kind:
    """What all clips of a kind share.

    Attributes:
        poses: (K, NUMBERS) key poses.
        stops: (K,) whether people stop at a key pose, or go through it.
        shares: (K - 1,) of the time, between one key pose and the next.
        stands_on: see ``body.build``.
        view: the side it is usually filmed from, in radians.
        view_spread: by how much that differs, to either side.
        seconds: it usually takes.
        pause: mean pause at a stop, as a share of that time.
    """

    poses: np.ndarray
    stops: np.ndarray
    shares: np.ndarray
    stands_on: float
    view: float
    view_spread: float
    seconds: float
    pause: float


@dataclass(frozen=True)
class Doing:
    """What the parts of a body do in a kind: names of ``ARMS``, ``LEGS`` and ``TRUNK``, and which side does it."""

    base: str
    arms: str
    legs: str
    trunk: str
    hand: int
    foot: int
    turns: bool
    hops: bool


def draw_kind(rng: Rng) -> Kind:
    """Draw a kind."""
    doing = _draw_doing(rng)
    start = _base(doing.base, rng)
    poses = [start] + [_key_pose(start, doing, rng) for _ in range(int(rng.integers(1, 5)))]
    if doing.base not in LYING and rng.random() < 0.15:  # walks away, evenly
        way = rng.normal(size=2) * 300
        for n, pose in enumerate(poses):
            pose[PART["travel"]] = way * n / (len(poses) - 1)
    ends = rng.random()
    if len(poses) == 2 or ends < 0.45:  # and back to where it began
        poses.append(start.copy())
        poses[-1][PART["travel"]] = poses[-2][PART["travel"]] * (rng.random() < 0.5)
    elif ends > 0.8:
        poses = poses[1:]
    stops = rng.random(len(poses)) < 0.5
    stops[[0, -1]] = True
    return Kind(
        np.array(poses),
        stops,
        rng.dirichlet(np.full(len(poses) - 1, 3.0)),
        stands_on=float(rng.choice([0, 0.5, 0.5, 1])),
        view=float(rng.uniform(-np.pi, np.pi)),
        view_spread=float(rng.choice([0.35, 0.8, 1.6, np.pi])),
        seconds=float(2 * np.exp(rng.normal(0, 0.45))),
        pause=float(rng.choice([0, 0.1, 0.25, 0.5])),
    )


def _pick(shares: dict[str, float], rng: Rng) -> str:
    return str(rng.choice(list(shares), p=list(shares.values())))


def _draw_doing(rng: Rng) -> Doing:
    base, arms, legs, trunk = (_pick(shares, rng) for shares in (BASES, ARMS, LEGS, TRUNK))
    if arms == "swing":
        trunk = "twist" if rng.random() < 0.7 else "all"
    if arms == legs == trunk == "rest":
        arms = "both"
    if base in ("sitting", *LYING) and legs in ("squat", "step", "sway"):
        legs = "rest"
    hand, foot = rng.integers(2, size=2)
    upright = base not in LYING
    turns, hops = (bool(upright and rng.random() < 0.12) for _ in range(2))
    return Doing(base, arms, legs, trunk, int(hand), int(foot), turns, hops)


def _base(name: str, rng: Rng) -> np.ndarray:
    pose = standing()
    if name == "half":
        _squat(pose, rng.uniform(0.3, 1.2), rng)
        pose[PART["trunk"]][0] = rng.uniform(0, 0.8)
    elif name == "sitting":
        pose[PART["thighs"]] = both(np.array([rng.uniform(0.05, 0.4), -0.15, 1]))
        pose[PART["knees"]] = rng.uniform(1.1, 1.7)
    elif name == "supine":
        pose[PART["pitch"]] = -np.pi / 2
        if rng.random() < 0.6:
            pose[PART["thighs"]], pose[PART["knees"]] = both(np.array([0.15, -1, 1])), 1.5
    elif name == "prone":
        pose[PART["pitch"]], pose[PART["arms"]] = rng.uniform(1.1, 1.5), both(np.array([0.2, 0, 1]))
    elif name == "kneeling":
        pose[PART["knees"]] = 1.5
        if rng.random() < 0.5:
            pose[PART["thighs"]][:3] = [0.1, -0.1, 1]
    if rng.random() < 0.4:  # arms held up
        pose[PART["arms"]], pose[PART["elbows"]] = both(_direction(rng)), rng.uniform(0, 2.2)
    return pose


def _key_pose(start: np.ndarray, doing: Doing, rng: Rng) -> np.ndarray:
    pose = start.copy()
    _move_arms(pose, doing, rng)
    _move_legs(pose, doing, rng)
    trunk = pose[PART["trunk"]]
    if doing.trunk in ("bow", "all"):
        trunk[0] += rng.uniform(-0.25, 1.4)
    if doing.trunk in ("tilt", "all"):
        trunk[1] += rng.normal(0, 0.35)
    if doing.trunk in ("twist", "all"):
        trunk[2] += rng.normal(0, 0.7)
        pose[PART["facing"]] += rng.normal(0, 0.4) * (doing.base not in LYING)
    pose[PART["head"]] = rng.normal(0, 0.3, 2)
    pose[PART["facing"]] += rng.normal(0, 1.4) * doing.turns
    pose[PART["hop"]] = rng.uniform(60, 350) * (doing.hops and rng.random() < 0.6)
    return pose


def _move_arms(pose: np.ndarray, doing: Doing, rng: Rng) -> None:
    arms, elbows, rolls = pose[PART["arms"]].reshape(2, 3), pose[PART["elbows"]], pose[PART["rolls"]]
    if doing.arms in ("one", "apart"):
        for side in (doing.hand,) if doing.arms == "one" else (0, 1):
            arms[side] = _direction(rng) * [SIDES[side], 1, 1]
            elbows[side], rolls[side] = rng.uniform(0, 2.2), rng.normal(0, 0.6)
    elif doing.arms == "both":
        arms[:] = both(_direction(rng)).reshape(2, 3)
        elbows[:], rolls[:] = rng.uniform(0, 2.2), rng.normal(0, 0.6)
    elif doing.arms in ("together", "swing"):  # both hands about one place
        place = np.array([rng.normal(0, 0.7), rng.normal(-0.1, 0.7), abs(rng.normal(0.7, 0.4))])
        rest = arms[1 - doing.hand].copy()
        arms[:] = place + np.outer(SIDES, [-0.15, 0, 0])
        elbows[:] = rng.uniform(0, 0.9, 2) if doing.arms == "swing" else rng.uniform(0, 1.5)
        if doing.arms == "swing" and rng.random() < 0.35:
            arms[1 - doing.hand] = rest


def _move_legs(pose: np.ndarray, doing: Doing, rng: Rng) -> None:
    thighs, knees = pose[PART["thighs"]].reshape(2, 3), pose[PART["knees"]]
    if doing.legs == "squat":
        depth = rng.uniform(0.2, 2.1)
        _squat(pose, depth, rng)
        pose[PART["trunk"]][0] += rng.uniform(0, 0.6) * min(1, depth)
    elif doing.legs == "sway":
        knees[:] = rng.uniform(0, 0.6, 2)
        aside, ahead = SIDES * rng.uniform(0.02, 0.35, 2), np.sin(knees / 2) + rng.normal(0, 0.12, 2)
        thighs[:] = np.stack([aside, [-1, -1], ahead], -1)
    elif doing.legs == "spread":
        thighs[:] = both(np.array([rng.uniform(0, 0.7), -1, 0])).reshape(2, 3)
    elif doing.legs in ("step", "kick", "apart"):
        most = 1.1 if doing.legs == "step" else 1.7
        for side in (0, 1) if doing.legs == "apart" else (doing.foot,):
            up = rng.uniform(-0.5, most)
            thighs[side] = [SIDES[side] * abs(rng.normal(0, 0.35)), -np.cos(up), np.sin(up)]
            knees[side] = rng.uniform(0, 1.6)
        if doing.legs == "step" and rng.random() < 0.6:
            other = 1 - doing.foot
            thighs[other], knees[other] = [SIDES[other] * 0.1, -1, rng.uniform(-0.5, 0.2)], rng.uniform(0, 1.2)


def _squat(pose: np.ndarray, bend: float, rng: Rng) -> None:
    """Bend both knees so that the feet stay about below the body."""
    up = bend * rng.uniform(0.4, 0.62)
    pose[PART["thighs"]] = both(np.array([rng.uniform(0.05, 0.5), -np.cos(up), np.sin(up)]))
    pose[PART["knees"]] = bend


def _direction(rng: Rng) -> np.ndarray:
    """Draw where a left arm may point: to its side and the front more often than not."""
    return rng.normal([0.35, 0, 0.35], [0.6, 0.8, 0.6])
