"""What scores mean: beside those that the clock, e = t/T, has on the very same clips."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from la2ds.config import ProtocolConfig
from la2ds.evaluation.metrics.clips import ActionClips, Clip
from la2ds.formats.embeddings import embed_time
from la2ds.formats.results.metrics import Row


class _Headline(NamedTuple):
    metric: str
    variant: str
    words: str
    scale: float
    unit: str
    sign: int  # 1 where more is better


# The columns of the tables that say most, each with what it is called in print.
HEADLINES = (
    _Headline("alignment_error", "unit=fraction", "alignment error", 100, " %", -1),
    _Headline("retrieval", "k=5/average=frames", "AP@5", 100, " %", 1),
    _Headline("phase_accuracy", "labels=1.0/classifier=svc_rbf", "accuracy", 100, " %", 1),
    _Headline("phase_progression", "labels=1.0", "progression", 1, "", 1),
    _Headline("kendall_tau", "split=val", "tau", 1, "", 1),
)


def clock_clips(actions: Mapping[str, ActionClips]) -> dict[str, ActionClips]:
    """Give the same clips, embedded by the clock."""

    def timed(clips: Sequence[Clip]) -> list[Clip]:
        return [replace(clip, embedding=embed_time(len(clip.phases))) for clip in clips]

    return {name: ActionClips(train=timed(data.train), val=timed(data.val)) for name, data in actions.items()}


def without_classifiers(protocol: ProtocolConfig) -> ProtocolConfig:
    """Leave out the classifiers that no headline shows."""
    shown = {part.variant.partition("classifier=")[2] for part in HEADLINES}
    return replace(protocol, classifiers=tuple(name for name in protocol.classifiers if name in shown))


def say(rows: Sequence[Row], clock: Sequence[Row]) -> tuple[str, str]:
    """Say in two lines what scores mean.

    Args:
        rows: scores of the embeddings.
        clock: scores of the clock, of the same protocol.

    Returns:
        the values, each with the clock's in brackets; and in how many of them the embeddings are better.
    """
    told: list[str] = []
    better: list[str] = []
    worse: list[str] = []
    for line in HEADLINES:
        own, other = (_value(part, line) for part in (rows, clock))
        if np.isnan(own) or np.isnan(other):
            continue
        digits = 1 if line.scale == 100 else 3
        told.append(f"{line.words} {line.scale * own:.{digits}f}{line.unit} ({line.scale * other:.{digits}f})")
        (better if line.sign * (own - other) > 0 else worse).append(line.words)
    if not told:
        return (
            "No score beside the clock's: the labels or the protocol give none.",
            "Nothing can be said of the embeddings.",
        )
    first = f"Beside the clock, t/T, on the same videos (in brackets): {', '.join(told)}."
    if not worse:
        return first, "Better than the clock in all of them: the embeddings know more than how much time has passed."
    if not better:
        return first, "Not better than the clock in any: the time that has passed tells as much."
    return first, f"Better than the clock in {', '.join(better)}; not in {', '.join(worse)}."


def _value(rows: Sequence[Row], line: _Headline) -> float:
    return next((r.value for r in rows if r.metric == line.metric and r.variant.startswith(line.variant)), float("nan"))
