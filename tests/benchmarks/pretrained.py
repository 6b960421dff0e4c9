"""What the network that comes with the package is worth: ``python -m tests.benchmarks.pretrained SET [--root FOLDER]``.

SET is ``made_up`` (kinds of movement that no training saw), ``uiprmd`` or ``penn_five``, of which the last two need
their native files. Ways of describing frames: the clock, poses (``pose_features``), the network as it is, and adapted
to each action without labels on its training clips (``la2ds_adapted``). Networks are those of the folders that
``--weights`` names, one for each seed; without it the package's own.

Each is read out twice over ordered pairs of val clips: *nearest*, the workflow's ``alignment_error`` and AP@5, over all
of them; *path*, the events carried along the path that ``la2ds.align`` finds with tied and, for networks, with
open ends, over ``--most`` clips of each action. Errors are in per cent of the clip searched, means over actions.
"""

import argparse
import dataclasses
import logging
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from la2ds.clips.clip import Clip
from la2ds.clips.matching.features import pose_features
from la2ds.clips.matching.match import PRICES
from la2ds.clips.matching.paths import match_pairs
from la2ds.clips.model import Model, clips_of, load, one_thread
from la2ds.config import DatasetConfig, ProtocolConfig, load_method, protocol_file, shipped
from la2ds.config import load as load_config
from la2ds.datasets.index import READERS
from la2ds.datasets.movements.kinds import draw_kind
from la2ds.datasets.movements.performances import FPS, SIZE, perform
from la2ds.evaluation.align import frame_costs, partners_of
from la2ds.evaluation.metrics.alignment_error import alignment_error
from la2ds.evaluation.metrics.clips import ActionClips
from la2ds.evaluation.metrics.clips import Clip as Embedded
from la2ds.evaluation.metrics.events import ABSENT, event_frames
from la2ds.evaluation.metrics.retrieval import retrieval
from la2ds.evaluation.open_ends import match_open
from la2ds.formats.results.provenance import commit_id
from la2ds.formats.videos import USUAL_FPS
from la2ds.learning.model import PRETRAINED
from la2ds.learning.training.train import run_steps, start
from la2ds.views.read_clips import stack_clips
from tests.fixtures.paths import ROOT

HELD_OUT = 10_000  # seed; pretraining takes small ones


@dataclasses.dataclass(frozen=True)
class Action:
    """Clips of one action, and the phase of each frame of each."""

    train: list[Clip]
    val: list[Clip]
    phases: dict[str, np.ndarray]


