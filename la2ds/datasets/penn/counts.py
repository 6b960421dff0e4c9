"""How many videos and phases of Penn Action others have published results on, and how far a copy of the data differs.

Phases are those of the key events of TCC (Dwibedi et al., CVPR 2019, Table 2). Videos are counted in the label files of
CARL (Chen et al., CVPR 2022), which hold 1,140 for training and 966 for validation; counts in TCC's paper and in the
code of TCC, GTA and CASA differ from them in places.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from la2ds.formats.labels import Labels
from la2ds.formats.videos import SPLITS

# action -> phases, videos for training, videos for validation
PUBLISHED = {
    "baseball_pitch": (4, 103, 63),
    "baseball_swing": (3, 113, 57),
    "bench_press": (2, 69, 71),
    "bowling": (3, 134, 85),
    "clean_and_jerk": (6, 40, 42),
    "golf_swing": (3, 87, 77),
    "jumping_jacks": (4, 56, 56),
    "pullups": (2, 98, 101),
    "pushups": (2, 102, 106),
    "situp": (2, 50, 50),
    "squats": (4, 111, 115),
    "tennis_forehand": (3, 79, 74),
    "tennis_serve": (4, 98, 69),
}


def differences(videos: pd.DataFrame, labels: Labels, actions: Iterable[str], stated: Mapping[str, int]) -> list[str]:
    """List in words what differs from the published numbers of videos and phases.

    Args:
        videos: the videos table.
        labels: its phases.
        actions: those of the dataset file.
        stated: action -> phases, from the dataset file.
    """
    counts = compare_counts(videos, actions)
    return [*([counts] if counts else []), *compare_phases(labels, videos, stated)]


def compare_counts(videos: pd.DataFrame, actions: Iterable[str]) -> str:
    """Name the actions of which the data has other numbers of videos than were published.

    Args:
        videos: the videos table.
        actions: those of the dataset file; those without videos are not compared.

    Returns:
        one sentence; empty where all numbers are the published ones.
    """
    present = set(videos.action)
    actions = [action for action in actions if action in PUBLISHED and action in present]
    found = {a: tuple(int(((videos.action == a) & (videos.split == s)).sum()) for s in SPLITS) for a in actions}
    other = [action for action in actions if found[action] != PUBLISHED[action][1:]]
    if not other:
        return ""
    parts = [f"{a} {_pair(found[a])} instead of {_pair(PUBLISHED[a][1:])}" for a in other]
    totals = [
        _pair(map(sum, zip(*columns, strict=True)))
        for columns in ([found[a] for a in actions], [PUBLISHED[a][1:] for a in actions])
    ]
    return (
        f"videos for training/validation differ from CARL's, on which results were published: {', '.join(parts)}; "
        f"in all {totals[0]} instead of {totals[1]}"
    )


def compare_phases(labels: Labels, videos: pd.DataFrame, stated: Mapping[str, int]) -> list[str]:
    """Name the actions whose labels have another number of phases than was published.

    Args:
        labels: phases of the videos; background does not count.
        videos: the videos table.
        stated: action -> phases, from the dataset file: where it states them, ``index`` holds the labels against it.
    """
    messages = []
    for action, (count, *_) in PUBLISHED.items():
        ids = videos.video_id[videos.action == action]
        if ids.empty:
            continue
        stated_phases = stated.get(action)
        if stated_phases is not None and stated_phases != count:
            messages.append(f"{action}: the dataset file says {stated_phases} phases, TCC's table has {count}")
        found = int(max(np.max(labels.phases[v], initial=-1) for v in ids)) + 1
        if stated_phases is None and found != count:
            messages.append(f"{action}: the labels hold {found} phases, TCC's table has {count}")
    return messages


def _pair(counts: Iterable[int]) -> str:
    return "/".join(map(str, counts))
