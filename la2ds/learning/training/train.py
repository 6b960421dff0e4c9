"""Training one method on one action with one seed; a killed run resumes from its last checkpoint."""

import argparse
import dataclasses
import hashlib
import json
import logging
import math
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from la2ds.config import MethodConfig, OptimiserConfig, as_dict, load_method
from la2ds.errors import InputError
from la2ds.formats.provenance import provenance
from la2ds.formats.selection import videos_of
from la2ds.formats.skeletons import SKELETONS
from la2ds.formats.storage import atomic_path, write_text
from la2ds.learning.device import DEVICES, choose_device
from la2ds.learning.model import Model, new_model, save_weights
from la2ds.learning.objectives import OBJECTIVES
from la2ds.learning.objectives.base import Objective
from la2ds.learning.training.batches import draw_batch, sequences, show_labels
from la2ds.learning.training.checkpoint import VERSION as CHECKPOINT
from la2ds.learning.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from la2ds.learning.training.flops import count_flops
from la2ds.learning.training.optimiser import AdamW
from la2ds.views.clips import ClipBatch
from la2ds.views.read_clips import read_clips, stack_clips
from la2ds.views.shards import add_shard_arguments, shards_of
from la2ds.views.training_view import View, training_view

log = logging.getLogger(__name__)
LOG_SECONDS = 10
INTERRUPTED = 143  # 128 + SIGTERM: what a scheduler expects of a job it has stopped


@dataclass
class Training:
    """Everything a training step needs and changes.

    Attributes:
        method, seed, device: what is trained, from which randomness, where.
        clips: the training clips.
        actions: (N,) number of each clip's action, from 0.
        skeleton: name of their joint set; empty where they have none.
        features: channels and grid of their stored picture features; zeros where they have none.
        model, objective, optimiser: the network, the loss (which may have weights too) and AdamW over both.
        history: step, loss, learning_rate, gradient_norm, seconds of every step.
        before: seconds spent before the last resume.
    """

    method: MethodConfig
    seed: int
    device: torch.device
    clips: ClipBatch
    actions: Tensor
    skeleton: str
    features: tuple[int, int]
    model: Model
    objective: Objective
    optimiser: AdamW
    history: list[dict[str, float]] = field(default_factory=list)
    before: float = 0.0


def start(
    method: MethodConfig,
    clips: ClipBatch,
    *,
    skeleton: str,
    seed: int,
    device: torch.device,
    features: tuple[int, int] = (0, 0),
    actions: Sequence[str] = (),
) -> Training:
    """Set up a training with initial weights; without ``actions`` all clips are of one."""
    model = new_model(method, skeleton, seed=seed, features=features).to(device)
    settings = method.optimiser
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        objective = OBJECTIVES[method.objective.kind](method.objective).to(device)
    weights = [*model.parameters(), *objective.parameters()]
    optimiser = AdamW(weights, learning_rate=settings.learning_rate, weight_decay=settings.weight_decay)
    names = sorted(set(actions))
    numbers = torch.tensor([names.index(action) for action in actions] or [0] * len(clips.lengths))
    return Training(method, seed, device, clips, numbers, skeleton, features, model, objective, optimiser)


def learning_rate(step: int, config: OptimiserConfig) -> float:
    """Give the rate of a step: linear warm-up times the decay."""
    warm = min(1.0, (step + 1) / max(1, config.warmup))
    share = step / max(1, config.steps)
    if config.decay == "halving":
        return config.learning_rate * warm * 0.5 ** sum(share >= mark / 100 for mark in range(15, 55, 5))
    return config.learning_rate * warm * 0.5 * (1 + math.cos(math.pi * share))


