"""Embedding every frame of every video of an action with trained weights, initial weights, or a control's formula."""

import argparse
import logging
import time

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from la2ds.clip_inputs import Clips, add_shard_arguments, parts_of, read_clips, shards_of
from la2ds.config import MethodConfig, load_method
from la2ds.controls import controls_of
from la2ds.data.tables import Embeddings, read_keypoints, write_embeddings
from la2ds.device import DEVICES, choose_device
from la2ds.encoders.base import Encoder
from la2ds.errors import InputError
from la2ds.model import Model, checksum, load_weights
from la2ds.pose.skeletons import SKELETONS, Skeleton
from la2ds.provenance import commit_id
from la2ds.selection import present, videos_of
from la2ds.whole_views import ClipParts, evenly, whole_view
from la2ds.windows import embed_windows

log = logging.getLogger(__name__)


def embed_clip(model: Model, clip: ClipParts, *, method: MethodConfig, skeleton: Skeleton | None) -> np.ndarray:
    """Embed one clip with a network in evaluation mode: (T, D) float32; see ``embed_whole``."""
    return embed_whole(model.encoder, clip, method=method, skeleton=skeleton).cpu().numpy()


def embed_whole(encoder: Encoder, clip: ClipParts, *, method: MethodConfig, skeleton: Skeleton | None) -> Tensor:
    """Embed one clip: resampled to the method's frames, averaged over windows and mirror image, interpolated back.

    Args:
        encoder: network in evaluation mode.
        clip: what the method sees of it.
        method: settings.
        skeleton: joint set; None where no keypoints are used.

    Returns:
        (T, D) float32.
    """
    sides = (False, True) if method.encoder.mirror_test else (False,)
    views = [whole_view(clip, method=method, skeleton=skeleton, mirrored=mirrored) for mirrored in sides]
    embedding = torch.stack([embed_windows(encoder, view, method=method) for view in views]).mean(0)
    if method.encoder.test_frames:
        embedding = stretch(embedding, clip.frames)
    return embedding[: clip.frames]  # padding, if any, stands behind


def stretch(embedding: Tensor, frames: int) -> Tensor:
    """Interpolate (F, D) linearly to (frames, D), first and last frame kept."""
    place = evenly(len(embedding) - 1, frames, device=embedding.device)
    before = place.floor().long().clamp(max=len(embedding) - 2)
    return torch.lerp(embedding[before], embedding[before + 1], (place - before)[:, None])


def embed_timed(
    clips: Clips, *, method: MethodConfig, weights: str, device: torch.device
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Embed clips with the network of a weights file, and say how many ``frames`` took how many ``seconds``."""
    model = load_weights(weights, method, clips.skeleton, features=clips.features).to(device).eval()
    start = time.perf_counter()
    embedded = embed_clips(model, clips, method=method, device=device)
    seconds = time.perf_counter() - start
    return embedded, {"seconds": f"{seconds:.4f}", "frames": str(sum(map(len, embedded.values())))}


def embed_clips(model: Model, clips: Clips, *, method: MethodConfig, device: torch.device) -> dict[str, np.ndarray]:
    """Embed clips with a network in evaluation mode: video_id -> (T, D) float32."""
    skeleton = SKELETONS[clips.skeleton] if clips.skeleton else None
    embedded = {}
    with torch.inference_mode():
        for video_id in clips.videos.video_id:
            clip = parts_of(clips, video_id, method=method, device=device)
            embedded[video_id] = embed_clip(model, clip, method=method, skeleton=skeleton)
    return embedded


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
    add_shard_arguments(parser)
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
        if not args.weights:
            raise InputError(args.method, expected="--weights for a network", found="none")
        device = choose_device(args.device)
        seen = read_clips(shards_of(args), videos, method=method, drawn=True)
        clips, cost = embed_timed(seen, method=method, weights=args.weights, device=device)
        metadata |= {"weights_sha256": checksum(args.weights), "device": str(device), **cost}
    if not clips:
        expected = f"{method.input.kind} of videos of {args.action}"
        files = [*args.heatmaps, *args.keypoints, *args.features, *args.frames, args.videos]
        raise InputError(files[0], expected=expected, found="none")
    write_embeddings(args.output, Embeddings(clips, metadata))
    log.info("%d clips, %d frames", len(clips), sum(map(len, clips.values())))
