"""Key events of Penn Action's exercises: bodies and bars that go up and down, found by heights.

Heights are minus y, in pixels. Each rule takes the body and gives its events in order, None for one that is not there.
"""

from collections.abc import Callable

import numpy as np

from la2ds.datasets.events.tracks import Body, fall_after, first_frame, leave, peak, rise_before

Events = tuple[int | None, ...]

CLEARLY = 0.02  # torsos the hips must get below the knees for "hips at knees" to be taken literally
NEAR_LOWEST = 0.2  # else: share of the hips' excursion above the lowest point
AT_SHOULDERS = 0.35  # torsos below the shoulders at which the bar has come to them
LEAVES_SHOULDERS = 0.2  # torsos above the shoulders
OVERHEAD = 0.6
STANDING = 0.1  # share of the rise that may be missing to full height
REST = 0.66  # share of the time from standing to the bar leaving the shoulders that is over before the dip
BALANCED = 0.1  # torsos that may be missing to the highest place of the bar


def bench_press(body: Body) -> Events:
    """Bar fully down."""
    depth = body.middle("wrist", "elbow")[:, 1]
    return (leave(depth, peak(depth)),)


def pullup(body: Body) -> Events:
    """Chin above bar."""
    return (peak(-body.middle("head", "shoulder")[:, 1]),)


def pushup(body: Body) -> Events:
    """Head at floor."""
    depth = body.middle("shoulder", "head")[:, 1]
    return (leave(depth, peak(depth)),)


def situp(body: Body) -> Events:
    """Abs fully crunched."""
    distance = body.middle("head", "shoulder") - body.middle("knee", "ankle")
    return (peak(-np.linalg.norm(distance, axis=1)),)


def squat(body: Body) -> Events:
    """Hips at knees, going down; hips lowest; hips at knees, going up."""
    depth = body.middle("hip")[:, 1] - body.middle("knee")[:, 1]
    lowest = peak(depth)
    level = 0.0
    # Seen from the front or in half squats the hips hardly pass the knees: their crossing would be chance.
    if depth[lowest] < CLEARLY * body.torso:
        level = depth[lowest] - NEAR_LOWEST * np.ptp(depth)
    return rise_before(depth, lowest, level), lowest, fall_after(depth, lowest, level)


def jumping_jacks(body: Body) -> Events:
    """Hands at shoulder, going up; hands above head; hands at shoulder, going down."""
    height = body.middle("shoulder")[:, 1] - body.middle("wrist")[:, 1]
    top = peak(height)
    late = leave(height, top)
    return rise_before(height, top, 0), late, fall_after(height, late, 0)


def clean_and_jerk(body: Body) -> Events:
    """Bar at hip; fully squatting; standing; begin thrusting; beginning balance."""
    wrist, hip = body.middle("wrist")[:, 1], body.middle("hip")[:, 1]
    lifted = (body.middle("shoulder")[:, 1] - wrist) / body.torso  # torsos above the shoulders
    above_hip = wrist < hip
    at_hip = first_frame(above_hip[1:] & ~above_hip[:-1])
    at_hip = None if at_hip is None else at_hip + 1
    start = 0 if at_hip is None else at_hip + 1
    overhead = first_frame(lifted >= OVERHEAD, start)
    if overhead is None:
        return at_hip, None, None, None, None
    # Overhead lies above the shoulders, so the bar has come to them by then.
    caught = overhead if (found := first_frame(lifted >= -AT_SHOULDERS, start, overhead)) is None else found
    squatting = peak(hip, caught, (caught + overhead) // 2 + 1)
    standing = _standing(hip, squatting, max(overhead, squatting + 1))
    balance = first_frame(lifted >= lifted.max() - BALANCED)
    return at_hip, squatting, standing, _dip(hip, lifted, standing, overhead), balance


def _standing(hip: np.ndarray, squatting: int, overhead: int) -> int:
    """Find when the hips have come up from the squat."""
    way = hip[squatting:overhead]
    risen = way <= way.min() + STANDING * (hip[squatting] - way.min())
    return squatting + int(np.flatnonzero(risen)[0])


def _dip(hip: np.ndarray, lifted: np.ndarray, standing: int, overhead: int) -> int | None:
    """Find the dip of the hips from which the bar is thrust: in the last third before it leaves the shoulders."""
    rested = np.flatnonzero(lifted[:overhead] < LEAVES_SHOULDERS)
    leaves = int(rested[-1]) + 1 if len(rested) else overhead
    begin = standing + int(REST * (leaves - standing))
    return peak(hip, begin, leaves) if begin > standing else None


LIFTS: dict[str, Callable[[Body], Events]] = {
    "bench_press": bench_press,
    "pullups": pullup,
    "pushups": pushup,
    "situp": situp,
    "squats": squat,
    "jumping_jacks": jumping_jacks,
    "clean_and_jerk": clean_and_jerk,
}
