"""Measure when two clips show one movement, on Penn Action: ``python tests/benchmarks/same_movement.py ROOT``.

    python tests/benchmarks/same_movement.py ROOT [--pairs 40]

ROOT holds the native ``labels/*.mat``. Joints as annotated, at 25 frames a second, as the files do not say. Thirteen
actions (those with phases), every second one by name to choose on, the others to test on. ``--pairs`` pairs of each
action, and as many of each action with another one of the same half, matched by poses.

Printed, for both halves and every kind of pair: median and 95 % quantile of the distance
(``sameness``), and the share that seems to be the same movement, mirrored, reversed, and so on. Of one
action, ``other`` is a false alarm; of two actions, all else is a miss. Clips of one action are filmed from either side,
so whether a pair is mirrored is known only where a head says it: in push-ups, sit-ups and bench presses.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

import la2ds.clips.matching.same_movement as limits
from la2ds.clips.clip import Clip
from la2ds.clips.matching.features import pose_features
from la2ds.clips.matching.match import Match
from la2ds.clips.matching.paths import match_pairs
from la2ds.clips.matching.places import body_places, without_nan
from la2ds.clips.matching.same_movement import backwards, mirrored, sameness
from la2ds.datasets.events.find import KEY_EVENTS
from la2ds.datasets.penn import reader as penn
from la2ds.formats.quarantine import ClipErrors
from la2ds.formats.results.provenance import commit_id

FPS = 25.0
LYING = ("bench_press", "pushups", "situp")
SIDEWAYS = 0.5  # body sizes of the head from the hips: which way a lying body points


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--pairs", type=int, default=40)
    args = parser.parse_args()
    clips = read(args.root)
    actions = sorted(clips)
    halves = {"chosen on": actions[::2], "tested on": actions[1::2]}
    print(f"{sum(map(len, clips.values()))} clips, {len(actions)} actions; commit {commit_id()}")
    print(f"usual {limits.USUAL}, limit {limits.LIMIT}, mirrored {limits.MIRRORED}, reversed {limits.REVERSED}\n")
    results = pd.concat([draw(clips, half, args.pairs).assign(half=name) for name, half in halves.items()])
    for half, rows in results.groupby("half"):
        print(f"{half} {', '.join(halves[str(half)])}\n{rates(rows).to_markdown()}\n")
    one = results[results.kind == "one action"]
    chosen_on = one[one.half == "chosen on"].distance.quantile(0.95)
    print(f"one action: median of all {one.distance.median():.3f}, 95 % of those chosen on {chosen_on:.3f}\n")
    print(one.groupby("action").apply(alarms, include_groups=False).to_markdown())


def read(root: Path) -> dict[str, list[Clip]]:
    """Read the clips of every action in which some joint is seen."""
    sequences = penn._read_sequences(root, tuple(KEY_EVENTS), ClipErrors(), leave_out=frozenset())
    clips: dict[str, list[Clip]] = {}
    for name, sequence in sequences.items():
        pose, _ = penn._pose(root, name, sequence.frames)
        if np.isfinite(pose.position).any():
            times = np.arange(sequence.frames) / FPS
            size = sequence.width, sequence.height
            clip = Clip(name, pose.position, pose.confidence, times, FPS, size)
            clips.setdefault(sequence.action, []).append(clip)
    return clips


def draw(clips: dict[str, list[Clip]], actions: list[str], pairs: int) -> pd.DataFrame:
    """Ask of pairs drawn by lot: columns action, kind, truth, distance, seems."""
    rng = np.random.default_rng(0)
    rows = []
    for action in actions:
        for _ in range(pairs):
            first, second = (clips[action][i] for i in rng.choice(len(clips[action]), 2, replace=False))
            heads = heading(first) * heading(second) if action in LYING else 0
            kinds = {"one action": second, "mirrored": mirrored(second), "backwards": backwards(second)}
            rows += [ask(first, clip, action, kind, heads) for kind, clip in kinds.items()]
            other = clips[str(rng.choice([name for name in actions if name != action]))]
            rows.append(ask(first, other[rng.integers(len(other))], action, "two actions", 0))
    return pd.DataFrame(rows)


def heading(clip: Clip) -> int:
    """Say whether the head points to the right (1) or left (-1) of the hips, or neither clearly (0)."""
    head = float(np.nan_to_num(without_nan(np.nanmedian, body_places(clip)[:, 0, 0], 0)))
    return int(np.sign(head)) if abs(head) > SIDEWAYS else 0


def ask(first: Clip, second: Clip, action: str, kind: str, heads: int) -> dict[str, object]:
    (path,) = match_pairs([(pose_features(first), pose_features(second))])
    found = sameness(Match(first, second, path, np.zeros(len(path)), "poses", np.ones(len(first))))
    return {"action": action, "kind": kind, "heads": heads, "distance": found.distance, "seems": found.seems}


def rates(rows: pd.DataFrame) -> pd.DataFrame:
    """Share of what each kind of pair seems to be, and quantiles of its distance."""
    kinds = dict(list(rows.groupby("kind")))
    one = kinds["one action"]
    kinds |= {"heads alike": one[one.heads == 1], "heads opposite": one[one.heads == -1]}
    table = {}
    for kind, group in kinds.items():
        shares = {
            seems: (group.seems == seems).mean() for seems in ("same", "mirrored", "reversed", "other", "unknown")
        }
        quantiles = {f"{q:.0%}": group.distance.quantile(q) for q in (0.5, 0.95)}
        table[kind] = {"n": len(group), **quantiles, **shares}
    return pd.DataFrame(table).T.round(3)


def alarms(rows: pd.DataFrame) -> pd.Series:
    return pd.Series({"median": rows.distance.median(), "false alarm": (rows.seems == "other").mean()}).round(3)


if __name__ == "__main__":
    main()
