"""How long a training step of each method takes: ``python tests/benchmarks/training_timing.py la2ds casa``.

Random clips of 40 to 70 frames, one thread. Methods are timed in turn, several rounds, and the best round counts:
machines are shared, and only ratios between methods of one call mean much.
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from la2ds.config import MethodConfig, load_method  # noqa: E402
from la2ds.learning.training.train import Training, start, step_loss, update  # noqa: E402
from la2ds.views.clips import ClipBatch  # noqa: E402

ROUNDS, STEPS = 4, 5


def random_clips(method: MethodConfig) -> ClipBatch:
    """Make 24 clips with what the method looks at."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(40, 71, 24)
    joints = 0 if method.input.kind == "rgb" else 13
    dims = method.input.coordinates.dims if method.input.kind == "coordinates" else 2
    clips = [(rng.uniform(0.2, 0.8, (t, joints, dims)), np.ones((t, joints))) for t in lengths]
    batch = ClipBatch.stack(clips)
    if not method.input.uses_pictures:
        return batch
    size = method.input.pictures.size
    return batch.show([rng.integers(0, 256, (t, 3, size, size), dtype=np.uint8) for t in lengths])


def begin(name: str) -> Training:
    """Set a method up."""
    method = load_method(ROOT / "config" / "methods" / f"{name}.yaml")
    skeleton = "" if method.input.kind == "rgb" else "body13"
    return start(method, random_clips(method), skeleton=skeleton, seed=0, device=torch.device("cpu"))


def seconds(training: Training) -> float:
    """Time a step."""
    begin = time.perf_counter()
    for step in range(STEPS):
        update(training, step, step_loss(training, step, training.model))
    return (time.perf_counter() - begin) / STEPS


def main(names: list[str]) -> None:
    """Print a line for each method."""
    torch.set_num_threads(1)
    trainings = {name: begin(name) for name in names}
    best = dict.fromkeys(names, float("inf"))
    for _ in range(ROUNDS + 1):  # the first warms up
        best = {name: min(best[name], seconds(training)) for name, training in trainings.items()}
    for name, training in trainings.items():
        total, steps = best[name] * training.method.optimiser.steps, training.method.optimiser.steps
        print(f"{name:20s} {1000 * best[name]:7.1f} ms a step, {total:6.1f} s for {steps} steps")


if __name__ == "__main__":
    main(sys.argv[1:] or ["la2ds", "la2ds_rgb", "rgb", "casa", "casa_2d", "tcc", "scl"])