def made_up(kinds: int = 12, clips: int = 16) -> dict[str, Action]:
    """Draw kinds of movement, half of the clips for training; an event is half way from one key pose to the next."""
    rng, actions = np.random.default_rng(HELD_OUT), {}
    for n in range(kinds):
        kind, drawn, phases = draw_kind(rng), [], {}
        for m in range(clips):
            done, name = perform(kind, rng), f"kind{n:02d}_{m:02d}"
            phases[name] = np.round(done.phase * (len(kind.poses) - 1)).astype(int)
            drawn.append(made(name, done.keypoints.position, done.keypoints.confidence, FPS, SIZE))
        actions[f"kind{n:02d}"] = Action(drawn[: clips // 2], drawn[clips // 2 :], phases)
    return actions


def read_from(name: str, root: Path) -> dict[str, Action]:
    """Read a dataset's native files."""
    dataset = dataclasses.replace(load_config(DatasetConfig, ROOT / f"config/datasets/{name}.yaml"), root=str(root))
    reader = READERS[dataset.reader]
    videos, labels = reader.index(root, dataset)
    found = reader.annotations(root, dataset, videos, dims=2).clips
    actions: dict[str, Action] = {}
    for row in videos.itertuples():
        if row.video_id in found:
            joints, fps = found[row.video_id], row.fps if row.fps > 0 else USUAL_FPS
            action = actions.setdefault(row.action, Action([], [], {}))
            size = int(row.width), int(row.height)
            getattr(action, row.split).append(made(row.video_id, joints.position, joints.confidence, fps, size))
            action.phases[row.video_id] = labels.phases[row.video_id]
    return actions


def made(name: str, position: np.ndarray, confidence: np.ndarray, fps: float, size: tuple[int, int]) -> Clip:
    return Clip(name, position, confidence, np.arange(len(position)) / fps, fps, size)


def adapted(model: Model, clips: list[Clip], *, seed: int) -> tuple[Model, float]:
    """Train on as ``la2ds_adapted`` does, from any network of its kind; also the seconds of a processor it took."""
    method, begin = load_method(shipped("methods", "la2ds_adapted")), time.process_time()
    with one_thread() as device:
        batch = stack_clips(clips_of(clips, method, drawn=False), method=method, device=device)
        plain = dataclasses.replace(method, start="")
        training = start(plain, batch, skeleton=clips[0].skeleton, seed=seed, device=device)
        training.model.load_state_dict(model.network.state_dict())
        run_steps(training, 0, save=lambda step: None, stopped=lambda: False)
    return dataclasses.replace(model, network=training.model.eval()), time.process_time() - begin


def nearest(action: Action, described: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Give the workflow's alignment error and AP@5, both in per cent."""
    clips = [Embedded(c.name, described[c.name], action.phases[c.name], c.fps) for c in action.val]
    data, protocol = ActionClips([], clips), load_config(ProtocolConfig, protocol_file("default"))
    return {"nearest": 100 * alignment_error(data, protocol)[0].value, "AP@5": 100 * retrieval(data, protocol)[0].value}


def some(action: Action, most: int) -> list[Clip]:
    chosen = np.random.default_rng(1).permutation(len(action.val))[:most]
    return [action.val[n] for n in sorted(chosen)]


def along_paths(action: Action, clips: list[Clip], described: Mapping[str, np.ndarray], *, ends: str = "tied") -> float:
    """Carry events along the path of each pair, both ways: mean error in per cent of the clip searched."""
    count = 1 + max(int(phases.max()) for phases in action.phases.values())
    events = [event_frames(action.phases[clip.name], count) for clip in clips]
    pairs = [(i, j) for i in range(len(clips)) for j in range(i)]
    values = [(described[clips[i].name], described[clips[j].name]) for i, j in pairs]
    if ends == "tied":
        paths = match_pairs(values)
    else:
        paths = (match_open(frame_costs(*pair, kind="squared"), PRICES["embedding"]) for pair in values)
    missed = []
    for (i, j), path in zip(pairs, paths, strict=True):
        for a, b, way in ((i, j, path), (j, i, path[:, ::-1])):
            known = (events[a] != ABSENT) & (events[b] != ABSENT)
            found = partners_of(way, len(clips[a]))[events[a][known]]
            missed += (np.abs(found - events[b][known]) / len(clips[b])).tolist()
    return 100 * float(np.mean(missed))


def score(action: Action, described: Mapping[str, np.ndarray], *, most: int, open_ends: bool) -> dict[str, float]:
    clips = some(action, most)
    row = nearest(action, described) | {"path": along_paths(action, clips, described)}
    return row | ({"open path": along_paths(action, clips, described, ends="open")} if open_ends else {})


def by_model(clips: list[Clip], model: Model) -> dict[str, np.ndarray]:
    return {clip.name: embedding for clip in clips if (embedding := model.embed(clip).embedding) is not None}


def by_pairs(action: Action, model: Model, pairs: int) -> dict[str, float]:
    """Adapt to two clips alone, as ``compare --adapt`` does: errors along the path before and after."""
    clips = some(action, 2 * pairs)
    found = []
    for pair in zip(clips[::2], clips[1::2], strict=True):
        own, _ = adapted(model, list(pair), seed=0)
        found.append([along_paths(action, list(pair), by_model(list(pair), which)) for which in (model, own)])
    return dict(zip(("as it is", "adapted to the pair"), np.mean(found, 0).tolist(), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", choices=("made_up", "uiprmd", "penn_five"))
    parser.add_argument("--root", type=Path)
    parser.add_argument("--weights", type=Path, nargs="+", default=[PRETRAINED])
    parser.add_argument("--most", type=int, default=40)
    parser.add_argument("--pairs", type=int, help="so many pairs of each action instead, adapted to by themselves")
    parser.add_argument("--plain", action="store_true", help="adapt nothing")
    args = parser.parse_args()
    logging.disable(logging.WARNING)
    name = "uiprmd_views" if args.set == "uiprmd" else args.set
    actions = made_up() if args.set == "made_up" else read_from(name, args.root)
    rows: list[dict[str, object]] = []

    def note(way: str, seed: int, action: str, row: dict[str, float]) -> None:
        rows.append({"way": way, "seed": seed, "action": action} | row)
        print(way, seed, action, {key: round(value, 2) for key, value in row.items()}, flush=True)

    for action, clips in actions.items() if args.pairs is None else ():
        clock = {clip.name: np.linspace(0, 1, len(clip))[:, None] for clip in clips.val}
        poses = {clip.name: pose_features(clip) for clip in clips.val}
        note("clock", 0, action, score(clips, clock, most=args.most, open_ends=False))
        note("poses", 0, action, score(clips, poses, most=args.most, open_ends=False))
        for seed, folder in enumerate(args.weights):
            model = load(folder)
            note("pretrained", seed, action, score(clips, by_model(clips.val, model), most=args.most, open_ends=True))
            if not args.plain:
                own, seconds = adapted(model, clips.train, seed=seed)
                row = score(clips, by_model(clips.val, own), most=args.most, open_ends=True)
                note("adapted", seed, action, row | {"seconds": seconds})
    for action, clips in actions.items() if args.pairs is not None else ():
        note("pairs", 0, action, by_pairs(clips, load(args.weights[0]), args.pairs))
    table = pd.DataFrame(rows)
    counts = {action: f"{len(clips.train)} + {len(clips.val)}" for action, clips in actions.items()}
    print(f"\ncommit {commit_id()}; train + val clips: {counts}\n")
    means = table.drop(columns="action").groupby(["way", "seed"], sort=False).mean()
    print(means.groupby("way", sort=False).agg(["mean", "min", "max"]).round(2).T.to_markdown())
    if args.pairs is not None:
        return
    nearest_errors = table.groupby(["way", "action"], sort=False)[["nearest", "path"]].mean().round(2)
    print("\n" + nearest_errors.unstack("action").to_markdown())


if __name__ == "__main__":
    main()
