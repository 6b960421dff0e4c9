"""Embedding every frame of every video of an action with trained weights, initial weights, or a control's formula."""

import argparse
import itertools
from collections.abc import Iterator

import numpy as np
import pandas as pd

from la2ds.config import MethodConfig, load_method, method_file
from la2ds.errors import InputError
from la2ds.formats.embeddings import stream_embeddings
from la2ds.formats.keypoints import KeypointShard, read_keypoints, why_none
from la2ds.formats.results.provenance import commit_id
from la2ds.formats.selection import present, videos_of
from la2ds.formats.videos import frames_of
from la2ds.learning.controls import controls_of
from la2ds.learning.device import add_device_arguments
from la2ds.views.shards import add_shard_arguments, shards_of


def embed_control(
    videos: pd.DataFrame, *, method: MethodConfig, keypoints: list[str], seed: int
) -> dict[str, np.ndarray]:
    """Embed clips with a formula; those without keypoints are left out where the formula needs them."""
    shard = read_keypoints(keypoints, frames_of(videos)) if keypoints else KeypointShard({}, "", "")
    if method.input.kind == "keypoints":
        videos = present(videos, shard.clips, content="keypoints")
    formula = controls_of(method.encoder, seed=seed, skeleton=shard.skeleton)
    rows = zip(videos.video_id, videos.frames, videos.fps, strict=True)
    return {v: formula(v, int(frames), shard.clips.get(v), fps) for v, frames, fps in rows}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--method", type=method_file, required=True, help="a method, by name or file")
    parser.add_argument("--seed", type=int, required=True, help="number of the run, from 0")
    parser.add_argument("--action", required=True, help="an action, or `all`")
    add_device_arguments(parser)
    parser.add_argument("--videos", required=True, help="videos.csv")
    add_shard_arguments(parser)
    parser.add_argument("--weights", nargs="?", help="model.safetensors; controls have none")
    parser.add_argument("--output", required=True, help="embeddings (Parquet)")


def main(args: argparse.Namespace) -> None:
    """Embed train and val videos."""
    method = load_method(args.method)
    videos = videos_of(args.videos, action=args.action)
    metadata = {"action": args.action, "seed": str(args.seed), "commit": commit_id()}
    metadata["method"] = args.method.rsplit("/", 1)[-1].removesuffix(".yaml")
    clips: Iterator[tuple[str, np.ndarray]]
    if method.is_control:
        clips = iter(embed_control(videos, method=method, keypoints=args.keypoints, seed=args.seed).items())
    else:
        from la2ds.learning.embedding.network import embed_timed  # late: formulas do without PyTorch

        if not args.weights:
            raise InputError(args.method, expected="--weights for a network", found="none")
        clips = embed_timed(
            shards_of(args),
            videos,
            method=method,
            weights=args.weights,
            device=args.device,
            threads=args.threads,
            metadata=metadata,
        )
    first = next(clips, None)
    if first is None:
        expected = f"{method.input.kind} of videos of {args.action}"
        files = [*args.heatmaps, *args.keypoints, *args.features, *args.frames, args.videos]
        raise InputError(files[0], expected=expected, found=why_none(args.keypoints))
    stream_embeddings(args.output, itertools.chain([first], clips), metadata)
