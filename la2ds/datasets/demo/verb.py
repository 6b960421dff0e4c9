"""Make the demo: short clips of a drawn person, with the truth that real data sets lack.

The clips are H.264 files like any foreign video; nothing downstream depends on their being drawn. The person carries a
lamp that is lit in the extreme pose, at a moment that pictures know and skeletons do not; see ``demo_lamp``. Written
below the root:

* ``videos/{action}/{video_id}.mp4``: 20 frames per second, 360 by 360 pixels.
* ``labels.parquet``: the phase of each frame; ``events.csv``: the key events that end phases 0, 1 and 2.
* ``keypoints_2d.parquet`` (pixels), ``keypoints_3d.parquet`` (millimetres in the camera frame): what was drawn.
* ``manifest.csv``: one row per clip; written last, so that it means a whole dataset.
"""

import argparse
import contextlib
import functools
import logging
import multiprocessing
import os
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pandas as pd
from tqdm import tqdm

from la2ds.config import DatasetConfig, load
from la2ds.datasets.demo.clip import EVENTS, JOINTS, Clip, make_clip
from la2ds.datasets.demo.motion import MOVEMENTS
from la2ds.datasets.demo.subject import FPS, SIZE
from la2ds.errors import InputError
from la2ds.formats.files.storage import atomic_path, write_text
from la2ds.formats.keypoints import Keypoints, KeypointShard, write_keypoints
from la2ds.formats.labels import Labels, write_labels
from la2ds.formats.skeletons import BODY13

ESTIMATOR = "generator/1"
DEFAULTS = {"train": 24, "val": 12, "seed": 0}
MANIFEST_COLUMNS = [
    "video_id",
    "action",
    "split",
    "source",
    "frames",
    "fps",
    "width",
    "height",
    "occluded",
    "lead_in",
    "lead_out",
    "lamp",
    "lamp_moment",
]
# One thread, so that the same frames give the same bytes on every machine.
CODEC_OPTIONS = {"preset": "ultrafast", "crf": "23", "threads": "1"}

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClipName:
    """The place of a clip in the dataset."""

    action: str
    index: int
    split: str

    @property
    def video_id(self) -> str:
        """Give the clip's name everywhere."""
        return f"{self.action}_{self.index:03d}"

    @property
    def source(self) -> str:
        """Give the clip's file, relative to the dataset's root."""
        return f"videos/{self.action}/{self.video_id}.mp4"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``demo``."""
    parser.add_argument("--dataset", type=Path, required=True, help="dataset file, config/datasets/demo.yaml")
    parser.add_argument("--root", type=Path, help="folder to write (default: the dataset file's root)")
    parser.add_argument("--processes", type=int, default=1, help="how many clips are drawn at once")


def main(args: argparse.Namespace) -> None:
    """Make the dataset that a dataset file describes."""
    config = load(DatasetConfig, args.dataset)
    names = list_clips(config, args.dataset)
    root = args.root if args.root is not None else Path(config.root)
    write_dataset(root, names, seed=_options(config, args.dataset)["seed"], processes=args.processes)
    logger.info("%d clips in %s", len(names), root)


def list_clips(config: DatasetConfig, file: str | Path) -> list[ClipName]:
    """List the clips a dataset file asks for: first the training clips of an action, then its validation clips.

    Args:
        config: the settings.
        file: where they came from, for the messages.

    Raises:
        InputError: if an action or an option is unknown, or a number is impossible.
    """
    options = _options(config, file)
    for action in config.actions:
        if action not in MOVEMENTS:
            raise InputError(file, expected=f"'actions' among {', '.join(MOVEMENTS)}", found=repr(action))
    splits = ["train"] * options["train"] + ["val"] * options["val"]
    return [ClipName(action, i, split) for action in config.actions for i, split in enumerate(splits)]


def _options(config: DatasetConfig, file: str | Path) -> dict[str, int]:
    for key, value in config.options.items():
        if key not in DEFAULTS:
            raise InputError(file, expected=f"'options' among {', '.join(DEFAULTS)}", found=f"'options.{key}'")
        if not _is_count(value):
            raise InputError(
                file, expected=f"'options.{key}' to be a whole number from 0 to a million", found=repr(value)
            )
    return DEFAULTS | config.options


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1_000_000


def write_dataset(root: Path, names: list[ClipName], *, seed: int, processes: int = 1) -> None:
    """Draw and write all clips and their truth.

    Args:
        root: the dataset's folder; made if it is missing.
        names: which clips.
        seed: the same seed gives the same dataset.
        processes: how many clips are drawn at once; every clip has random numbers of its own.
    """
    # A killed run must not leave an older run's manifest beside newer clips.
    (root / "manifest.csv").unlink(missing_ok=True)
    drawing = functools.partial(write_clip, root, seed=seed)
    with contextlib.ExitStack() as stack:
        drawings: Iterator[Clip] = map(drawing, names)
        if processes > 1:
            # Spawned, since a copy of a process with threads may hang.
            context = multiprocessing.get_context("spawn")
            try:
                pool = ProcessPoolExecutor(processes, mp_context=context, initializer=end_with_parent)
                drawings = stack.enter_context(pool).map(drawing, names)
            except OSError as error:  # no /dev/shm, say
                logger.warning("one clip after the other, for processes cannot talk to each other here: %s", error)
        clips = dict(zip(names, tqdm(drawings, total=len(names), desc="clips", unit="clip"), strict=True))
    write_truth(root, clips)
    _write_csv(root / "manifest.csv", [_manifest_row(n, c) for n, c in clips.items()], MANIFEST_COLUMNS)


def end_with_parent() -> None:
    """Let this process end when the one that began it does, instead of waiting for work for ever."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def write_clip(root: Path, name: ClipName, *, seed: int) -> Clip:
    """Draw one clip and write its video."""
    clip = make_clip(name.action, seed=seed, action_index=list(MOVEMENTS).index(name.action), clip_index=name.index)
    write_video(root / name.source, clip.draw())
    return clip


