"""Key events of Penn Action's actions, computed from the 2D pose: phases where nobody has labelled any.

Names and order of the events are those of TCC's key-event table (Dwibedi et al., CVPR 2019). The rules say where in the
motion an event lies (``events_lifts``, ``events_swings``); labels made this way are kinematic, and no table mixes them
with human ones.
"""

import numpy as np

from la2ds.datasets.events.lifts import LIFTS, Events
from la2ds.datasets.events.swings import SWINGS
from la2ds.datasets.events.tracks import JointMissing, prepare

KEY_EVENTS = {
    "baseball_pitch": ("knee fully up", "arm fully stretched out", "ball release"),
    "baseball_swing": ("bat swung back fully", "bat hits ball"),
    "bench_press": ("bar fully down",),
    "bowling": ("ball swung fully back", "ball release"),
    "clean_and_jerk": ("bar at hip", "fully squatting", "standing", "begin thrusting", "beginning balance"),
    "golf_swing": ("stick swung fully back", "stick hits ball"),
    "jumping_jacks": ("hands at shoulder (going up)", "hands above head", "hands at shoulder (going down)"),
    "pullups": ("chin above bar",),
    "pushups": ("head at floor",),
    "situp": ("fully crunched",),
    "squats": ("hips at knees (going down)", "hips lowest", "hips at knees (going up)"),
    "tennis_forehand": ("racket swung fully back", "racket touches ball"),
    "tennis_serve": ("ball released from hand", "racket swung fully back", "ball touches racket"),
}
RULES = LIFTS | SWINGS
SHORTEST = 3  # frames below which there is no motion to speak of


def find_events(position: np.ndarray, action: str) -> Events:
    """Find the key events of a clip.

    Args:
        position: (T, 13, 2) pixels in the order of BODY13, y downwards, NaN where missing. Which side is called left
            does not matter.
        action: one of ``KEY_EVENTS``.

    Returns:
        the frame of each of the action's events, counted from 0; None where it is not found: the motion lacks it, or a
        joint that the rule needs has a position in too few frames.

    Raises:
        ValueError: if the action has no rule or the shape is another.
    """
    if action not in RULES:
        raise ValueError(f"key events are known of {', '.join(KEY_EVENTS)}, not of {action!r}")
    nothing: Events = (None,) * len(KEY_EVENTS[action])
    body = prepare(position)
    if body.frames < SHORTEST:
        return nothing
    try:
        return RULES[action](body)
    except JointMissing:
        return nothing


def phases_between(events: Events, frames: int) -> np.ndarray | None:
    """Turn key events into phases: p holds the frames after event p - 1 up to and including event p.

    Args:
        events: their frames, None where not found.
        frames: T.

    Returns:
        (T,) int16; None where an event is missing, they are not strictly increasing, or a phase would hold no frame.
    """
    found = [event for event in events if event is not None]
    if len(found) < len(events) or not all(a < b for a, b in zip([-1, *found], [*found, frames - 1], strict=True)):
        return None
    return np.searchsorted(found, np.arange(frames), side="left").astype(np.int16)
