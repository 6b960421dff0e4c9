"""How well two films of one motion are aligned where the truth is known: two cameras that started together.

    python tests/benchmarks/two_cameras.py CAM1.mp4 CAM2.mp4 [--lag 20] [--method la2ds_align]

What ``la2ds compare`` does, as it is and with ``--adapt``, and models learned from the two films on the spot are held
against normalised poses (``--quick``) and the clock. Two cases:

* ``whole``: both films as they are. The true path is the identity, and that is also what the clock says: films of one
  length tell nothing about the clock.
* ``cut``: the first film without its last ``lag`` frames, the second without its first. Frame i of the first goes with
  frame i - lag of the second, and the clock is wrong by ``lag`` frames. These clips are embedded, not learned from.
  Errors are counted from frame ``lag`` of the first on, where there is a partner. Both ends are tied together, so the
  last frame of the first also gets the second's end, which has no partner: a little for every way of matching.

Printed: a Markdown table of median and mean absolute errors over the first clip's frames, in frames and milliseconds.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

import la2ds
from la2ds.clips.clip import Clip
from la2ds.formats.results.provenance import commit_id


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("films", nargs=2, type=Path)
    parser.add_argument("--lag", type=int, default=20, help="frames cut off the clips' ends in the second case")
    parser.add_argument("--method", default="la2ds_align")
    parser.add_argument("--seeds", type=int, default=1)
    args = parser.parse_args()
    a, b = (la2ds.read(film) for film in args.films)
    if len(a) != len(b):
        parser.error(f"expected films of one length, found {len(a)} and {len(b)} frames")
    lag = args.lag
    cases = {"whole": (a, b, 0), "cut": (part(a, 0, len(a) - lag), part(b, lag, len(b)), lag)}
    rows = {"Clock": {case: clock(len(x), len(y)) for case, (x, y, _) in cases.items()}}
    rows["Poses (--quick)"] = {case: la2ds.align(x, y).partners for case, (x, y, _) in cases.items()}
    models = {"The package's network": la2ds.load("pretrained")}
    models["The same, adapted to both"] = la2ds.learn([a, b], method="la2ds_adapted")
    for seed in range(args.seeds):
        models[f"Learned from both, seed {seed}"] = la2ds.learn([a, b], method=args.method, seed=seed)
    for name, model in models.items():
        rows[name] = {case: la2ds.align(model.embed(x), model.embed(y)).partners for case, (x, y, _) in cases.items()}
    print(f"{a.name}, {b.name}: {len(a)} frames, {a.fps:g} a second; commit {commit_id()}\n")
    print("| Matched by | whole | cut |\n| :--- | ---: | ---: |")
    for name, found in rows.items():
        cells = [describe(found[case], shift, fps=a.fps) for case, (_, _, shift) in cases.items()]
        print(f"| {name} | {' | '.join(cells)} |")


def part(clip: Clip, first: int, last: int) -> Clip:
    """Cut a clip."""
    kept = slice(first, last)
    cut = replace(clip, poses=clip.poses[kept], confidence=clip.confidence[kept], times=clip.times[kept])
    return replace(cut, frames=None)


def clock(first: int, second: int) -> np.ndarray:
    """Match equal shares of the time."""
    return np.rint(np.linspace(0, second - 1, first)).astype(int)


def describe(partners: np.ndarray, shift: int, *, fps: float) -> str:
    """Say how far partners are from the truth, which is ``shift`` frames off the diagonal."""
    frames = np.arange(shift, len(partners))
    apart = np.abs(partners[frames] - (frames - shift))
    return f"{np.median(apart):.1f} median, {apart.mean():.1f} mean frames ({1000 * apart.mean() / fps:.0f} ms)"


if __name__ == "__main__":
    main()