def write_video(path: Path, frames: Iterable[np.ndarray]) -> None:
    """Encode (SIZE, SIZE, 3) uint8 frames as H.264 in MP4; a whole file or none."""
    with atomic_path(path) as temporary, av.open(str(temporary), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FPS, options=CODEC_OPTIONS)
        stream.width = stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for packet in _packets(stream, frames):
            container.mux(packet)


def _packets(stream: av.VideoStream, frames: Iterable[np.ndarray]) -> Iterator[Any]:
    for frame in frames:
        yield from stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24"))
    yield from stream.encode(None)


def write_truth(root: Path, clips: dict[ClipName, Clip]) -> None:
    """Write labels, keypoints and events."""
    phases = {name.video_id: clip.phases for name, clip in clips.items()}
    named = {name.action: EVENTS[name.action] for name in clips}
    write_labels(root / "labels.parquet", Labels(phases, source="generator", events=named))
    for dims, values in ((2, "pixels"), (3, "points")):
        poses = {name.video_id: _keypoints(getattr(clip, values)) for name, clip in clips.items()}
        shard = KeypointShard(poses, skeleton=BODY13.name, estimator=ESTIMATOR, dims=dims)
        write_keypoints(root / f"keypoints_{dims}d.parquet", shard)
    rows = [
        {"video_id": name.video_id, "event": i, "name": EVENTS[name.action][i], "frame": frame}
        for name, clip in clips.items()
        for i, frame in enumerate(clip.events)
    ]
    _write_csv(root / "events.csv", rows, ["video_id", "event", "name", "frame"])


def _keypoints(points: np.ndarray) -> Keypoints:
    """Keep the skeleton's joints of the rig's (T, K, D) points; the generator is sure of them, occluded or not."""
    joints = points[:, :JOINTS]
    return Keypoints(position=joints, confidence=np.ones(joints.shape[:2], np.float32))


def _manifest_row(name: ClipName, clip: Clip) -> dict[str, object]:
    return {
        "video_id": name.video_id,
        "action": name.action,
        "split": name.split,
        "source": name.source,
        "frames": clip.tempo.frames,
        "fps": FPS,
        "width": SIZE,
        "height": SIZE,
        "occluded": int(clip.occluder is not None),
        "lead_in": clip.tempo.lead_in,
        "lead_out": clip.tempo.lead_out,
        "lamp": clip.lamp.side,
        "lamp_moment": clip.lamp.moment,
    }


def _write_csv(path: Path, rows: list[dict[str, object]], columns: list[str]) -> None:
    write_text(path, pd.DataFrame(rows, columns=columns).to_csv(index=False))
