"""How well methods align two films of one motion, where the truth is known: two cameras that started together.

    python tests/benchmarks/two_cameras.py CAM1.mp4 CAM2.mp4 --work FOLDER [--lag 20] [--weights POSE.task]

The films go through the workflow as anybody's own videos would (reader ``folder``): poses by MediaPipe, one training
per method on the two films alone, which are not said to belong together, and ``python -m la2ds align``. Two cases:

* ``whole``: both films as they are. The true path is the identity, and that is also what the clock says: films of one
  length tell nothing about the clock.
* ``cut``: the first film without its last ``lag`` frames, the second without its first. Frame i of the first goes with
  frame i - lag of the second, and the clock is wrong by ``lag`` frames. These films are embedded, not trained on.
  Errors are counted from frame ``lag`` of the first on, where there is a partner; no method can be right near the ends,
  which ``align`` matches with each other.

Printed: a Markdown table of mean absolute errors in frames, milliseconds and percent of the film.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pandas as pd
import yaml

from la2ds.__main__ import main as la2ds
from la2ds.config import load_method
from la2ds.data.video import open_video
from la2ds.provenance import commit_id

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
    rows = [measure(args.work, name, args.seed, lag=args.lag, frames=frames, fps=fps) for name in args.methods]
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
    pictures = [list(open_video(film).read()) for film in films]
    if len(pictures[0]) != len(pictures[1]):
        sys.exit(f"expected films of one length, found {len(pictures[0])} and {len(pictures[1])} frames")
    fps = open_video(films[0]).fps
    for film, name in zip(films, CASES["whole"], strict=True):
        shutil.copyfile(film, folder / f"{name}{film.suffix.lower()}")
    write_film(folder / "first_cut.mp4", pictures[0][:-lag], fps)
    write_film(folder / "second_cut.mp4", pictures[1][lag:], fps)
    splits = {"first": "train", "second": "train", "first_cut": "val", "second_cut": "val"}
    lines = ["video,split", *(f"{ACTION}/{name},{split}" for name, split in splits.items())]
    (work / "data/videos/splits.csv").write_text("\n".join(lines) + "\n")
    return len(pictures[0]), fps


def write_film(path: Path, pictures: list[np.ndarray], fps: float) -> None:
    """Encode pictures, nearly without loss."""
    if path.exists():
        return
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=round(fps), options={"crf": "12"})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
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
        path, shift = pd.read_csv(output), {"whole": 0, "cut": lag}[case]
        partnered = path[path.first_frame >= shift]
        error = (partnered.first_frame - shift - partnered.second_frame).abs().mean()
        length = frames - shift
        row[case] = f"{error:.1f} frames, {1000 * error / fps:.0f} ms, {100 * error / length:.1f} %"
    return row


if __name__ == "__main__":
    main()
