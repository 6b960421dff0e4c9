"""Training one method on one action with one seed; a killed run resumes from its last checkpoint."""

import contextlib
import hashlib
import json
import logging
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from la2ds.config import MethodConfig, OptimiserConfig, as_dict
from la2ds.formats.skeletons import skeleton_named
from la2ds.learning.model import PRETRAINED, WEIGHTS, Model, load_weights, new_model
from la2ds.learning.objectives import OBJECTIVES
from la2ds.learning.objectives.base import Objective
from la2ds.learning.training.batches import draw_batch, sequences
from la2ds.learning.training.checkpoint import VERSION as CHECKPOINT
from la2ds.learning.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from la2ds.learning.training.optimiser import AdamW
from la2ds.views.clips import ClipBatch
from la2ds.views.training_view import training_view
from la2ds.views.view import View

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
    """Set up a training with initial weights; without ``actions`` all clips are of one.

    Raises:
        InputError: if it is to start from the network that comes with the package, and that has other settings.
    """
    if method.start:
        model = load_weights(PRETRAINED / WEIGHTS, method, skeleton, features=features).to(device)
    else:
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
    skeleton = skeleton_named(training.skeleton)
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
        SystemExit: if the run has to stop; the checkpoint is written first.
    """
    settings = training.method.optimiser
    forward = torch.compile(training.model) if settings.compile else training.model
    training.model.train()
    begin = last = time.monotonic()
    # A bar for people; logs have their lines.
    for step in tqdm(
        range(first, settings.steps), desc="train", unit="step", disable=None, initial=first, total=settings.steps
    ):
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
    settings = [CHECKPOINT, as_dict(training.method), training.seed, training.skeleton, video_ids]
    digest = hashlib.sha256(json.dumps(settings).encode())
    clips = training.clips
    for part in (clips.lengths, clips.position, clips.confidence, clips.pictures, clips.phases):
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

    with _stop_requests() as stopped:
        run_steps(training, first, save=save, stopped=stopped)


@contextlib.contextmanager
def _stop_requests() -> Iterator[Callable[[], bool]]:
    """Listen for SIGTERM and SIGUSR1, by which schedulers announce that time is up."""
    requests: list[int] = []
    may_listen = threading.current_thread() is threading.main_thread()
    numbers = (signal.SIGTERM, signal.SIGUSR1) if may_listen else ()
    before = {number: signal.signal(number, lambda got, _frame: requests.append(got)) for number in numbers}
    try:
        yield lambda: bool(requests)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