def step_generator(seed: int, step: int) -> torch.Generator:
    """Give the randomness of one step; it depends on nothing before it, so a resumed run draws the same."""
    digest = hashlib.sha256(f"{seed}/{step}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))


def draw_views(training: Training, batch: ClipBatch, generator: torch.Generator) -> list[View]:
    """Draw the views the objective compares: one or two of each clip."""
    method, objective = training.method, training.objective
    # Pictures alone have no joints, and nothing asks for their names.
    skeleton = SKELETONS[training.skeleton or "body13"]
    augment = method.objective.augment_both or objective.views == 1
    views = [training_view(batch, generator, method=method, skeleton=skeleton, augment=augment)]
    if objective.views == 2:
        times = objective.second_times(views[0].times, batch.lengths, generator)
        views.append(training_view(batch, generator, method=method, skeleton=skeleton, augment=True, times=times))
    return views


def step_loss(training: Training, step: int, forward: Callable[..., Tensor]) -> Tensor:
    """Draw views of a batch and compute the loss."""
    method, generator = training.method, step_generator(training.seed, step)
    torch.manual_seed(int(torch.randint(2**31, (1,), generator=generator)))  # dropout
    batch = training.clips.pick(draw_batch(training.actions, generator, size=method.optimiser.batch))
    with torch.no_grad():
        views = draw_views(training, batch, generator)
    mixed = method.optimiser.amp and training.device.type == "cuda"
    with torch.autocast(training.device.type, dtype=torch.bfloat16, enabled=mixed):
        projections = [projection.float() for projection in forward(views)]
    first, second = (sequences(projections[n], views[n], batch) for n in (0, -1))
    return training.objective(first, second, generator=generator, step=step)


def update(training: Training, step: int, loss: Tensor) -> float:
    """Do one step of the optimiser.

    Returns:
        the gradient's norm before clipping.

    Raises:
        FloatingPointError: if the loss or its gradient is not finite.
    """
    if not torch.isfinite(loss):
        raise FloatingPointError(f"loss is {loss.item()} at step {step}")
    training.optimiser.learning_rate = learning_rate(step, training.method.optimiser)
    training.optimiser.zero_grad()
    loss.backward()
    weights = [*training.model.parameters(), *training.objective.parameters()]
    norm = torch.nn.utils.clip_grad_norm_(weights, training.method.optimiser.clip, foreach=True)
    if not torch.isfinite(norm):
        raise FloatingPointError(f"gradient norm is {norm.item()} at step {step}")
    training.optimiser.step()
    return norm.item()


def run_steps(training: Training, first: int, *, save: Callable[[int], None], stopped: Callable[[], bool]) -> None:
    """Do the updates from step ``first`` on.

    Raises:
        SystemExit: if the run was told to stop; the checkpoint is written first.
    """
    settings = training.method.optimiser
    forward = torch.compile(training.model) if settings.compile else training.model
    training.model.train()
    begin = last = time.monotonic()
    for step in range(first, settings.steps):
        loss = step_loss(training, step, forward)
        norm = update(training, step, loss)
        now = time.monotonic()
        row = {"step": step, "loss": loss.item(), "learning_rate": learning_rate(step, settings)}
        training.history.append(row | {"gradient_norm": norm, "seconds": training.before + now - begin})
        if now - last > LOG_SECONDS or step + 1 == settings.steps:
            pace = (now - begin) / (step + 1 - first)
            log.info("step %d of %d, loss %.5f, %.2f s a step", step + 1, settings.steps, loss.item(), pace)
            last = now
        if stopped():
            save(step + 1)
            raise SystemExit(INTERRUPTED)
        if (step + 1) % settings.checkpoint_every == 0 and step + 1 < settings.steps:
            save(step + 1)


def fingerprint(training: Training, video_ids: list[str]) -> str:
    """Name everything the result depends on."""
    known = [CHECKPOINT, as_dict(training.method), training.seed, training.skeleton, video_ids]
    digest = hashlib.sha256(json.dumps(known).encode())
    clips = training.clips
    for part in (clips.position, clips.confidence, clips.pictures, clips.phases):
        if part is not None:
            digest.update(part.cpu().numpy().tobytes())
    return digest.hexdigest()


def train(training: Training, video_ids: list[str], folder: Path) -> None:
    """Train to the end, resuming from ``checkpoint.pt`` in the folder when it belongs to this training."""
    path, mark = folder / "checkpoint.pt", fingerprint(training, video_ids)
    found, first = load_checkpoint(path, fingerprint=mark), 0
    if found is not None:
        training.model.load_state_dict(found.model)
        training.objective.load_state_dict(found.objective)
        training.optimiser.load_state_dict(found.optimiser)
        training.history, training.before, first = found.history, found.seconds, found.step
        log.info("resuming after step %d of %d", first, training.method.optimiser.steps)

    def save(step: int) -> None:
        seconds = training.history[-1]["seconds"] if training.history else 0.0
        checkpoint = Checkpoint(
            step=step,
            model=training.model.state_dict(),
            objective=training.objective.state_dict(),
            optimiser=training.optimiser.state_dict(),
            history=training.history,
            seconds=seconds,
            fingerprint=mark,
        )
        save_checkpoint(path, checkpoint)

    run_steps(training, first, save=save, stopped=_stop_requests())


def _stop_requests() -> Callable[[], bool]:
    """Listen for SIGTERM and SIGUSR1, by which schedulers announce that time is up."""
    requests: list[int] = []
    for number in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, lambda received, _frame: requests.append(received))
    return lambda: bool(requests)


def flops_per_frame(training: Training) -> float:
    """Count the operations to embed a view of the first clip, over its frames."""
    clip = training.clips.pick(torch.zeros(1, dtype=torch.long))
    generator, skeleton = step_generator(training.seed, 0), SKELETONS[training.skeleton or "body13"]
    view = training_view(clip, generator, method=training.method, skeleton=skeleton, augment=False)
    training.model.eval()
    return count_flops(lambda: training.model.encoder.embed(view)) / view.valid.shape[1]


