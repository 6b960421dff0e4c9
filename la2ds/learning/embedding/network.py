"""Embedding whole clips with a network: resampled, in windows, with the mirror image, and back to every frame."""

import time
from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from la2ds.config import MethodConfig
from la2ds.formats.files.storage import sha256_of
from la2ds.formats.skeletons import Skeleton, skeleton_named
from la2ds.learning.device import choose_device
from la2ds.learning.embedding.windows import embed_windows
from la2ds.learning.encoders.base import Encoder
from la2ds.learning.model import Model, load_weights
from la2ds.views.clips import read_at
from la2ds.views.read_clips import Clips, parts_of, read_clips
from la2ds.views.shards import Shards
from la2ds.views.whole_view import ClipParts, evenly, whole_view


@torch.inference_mode()
def embed_clip(model: Model, clip: ClipParts, *, method: MethodConfig, skeleton: Skeleton | None) -> np.ndarray:
    """Embed one clip with a network in evaluation mode: (T, D) float32; see ``embed_whole``."""
    return embed_whole(model.encoder, clip, method=method, skeleton=skeleton).cpu().numpy()


def embed_whole(encoder: Encoder, clip: ClipParts, *, method: MethodConfig, skeleton: Skeleton | None) -> Tensor:
    """Embed one clip: resampled to the method's frames, averaged over windows and mirror image, interpolated back.

    Args:
        encoder: network in evaluation mode.
        clip: its parts that are input of the method.
        method: settings.
        skeleton: joint set; None where no keypoints are used.

    Returns:
        (T, D) float32.
    """
    sides = (False, True) if method.encoder.mirror_test else (False,)
    views = [whole_view(clip, method=method, skeleton=skeleton, mirrored=mirrored) for mirrored in sides]
    embedding = torch.stack([embed_windows(encoder, view, method=method) for view in views]).mean(0)
    if method.encoder.test_frames:
        places = evenly(len(embedding) - 1, clip.frames, device=embedding.device)
        embedding = read_at(embedding[None], places[None])[0]
    return embedding[: clip.frames]  # without the padding, which comes last


def embed_timed(
    shards: Shards,
    videos: pd.DataFrame,
    *,
    method: MethodConfig,
    weights: str,
    device: str,
    threads: int = 0,
    metadata: dict[str, str],
) -> Iterator[tuple[str, np.ndarray]]:
    """Embed videos with the network of a weights file, one after another.

    Args:
        shards: the files of the videos.
        videos: their rows.
        method: settings.
        weights: the file.
        device: see ``choose_device``.
        threads: see ``choose_device``.
        metadata: takes weights_sha256 and device, and after the last video how many ``frames`` took how many
            ``seconds``, reading aside.

    Yields:
        video_id and (T, D) float32.
    """
    chosen = choose_device(device, threads=threads)
    clips = read_clips(shards, videos, method=method, drawn=True)
    model = load_weights(weights, method, clips.skeleton, features=clips.features).to(chosen).eval()
    metadata |= {"weights_sha256": sha256_of(weights), "device": str(chosen)}
    skeleton, seconds, frames = skeleton_named(clips.skeleton), 0.0, 0
    for video_id in clips.videos.video_id:
        clip = parts_of(clips, video_id, method=method, device=chosen)
        start = time.perf_counter()
        embedded = embed_clip(model, clip, method=method, skeleton=skeleton)
        seconds, frames = seconds + time.perf_counter() - start, frames + len(embedded)
        yield video_id, embedded
    metadata |= {"seconds": f"{seconds:.4f}", "frames": str(frames)}


def embed_clips(model: Model, clips: Clips, *, method: MethodConfig, device: torch.device) -> dict[str, np.ndarray]:
    """Embed clips with a network in evaluation mode: video_id -> (T, D) float32."""
    skeleton = skeleton_named(clips.skeleton)
    return {
        v: embed_clip(model, parts_of(clips, v, method=method, device=device), method=method, skeleton=skeleton)
        for v in clips.videos.video_id
    }
