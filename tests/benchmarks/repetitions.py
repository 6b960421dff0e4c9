"""How well ``la2ds.reps`` counts and cuts drawn films: ``python -m tests.benchmarks.repetitions [--rounds 5]``.

A round is 60 films of ``tests/fixtures/drawn_series.py``: 1 to 12 repetitions of squats, jumping jacks and side
lunges, four films of each count, and 12 without any. People, tempi and cameras are drawn by lot; half the films have
pauses; everybody turns and walks a little; 5 % of the joints and some whole frames are missing, the others have 1.5
pixels of noise.
The constants were chosen on seeds 0 to 19, so ``--seed`` begins at 100.

Printed: how often the count is exact; how far the first and last frames are from the truth, where films were counted
right, as a share of the film's mean repetition and in frames (a repetition begins where 3 % of the way is made);
the confidence; and what is wrong.
"""

import argparse
import time
from itertools import product

import numpy as np
import pandas as pd

from la2ds.clips.clip import Clip
from la2ds.clips.repetitions import reps
from la2ds.datasets.demo.motion import MOVEMENTS
from la2ds.formats.results.provenance import commit_id
from tests.fixtures.drawn_series import NOTHING, drawn_nothing, drawn_series

Film = tuple[Clip, list[tuple[int, int]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=100)
    args = parser.parse_args()
    counts, missed = [], []
    begin = time.process_time()
    for seed in range(args.seed, args.seed + args.rounds):
        for clip, spans in films(seed):
            found = reps(clip)
            right = len(found) == len(spans)
            kind = "none" if not spans else "one" if len(spans) == 1 else "2 to 12"
            counts.append({"films of": kind, "name": clip.name, "seed": seed, "found": len(found), "right": right})
            if right and spans:
                missed += errors(found, np.array(spans))
    table, missed_by = pd.DataFrame(counts), pd.DataFrame(missed)
    print(f"commit {commit_id()}, {(time.process_time() - begin) / len(table):.2f} s a film\n")
    print(table.groupby("films of").right.agg(["size", "mean"]).to_markdown(), f"\nall: {table.right.mean():.3f}\n")
    print(missed_by.describe(percentiles=[0.05, 0.5, 0.95]).round(4).to_markdown())
    print(f"\nwrong:\n{table[~table.right].to_markdown(index=False)}")


def films(seed: int) -> list[Film]:
    """Draw a round."""
    actions = list(MOVEMENTS)
    some = [
        drawn_series(1000 * n + seed, count, action=actions[(count + n) % len(actions)])
        for count, n in product(range(1, 13), range(4))
    ]
    return some + [(drawn_nothing(1000 * n + seed, kind), []) for kind, n in product(NOTHING, range(3))]


def errors(found: pd.DataFrame, spans: np.ndarray) -> list[dict[str, float]]:
    """Hold first and last frames against the truth: a row for each repetition."""
    apart = np.abs(found[["first_frame", "last_frame"]].to_numpy() - spans)
    length = (spans[:, 1] - spans[:, 0] + 1).mean()
    return [
        {"share": frames.mean() / length, "frames": frames.mean(), "confidence": sure}
        for frames, sure in zip(apart, found.confidence, strict=True)
    ]


if __name__ == "__main__":
    main()
