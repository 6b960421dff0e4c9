"""Which clips of a set do not show what the others show: one movement, once, from its start to its end.

All that is learned and aligned here takes that for granted. Each clip is held against some others as ``compare`` holds
two (``same_movement``): how far its motion is from theirs, and whether it fits better in a mirror or backwards.
"""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from la2ds.clips.clip import Clip, clips_of_one_set
from la2ds.clips.matching.places import body_places
from la2ds.clips.matching.same_movement import STILL, Judgement, WaysToSee, judge, movement
from la2ds.clips.repetitions import reps
from la2ds.formats.check import CHECK_COLUMNS, PROBLEMS, some_of

log = logging.getLogger(__name__)

FEWEST = 3
WITNESSES = 12  # clips that each is held against, spread over the set
# A clip is of another movement where its distance is above one of these: itself, or as a multiple of the set's median.
# Chosen on every second action of Penn Action (tests/benchmarks/one_movement.py).
FAR, TIMES = 0.9, 1.5
# One runs backwards where its distance falls to this share when it is turned round; many movements look the same both
# ways, and then nothing can be said. Chosen there, too.
TURNED = 0.85


def check(clips: Sequence[Clip]) -> pd.DataFrame:
    """Tell which clips do not show the movement of the others once, from start to end.

    Args:
        clips: at least ``FEWEST``, of one joint set, with names that differ; embeddings are not looked at.

    Returns:
        a row per clip, in their order:
        video: the clip's name.
        problem: empty where nothing speaks against it, else the first that holds of
            ``still``: the joints move less than ``same_movement.STILL``;
            ``unseen``: too few joints are seen to say anything;
            ``repeated``: it shows a movement more than once (``reps``);
            ``reversed``: played backwards it fits the others that it is held against far better (``TURNED``);
            ``mirrored``: so it fits more than half of them far better;
            ``other``: its distance is above ``FAR``, or ``TIMES`` the set's median.
        distance: median over the others of how far its motion is from theirs: 0 one motion, 1 two unrelated ones
            (``same_movement``); NaN if unknown.
        repetitions: how often it shows a movement; 0 where none is found that begins and ends in one pose.

    Raises:
        InputError: if there are too few clips, two of one name, or several joint sets.
    """
    return problems_of(clips_of_one_set(clips, fewest=FEWEST))


def problems_of(clips: Sequence[Clip]) -> pd.DataFrame:
    """Do what ``check`` does; of fewer than ``FEWEST`` clips it says what each shows by itself."""
    rows: dict[str, dict[str, Any]] = {clip.name: by_itself(clip) for clip in clips}
    seen = [clip for clip in clips if not rows[clip.name]["problem"]]
    for clip, against in zip(seen, _against_others(seen), strict=True):
        rows[clip.name] |= against
    known = [row["distance"] for row in rows.values() if np.isfinite(row["distance"])]
    limit = min(FAR, TIMES * float(np.median(known))) if known else FAR
    for row in rows.values():
        if not row["problem"] and row["distance"] > limit:
            row["problem"] = "other"
    return pd.DataFrame([{"video": clip.name} | rows[clip.name] for clip in clips], columns=CHECK_COLUMNS)


def in_words(checked: pd.DataFrame) -> list[str]:
    """Say what is wrong, a sentence for each kind of problem: none where nothing is."""
    lines = []
    for problem, says in PROBLEMS.items():
        names = checked.video[checked.problem == problem].tolist()
        if names:
            lines.append(f"{len(names)} of {len(checked)} clips: {says}: {some_of(names)}")
    return lines


def by_itself(clip: Clip) -> dict[str, Any]:
    """Say what one clip shows by itself: problem and repetitions of ``check``, and what is not known yet."""
    about: dict[str, Any] = {"problem": "", "distance": np.nan, "repetitions": 0}
    if not np.isfinite(clip.poses).all(-1).any():
        return about | {"problem": "unseen"}
    moves = movement(body_places(clip))
    if not moves >= STILL:
        return about | {"problem": "still" if np.isfinite(moves) else "unseen"}
    repetitions = len(reps(clip))
    return about | {"repetitions": repetitions, "problem": "repeated" if repetitions > 1 else ""}


def _against_others(clips: Sequence[Clip]) -> list[dict[str, Any]]:
    """Say of each clip how it stands to its witnesses; nothing where there are too few."""
    if len(clips) < FEWEST:
        return [{} for _ in clips]
    ways = [WaysToSee.of(clip) for clip in clips]
    # Steps on from each clip, spread over the set, so that all are asked equally often.
    steps = np.unique(np.linspace(1, len(clips) - 1, min(WITNESSES, len(clips) - 1)).round().astype(int))
    log.info("%d clips, each held against %d others by poses", len(clips), len(steps))
    # What holds of a pair holds of both, so each is judged once; those of like length together, as they are matched.
    of = {n: [frozenset((n, (n + int(step)) % len(clips))) for step in steps] for n in range(len(clips))}
    pairs = sorted({pair for own in of.values() for pair in own}, key=lambda pair: sorted(len(clips[n]) for n in pair))
    judged = dict(zip(pairs, judge([(ways[min(pair)], ways[max(pair)]) for pair in pairs]), strict=True))
    return [in_short([judged[pair] for pair in own]) for own in of.values()]


def in_short(judged: Sequence[Judgement]) -> dict[str, Any]:
    """Say how a clip stands to those that it is held against: problem of ``check``, but for ``other``, and distance."""
    known = [one for one in judged if one.seems != "unknown"]
    if not known:
        return {"problem": "unseen"}
    distance, forwards, backwards = (
        float(np.median([getattr(one, way) for one in known])) for way in ("distance", "forwards", "backwards")
    )
    if backwards < TURNED * forwards and backwards <= FAR:
        return {"problem": "reversed", "distance": backwards}
    mirrored = sum(one.seems == "mirrored" for one in known) > 0.5 * len(known)
    return {"problem": "mirrored" if mirrored else "", "distance": distance}
