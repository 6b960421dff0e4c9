"""The input of a method, read from the shards of an action: keypoints, heatmaps, pictures or their features."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch

from la2ds.config import MethodConfig
from la2ds.errors import InputError
from la2ds.formats.features import read_features
from la2ds.formats.files.checks import check_frames
from la2ds.formats.heatmaps import read_heatmaps
from la2ds.formats.keypoints import Keypoints, KeypointShard, read_keypoints
from la2ds.formats.selection import present
from la2ds.formats.skeletons import SKELETONS
from la2ds.formats.videos import frames_of
from la2ds.views.clips import ClipBatch
from la2ds.views.heatmaps import channel_names
from la2ds.views.joints import fill_gaps, to_box
from la2ds.views.pictures import read_pictures
from la2ds.views.shards import Shards
from la2ds.views.whole_view import ClipParts


@dataclass(frozen=True)
class Clips:
    """The clips of an action.

    Attributes:
        videos: the rows of the videos that have all of the method's input.
        skeleton: joint set; empty where no keypoints are used.
        features: (channels, grid) of stored picture features; (0, 0) for none.
        keypoints, heatmaps, pictures: video_id -> values; empty where not used. A clip's heatmaps are read from their
            file when they are asked for.
    """

    videos: pd.DataFrame
    skeleton: str = ""
    features: tuple[int, int] = (0, 0)
    keypoints: dict[str, Keypoints] = field(default_factory=dict)
    heatmaps: Mapping[str, np.ndarray] = field(default_factory=dict)
    pictures: dict[str, np.ndarray] = field(default_factory=dict)


def read_clips(shards: Shards, videos: pd.DataFrame, *, method: MethodConfig, drawn: bool) -> Clips:
    """Read the input of a method.

    Args:
        shards: the files.
        videos: rows of the videos to read.
        method: settings.
        drawn: whether heatmaps are read as they were drawn (embedding), or keypoints to draw from (training).

    Raises:
        InputError: if a file does not fit the method.
    """
    skeleton, frames = "", frames_of(videos)
    keypoints: dict[str, Keypoints] = {}
    heatmaps: Mapping[str, np.ndarray] = {}
    cropped = method.input.uses_pictures and method.input.pictures.crop == "box" and not shards.features
    if drawn and method.input.uses_heatmaps:
        shard = read_heatmaps(_require_shards(shards.heatmaps, "--heatmaps", method), frames)
        if shard.spec != method.input.heatmaps.name:
            raise InputError(shards.heatmaps[0], expected=f"heatmaps {method.input.heatmaps.name}", found=shard.spec)
        channels = channel_names(method.input.heatmaps, SKELETONS[shard.skeleton])
        if shard.channels != channels:
            found = f"{len(shard.channels)}, {', '.join(shard.channels[:3])} ..."
            raise InputError(shards.heatmaps[0], expected=f"the {len(channels)} maps of {shard.skeleton}", found=found)
        videos = present(videos, shard.clips, content="heatmaps")
        skeleton, heatmaps = shard.skeleton, shard.clips
    if method.input.kind == "coordinates" or cropped or (method.input.uses_heatmaps and not drawn):
        files = _require_shards(shards.keypoints, "--keypoints", method)
        poses = read_poses(files, dims=method.input.joint_dims, frames=frames)
        videos = present(videos, poses.clips, content="keypoints")
        skeleton, keypoints = poses.skeleton, poses.clips
    pictures: dict[str, np.ndarray] = {}
    features = (0, 0)
    if method.input.uses_pictures:
        pictures, features = _read_pictures(shards, videos, method=method, keypoints=keypoints if cropped else None)
        videos = present(videos, pictures, content="pictures")
    uses_joints = method.input.kind != "rgb"  # else joints only place the crop
    return Clips(videos, skeleton if uses_joints else "", features, keypoints, heatmaps, pictures)


def _require_shards(files: Sequence[str], option: str, method: MethodConfig) -> Sequence[str]:
    if not files:
        raise InputError(option, expected=f"shards, for the input is {method.input.kind}", found="none")
    return files


def read_poses(files: Sequence[str], *, dims: int, frames: Mapping[str, int]) -> KeypointShard:
    """Read keypoints of so many dimensions, of videos of so many frames."""
    poses = read_keypoints(files, frames)
    if poses.dims != dims:
        raise InputError(files[0], expected=f"keypoints of {dims} dimensions", found=str(poses.dims))
    return poses


def _read_pictures(
    shards: Shards, videos: pd.DataFrame, *, method: MethodConfig, keypoints: dict[str, Keypoints] | None
) -> tuple[dict[str, np.ndarray], tuple[int, int]]:
    spec = method.input.pictures
    if not spec.trained:
        shard = read_features(_require_shards(shards.features, "--features", method), frames_of(videos))
        if shard.spec != spec.name:
            raise InputError(shards.features[0], expected=f"features {spec.name}", found=shard.spec)
        return shard.clips, (shard.channels, shard.grid)
    sizes = {v: (int(w), int(h)) for v, w, h in zip(videos.video_id, videos.width, videos.height, strict=True)}
    box = method.input.heatmaps.box
    files = _require_shards(shards.frames, "--frames", method)
    clips = read_pictures(files, spec=spec, keypoints=keypoints, box=box, video_ids=sizes, sizes=sizes)
    check_frames(", ".join(files), {video_id: len(clip) for video_id, clip in clips.items()}, frames_of(videos))
    return clips, (0, 0)


def joints_of(clip: Keypoints, *, method: MethodConfig) -> np.ndarray:
    """Give a clip's joints as the method reads them: (T, J, D) shares of the box, or millimetres.

    Coordinates have no way to say that a joint is missing, so their gaps are filled unless a network takes 0 for it;
    heatmaps leave a map empty.
    """
    position = clip.position
    if position.shape[-1] == 2:
        position = to_box(position, clip.confidence, enlarge=method.input.heatmaps.box)
    filled = method.input.kind == "coordinates" and method.input.coordinates.gaps == "filled"
    return fill_gaps(position).astype(np.float32) if filled else position


def stack_clips(clips: Clips, *, method: MethodConfig, device: torch.device) -> ClipBatch:
    """Put everything that training reads on the device."""
    ids = clips.videos.video_id
    if method.input.kind == "rgb":
        lengths = [len(clips.pictures[v]) for v in ids]
        batch = ClipBatch.stack([(np.zeros((t, 0, 2)), np.zeros((t, 0))) for t in lengths], device)
    else:
        joints = [clips.keypoints[v] for v in ids]
        batch = ClipBatch.stack([(joints_of(c, method=method), c.confidence.clip(0, 1)) for c in joints], device)
    return batch.show([clips.pictures[v] for v in ids]) if clips.pictures else batch


def parts_of(clips: Clips, video_id: str, *, method: MethodConfig, device: torch.device) -> ClipParts:
    """Put one clip on the device, as embedding reads it."""

    def load(values: np.ndarray | None) -> torch.Tensor | None:
        return None if values is None else torch.from_numpy(values).to(device)

    joints = joints_of(clips.keypoints[video_id], method=method) if method.input.kind == "coordinates" else None
    return ClipParts(load(clips.heatmaps.get(video_id)), load(joints), load(clips.pictures.get(video_id)))
