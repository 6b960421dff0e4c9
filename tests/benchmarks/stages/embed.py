"""Clips embedded by ``la2ds`` from a heatmap shard, one after another, against all of them held at once."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from la2ds.config import load_method
from la2ds.formats.embeddings import Embeddings, stream_embeddings, write_embeddings
from la2ds.formats.heatmaps import HeatmapShard, write_drawn
from la2ds.formats.keypoints import Keypoints
from la2ds.formats.skeletons import SKELETONS
from la2ds.learning.embedding.network import embed_clip, embed_timed
from la2ds.learning.model import load_weights, new_model, save_weights
from la2ds.views.heatmaps import draw_clip
from la2ds.views.shards import Shards
from la2ds.views.whole_view import ClipParts
from tests.benchmarks.harness import Case
from tests.fixtures.paths import ROOT

SIZES = [(20, 100), (200, 100), (1000, 100)]  # (clips, frames of each)
BODY = SKELETONS["body13"]


def make(size: tuple[int, int]) -> Case:
    clips, frames = size
    method = load_method(ROOT / "config" / "methods" / "la2ds.yaml")
    folder = tempfile.TemporaryDirectory(prefix="bench-")  # lives as long as the case
    shard, weights, output = (Path(folder.name, name) for name in ("h.npz", "model.safetensors", "e.parquet"))
    spec, rng = method.input.heatmaps, np.random.default_rng(0)

    def draw(_: str) -> np.ndarray:
        walk = rng.normal(0, 2, (frames, 13, 2)).cumsum(0) + rng.uniform(0, 200, (13, 2))
        return draw_clip(Keypoints(walk.astype(np.float32), np.ones((frames, 13))), spec=spec, skeleton=BODY)

    lengths = {f"{n:05d}": frames for n in range(clips)}
    write_drawn(shard, HeatmapShard({}, BODY.joints, spec.sigma, BODY.name, spec.name), frames=lengths, draw=draw)
    save_weights(weights, new_model(method, BODY.name, seed=0), method=method, skeleton=BODY.name)
    videos = pd.DataFrame({"video_id": list(lengths), "frames": frames})

    def ours() -> np.ndarray:
        sums = []

        def clip_by_clip() -> Iterator[tuple[str, np.ndarray]]:
            files = Shards(heatmaps=[str(shard)])
            for video_id, clip in embed_timed(
                files, videos, method=method, weights=str(weights), device="cpu", metadata={}
            ):
                sums.append(clip.sum(0))
                yield video_id, clip

        stream_embeddings(output, clip_by_clip(), {})
        return np.stack(sums)

    def plain() -> np.ndarray:
        with np.load(shard) as file:
            maps = np.split(file["heatmaps"], file["offsets"][1:-1])
        model = load_weights(weights, method, BODY.name).eval()
        parts = [ClipParts(torch.from_numpy(clip)) for clip in maps]
        found = [embed_clip(model, clip, method=method, skeleton=BODY) for clip in parts]
        write_embeddings(output, Embeddings(dict(zip(lengths, found, strict=True))))
        return np.stack([clip.sum(0) for clip in found])

    return Case(ours, plain, tolerance=0, holds=folder)
