"""Tied ends against open ends where clips are cut: ``python -m tests.benchmarks.open_ends [CAM1.mp4 CAM2.mp4]``.

Pairs of drawn clips of different people, five an action and seed, whose joints have 1.5 pixels of noise. Which frame
goes with which is known while people move: those go together that are equally far on the way out, or on the way back.
One clip is cut by 10 or 20 frames at its start or its end, or one at its start and the other at its end (``both``); the
clips have 40 to 70 frames. With two films of one motion from cameras that started together, the same with cuts of 10,
20 and 40 of their frames. Models are learned from 16 other drawn clips of each action, and from the two films as they
are.

Printed, for each cut and way: the mean error in frames over those that have a partner, the share of these that were
given one, and the share of the others that were told to have none. Of all, the share that is right within the tolerance
of the confidence, and the mean confidence. Prices were chosen on seeds 0 and 1.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

import la2ds
from la2ds.clips.clip import Clip
from la2ds.clips.matching.confidence import TOLERANCE
from la2ds.datasets.demo.clip import make_clip
from la2ds.datasets.demo.motion import MOVEMENTS
from la2ds.datasets.demo.subject import FPS, SIZE, Tempo
from la2ds.formats.results.provenance import commit_id
from tests.benchmarks.two_cameras import part

LEARNED_FROM = 77  # seed
MOVING = (0.03, 0.97)  # of the way: before and after, frames are too alike for one to be right

Case = tuple[str, Clip, Clip, np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("films", nargs="*", type=Path)
    parser.add_argument("--model", help="of la2ds.load, for drawn clips, in place of one that is learned")
    parser.add_argument("--seeds", type=int, nargs="+", default=[100, 101, 102, 103])
    args = parser.parse_args()
    rows = []
    for action in MOVEMENTS:
        others = [drawn(action, n, LEARNED_FROM)[0] for n in range(16)]
        model = la2ds.load(args.model) if args.model else la2ds.learn(others)
        for seed in args.seeds:
            for n in range(0, 10, 2):
                (a, first), (b, second) = drawn(action, n, seed), drawn(action, n + 1, seed)
                rows += ask(cut(a, b, together(first, second), (10, 20)), model, "drawn")
    if args.films:
        a, b = (la2ds.read(film) for film in args.films)
        model = la2ds.learn([a, b])
        for pair in ((a, b), (b, a)):
            rows += ask(cut(*pair, np.arange(len(a), dtype=float), (10, 20, 40)), model, "cameras")
    print(f"commit {commit_id()}\n")
    for (clips, by), found in pd.DataFrame(rows).groupby(["clips", "by"]):
        table = found.pivot_table(
            index="cut", columns="ends", values=["error", "matched", "told", "right", "said"], sort=False
        )
        print(f"{clips}, {by}\n{table.round(2).to_markdown()}\n")


def drawn(action: str, number: int, seed: int) -> tuple[Clip, Tempo]:
    """Draw a clip, and how its time is spent."""
    truth = make_clip(action, seed=seed, action_index=list(MOVEMENTS).index(action), clip_index=number)
    joints = truth.pixels[:, :13]
    poses = (joints + np.random.default_rng([seed, number]).normal(0, 1.5, joints.shape)).astype(np.float32)
    confidence = np.ones(poses.shape[:2], np.float32)
    clip = Clip(f"{action}_{number}", poses, confidence, np.arange(len(poses)) / FPS, float(FPS), (SIZE, SIZE))
    return clip, truth.tempo


def together(first: Tempo, second: Tempo) -> np.ndarray:
    """Give each frame of one clip the moment of the other that goes with it, in frames; NaN where nobody moves."""
    fine = np.arange(0, second.frames, 0.05)
    there, here = second.control(fine), first.control(np.arange(first.frames))
    out, back = fine <= second.lead_in + second.out, fine >= second.lead_in + second.out + second.hold
    found = np.full(first.frames, np.nan)
    for frame in np.flatnonzero((here > MOVING[0]) & (here < MOVING[1])):
        side = out if frame <= first.lead_in + first.out else back
        found[frame] = fine[side][np.abs(there[side] - here[frame]).argmin()]
    return found


def cut(a: Clip, b: Clip, truth: np.ndarray, by: tuple[int, ...]) -> Iterator[Case]:
    """Give each way to cut two clips: its name, the clips, and b's frame for each of a's."""
    m, n = len(a), len(b)
    yield "whole", a, b, truth
    for k in by:
        yield f"{k} at the start", a, part(b, k, n), truth - k
        yield f"{k} at the end", a, part(b, 0, n - k), truth
        yield f"{k} at both", part(a, k, m), part(b, 0, n - k), truth[k:]
        yield f"{k} at both", part(a, 0, m - k), part(b, k, n), truth[: m - k] - k


def ask(cases: Iterator[Case], model: la2ds.Model, clips: str) -> Iterator[dict[str, object]]:
    for name, a, b, truth in cases:
        embedded = model.embed(a), model.embed(b)
        for by, pair in (("embedding", embedded), ("poses", (a, b))):
            for ends in ("tied", "open"):
                match = la2ds.align(*pair, by=by, ends=ends)
                has = (truth >= 0) & (truth <= len(b) - 1)
                none = np.isfinite(truth) & ~has
                about = {"clips": clips, "by": by, "ends": ends, "cut": name}
                error = np.abs(match.partners - truth)[has].mean() if has.any() else np.nan
                told = (~match.matched)[none].mean() if none.any() else np.nan
                matched = match.matched[has].mean() if has.any() else np.nan
                known = np.isfinite(truth)
                right = (np.abs(match.partners - truth) <= TOLERANCE * len(b))[known].mean()
                about |= {"right": right, "said": match.confidence[known].mean()}
                yield about | {"error": error, "matched": matched, "told": told}


if __name__ == "__main__":
    main()
