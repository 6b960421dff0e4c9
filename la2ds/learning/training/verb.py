"""The verb ``train``: one method on one action with one seed; a killed run resumes from its last checkpoint."""

import argparse
import dataclasses
import logging
import math
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch

from la2ds.config import MethodConfig, load_method, method_file
from la2ds.errors import InputError
from la2ds.formats.keypoints import why_none
from la2ds.formats.selection import videos_of
from la2ds.learning.device import add_device_arguments, choose_device
from la2ds.learning.objectives import OBJECTIVES
from la2ds.learning.training.batches import show_labels
from la2ds.learning.training.results import write_results
from la2ds.learning.training.train import start, train
from la2ds.views.clips import ClipBatch
from la2ds.views.read_clips import Clips, read_clips, stack_clips
from la2ds.views.shards import add_shard_arguments, shards_of

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--method", type=method_file, required=True, help="a method, by name or file")
    parser.add_argument("--seed", type=int, required=True, help="number of the run, from 0")
    add_device_arguments(parser)
    parser.add_argument("--videos", required=True, help="videos.csv")
    add_shard_arguments(parser)
    parser.add_argument(
        "--labels", nargs="?", help="labels.parquet, for an objective that is an upper bound and no other"
    )
    parser.add_argument("--action", required=True, help="an action, or `all`")
    parser.add_argument("--steps", type=float, default=1.0, help="share of the method's steps that are done")
    parser.add_argument("--output-dir", required=True, type=Path, help="folder of the run")


def check_method(method: MethodConfig, file: str) -> None:
    """Refuse what cannot be trained.

    Raises:
        InputError: naming the method file.
    """
    if method.is_control:
        raise InputError(file, expected="a method with weights", found=f"the control {method.encoder.kind}")
    if method.weights:
        raise InputError(file, expected="a method with weights of its own", found=f"'weights: {method.weights}'")


def check_clips(method: MethodConfig, videos: pd.DataFrame, *, file: str, method_file: str) -> None:
    """Refuse one clip, or one at a time, for an objective that compares different clips of an action.

    Raises:
        InputError: naming the action, or the method file where batches are too small.
    """
    kind = method.objective.kind
    if OBJECTIVES[kind].least_clips < 2:
        return
    if method.optimiser.batch < 2:
        expected = f"'optimiser.batch' of at least 2 for objective {kind}, which compares different videos"
        raise InputError(method_file, expected=expected, found=str(method.optimiser.batch))
    for action, count in videos.action.value_counts().items():
        if count < 2:
            expected = f"at least 2 usable training videos of {action} for objective {kind}, which compares them"
            raise InputError(file, expected=expected, found=str(count))


def fewer_steps(method: MethodConfig, share: float) -> MethodConfig:
    """Shorten a training, its warm-up with it."""
    settings = method.optimiser
    steps, warmup = (math.ceil(share * count) for count in (settings.steps, settings.warmup))
    return dataclasses.replace(method, optimiser=dataclasses.replace(settings, steps=steps, warmup=warmup))


@dataclass(frozen=True)
class TrainingJob:
    """What is trained, and where it goes.

    Attributes:
        method: settings.
        method_file: their file, for messages.
        action: the clips' action, for the record.
        seed: of all randomness.
        folder: where weights, history and provenance are written.
    """

    method: MethodConfig
    method_file: str
    action: str
    seed: int
    folder: Path


def train_clips(job: TrainingJob, clips: Clips, batch: ClipBatch, *, device: torch.device) -> None:
    """Train to the end, or on from a checkpoint in the folder, and write the results.

    Args:
        job: what is trained, and where it goes.
        clips: the training clips.
        batch: the same on the device (``stack_clips``).
        device: where to compute.

    Raises:
        InputError: if settings do not fit each other or the data, or numbers do not stay finite.
    """
    try:
        training = start(
            job.method,
            batch,
            skeleton=clips.skeleton,
            seed=job.seed,
            device=device,
            features=clips.features,
            actions=clips.videos.action.tolist(),
        )
    except ValueError as error:  # settings that do not fit each other, or the data
        raise InputError(job.method_file, expected="settings that fit each other", found=str(error)) from error
    job.folder.mkdir(parents=True, exist_ok=True)
    try:
        train(training, clips.videos.video_id.tolist(), job.folder)
    except FloatingPointError as error:
        expected = "settings that numbers stay finite with"
        raise InputError(job.method_file, expected=expected, found=str(error)) from error
    write_results(job.folder, training, videos=clips.videos, action=job.action)


def main(args: argparse.Namespace) -> None:
    """Train, and write ``model.safetensors``, ``history.csv`` and ``run.json``."""
    method = fewer_steps(load_method(args.method), args.steps)
    check_method(method, args.method)
    videos = videos_of(args.videos, action=args.action, split="train")
    clips = read_clips(shards_of(args), videos, method=method, drawn=False)
    if clips.videos.empty:
        expected = f"{method.input.kind} of training videos of {args.action}"
        raise InputError(args.videos, expected=expected, found=why_none(args.keypoints))
    check_clips(method, clips.videos, file=args.videos, method_file=args.method)
    device, ids = choose_device(args.device, threads=args.threads), clips.videos.video_id.tolist()
    batch = show_labels(
        stack_clips(clips, method=method, device=device), ids, method=method, file=args.method, labels=args.labels
    )
    log.info("%s, %s, seed %d: %d clips on %s", args.method, args.action, args.seed, len(ids), device)
    job = TrainingJob(method, args.method, args.action, args.seed, args.output_dir)
    train_clips(job, clips, batch, device=device)