def write_results(folder: Path, training: Training, *, videos: pd.DataFrame, action: str) -> None:
    """Write weights, history and provenance."""
    weights, skeleton, features = folder / "model.safetensors", training.skeleton, training.features
    save_weights(weights, training.model, method=training.method, skeleton=skeleton, features=features)
    columns = ["step", "loss", "learning_rate", "gradient_norm", "seconds"]
    with atomic_path(folder / "history.csv") as temporary:
        pd.DataFrame(training.history, columns=columns).to_csv(temporary, index=False)
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    losses = [row["loss"] for row in training.history]
    summary: dict[str, Any] = {
        "action": action,
        "seed": training.seed,
        "device": str(training.device),
        "threads": torch.get_num_threads(),
        "videos": len(videos),
        "parameters": sum(p.numel() for p in training.model.parameters()),
        "flops_per_frame": flops_per_frame(training),
        "steps": len(training.history),
        "loss_first_tenth": float(np.mean(losses[: max(1, len(losses) // 10)])) if losses else None,
        "loss_last_tenth": float(np.mean(losses[-max(1, len(losses) // 10) :])) if losses else None,
        "seconds": training.history[-1]["seconds"] if losses else 0.0,
        # Kilobytes, but bytes on macOS.
        "peak_memory_mb": round(usage / (2**20 if sys.platform == "darwin" else 2**10)),
        "method": as_dict(training.method),
        "provenance": provenance(),
    }
    write_text(folder / "run.json", json.dumps(summary, indent=1) + "\n")
    (folder / "checkpoint.pt").unlink(missing_ok=True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--method", required=True, help="method file")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--videos", required=True, help="videos.csv")
    add_shard_arguments(parser)
    parser.add_argument("--labels", help="labels.parquet, for an objective that is an upper bound; no other may see it")
    parser.add_argument("--action", required=True, help="an action, or `all`")
    parser.add_argument("--steps", type=float, default=1.0, help="share of the method's steps that are done")
    parser.add_argument("--output-dir", required=True, type=Path)


def check_method(method: MethodConfig, file: str) -> None:
    """Refuse what cannot be trained.

    Raises:
        InputError: naming the method file.
    """
    if method.is_control:
        raise InputError(file, expected="a method with weights", found=f"the control {method.encoder.kind}")
    if method.weights:
        raise InputError(file, expected="a method with weights of its own", found=f"'weights: {method.weights}'")
    if method.objective.kind not in OBJECTIVES:
        raise InputError(file, expected=f"'objective.kind' among {', '.join(OBJECTIVES)}", found=method.objective.kind)
    if method.encoder.frames == 0 and not OBJECTIVES[method.objective.kind].padding:
        expected = f"'encoder.frames' of at least 2 for objective {method.objective.kind}, which knows no padding"
        raise InputError(file, expected=expected, found="0")


def fewer_steps(method: MethodConfig, share: float) -> MethodConfig:
    """Shorten a training, its warm-up with it."""
    own = method.optimiser
    steps, warmup = (math.ceil(share * count) for count in (own.steps, own.warmup))
    return dataclasses.replace(method, optimiser=dataclasses.replace(own, steps=steps, warmup=warmup))


def main(args: argparse.Namespace) -> None:
    """Train, and write ``model.safetensors``, ``history.csv`` and ``run.json``."""
    method = fewer_steps(load_method(args.method), args.steps)
    check_method(method, args.method)
    videos = videos_of(args.videos, action=args.action, split="train")
    clips = read_clips(shards_of(args), videos, method=method, drawn=False)
    if clips.videos.empty:
        raise InputError(args.videos, expected=f"{method.input.kind} of training videos of {args.action}", found="none")
    device, ids = choose_device(args.device), clips.videos.video_id.tolist()
    batch = show_labels(
        stack_clips(clips, method=method, device=device), ids, method=method, file=args.method, labels=args.labels
    )
    try:
        training = start(
            method,
            batch,
            skeleton=clips.skeleton,
            seed=args.seed,
            device=device,
            features=clips.features,
            actions=clips.videos.action.tolist(),
        )
    except ValueError as error:  # settings that do not fit each other, or the data
        raise InputError(args.method, expected="settings that fit each other", found=str(error)) from error
    log.info("%s, %s, seed %d: %d clips on %s", args.method, args.action, args.seed, len(ids), device)
    args.output_dir.mkdir(parents=True, exist_ok=True)
    train(training, ids, args.output_dir)
    write_results(args.output_dir, training, videos=clips.videos, action=args.action)
