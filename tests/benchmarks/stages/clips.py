"""Joints of a batch of clips, one of them long, read between frames, against a table padded to the longest."""

import numpy as np
import torch

from la2ds.views.clips import ClipBatch, read_at
from tests.benchmarks.harness import Case

# (short clips of 100 frames, frames of the long one).
SIZES = [(10, 100), (1000, 100), (1000, 4000), (1000, 16_000)]
READ = 32


def make(size: tuple[int, int]) -> Case:
    count, longest = size
    rng = np.random.default_rng(0)
    clips = [(rng.random((t, 17, 2), np.float32), np.ones((t, 17), np.float32)) for t in (longest, *[100] * count)]
    shares = torch.from_numpy(rng.random((count + 1, READ), np.float32))
    frames = shares * (torch.tensor([len(c) for _, c in clips])[:, None] - 1)

    def plain() -> np.ndarray:
        positions = torch.full((count + 1, longest, 17, 2), torch.nan)
        confidences = torch.zeros(count + 1, longest, 17)
        for n, (position, confidence) in enumerate(clips):
            positions[n, : len(position)] = torch.from_numpy(position)
            confidences[n, : len(position)] = torch.from_numpy(confidence)
        return np.concatenate([read_at(positions, frames).numpy(), read_at(confidences, frames).numpy()[..., None]], -1)

    def ours() -> np.ndarray:
        position, confidence = ClipBatch.stack(clips).joints_at(frames)
        return np.concatenate([position.numpy(), confidence.numpy()[..., None]], -1)

    return Case(ours, plain, tolerance=0)
