"""How well wrong push-ups are told from right ones: ``python tests/benchmarks/odd_pushups.py FILMS --work FOLDER``.

    python tests/benchmarks/odd_pushups.py FILMS --work FOLDER [--weights POSE.task] [--seeds 0 1 2]

FILMS is a folder of films called ``correct*`` and ``wrong*``, one push-up each. They go through the workflow as
anybody's own videos would: poses by MediaPipe, and one training of ``la2ds_align`` per seed on all of them, which is
told of no label and holds nothing out, as ``la2ds odd`` does. Then every way of ranking scores every film against all
others, and the names say which are wrong.

Printed: a Markdown table of the area under the ROC curve (0.5 is chance) with the 95 % interval of 10,000 resamples of
films, right and wrong ones apart. Where there are several seeds, the mean over them, and the interval of that mean.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import yaml

from la2ds.clips.clip import Clip
from la2ds.clips.matching.features import pose_features
from la2ds.clips.matching.odd import odd
from la2ds.clips.matching.paths import match_pairs
from la2ds.formats.embeddings import read_embeddings
from la2ds.formats.keypoints import read_keypoints
from la2ds.formats.results.provenance import commit_id
from la2ds.formats.videos import read_videos

ROOT = Path(__file__).resolve().parents[2]
ACTION, METHOD = "pushup", "la2ds_align"
RESAMPLES = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("films", type=Path, help="folder of correct*.mp4 and wrong*.mp4")
    parser.add_argument("--work", type=Path, required=True, help="folder to work in")
    parser.add_argument("--weights", type=Path, default=ROOT / "models/pose_landmarker_full.task")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    args = parser.parse_args()
    lay_down(args.films, args.work)
    embed(args.work, args.weights, args.seeds)
    clips = read_clips(args.work)
    learned = [with_embeddings(clips, embeddings(args.work, seed)) for seed in args.seeds]
    wrong = np.array([clip.name.startswith("wrong") for clip in clips])
    print(f"{np.sum(~wrong)} right films, {wrong.sum()} wrong; seeds {args.seeds}; commit {commit_id()}\n")
    print("| Ranked by | AUC | 95 % interval |\n| --- | --- | --- |")
    for name, scores in rankings(clips, learned).items():
        value, low, high = area_with_interval(scores, wrong)
        print(f"| {name} | {value:.2f} | {low:.2f} to {high:.2f} |")


def lay_down(films: Path, work: Path) -> None:
    """Make a study of the films, all of them for training."""
    folder = work / "data/videos" / ACTION
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("Snakefile", "workflow", "config", "profiles", "envs", "la2ds"):
        if not (work / name).exists():
            (work / name).symlink_to(ROOT / name)
    found = [film for film in sorted(films.glob("*.mp4")) if film.stem.startswith(("correct", "wrong"))]
    if len(found) < 3:
        sys.exit(f"{films}: expected films called correct*.mp4 and wrong*.mp4, found {len(found)}")
    for film in found:
        if not (folder / film.name).exists():
            (folder / film.name).symlink_to(film.resolve())
    lines = ["video,split", *(f"{ACTION}/{film.stem},train" for film in found)]
    splits = work / "data/videos/splits.csv"
    if not splits.exists():  # a new file would make everything run again
        splits.write_text("\n".join(lines) + "\n")


def embed(work: Path, weights: Path, seeds: Sequence[int]) -> None:
    """Let the workflow find the poses and embed the films."""
    overrides = yaml.safe_dump({"folder": {"actions": [ACTION]}}, default_flow_style=True).strip()
    config = ["--config", f"overrides={overrides}", f"pose_weights={weights.resolve()}"]
    wanted = [str(embeddings(Path(), seed)) for seed in seeds]
    subprocess.run([sys.executable, "-m", "snakemake", *wanted, "--cores", "1", *config], cwd=work, check=True)


def embeddings(work: Path, seed: int) -> Path:
    return work / f"results/folder/embeddings/{METHOD}/{ACTION}/seed{seed}.parquet"


def read_clips(work: Path) -> list[Clip]:
    """Read the films' poses: clips called as the films are."""
    videos = read_videos(work / "results/folder/videos.csv")
    poses = read_keypoints(sorted((work / "results/folder/keypoints/mediapipe").glob("*.parquet")))
    return [
        Clip(
            name=str(video.video_id).rpartition("/")[2],
            poses=poses.clips[str(video.video_id)].position,
            confidence=poses.clips[str(video.video_id)].confidence,
            times=np.arange(video.frames) / video.fps,
            fps=float(video.fps),
            size=(int(video.width), int(video.height)),
            skeleton=poses.skeleton,
        )
        for video in videos.itertuples()
    ]


