"""How far marked moments land from where they belong, and whether `la2ds.clips` knows it.

    python tests/benchmarks/carry_events.py STUDY --dataset demo --actions squat jumping_jacks

STUDY is a folder in which the workflow has embedded the actions:
`snakemake results/demo/embeddings/la2ds_align/squat/seed0.parquet` and so on.

Val clips alone. The key event of a phase is its last frame, as in the metrics. *One marked*: each clip's events are
carried to each other clip. *Five marked*: to all others from five clips, which are drawn `--draws` times. Ways:
`la2ds.carry` by embeddings and by poses, the frame with the nearest embedding, and the frame at the same share of
the clip (*clock*).

Printed, as Markdown: the median and the 90 % quantile of the error, the share within 3 % of the clip searched, and for
carry how that share goes with the confidence it gave. ECE is the mean difference of the two over ten bins of
confidence, weighted by how many events fall in each.
"""

import argparse
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from la2ds.clips.clip import Clip
from la2ds.clips.matching.carry import carry
from la2ds.clips.matching.confidence import TOLERANCE
from la2ds.evaluation.align import frame_costs
from la2ds.evaluation.metrics.events import ABSENT, event_frames
from la2ds.formats.embeddings import read_embeddings
from la2ds.formats.keypoints import read_keypoints
from la2ds.formats.labels import read_labels
from la2ds.formats.results.provenance import commit_id
from la2ds.formats.videos import read_videos

