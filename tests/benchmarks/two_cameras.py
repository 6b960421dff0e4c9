"""How well methods align two films of one motion, where the truth is known: two cameras that started together.

    python tests/benchmarks/two_cameras.py CAM1.mp4 CAM2.mp4 --work FOLDER [--lag 20] [--weights POSE.task]

The films go through the workflow as anybody's own videos would (reader ``folder``): poses by MediaPipe, one training
per method on the two films alone, which are not said to belong together, and ``python -m la2ds align``. Two cases:

* ``whole``: both films as they are. The true path is the identity, and that is also what the clock says: films of one
  length tell nothing about the clock.
* ``cut``: the first film without its last ``lag`` frames, the second without its first. Frame i of the first goes with
  frame i - lag of the second, and the clock is wrong by ``lag`` frames. These films are embedded, not trained on.
  Errors are counted from frame ``lag`` of the first on, where there is a partner. ``align`` ties the last frames
  together, so the last frame of the first also gets the second's end, which has no partner: a little for every method.

Printed: a Markdown table of mean absolute errors, over the first film's frames and for each over its matches, in
frames, milliseconds and percent of the frames counted. The row ``Truth`` is the best path that ``align`` could find.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pandas as pd
import yaml

from la2ds.__main__ import main as la2ds
from la2ds.config import load_method
from la2ds.datasets.video import examine, open_video
from la2ds.formats.results.provenance import commit_id

ROOT = Path(__file__).resolve().parents[2]
METHODS = ("time", "pose", "pose_time", "untrained", "la2ds", "la2ds_align")
ACTION = "motion"
CASES = {"whole": ("first", "second"), "cut": ("first_cut", "second_cut")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("films", nargs=2, type=Path)
    parser.add_argument("--work", type=Path, required=True, help="folder to work in")
    parser.add_argument("--lag", type=int, default=20, help="frames cut off the films' ends in the second case")
    parser.add_argument("--weights", type=Path, default=ROOT / "models/pose_landmarker_full.task")
    parser.add_argument("--methods", nargs="+", default=METHODS)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    frames, fps = lay_down(args.films, args.work, lag=args.lag)
    embed(args.work, args.methods, args.weights, args.seed)
    best = {"Method": "Truth", "whole": describe(truth(frames, lag=0), shift=0, frames=frames, fps=fps)}
    best["cut"] = describe(truth(frames, lag=args.lag), shift=args.lag, frames=frames, fps=fps)
    rows = [best]
    rows += [measure(args.work, name, args.seed, lag=args.lag, frames=frames, fps=fps) for name in args.methods]
    print(f"{args.films[0].name}, {args.films[1].name}: {frames} frames, {fps:g} a second; commit {commit_id()}\n")
    for cells in (list(rows[0]), ["---"] * len(rows[0]), *(row.values() for row in rows)):
        print(f"| {' | '.join(cells)} |")


def lay_down(films: list[Path], work: Path, *, lag: int) -> tuple[int, float]:
    """Make a study of the two films, whole and cut; give their number of frames and their rate."""
    for name in ("Snakefile", "workflow", "config", "profiles", "envs", "la2ds"):
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        if not (work / name).exists():
            (work / name).symlink_to(ROOT / name)
    folder = work / "data/videos" / ACTION
    folder.mkdir(parents=True, exist_ok=True)
    opened = [open_video(film) for film in films]
    first, second = (examine(video) for video in opened)
    if first.frames != second.frames:
        sys.exit(f"expected films of one length, found {first.frames} and {second.frames} frames")
    for film, name in zip(films, CASES["whole"], strict=True):
        shutil.copyfile(film, folder / f"{name}{film.suffix.lower()}")
    write_film(folder / "first_cut.mp4", islice(opened[0].read(), first.frames - lag), first.timing.fps)
    write_film(folder / "second_cut.mp4", islice(opened[1].read(), lag, None), second.timing.fps)
    splits = {"first": "train", "second": "train", "first_cut": "val", "second_cut": "val"}
    lines = ["video,split", *(f"{ACTION}/{name},{split}" for name, split in splits.items())]
    (work / "data/videos/splits.csv").write_text("\n".join(lines) + "\n")
    return first.frames, first.timing.fps


def write_film(path: Path, pictures: Iterable[np.ndarray], fps: float) -> None:
    """Encode pictures, nearly without loss."""
    if path.exists():
        return
    with av.open(str(path), "w") as container:
        stream = None
        for picture in pictures:
            if stream is None:
                stream = container.add_stream("libx264", rate=round(fps), options={"crf": "12"})
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = "yuv420p"
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        if stream is not None:
            container.mux(stream.encode(None))


def embed(work: Path, methods: list[str], weights: Path, seed: int) -> None:
    """Let the workflow embed the films with each method."""
    overrides = yaml.safe_dump({"folder": {"actions": [ACTION]}}, default_flow_style=True).strip()
    wanted = [str(embeddings(Path(), name, seed)) for name in methods]
    config = ["--config", f"overrides={overrides}", f"pose_weights={weights.resolve()}"]
    subprocess.run([sys.executable, "-m", "snakemake", *wanted, *config], cwd=work, check=True)


def embeddings(work: Path, method: str, seed: int) -> Path:
    seed = 0 if load_method(ROOT / f"config/methods/{method}.yaml").is_deterministic else seed
    return work / f"results/folder/embeddings/{method}/{ACTION}/seed{seed}.parquet"


def measure(work: Path, method: str, seed: int, *, lag: int, frames: int, fps: float) -> dict[str, str]:
    """Align both cases with `la2ds align` and count how far the paths are from the truth."""
    row = {"Method": load_method(ROOT / f"config/methods/{method}.yaml").label}
    for case, names in CASES.items():
        output = work / f"paths/{method}_{case}.csv"
        clips = [f"{ACTION}/{name}" for name in names]
        if la2ds(
            ["align", "--embeddings", str(embeddings(work, method, seed)), "--clips", *clips, "--output", str(output)]
        ):
            sys.exit(1)
        row[case] = describe(pd.read_csv(output), shift={"whole": 0, "cut": lag}[case], frames=frames, fps=fps)
    return row


def describe(path: pd.DataFrame, *, shift: int, frames: int, fps: float) -> str:
    """Say how far a path is from the truth, which is ``shift`` frames off the diagonal."""
    apart = (path.first_frame - shift - path.second_frame).abs().groupby(path.first_frame).mean()
    error, length = apart[apart.index >= shift].mean(), frames - 2 * shift
    return f"{error:.1f} frames, {1000 * error / fps:.0f} ms, {100 * error / length:.1f} %"


def truth(frames: int, *, lag: int) -> pd.DataFrame:
    """Lay out the best path through the cut films: wait at the start, go along, let the second run out."""
    last = frames - lag - 1
    first = [*range(last + 1), *[last] * lag]
    return pd.DataFrame({"first_frame": first, "second_frame": [max(0, i - lag) for i in range(len(first))]})


if __name__ == "__main__":
    main()
