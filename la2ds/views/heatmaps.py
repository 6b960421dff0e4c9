"""Keypoints drawn as heatmaps (PoseConv3D's recipe): in training on the device, and as shards of plain inputs."""

import argparse
import logging
import math

import numpy as np
import torch
from torch import Tensor

from la2ds.config import HeatmapSpec
from la2ds.formats.heatmaps import HeatmapShard, write_drawn
from la2ds.formats.keypoints import Keypoints, read_keypoints
from la2ds.formats.skeletons import SKELETONS, Skeleton
from la2ds.formats.videos import frames_of, read_videos
from la2ds.views.joints import to_box

log = logging.getLogger(__name__)
FRAMES_AT_ONCE = 256  # bounds the memory of limb maps
SMALLEST = 2.0**-25  # what is lost beside 1 in float32
HALF_A_STEP = 0.5 / 255  # what rounds to 0 in uint8
WORTH_IT = 12  # a pixel of a window costs as much as so many of a whole map


def render_joints(position: Tensor, confidence: Tensor, *, size: int, sigma: float) -> Tensor:
    """Draw each joint as a Gaussian with its confidence as the peak.

    A Gaussian is separable, so H + W exponentials per joint do (Duan et al., PoseConv3D, CVPR 2022, eq. 1).

    Args:
        position: (..., J, 2) x and y as shares of the box; NaN where missing.
        confidence: (..., J) in [0, 1].
        size: height and width of the maps, in pixels.
        sigma: standard deviation, in heatmap pixels.

    Returns:
        (..., J, H, W) in [0, 1]; all zero for a missing joint.

    Raises:
        ValueError: if the shapes disagree or sigma is not positive.
    """
    _check(position, confidence, sigma)
    if _window(size, sigma, SMALLEST) is not None:
        return _draw_windows(position, confidence, size=size, sigma=sigma, least=SMALLEST, dtype=position.dtype)
    pixels = torch.arange(size, dtype=position.dtype, device=position.device)
    missing = position.isnan().any(-1)
    centre = _to_pixels(position, size)
    g = torch.exp(-((pixels - centre[..., None]) ** 2) / (2 * sigma**2))  # (..., J, 2, size)
    peak = torch.where(missing, torch.zeros_like(confidence), confidence)
    g = torch.where(missing[..., None, None], torch.zeros_like(g), g)
    return (g[..., 1, :] * peak[..., None])[..., :, None] * g[..., 0, None, :]


def _window(size: int, sigma: float, least: float) -> int | None:
    """Say how many pixels wide a Gaussian is down to a value, None where drawing whole maps is as quick."""
    width = math.floor(2 * sigma * math.sqrt(-2 * math.log(least))) + 1
    return width if WORTH_IT * width**2 < size**2 else None


def _draw_windows(
    position: Tensor, confidence: Tensor, *, size: int, sigma: float, least: float, dtype: torch.dtype
) -> Tensor:
    """Draw of each joint no more than the pixels around it: what ``render_joints`` draws, below ``least`` zero.

    Args:
        position: (..., J, 2) x and y as shares of the box; NaN where missing.
        confidence: (..., J) in [0, 1].
        size: height and width of the maps, in pixels.
        sigma: standard deviation, in heatmap pixels.
        least: value below which a pixel of a joint of confidence 1 is left out.
        dtype: uint8 for value * 255, rounded; else a floating one for values.

    Returns:
        (..., J, H, W).
    """
    reach = sigma * math.sqrt(-2 * math.log(least))
    centre, peak = _to_pixels(position, size).reshape(-1, 2), confidence.reshape(-1)
    # NaN is not inside.
    seen = ((centre > -reach) & (centre < size - 1 + reach)).all(-1).nonzero()[:, 0]
    centre, peak = centre[seen], peak[seen]
    steps = torch.arange(math.floor(2 * reach) + 1, dtype=centre.dtype, device=centre.device)
    pixels = (centre - reach).ceil()[..., None] + steps  # (N, 2, width)
    g = torch.exp(-((pixels - centre[..., None]) ** 2) / (2 * sigma**2))
    values = (g[:, 1] * peak[:, None])[:, :, None] * g[:, 0, None, :]
    if dtype == torch.uint8:
        values = values.mul_(255).round_()
    inside = (pixels >= 0) & (pixels < size)
    drawn = inside[:, 1, :, None] & inside[:, 0, None, :] & (values > 0)
    place = pixels.long()
    index = (seen[:, None] * size + place[:, 1])[:, :, None] * size + place[:, 0, None, :]
    maps = torch.zeros(*confidence.shape, size, size, dtype=dtype, device=position.device)
    maps.view(-1)[index[drawn]] = values[drawn].to(dtype)
    return maps


