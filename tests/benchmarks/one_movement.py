"""Measure ``la2ds.check`` with clips that do not belong, on Penn Action.

    python -m tests.benchmarks.one_movement ROOT [--clips 20] [--sets 6]

ROOT holds the native ``labels/*.mat``, read as in ``same_movement.py``; every second action by name is one that the
limits were chosen on. Sets of ``--clips`` clips are drawn from each action, checked as they are, and again with
the first clip made wrong in each of these ways: one of another action in its place, played backwards, in a mirror,
played three times (to and fro), standing still.

Printed, for both halves: the share of clips as they are that are given each problem (false alarms, but for those that
Penn's clips have: filmed from the other side, several repetitions), and for each way to be wrong the share of sets in
which the wrong clip is given that problem, or any.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from la2ds.clips.clip import Clip
from la2ds.clips.matching.check import FAR, TIMES, WITNESSES, by_itself, check, in_short
from la2ds.clips.matching.same_movement import WaysToSee, backwards, judge, mirrored
from la2ds.formats.results.provenance import commit_id
from tests.benchmarks.same_movement import read


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--clips", type=int, default=20)
    parser.add_argument("--sets", type=int, default=6)
    args = parser.parse_args()
    clips = read(args.root)
    actions = sorted(clips)
    print(f"{len(actions)} actions, {args.sets} sets of {args.clips} clips; commit {commit_id()}")
    rows = []
    for n, action in enumerate(actions):
        others = [clip for other in actions[n % 2 :: 2] if other != action for clip in clips[other]]
        for number in range(args.sets):
            drawn = draw(clips[action], others, count=args.clips, seed=[n, number])
            half = "chosen on" if n % 2 == 0 else "tested on"
            rows += [{"half": half, "action": action} | row for row in drawn]
    table = pd.DataFrame(rows)
    for half, of_half in table.groupby("half"):
        print(f"\n{half} {', '.join(sorted(set(of_half.action)))}")
        print(pd.crosstab(of_half.made, of_half.problem, normalize="index").round(3).to_markdown())
    as_it_is = table[table.made == "as it is"]
    print("\n" + pd.crosstab(as_it_is.action, as_it_is.problem, normalize="index").round(3).to_markdown())


def draw(own: Sequence[Clip], others: Sequence[Clip], *, count: int, seed: Sequence[int]) -> list[dict[str, object]]:
    """Check one set in all ways: rows of how a clip was made, and the problem it was given ("fits" for none)."""
    rng = np.random.default_rng(list(seed))
    chosen = [own[i] for i in rng.choice(len(own), min(count, len(own)), replace=False)]
    first, rest = chosen[0], chosen[1:]
    stranger = others[int(rng.integers(len(others)))]
    wrong = {
        "other": stranger,
        "reversed": backwards(first),
        "mirrored": mirrored(first),
        "repeated": to_and_fro(first),
        "still": replace(first, poses=np.repeat(first.poses[:1], len(first), axis=0)),
    }
    checked = check(chosen)
    rows = [{"made": "as it is", "problem": problem or "fits"} for problem in checked.problem]
    limit = min(FAR, TIMES * float(checked.distance.median()))
    witnesses = [WaysToSee.of(clip) for clip in rest[:WITNESSES]]
    for made, clip in wrong.items():
        found = by_itself(clip)
        if not found["problem"]:
            found |= in_short(list(judge([(WaysToSee.of(clip), witness) for witness in witnesses])))
        problem = found["problem"] or ("other" if found["distance"] > limit else "fits")
        rows.append({"made": made, "problem": problem})
    return rows


def to_and_fro(clip: Clip, times: int = 3) -> Clip:
    """Play a clip forwards and back, several times: a film of repetitions."""
    order = np.concatenate([np.arange(len(clip)), np.arange(len(clip))[::-1]] * times)
    seconds = clip.times[0] + np.arange(len(order)) / clip.fps
    return replace(clip, poses=clip.poses[order], confidence=clip.confidence[order], times=seconds, embedding=None)


if __name__ == "__main__":
    main()
