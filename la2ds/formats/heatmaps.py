"""Heatmap shards: keypoints drawn as pictures, the network's un-augmented input."""

import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from la2ds.errors import InputError
from la2ds.formats.storage import atomic_path

HEATMAPS_SCHEMA = "heatmaps/1"


@dataclass(frozen=True)
class HeatmapShard:
    """Un-augmented network inputs of several clips.

    Attributes:
        clips: video_id -> (T, C, H, W) uint8, value / 255.
        channels: names of the C maps.
        sigma: standard deviation of a joint's Gaussian, in heatmap pixels.
        skeleton: name of the joint set the channels come from.
        spec: the specification's name (``HeatmapSpec.name``).
    """

    clips: dict[str, np.ndarray]
    channels: tuple[str, ...]
    sigma: float
    skeleton: str
    spec: str


def write_heatmaps(path: str | Path, shard: HeatmapShard) -> None:
    """Write a compressed NPZ: heatmaps (sum T, C, H, W) uint8, video_ids, offsets (n + 1), channels, size, sigma."""
    lengths = [len(c) for c in shard.clips.values()]
    maps = np.concatenate(list(shard.clips.values())) if lengths else np.zeros((0, len(shard.channels), 0, 0), np.uint8)
    # An open file, for NumPy would add .npz to a name without it, and leave the given name empty.
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(
            file,
            schema=np.array(HEATMAPS_SCHEMA),
            heatmaps=maps,
            video_ids=np.array(list(shard.clips), dtype=np.str_),
            offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            channels=np.array(shard.channels, dtype=np.str_),
            size=np.array(maps.shape[2:], dtype=np.int64),
            sigma=np.array(shard.sigma),
            skeleton=np.array(shard.skeleton),
            spec=np.array(shard.spec),
        )


def read_heatmaps(paths: str | Path | Iterable[str | Path]) -> HeatmapShard:
    """Read one heatmap shard, or several of one specification and skeleton, as one; nothing is ever unpickled."""
    paths = [paths] if isinstance(paths, str | Path) else list(paths)
    if not paths:
        raise ValueError("no heatmap shard given")
    shards = [_read_heatmap_file(path) for path in paths]
    first = shards[0]
    for path, shard in zip(paths, shards, strict=True):
        if (shard.spec, shard.skeleton) != (first.spec, first.skeleton):
            wanted = f"heatmaps {first.spec} of {first.skeleton} as in {paths[0]}"
            raise InputError(path, expected=wanted, found=f"{shard.spec} of {shard.skeleton}")
    clips = {video_id: maps for shard in shards for video_id, maps in shard.clips.items()}
    return HeatmapShard(clips, first.channels, first.sigma, first.skeleton, first.spec)


def _read_heatmap_file(path: str | Path) -> HeatmapShard:
    try:
        with np.load(path, allow_pickle=False) as file:
            found = str(file["schema"])
            if found != HEATMAPS_SCHEMA:
                raise InputError(path, expected=f"la2ds.schema {HEATMAPS_SCHEMA}", found=f"la2ds.schema {found}")
            maps, offsets = file["heatmaps"], file["offsets"]
            ids = [str(v) for v in file["video_ids"]]
            clips = {v: maps[a:b] for v, a, b in zip(ids, offsets[:-1], offsets[1:], strict=True)}
            channels = tuple(str(c) for c in file["channels"])
            return HeatmapShard(clips, channels, float(file["sigma"]), str(file["skeleton"]), str(file["spec"]))
    except InputError:
        raise
    except (OSError, zipfile.BadZipFile, zlib.error, KeyError, EOFError, ValueError) as error:
        raise InputError(path, expected="a heatmap shard (NPZ)", found=str(error).splitlines()[0]) from error
