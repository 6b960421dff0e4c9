"""The demo's three movements: from the animated control to body angles and positions.

Body frame in millimetres: x to the subject's left, y up from the floor, z to its front. Sides are (left, right).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from la2ds.datasets.demo.subject import Subject, Tempo, smooth_noise

SIDES = np.array([1.0, -1.0])  # left is +x
STRETCHED = 0.985  # of a leg's length: knees are never locked


@dataclass(frozen=True)
class Pose:
    """What the rig needs to build a body.

    Attributes:
        pelvis: (T, 3) middle of the hips.
        ankles: (T, 2, 3).
        knees_out: (T, 2) how far each knee points to its side rather than to the front, in radians.
        lean: (T,) forward lean of the trunk in radians.
        tilt: (T,) lean of the trunk to the left in radians.
        abduction: (T, 2) of the upper arms in radians; 0 hangs down, pi points up.
        flexion: (T, 2) of the upper arms to the front in radians.
        elbow: (T, 2) bend of the elbows in radians.
    """

    pelvis: np.ndarray
    ankles: np.ndarray
    knees_out: np.ndarray
    lean: np.ndarray
    tilt: np.ndarray
    abduction: np.ndarray
    flexion: np.ndarray
    elbow: np.ndarray


@dataclass(frozen=True)
class Course:
    """The control over time.

    Attributes:
        body: (T,) from 0 (standing) to 1 (extreme pose).
        arms: (T, 2) the same, one arm a little before the other and not equally far.
        speed: (T,) its speed, about 1 at the fastest; positive on the way out.
    """

    body: np.ndarray
    arms: np.ndarray
    speed: np.ndarray


def course(rng: np.random.Generator, tempo: Tempo) -> Course:
    """Sample a clip's control at its frames."""
    time = np.arange(tempo.frames, dtype=float)
    late = rng.uniform(-1.2, 1.2)
    shifts = np.array([late, -late]) / 2
    reach = 1 - rng.uniform(0, 0.1, 2)
    arms = tempo.control(time[:, None] + shifts) * reach
    speed = tempo.control(time + 0.5) - tempo.control(time - 0.5)
    return Course(body=tempo.control(time), arms=arms, speed=speed / np.abs(speed).max())


def standing(rng: np.random.Generator, subject: Subject, frames: int) -> Pose:
    """Stand with hanging arms, swaying a little.

    Returns:
        a pose whose arrays the movements add to.
    """
    stance = subject.hip * rng.uniform(1.0, 1.5)
    ankles = np.zeros((frames, 2, 3))
    ankles[..., 0] = SIDES * stance
    ankles[..., 1] = subject.ankle
    pelvis = smooth_noise(rng, (frames, 3)) * (9, 0, 7)
    pelvis[:, 1] += _reachable(subject, pelvis, ankles)
    wobble = smooth_noise(rng, (frames, 2)) * 0.015
    sway = smooth_noise(rng, (frames, 3, 2)) * 0.03
    return Pose(
        pelvis=pelvis,
        ankles=ankles,
        knees_out=np.full((frames, 2), 0.15),
        lean=rng.uniform(0, 0.06) + wobble[:, 0],
        tilt=wobble[:, 1],
        abduction=rng.uniform(0.14, 0.26) + sway[:, 0],
        flexion=rng.uniform(0, 0.1) + sway[:, 1],
        elbow=rng.uniform(0.15, 0.35) + sway[:, 2],
    )


def _reachable(subject: Subject, pelvis: np.ndarray, ankles: np.ndarray) -> np.ndarray:
    """Give the greatest height of the pelvis at which both feet reach the floor, (T,) in millimetres."""
    hips = pelvis[:, None, [0, 2]] + np.stack([SIDES * subject.hip, np.zeros(2)], axis=-1)
    aside = np.linalg.norm(hips - ankles[..., [0, 2]], axis=-1)
    leg = STRETCHED * (subject.thigh + subject.shin)
    return np.asarray((ankles[..., 1] + np.sqrt(np.maximum(leg**2 - aside**2, 1))).min(axis=1))


