"""Key events: the frame at which a phase ends."""

import numpy as np

ABSENT = -1


def event_frames(phases: np.ndarray, phase_count: int) -> np.ndarray:
    """Find the key events of a video; event p is the last frame of phase p (Start and End are no events).

    TCC, CARL and CASA take the last occurrence too; LAV and VAOT search for hard-wired ids of another dataset.

    Args:
        phases: (T,) integers.
        phase_count: P, the number of phases of the action.

    Returns:
        (P - 1,) frame numbers; -1 where the video does not have the phase.
    """
    frames = np.full(max(phase_count - 1, 0), ABSENT, dtype=np.int64)
    for phase in range(len(frames)):
        found = np.flatnonzero(phases == phase)
        if len(found):
            frames[phase] = found[-1]
    return frames


def impute_events(phases: np.ndarray, events: np.ndarray) -> np.ndarray:
    """Give absent phases an event: TCC's transition variant, which puts it where a later phase begins.

    The event of an absent phase p is the first frame i >= 1 with a label above p, and the last frame if there is none.
    CASA copies the column before, LAV and VAOT put it before the video, CARL fails.

    Args:
        phases: (T,) integers.
        events: (P - 1,) frames, -1 where absent.

    Returns:
        (P - 1,) frames, all present.
    """
    events = events.copy()
    for phase in np.flatnonzero(events == ABSENT):
        later = np.flatnonzero(phases[1:] > phase)
        events[phase] = later[0] + 1 if len(later) else len(phases) - 1
    return events
