"""The verb ``rgb``: run a frozen network on a shard's frames, once, and store its features.

In: the frames of the shard, ``videos.csv``, and its keypoints where pictures are cut around the person. Out: the
features of the shard. Clips that lack frames or keypoints are missing in it, too.
"""

import argparse
import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch
from tqdm import tqdm

from la2ds.config import HeatmapSpec, PictureSpec
from la2ds.errors import InputError
from la2ds.formats.features import write_features
from la2ds.formats.keypoints import Keypoints, read_keypoints
from la2ds.formats.videos import frames_of, read_videos
from la2ds.learning.backbones.load import Backbone, load_backbone
from la2ds.learning.device import DEVICES, choose_device
from la2ds.views.pictures import stream_pictures

log = logging.getLogger(__name__)
FRAMES_AT_ONCE = 64  # bounds the memory of feature maps


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--frames", type=Path, required=True, help="frames shard (Parquet)")
    parser.add_argument("--keypoints", type=Path, nargs="?", help="keypoint shard, for pictures cut around the person")
    parser.add_argument("--videos", type=Path, required=True, help="videos.csv")
    parser.add_argument("--spec", required=True, type=PictureSpec.parse, help="such as resnet50_frame_p224_g1")
    box = HeatmapSpec().box
    parser.add_argument("--box", type=float, default=box, help=f"enlargement of the person's box (default: {box})")
    parser.add_argument(
        "--backbone", required=True, help="safetensors of EfficientNet-Lite0, a local folder, or a name on the hub"
    )
    parser.add_argument("--device", choices=DEVICES, default="auto", help="auto takes CUDA when there is one")
    parser.add_argument("--output", type=Path, required=True, help="features to write (Parquet)")


def main(args: argparse.Namespace) -> None:
    """Write the features of one shard."""
    spec: PictureSpec = args.spec
    if spec.trained:
        raise InputError(args.output, expected="a frozen backbone", found=f"{spec.backbone}, which methods train")
    videos, keypoints = read_videos(args.videos), None
    if spec.crop == "box":
        if args.keypoints is None:
            raise InputError(args.frames, expected="--keypoints for pictures of the person's box", found="none")
        keypoints = read_keypoints(args.keypoints, frames_of(videos)).clips
    sizes = {str(v): (int(w), int(h)) for v, w, h in zip(videos.video_id, videos.width, videos.height, strict=True)}
    backbone = load_backbone(args.backbone, device=choose_device(args.device))
    clips, frames = extract(
        args.frames, args.output, spec=spec, keypoints=keypoints, box=args.box, sizes=sizes, backbone=backbone
    )
    log.info("%d clips, %d frames of %s", clips, frames, spec.name)


def extract(
    frames: Path,
    output: Path,
    *,
    spec: PictureSpec,
    keypoints: Mapping[str, Keypoints] | None,
    box: float,
    sizes: Mapping[str, tuple[int, int]],
    backbone: Backbone,
) -> tuple[int, int]:
    """Compute and write the features of every frame of a shard; one clip is held at a time.

    Args:
        frames: frames shard.
        output: features shard.
        spec: crop, size and grid.
        keypoints: poses, for crop ``box``.
        box: enlargement of the box.
        sizes: video_id -> width and height of the original video.
        backbone: the network.

    Returns:
        how many clips and frames were written.

    Raises:
        InputError: if the network takes no pictures of that size, or the frames are of none of the videos.
    """
    blank = np.zeros((1, 3, spec.size, spec.size), np.uint8)
    try:
        channels = feature_maps(backbone, blank, spec).shape[1]
    except (ValueError, RuntimeError) as error:
        layer = f" with a layer {spec.layer}" if spec.layer else ""
        expected = f"a network for pictures of {spec.size} pixels{layer}"
        raise InputError(backbone.source, expected=expected, found=str(error).splitlines()[0]) from error
    metadata = {"backbone": spec.backbone, "model": backbone.source, "box": str(box if spec.crop == "box" else "")}
    clips = total = 0
    pictures = stream_pictures(frames, spec=spec, keypoints=keypoints, box=box, video_ids=sizes, sizes=sizes)
    with write_features(output, spec=spec.name, channels=channels, grid=spec.grid, metadata=metadata) as writer:
        for video_id, clip in tqdm(pictures, desc=spec.backbone, unit="video"):
            writer.add(video_id, feature_maps(backbone, clip, spec))
            clips, total = clips + 1, total + len(clip)
        if not clips and pq.read_metadata(frames).num_rows and (keypoints is None or keypoints):
            # A shard whose videos are all set aside has no frames or no poses; this one is of other videos or poses.
            raise InputError(frames, expected="frames of listed videos with their poses", found="none of them")
    return clips, total


def feature_maps(backbone: Backbone, clip: np.ndarray, spec: PictureSpec) -> np.ndarray:
    """Give (T, K, G, G) float32 features of (T, 3, S, S) pictures."""
    parts = torch.from_numpy(clip).split(FRAMES_AT_ONCE)
    return torch.cat([backbone.feature_maps(part, grid=spec.grid, layer=spec.layer).cpu() for part in parts]).numpy()