def render_limbs(
    position: Tensor, confidence: Tensor, *, limbs: tuple[tuple[int, int], ...], size: int, sigma: float
) -> Tensor:
    """Draw each limb as a Gaussian of the distance to its segment (PoseConv3D, eq. 2).

    Args:
        position: (..., J, 2) x and y as shares of the box; NaN where missing.
        confidence: (..., J) in [0, 1]; a limb's peak is the smaller of its two joints'.
        limbs: pairs of joint positions.
        size: height and width of the maps, in pixels.
        sigma: standard deviation, in heatmap pixels.

    Returns:
        (..., L, H, W) in [0, 1]; all zero where one of the joints is missing.

    Raises:
        ValueError: if the shapes disagree or sigma is not positive.
    """
    _check(position, confidence, sigma)
    first, second = (torch.tensor([limb[end] for limb in limbs], device=position.device) for end in (0, 1))
    centre = _to_pixels(position, size)
    a, b = centre[..., first, :], centre[..., second, :]  # (..., L, 2)
    peak = torch.minimum(confidence[..., first], confidence[..., second])
    missing = (a + b).isnan().any(-1)
    peak = torch.where(missing, torch.zeros_like(peak), peak)
    a, b = a.nan_to_num(0.0), b.nan_to_num(0.0)
    pixels = torch.arange(size, dtype=position.dtype, device=position.device)
    x, y = pixels[None, :], pixels[:, None]
    ax, ay, bx, by = (v[..., None, None] for v in (a[..., 0], a[..., 1], b[..., 0], b[..., 1]))
    dx, dy = bx - ax, by - ay
    along = ((x - ax) * dx + (y - ay) * dy) / (dx**2 + dy**2).clamp(min=1e-9)
    along = along.clamp(0, 1)
    squared = (x - ax - along * dx) ** 2 + (y - ay - along * dy) ** 2
    return peak[..., None, None] * torch.exp(-squared / (2 * sigma**2))


def render(position: Tensor, confidence: Tensor, *, spec: HeatmapSpec, skeleton: Skeleton) -> Tensor:
    """Draw what the specification asks for: joints, limbs, or joints followed by limbs, as (..., C, H, W)."""
    parts = []
    if spec.channels != "limbs":
        parts.append(render_joints(position, confidence, size=spec.size, sigma=spec.sigma))
    if spec.channels != "joints":
        limbs = skeleton.limb_indices
        parts.append(render_limbs(position, confidence, limbs=limbs, size=spec.size, sigma=spec.sigma))
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=-3)


def channel_names(spec: HeatmapSpec, skeleton: Skeleton) -> tuple[str, ...]:
    """Name the channels that ``render`` draws, in order."""
    joints = skeleton.joints if spec.channels != "limbs" else ()
    limbs = tuple(f"{a}-{b}" for a, b in skeleton.limbs) if spec.channels != "joints" else ()
    return joints + limbs


def mirror_channels(spec: HeatmapSpec, skeleton: Skeleton) -> list[int]:
    """For each channel the position of its partner on the other side of the body."""
    joints = list(skeleton.mirror) if spec.channels != "limbs" else []
    limbs = [len(joints) + n for n in skeleton.mirror_limbs] if spec.channels != "joints" else []
    return joints + limbs


def draw_clip(clip: Keypoints, *, spec: HeatmapSpec, skeleton: Skeleton) -> np.ndarray:
    """Draw a whole clip in its box.

    Returns:
        (T, C, H, W) uint8, value / 255.
    """
    position = torch.from_numpy(to_box(clip.position, clip.confidence, enlarge=spec.box))
    confidence = torch.tensor(clip.confidence).clamp(0, 1)
    if spec.channels == "joints" and _window(spec.size, spec.sigma, HALF_A_STEP) is not None:
        maps = _draw_windows(
            position, confidence, size=spec.size, sigma=spec.sigma, least=HALF_A_STEP, dtype=torch.uint8
        )
        return maps.numpy()
    parts = [
        (render(p, c, spec=spec, skeleton=skeleton) * 255).round().to(torch.uint8)
        for p, c in zip(position.split(FRAMES_AT_ONCE), confidence.split(FRAMES_AT_ONCE), strict=True)
    ]
    return torch.cat(parts).numpy()


def _to_pixels(position: Tensor, size: int) -> Tensor:
    """Turn shares of the box into heatmap pixels, where pixel 0 has its centre at 0."""
    return position * size - 0.5


def _check(position: Tensor, confidence: Tensor, sigma: float) -> None:
    if sigma <= 0:
        raise ValueError(f"sigma must be positive, got {sigma}")
    if position.shape != (*confidence.shape, 2):
        raise ValueError(f"position {tuple(position.shape)} does not match confidence {tuple(confidence.shape)}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--keypoints", required=True, help="keypoint shard (Parquet)")
    parser.add_argument("--videos", help="videos.csv, whose numbers of frames the keypoints are held against")
    parser.add_argument("--spec", required=True, type=HeatmapSpec.parse, help="such as joints_p32_s060_b110")
    parser.add_argument("--output", required=True, help="heatmap shard (NPZ)")


def main(args: argparse.Namespace) -> None:
    """Draw one shard."""
    torch.set_num_threads(1)
    shard = read_keypoints(args.keypoints, frames_of(read_videos(args.videos)) if args.videos else None)
    skeleton = SKELETONS[shard.skeleton]
    frames = {video_id: len(clip.position) for video_id, clip in shard.clips.items()}
    names = channel_names(args.spec, skeleton)
    write_drawn(
        args.output,
        HeatmapShard({}, names, args.spec.sigma, skeleton.name, args.spec.name),
        frames=frames,
        draw=lambda video_id: draw_clip(shard.clips[video_id], spec=args.spec, skeleton=skeleton),
    )
    log.info("%d clips, %d frames, %d channels", len(frames), sum(frames.values()), len(names))
