"""Train the network that comes with the package, on made-up movements: ``python -m la2ds.learning.pretraining FOLDER``.

Every step sees clips of one kind (``la2ds.datasets.movements``). How far each has come is known, so no path has to be
guessed between two clips: frames of one phase are to look alike. All else is as in ``la2ds_align``.
"""

import argparse
import dataclasses
import json
import logging
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from la2ds.config import MethodConfig, ObjectiveConfig, load_method, shipped
from la2ds.datasets.movements.kinds import draw_kind
from la2ds.datasets.movements.performances import Performance, perform
from la2ds.formats.files.storage import sha256_of, write_text
from la2ds.formats.skeletons import BODY13
from la2ds.learning.device import choose_device
from la2ds.learning.model import RUN, WEIGHTS, halve_weights
from la2ds.learning.objectives.base import Objective, Sequences
from la2ds.learning.objectives.scl import SequenceContrastive, divergence
from la2ds.learning.training.results import write_results
from la2ds.learning.training.train import start, train
from la2ds.views.clips import ClipBatch
from la2ds.views.read_clips import joints_of

METHOD = "la2ds_adapted"
KINDS, CLIPS, STEPS = 1800, 16, 6000  # clips of each kind; a batch holds them all
UNIT = 1000  # phases are kept as whole numbers


class PhaseContrastive(Objective):
    """SCL within each clip, and the same between all clips of a batch with their phase for time; see ``scl``."""

    labelled = True

    def __init__(self, config: ObjectiveConfig) -> None:
        super().__init__(config)
        self.within = SequenceContrastive(config)

    def forward(self, first: Sequences, second: Sequences, *, generator: Generator, step: int) -> Tensor:
        """Average over clips, pairs of different clips, directions and frames.

        Raises:
            ValueError: if the phases are not known.
        """
        if first.phases is None or second.phases is None:
            raise ValueError("objective needs the phases of its training clips")
        loss: Tensor = self.within(first, second, generator=generator, step=step)
        left, right = (~torch.eye(len(first.z), dtype=torch.bool, device=first.z.device)).nonzero().unbind(1)
        cosine = F.normalize(first.z, dim=-1)[left] @ F.normalize(second.z, dim=-1)[right].mT
        apart = (first.phases[left, :, None] - second.phases[right, None, :]) / UNIT
        closeness, similarity = -(apart**2) / (2 * self.config.sigma**2), cosine / self.config.temperature
        return loss + (divergence(closeness, similarity) + divergence(closeness.mT, similarity.mT)) / 2


def draw_performances(seed: int, *, kinds: int) -> list[Performance]:
    """Draw kinds of movement with ``CLIPS`` clips each, kind by kind; the same seed gives the same."""
    rng = np.random.default_rng(seed)
    return [perform(kind, rng) for kind in (draw_kind(rng) for _ in range(kinds)) for _ in range(CLIPS)]


def pretraining_settings(steps: int) -> MethodConfig:
    """Give the settings: those of ``METHOD``, but for a start from random weights and its own optimiser."""
    method = load_method(shipped("methods", METHOD))
    optimiser = dataclasses.replace(method.optimiser, steps=steps, batch=CLIPS, learning_rate=1e-3)
    return dataclasses.replace(method, start="", optimiser=optimiser)


def pretrain(folder: Path, *, seed: int, kinds: int = KINDS, steps: int = STEPS) -> None:
    """Train, and write what a training writes; one that was stopped goes on from its checkpoint."""
    method, device = pretraining_settings(steps), choose_device("cpu", threads=1)
    performances = draw_performances(seed, kinds=kinds)
    joints = [(joints_of(p.keypoints, method=method), p.keypoints.confidence) for p in performances]
    phases = [(UNIT * p.phase).round().astype(np.int64) for p in performances]
    actions = [f"kind_{n // CLIPS:05d}" for n in range(len(performances))]
    batch = ClipBatch.stack(joints, device).label(phases)
    training = start(method, batch, skeleton=BODY13.name, seed=seed, device=device, actions=actions)
    training.objective = PhaseContrastive(method.objective)
    videos = pd.DataFrame({"video_id": [f"{action}_{n % CLIPS:02d}" for n, action in enumerate(actions)]})
    folder.mkdir(parents=True, exist_ok=True)
    train(training, videos.video_id.tolist(), folder)
    write_results(folder, training, videos=videos, action="made-up movements")
    halve_weights(folder / WEIGHTS)
    run = json.loads((folder / RUN).read_text())
    write_text(folder / RUN, json.dumps(run | {"weights_sha256": sha256_of(folder / WEIGHTS)}, indent=1) + "\n")


def main() -> None:
    """Train with the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="where weights, history and provenance are written")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    pretrain(args.folder, seed=args.seed)


if __name__ == "__main__":
    main()