WAYS = ("embeddings", "nearest embedding", "poses", "clock")
Marks = dict[str, dict[str, int]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", type=Path)
    parser.add_argument("--dataset", default="demo")
    parser.add_argument("--actions", nargs="+", required=True)
    parser.add_argument("--method", default="la2ds_align")
    parser.add_argument("--seed", type=int, default=0, help="of the method")
    parser.add_argument("--split", default="val")
    parser.add_argument("--most", type=int, default=10_000, help="clips of an action; more are drawn from")
    parser.add_argument("--draws", type=int, default=10, help="of five marked clips")
    parser.add_argument("--fps", type=float, default=20.0, help="where the dataset does not know (Penn Action)")
    parser.add_argument("--output", type=Path, help="CSV of every carried event")
    args = parser.parse_args()
    parts = []
    for action in args.actions:
        clips, truth = load(args, action)
        print(f"{args.dataset} {action}: {len(clips)} {args.split} clips")
        for marked, rows in (("one", one_marked(clips, truth)), ("five", five_marked(clips, truth, args.draws))):
            parts.append(pd.DataFrame(rows).assign(action=action, marked=marked))
    found = pd.concat(parts, ignore_index=True)
    found["missed"] = (found.frame - found.true).abs()
    found["right"] = found.missed <= TOLERANCE * found.frames
    if args.output:
        found.to_csv(args.output, index=False)
    print(f"\ncommit {commit_id()}\n")
    print_table(errors(found))
    print_table(reliability(found))


def load(args: argparse.Namespace, action: str) -> tuple[list[Clip], Marks]:
    """Read the clips of an action, and the frames of their events."""
    results = args.study / "results" / args.dataset
    videos = read_videos(results / "videos.csv").query("action == @action and split == @args.split")
    phases = read_labels(results / "labels.parquet").phases
    poses = read_keypoints(sorted(results.glob(f"keypoints/*/{action}_*.parquet")))
    embeddings = read_embeddings(results / f"embeddings/{args.method}/{action}/seed{args.seed}.parquet").clips
    chosen = np.random.default_rng(1).permutation(len(videos))[: args.most]
    videos = videos.iloc[sorted(chosen)]
    count = 1 + max(int(phases[v].max()) for v in videos.video_id)
    clips, truth = [], {}
    for row in videos.itertuples():
        pose, fps = poses.clips[row.video_id], row.fps if row.fps > 0 else args.fps
        times, size = np.arange(row.frames) / fps, (int(row.width), int(row.height))
        parts = (pose.position, pose.confidence, times, fps, size, poses.skeleton)
        clips.append(Clip(row.video_id, *parts, embedding=embeddings[row.video_id]))
        events = event_frames(phases[row.video_id], count)
        truth[row.video_id] = {f"e{n}": int(frame) for n, frame in enumerate(events) if frame != ABSENT}
    return clips, truth


def one_marked(clips: list[Clip], truth: Marks) -> Iterator[dict[str, object]]:
    for clip in clips:
        yield from carried([clip], [other for other in clips if other is not clip], truth)


def five_marked(clips: list[Clip], truth: Marks, draws: int) -> Iterator[dict[str, object]]:
    rng = np.random.default_rng(0)
    for _ in range(draws):
        chosen = set(rng.choice(len(clips), 5, replace=False).tolist())
        marked = [clip for n, clip in enumerate(clips) if n in chosen]
        yield from carried(marked, [clip for n, clip in enumerate(clips) if n not in chosen], truth)


def carried(marked: list[Clip], targets: list[Clip], truth: Marks) -> Iterator[dict[str, object]]:
    """Carry events in every way: a row for each way, target and event that both have."""
    marks = [(clip.name, event, frame) for clip in marked for event, frame in truth[clip.name].items()]
    table = pd.DataFrame(marks, columns=["video", "event", "frame"])
    for way in WAYS:
        if way in ("clock", "nearest embedding"):
            rows = simply_carried(table, marked, targets, way)
        else:
            both = [[bare(clip) if way == "poses" else clip for clip in group] for group in (marked, targets)]
            rows = carry(table, *both)
        for row in rows.itertuples():
            clip = next(target for target in targets if target.name == row.video)
            if row.event in truth[row.video]:
                about = {"frames": len(clip), "fps": clip.fps, "source": marked[0].name, "video": row.video}
                found = {"frame": row.frame, "true": truth[row.video][row.event], "confidence": row.confidence}
                yield {"way": way, **about, "event": row.event, **found}


def bare(clip: Clip) -> Clip:
    return dataclasses.replace(clip, embedding=None)


def simply_carried(table: pd.DataFrame, marked: list[Clip], targets: list[Clip], way: str) -> pd.DataFrame:
    """Carry without a path: the median over marked clips of the nearest embedding, or of the same share of the clip."""
    rows = []
    sources = {clip.name: clip for clip in marked}
    for target in targets:
        for event, own in table.groupby("event", sort=False):
            found = [there(sources[row.video], row.frame, target, way) for row in own.itertuples()]
            rows.append((target.name, event, int(np.median(found)), np.nan))
    return pd.DataFrame(rows, columns=["video", "event", "frame", "confidence"])


def there(source: Clip, frame: int, target: Clip, way: str) -> int:
    if way == "clock":
        return int(np.abs(np.arange(len(target)) / len(target) - frame / len(source)).argmin())
    return int(frame_costs(source.embedding[[frame]], target.embedding, kind="squared").argmin())


def errors(found: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (action, marked, way), part in found.groupby(["action", "marked", "way"], sort=False):
        frames, ms = part.missed.quantile([0.5, 0.9]), (1000 * part.missed / part.fps).quantile([0.5, 0.9])
        row = {"action": action, "marked": marked, "way": way, "events": len(part)}
        row |= {"median, frames": f"{frames[0.5]:.1f}", "90 %, frames": f"{frames[0.9]:.1f}"}
        row |= {
            "median, ms": f"{ms[0.5]:.0f}",
            "90 %, ms": f"{ms[0.9]:.0f}",
            "mean, frames": f"{part.missed.mean():.2f}",
        }
        rows.append(row | {"within 3 %": f"{100 * part.right.mean():.0f} %"})
    return pd.DataFrame(rows)


def reliability(found: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (action, marked, way), part in found.dropna(subset="confidence").groupby(
        ["action", "marked", "way"], sort=False
    ):
        row = {"action": action, "marked": marked, "way": way}
        for low in np.arange(0, 1, 0.2):
            high = low + 0.2
            inside = part[(part.confidence >= low) & ((part.confidence < high) | (high > 0.99))]
            share = f"{100 * inside.right.mean():.0f} % of {len(inside)}" if len(inside) else "-"
            row[f"{100 * low:.0f} to {100 * high:.0f} %"] = share
        rows.append(row | {"ECE": f"{100 * calibration_error(part):.1f} %"})
    return pd.DataFrame(rows)


def calibration_error(part: pd.DataFrame) -> float:
    bins = np.minimum((10 * part.confidence).astype(int), 9)
    off = part.groupby(bins)[["confidence", "right"]].sum()
    return float((off.confidence - off.right).abs().sum() / len(part))


def print_table(table: pd.DataFrame) -> None:
    for cells in (list(table), ["---"] * table.shape[1], *table.itertuples(index=False)):
        print(f"| {' | '.join(map(str, cells))} |")
    print()


if __name__ == "__main__":
    main()
