"""From clips to what an encoder sees: training views with their true times, and whole clips for embedding."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from la2ds.augment import change_space, draw_times, even_times
from la2ds.clips import ClipBatch, read_at
from la2ds.config import HeatmapSpec, MethodConfig
from la2ds.heatmaps import render
from la2ds.pose.skeletons import Skeleton


@dataclass(frozen=True)
class View:
    """What the encoder sees, and what only the loss may see.

    Attributes:
        maps: (B, F, C, H, W) heatmaps and their motion.
        places: (B, F) what temporal attention may know of a frame's place.
        times: (B, F) true time of each frame as a share of the clip; for the loss alone.
    """

    maps: Tensor
    places: Tensor
    times: Tensor


def add_motion(maps: Tensor, steps: tuple[int, ...]) -> Tensor:
    """Append, for each step s, the difference between the maps s frames later and s frames earlier (ends repeated).

    Args:
        maps: (B, F, C, H, W).
        steps: distances in frames of the view.

    Returns:
        (B, F, C * (1 + len(steps)), H, W).
    """
    frames = torch.arange(maps.shape[1], device=maps.device)
    last = maps.shape[1] - 1
    motion = [maps[:, (frames + s).clamp(max=last)] - maps[:, (frames - s).clamp(min=0)] for s in steps]
    return torch.cat([maps, *motion], dim=2)


def places_of(times: Tensor, method: MethodConfig) -> Tensor:
    """Give the places that positional codes are made of.

    "view" counts the frames of the view, so that the code tells nothing about the clip a view was cut from; "clip"
    gives the true time away (a shortcut around the pretext task, kept for the ablation).
    """
    if method.encoder.position == "clip":
        return times * method.encoder.frames
    return torch.arange(times.shape[1], device=times.device).expand_as(times)


def training_view(
    clips: ClipBatch,
    generator: Generator,
    *,
    method: MethodConfig,
    skeleton: Skeleton,
    augment: bool,
    times: Tensor | None = None,
) -> View:
    """Draw one view of each clip.

    Args:
        clips: B clips.
        generator: where randomness comes from (CPU).
        method: settings.
        skeleton: joint set of the clips.
        augment: False for the "original": cropped and warped in time like the copy (else its first and last frame would
            give time away), but not changed in space.
        times: (B, F) the times to show, as shares of the clip; drawn by the augmentation where not given.
    """
    config = method.augmentation
    if times is None:
        times = draw_times(len(clips.lengths), method.encoder.frames, generator, config=config)
    times = times.to(clips.position.device)
    position, confidence = read_at(clips, times * (clips.lengths[:, None] - 1))
    if augment:
        position, confidence = change_space(position, confidence, generator, config=config, partners=skeleton.mirror)
    maps = render(position, confidence, spec=method.input.heatmaps, skeleton=skeleton)
    return View(add_motion(maps, method.input.motion), places_of(times, method), times)


def whole_view(maps: Tensor, method: MethodConfig) -> View:
    """Resample a whole clip's heatmaps to the frames that embedding uses.

    Args:
        maps: (T, C, H, W) in [0, 1].
        method: settings.

    Returns:
        a view with B = 1 and ``test_frames`` frames.
    """
    times = even_times(1, method.encoder.test_frames).to(maps.device)
    place = times[0] * (len(maps) - 1)
    before = place.floor().long().clamp(max=max(len(maps) - 2, 0))
    weight = (place - before)[:, None, None, None]
    sampled = torch.lerp(maps[before], maps[(before + 1).clamp(max=len(maps) - 1)], weight)
    return View(add_motion(sampled[None], method.input.motion), places_of(times, method), times)


def heatmap_channels(spec: HeatmapSpec, skeleton: Skeleton, motion: tuple[int, ...]) -> int:
    """Count the channels an encoder sees."""
    maps = {"joints": len(skeleton.joints), "limbs": len(skeleton.limbs)}
    maps["joints_limbs"] = maps["joints"] + maps["limbs"]
    return maps[spec.channels] * (1 + len(motion))
