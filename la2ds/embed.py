"""Embedding every frame of every video of an action with trained weights, initial weights, or a control's formula."""

import argparse
import logging

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from la2ds.config import MethodConfig, load_method
from la2ds.controls import controls_of
from la2ds.data.tables import Embeddings, HeatmapShard, read_heatmaps, read_keypoints, write_embeddings
from la2ds.device import DEVICES, choose_device
from la2ds.errors import InputError
from la2ds.heatmaps import mirror_channels
from la2ds.model import Model, checksum, load_weights
from la2ds.pose.skeletons import SKELETONS
from la2ds.provenance import commit_id
from la2ds.selection import present, videos_of
from la2ds.views import whole_view

log = logging.getLogger(__name__)


def embed_clip(model: Model, maps: np.ndarray, *, method: MethodConfig, partners: list[int]) -> np.ndarray:
    """Embed one clip: resampled to the method's frames, averaged with its mirror image, interpolated back.

    Args:
        model: network in evaluation mode.
        maps: (T, C, H, W) uint8.
        method: settings.
        partners: for each channel its partner on the other side.

    Returns:
        (T, D) float32.
    """
    device = next(model.parameters()).device
    values = torch.from_numpy(maps).to(device).float() / 255
    mirrored = values[:, partners].flip(-1)
    inputs = [values, mirrored] if method.encoder.mirror_test else [values]
    views = [whole_view(v, method) for v in inputs]
    embedding = torch.stack([model.encoder(v.maps, v.places)[0] for v in views]).mean(0)
    return stretch(embedding, len(maps)).cpu().numpy()


def stretch(embedding: Tensor, frames: int) -> Tensor:
    """Interpolate (F, D) linearly to (frames, D), first and last frame kept."""
    place = torch.linspace(0, len(embedding) - 1, frames, device=embedding.device)
    before = place.floor().long().clamp(max=len(embedding) - 2)
    return torch.lerp(embedding[before], embedding[before + 1], (place - before)[:, None])


def embed_learned(
    videos: pd.DataFrame, shard: HeatmapShard, *, method: MethodConfig, weights: str, device: torch.device
) -> dict[str, np.ndarray]:
    """Embed clips with a network."""
    model = load_weights(weights, method, shard.skeleton).to(device).eval()
    partners = mirror_channels(method.input.heatmaps, SKELETONS[shard.skeleton])
    with torch.inference_mode():
        return {v: embed_clip(model, shard.clips[v], method=method, partners=partners) for v in videos.video_id}


def embed_control(
    videos: pd.DataFrame, *, method: MethodConfig, keypoints: list[str], seed: int
) -> dict[str, np.ndarray]:
    """Embed clips with a formula; those without keypoints are left out where the formula needs them."""
    clips = read_keypoints(keypoints).clips if keypoints else {}
    if method.input.kind == "keypoints":
        videos = present(videos, clips, what="keypoints")
    formula = controls_of(method.encoder, seed=seed)
    return {v: formula(v, int(t), clips.get(v)) for v, t in zip(videos.video_id, videos.frames, strict=True)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--method", required=True, help="method file")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--action", required=True, help="an action, or `all`")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--videos", required=True, help="videos.csv")
    parser.add_argument("--heatmaps", nargs="+", default=[], help="heatmap shards of the action")
    parser.add_argument("--keypoints", nargs="+", default=[], help="keypoint shards of the action")
    parser.add_argument("--weights", help="model.safetensors; controls have none")
    parser.add_argument("--output", required=True, help="embeddings (Parquet)")


def main(args: argparse.Namespace) -> None:
    """Embed train and val videos."""
    method = load_method(args.method)
    videos = videos_of(args.videos, action=args.action)
    metadata = {"action": args.action, "seed": str(args.seed), "commit": commit_id()}
    metadata["method"] = args.method.rsplit("/", 1)[-1].removesuffix(".yaml")
    if method.is_control:
        clips = embed_control(videos, method=method, keypoints=args.keypoints, seed=args.seed)
    else:
        if not args.weights or not args.heatmaps:
            raise InputError(args.method, expected="--weights and --heatmaps for a network", found="not both")
        shard = read_heatmaps(args.heatmaps)
        if shard.spec != method.input.heatmaps.name:
            raise InputError(args.heatmaps[0], expected=f"heatmaps {method.input.heatmaps.name}", found=shard.spec)
        videos = present(videos, shard.clips, what="heatmaps")
        device = choose_device(args.device)
        clips = embed_learned(videos, shard, method=method, weights=args.weights, device=device)
        metadata |= {"weights_sha256": checksum(args.weights), "device": str(device)}
    if not clips:
        expected = f"{method.input.kind} of videos of {args.action}"
        raise InputError([*args.heatmaps, *args.keypoints][0], expected=expected, found="none")
    write_embeddings(args.output, Embeddings(clips, metadata))
    log.info("%d clips, %d frames", len(clips), sum(map(len, clips.values())))
