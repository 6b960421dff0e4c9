"""Clips in words: F1 is a closed-form set scored by the peers' own code; the others are noise, time and nothing."""

import numpy as np
import pandas as pd

from la2ds.evaluation.metrics.clips import ActionClips, Clip


def f1() -> ActionClips:
    """Eight train and five val videos of four phases whose embedding is a noisy smooth function of progress."""
    clips = [_f1_clip(v) for v in range(13)]
    return ActionClips(train=clips[:8], val=clips[8:])


def _f1_clip(v: int) -> Clip:
    frames = 40 + (7 * v) % 23
    cuts = [int(0.3 * frames) + v % 3, int(0.55 * frames), int(0.8 * frames) - v % 2]
    t, k = np.arange(frames), np.arange(1, 7)
    phases = np.sum([t >= c for c in cuts], axis=0)
    u = np.interp(t, [0, *cuts, frames - 1], [0, 0.25, 0.5, 0.75, 1])
    embedding = np.cos(k * np.pi * u[:, None]) + 0.4 * np.sin(1.7 * t[:, None] * k + v)
    return Clip(f"{v:02d}", embedding.astype(np.float32), phases.astype(np.int16), float("nan"))


def random_clips(*, train: int = 4, val: int = 4, dims: int = 3, phases: int = 3, seed: int = 0) -> ActionClips:
    """Gaussian embeddings of 8 to 15 frames; monotone phases; 25 frames per second except in the first val video."""
    rng = np.random.default_rng(seed)
    clips = []
    for v in range(train + val):
        frames = int(rng.integers(8, 16))
        labels = np.sort(np.concatenate([np.arange(phases), rng.integers(0, phases, frames - phases)]))
        embedding = rng.normal(size=(frames, dims)).astype(np.float32)
        clips.append(Clip(f"{v:02d}", embedding, labels.astype(np.int16), float("nan") if v == train else 25.0))
    return ActionClips(train=clips[:train], val=clips[train:])


def collapsed(data: ActionClips) -> ActionClips:
    """Return the same clips with one vector for every frame."""
    blank = [[Clip(c.video_id, np.ones_like(c.embedding), c.phases, c.fps) for c in s] for s in (data.train, data.val)]
    return ActionClips(*blank)


def time_clips(labels: pd.DataFrame) -> ActionClips:
    """Embed human-labelled Penn Action videos by t / T, the time control.

    Args:
        labels: columns sequence, frame, split, phase of one action.
    """
    splits: dict[str, list[Clip]] = {"train": [], "val": []}
    for (split, sequence), group in labels.sort_values("frame").groupby(["split", "sequence"]):
        time = (np.arange(len(group)) / len(group))[:, None]
        splits[split].append(Clip(str(sequence), time, group.phase.to_numpy(np.int16), 20.0))
    return ActionClips(**splits)