def with_embeddings(clips: Sequence[Clip], file: Path) -> list[Clip]:
    found = read_embeddings(file).clips
    return [replace(clip, embedding=found[f"{ACTION}/{clip.name}"]) for clip in clips]


def rankings(clips: Sequence[Clip], learned: Sequence[Sequence[Clip]]) -> dict[str, np.ndarray]:
    """Score every film in every way: name -> (R, N), a row for each seed, the higher the more unlike the others."""
    poses = [pose_features(clip) for clip in clips]
    of_seeds = [[np.asarray(clip.embedding, dtype=np.float64) for clip in seed] for seed in learned]
    clocks = [np.linspace(0, 1, len(clip))[:, None] for clip in clips]
    frames = np.array([[len(clip) for clip in clips]], dtype=float)
    return {
        "`odd`, learned alignment": np.array([own_scores(seed) for seed in learned]),
        "`odd`, poses alone": own_scores(clips)[None],
        "`odd`, the clock's alignment": own_scores(
            [replace(clip, embedding=clock) for clip, clock in zip(clips, clocks, strict=True)]
        )[None],
        "distance of embeddings": np.array([median_costs(e, e) for e in of_seeds]),
        "distance of poses, learned alignment": np.array([median_costs(e, poses) for e in of_seeds]),
        "distance of poses, pose DTW": median_costs(poses, poses)[None],
        "distance of poses, the clock's alignment": median_costs(clocks, poses)[None],
        "long clips": frames,
        "short clips": -frames,
        "clips of unusual length": np.abs(np.log(frames / np.median(frames))),
    }


def own_scores(clips: Sequence[Clip]) -> np.ndarray:
    """Give the scores of ``la2ds.clips.matching.odd``, in the order of the clips."""
    return odd(clips).set_index("video").score.loc[[clip.name for clip in clips]].to_numpy()


def median_costs(by: Sequence[np.ndarray], values: Sequence[np.ndarray]) -> np.ndarray:
    """Align by ``by``; give each clip the median over the others of the mean squared distance of ``values``."""
    table = np.full((len(by), len(by)), np.nan)
    pairs = list(combinations(range(len(by)), 2))
    for (i, j), path in zip(pairs, match_pairs([(by[i], by[j]) for i, j in pairs]), strict=True):
        a, b = path.T
        table[i, j] = table[j, i] = ((values[i][a] - values[j][b]) ** 2).sum(1).mean()
    return np.asarray(np.nanmedian(table, axis=1))


def area_with_interval(scores: np.ndarray, wrong: np.ndarray) -> tuple[float, float, float]:
    """Give the area under the ROC curve, mean over the rows of ``scores`` (R, N), and its 95 % interval.

    The area is the share of pairs of a wrong and a right film in which the wrong one scores higher; ties count half.
    """
    bad, good = scores[:, wrong, None], scores[:, None, ~wrong]
    wins = ((bad > good) + 0.5 * (bad == good)).mean(0)  # (wrong, right)
    rng = np.random.default_rng(0)
    drawn = [rng.multinomial(n, np.full(n, 1 / n), size=RESAMPLES) / n for n in wins.shape]
    low, high = np.quantile(np.einsum("bw,wr,br->b", drawn[0], wins, drawn[1]), [0.025, 0.975])
    return float(wins.mean()), float(low), float(high)


if __name__ == "__main__":
    main()