def squat(rng: np.random.Generator, subject: Subject, way: Course) -> Pose:
    """Bend knees and hips over fixed feet, arms rising to the front."""
    rest = standing(rng, subject, len(way.body))
    ankles = rest.ankles * (rng.uniform(1.1, 1.7), 1, 1)
    drop = subject.thigh * rng.uniform(0.7, 1.0) * way.body
    pelvis = rest.pelvis.copy()
    pelvis[:, 2] -= rng.uniform(0.3, 0.45) * drop
    pelvis[:, 1] = _reachable(subject, rest.pelvis, ankles) - drop
    # Rising starts with the hips, so the trunk leans further on the way up than on the way down.
    lean = rng.uniform(0.4, 0.7) * way.body - rng.uniform(0.03, 0.1) * way.speed
    sideways, forward = rng.uniform(0.1, 0.7), rng.uniform(0.9, 1.5)
    return replace(
        rest,
        pelvis=pelvis,
        ankles=ankles,
        knees_out=rest.knees_out + rng.uniform(0.2, 0.5) * way.body[:, None],
        lean=rest.lean + lean,
        abduction=rest.abduction + sideways * way.arms,
        flexion=rest.flexion + forward * way.arms,
        elbow=rest.elbow + rng.uniform(-0.1, 0.5) * way.arms,
    )


def jumping_jacks(rng: np.random.Generator, subject: Subject, way: Course) -> Pose:
    """Jump the legs apart while the arms go up sideways, and back."""
    rest = standing(rng, subject, len(way.body))
    legs = rng.uniform(170, 300) * way.body
    hop = rng.uniform(20, 70) * 4 * way.body * (1 - way.body)
    ankles = rest.ankles.copy()
    ankles[..., 0] += SIDES * legs[:, None]
    ankles[..., 1] += hop[:, None]
    pelvis = rest.pelvis.copy()
    pelvis[:, 1] = _reachable(subject, rest.pelvis, ankles)
    top = rng.uniform(2.55, 2.9)
    return replace(
        rest,
        pelvis=pelvis,
        ankles=ankles,
        lean=rest.lean + rng.uniform(0.02, 0.08) * np.abs(way.speed),
        abduction=rest.abduction + (top - rest.abduction) * way.arms,
        elbow=np.maximum(rest.elbow + rng.uniform(0, 0.25) * way.arms - 0.12 * way.speed[:, None], 0.03),
    )


def side_lunge(rng: np.random.Generator, subject: Subject, way: Course) -> Pose:
    """Step to one side, sink over that foot, and come back; the other leg stays nearly straight."""
    rest = standing(rng, subject, len(way.body))
    foot = int(rng.integers(2))
    side, step = SIDES[foot], rng.uniform(500, 700)
    # The foot lands before the body has sunk, and leaves the floor after it has risen.
    stride = np.clip(way.body / 0.75, 0, 1)
    stepped = stride**2 * (3 - 2 * stride)
    ankles = rest.ankles.copy()
    ankles[:, foot, 0] += side * step * stepped
    ankles[:, foot, 1] += rng.uniform(40, 90) * 4 * stepped * (1 - stepped)
    pelvis = rest.pelvis.copy()
    pelvis[:, 0] += side * step * rng.uniform(0.78, 0.9) * way.body
    pelvis[:, 2] -= rng.uniform(60, 140) * way.body
    sunk = rest.pelvis[:, 1] - rng.uniform(0.5, 0.75) * subject.thigh * way.body
    on_floor = np.where([False, True, False], subject.ankle, ankles)
    pelvis[:, 1] = np.minimum(sunk, _reachable(subject, pelvis, on_floor))
    # Half the way is taken off, so that the movement stays in the middle of the picture.
    middle = np.array([side * step / 2 * 0.8, 0, 0])
    return replace(
        rest,
        pelvis=pelvis - middle,
        ankles=ankles - middle,
        knees_out=rest.knees_out + rng.uniform(0.3, 0.6) * way.body[:, None],
        lean=rest.lean + rng.uniform(0.25, 0.5) * way.body - rng.uniform(0.02, 0.08) * way.speed,
        tilt=rest.tilt - side * rng.uniform(0, 0.15) * way.body,
        abduction=rest.abduction + rng.uniform(0.1, 0.9) * way.arms,
        flexion=rest.flexion + rng.uniform(0.3, 0.9) * way.arms,
        elbow=rest.elbow + rng.uniform(0.1, 0.9) * way.arms,
    )


MOVEMENTS: dict[str, Callable[[np.random.Generator, Subject, Course], Pose]] = {
    "squat": squat,
    "jumping_jacks": jumping_jacks,
    "side_lunge": side_lunge,
}
