"""Key events of Penn Action's swings and throws, found by how fast the hands move.

Each rule takes the body and gives its events in order, None for one that is not there. The shares of peak speeds were
chosen, by those who wrote the rules, on the same human labels that the events are compared with.
"""

from collections.abc import Callable

import numpy as np

from la2ds.datasets.events.lifts import Events
from la2ds.datasets.events.tracks import Body, back_to, inner, leave, on_to, peak, speed, velocity


def golf_swing(body: Body) -> Events:
    """Stick swung fully back; stick hits ball: start and end of the fastest downward motion of the hands."""
    depth = body.middle("wrist")[:, 1]
    down = velocity(depth)
    fastest = peak(down)
    if down[fastest] <= 0:
        return None, None
    start = end = fastest
    while start > 0 and down[start - 1] > 0:
        start -= 1
    while end < body.frames - 1 and down[end + 1] > 0:
        end += 1
    # A track's range is that of the backswing at the top, that of the follow-through at the ball.
    top = leave(-depth, start, span=float(np.ptp(depth[: end + 1])), stop=fastest)
    return top, leave(depth, end, span=float(np.ptp(depth[start:])))


def baseball_swing(body: Body) -> Events:
    """Bat swung back fully; bat hits ball."""
    fast = speed(body.middle("wrist"))
    strike = peak(fast)
    return back_to(fast, strike, 0.3, first=0), on_to(fast, strike, 0.8)


def tennis_forehand(body: Body) -> Events:
    """Racket swung fully back; racket touches ball."""
    _, fast = _faster_wrist(body)
    stroke = peak(fast, int(0.3 * body.frames))  # what comes before is the player getting ready
    return back_to(fast, stroke, 0.4), on_to(fast, stroke, 0.9)


def bowling(body: Body) -> Events:
    """Ball swung fully back; ball release."""
    wrist, fast = _faster_wrist(body)
    release = peak(fast, int(0.4 * body.frames))  # the arm swings during the run-up as well
    return peak(-wrist[:, 1], int(max(release - 0.3 * body.frames, 0)), release), release


def baseball_pitch(body: Body) -> Events:
    """Knee fully up; arm fully stretched out; ball release."""
    _, fast = _faster_wrist(body)
    throw = peak(fast)
    knee = np.min([path[:, 1] for path in body.sides("knee")], axis=0)  # the higher one
    up = peak(body.middle("hip")[:, 1] - knee, 0, throw)
    stretched = back_to(fast, throw, 0.35, first=min(up, throw))
    # An arm that never slows down between the two has no beginning of its own: half way.
    return up, stretched if stretched > up else (up + throw) // 2, on_to(fast, throw, 0.8)


def tennis_serve(body: Body) -> Events:
    """Ball released from hand; racket swung fully back; ball touches racket."""
    wrists = body.sides("wrist")
    down = [velocity(wrist[:, 1]) for wrist in wrists]
    hits = int(np.argmax([v[slice(*inner(body.frames))].max() for v in down]))
    contact = _contact(wrists[hits][:, 1], down[hits])
    toss = _toss(wrists[1 - hits][:, 1], contact) if len(wrists) == 2 else None
    fast = speed(wrists[hits])
    near = peak(fast, contact - round(0.2 * body.frames), contact + round(0.1 * body.frames) + 1)
    return toss, min(back_to(fast, near, 0.3), contact - 1), contact


def _contact(depth: np.ndarray, down: np.ndarray) -> int:
    """Find the top of the hitting wrist before its fastest fall."""
    top = peak(down, int(0.3 * len(depth)))
    while top > 0 and depth[top - 1] < depth[top]:
        top -= 1
    return leave(-depth, top)


def _toss(depth: np.ndarray, contact: int) -> int:
    """Find when the tossing wrist slows down on its way to its top."""
    up = velocity(-depth)
    top = peak(-depth, 0, contact)
    return on_to(up, peak(up, top - int(0.25 * len(depth)), top), 0.6)


def _faster_wrist(body: Body) -> tuple[np.ndarray, np.ndarray]:
    """Give path and speed of the wrist with the higher peak speed."""
    wrists = body.sides("wrist")
    speeds = [speed(wrist) for wrist in wrists]
    faster = int(np.argmax([fast[slice(*inner(body.frames))].max() for fast in speeds]))
    return wrists[faster], speeds[faster]


SWINGS: dict[str, Callable[[Body], Events]] = {
    "golf_swing": golf_swing,
    "baseball_swing": baseball_swing,
    "tennis_forehand": tennis_forehand,
    "bowling": bowling,
    "baseball_pitch": baseball_pitch,
    "tennis_serve": tennis_serve,
}
