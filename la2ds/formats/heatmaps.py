"""Heatmap shards: keypoints drawn as pictures, the network's un-augmented input."""

import dataclasses
import math
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np

from la2ds.config import HeatmapSpec
from la2ds.errors import InputError
from la2ds.formats.files.checks import check_frames
from la2ds.formats.files.lazy import LazyClips
from la2ds.formats.files.storage import atomic_path, first_line
from la2ds.formats.skeletons import known_skeleton

HEATMAPS_SCHEMA = "heatmaps/1"
AT_ONCE = 1 << 18  # bytes; zipfile puts more together from small pieces, each time copying all before


@dataclass(frozen=True)
class HeatmapShard:
    """Un-augmented network inputs of several clips.

    Attributes:
        clips: video_id -> (T, C, H, W) uint8, value / 255; read from a file, ``LazyClips``.
        channels: names of the C maps.
        sigma: standard deviation of a joint's Gaussian, in heatmap pixels.
        skeleton: name of the joint set the channels come from.
        spec: the specification's name (``HeatmapSpec.name``).
    """

    clips: Mapping[str, np.ndarray]
    channels: tuple[str, ...]
    sigma: float
    skeleton: str
    spec: str


def write_heatmaps(path: str | Path, shard: HeatmapShard) -> None:
    """Write clips as ``write_drawn`` does."""
    write_drawn(path, shard, frames={v: len(maps) for v, maps in shard.clips.items()}, draw=shard.clips.__getitem__)


def write_drawn(
    path: str | Path, shard: HeatmapShard, *, frames: Mapping[str, int], draw: Callable[[str], np.ndarray]
) -> None:
    """Write a compressed NPZ: heatmaps (sum T, C, H, W) uint8, video_ids, offsets (n + 1), channels, size, sigma.

    Args:
        path: the file.
        shard: what is to be said of the clips; its own are not looked at.
        frames: video_id -> frames, of the clips to write.
        draw: gives the maps of a clip when it is its turn, so that no more than two are held at a time.
    """
    clips = map(draw, frames)
    maps = next(clips, np.zeros((0, len(shard.channels), 0, 0), np.uint8))
    _, channels, height, width = maps.shape
    offsets = np.cumsum([0, *frames.values()])
    header = {"descr": "|u1", "fortran_order": False, "shape": (int(offsets[-1]), channels, height, width)}
    # The bytes of numpy.savez_compressed, which wants all maps at once.
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as file:

        def add(**arrays: np.ndarray) -> None:
            for name, values in arrays.items():
                with file.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, values, allow_pickle=False)

        add(schema=np.array(HEATMAPS_SCHEMA))
        with file.open("heatmaps.npy", "w", force_zip64=True) as member:
            np.lib.format.write_array_header_1_0(member, header)
            member.write(np.ascontiguousarray(maps).data)
            for maps in clips:
                member.write(np.ascontiguousarray(maps).data)
        add(
            video_ids=np.array(list(frames), dtype=np.str_),
            offsets=offsets.astype(np.int64),
            channels=np.array(shard.channels, dtype=np.str_),
            size=np.array([height, width], dtype=np.int64),
            sigma=np.array(shard.sigma),
            skeleton=np.array(shard.skeleton),
            spec=np.array(shard.spec),
        )


def read_heatmaps(paths: str | Path | Iterable[str | Path], frames: Mapping[str, int] | None = None) -> HeatmapShard:
    """Read one heatmap shard, or several of one specification and skeleton, as one; nothing is ever unpickled.

    The maps of a clip are read when they are asked for, quickly where that is done in the order of the files.

    Args:
        paths: the shards.
        frames: frames of the videos that they are held against (``frames_of``); None to compare nothing.

    Raises:
        InputError: if a file is none, what is in it does not fit its metadata or the videos, or two shards differ in
            specification or skeleton; what a shard without clips is made for does not count. Also later, where the maps
            of a clip turn out to be broken.
    """
    paths = [paths] if isinstance(paths, str | Path) else list(paths)
    if not paths:
        raise ValueError("no heatmap shard given")
    shards = [_read_heatmap_file(path, frames) for path in paths]
    like, first = next(((p, s) for p, s in zip(paths, shards, strict=True) if s.clips), (paths[0], shards[0]))
    readers: dict[str, Callable[[], np.ndarray]] = {}
    for path, shard in zip(paths, shards, strict=True):
        if shard.clips and (shard.spec, shard.skeleton) != (first.spec, first.skeleton):
            wanted = f"heatmaps {first.spec} of {first.skeleton} as in {like}"
            raise InputError(path, expected=wanted, found=f"{shard.spec} of {shard.skeleton}")
        readers |= {video_id: partial(shard.clips.__getitem__, video_id) for video_id in shard.clips}
    return dataclasses.replace(first, clips=LazyClips(readers))


class _Maps:
    """The maps of a shard, read clip by clip.

    Attributes:
        path: the file.
        shape, dtype: of all its maps together.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = path
        with self._open() as member:
            version = np.lib.format.read_magic(member)
            header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            self.shape, by_columns, self.dtype = header(member)
            self._begin = member.tell()
        if by_columns:
            raise ValueError("maps column by column")
        self._member: IO[bytes] | None = None

    def _open(self) -> IO[bytes]:
        return zipfile.ZipFile(self.path).open("heatmaps.npy")

    def read(self, first: int, last: int) -> np.ndarray:
        """Read the maps of frames ``first`` to before ``last``; to go back means to start again."""
        maps = np.empty((last - first, *self.shape[1:]), np.uint8)
        content = maps.reshape(-1).data
        try:
            self._member = self._member or self._open()
            self._member.seek(self._begin + first * math.prod(self.shape[1:]))
            for at in range(0, len(content), AT_ONCE):
                part = content[at : at + AT_ONCE]
                part[:] = self._member.read(len(part))
        except Exception as error:
            raise InputError(self.path, expected="a heatmap shard (NPZ)", found=first_line(error)) from error
        return maps


def _read_heatmap_file(path: str | Path, frames: Mapping[str, int] | None) -> HeatmapShard:
    try:
        with np.load(path, allow_pickle=False) as file:
            found = str(file["schema"])
            if found != HEATMAPS_SCHEMA:
                raise InputError(path, expected=f"la2ds.schema {HEATMAPS_SCHEMA}", found=f"la2ds.schema {found}")
            maps, offsets = _Maps(path), file["offsets"]
            ids = [str(v) for v in file["video_ids"]]
            channels = tuple(str(c) for c in file["channels"])
            skeleton, spec, sigma = str(file["skeleton"]), HeatmapSpec.parse(str(file["spec"])), float(file["sigma"])
    except InputError:
        raise
    # Broken archives fail anywhere in zipfile, zlib, tokenize and NumPy.
    except Exception as error:
        raise InputError(path, expected="a heatmap shard (NPZ)", found=first_line(error)) from error
    known_skeleton(path, skeleton)
    # A shard without clips has maps of no size.
    size = spec.size if math.prod(maps.shape) else 0
    _check_parts(path, maps, offsets, ids=ids, shape=(len(channels), size, size))
    ranges = {v: (int(a), int(b)) for v, a, b in zip(ids, offsets[:-1], offsets[1:], strict=True)}
    check_frames(path, {v: b - a for v, (a, b) in ranges.items()}, frames)
    return HeatmapShard(
        LazyClips({v: partial(maps.read, *at) for v, at in ranges.items()}), channels, sigma, skeleton, spec.name
    )


def _check_parts(path: str | Path, maps: _Maps, offsets: np.ndarray, *, ids: list[str], shape: tuple[int, ...]) -> None:
    """Refuse maps of another type or size than the specification's, and offsets that do not part them by video."""
    if maps.dtype != np.uint8 or len(maps.shape) != 4 or maps.shape[1:] != shape:
        expected = f"maps of uint8 and shape (frames, {', '.join(map(str, shape))})"
        raise InputError(path, expected=expected, found=f"{maps.dtype} and {maps.shape}")
    sound = offsets.dtype.kind in "iu" and offsets.shape == (len(ids) + 1,) and len(set(ids)) == len(ids)
    if not sound or offsets[0] != 0 or offsets[-1] != maps.shape[0] or (np.diff(offsets.astype(np.int64)) < 0).any():
        expected = f"offsets that part {maps.shape[0]} maps by video, each video once"
        raise InputError(path, expected=expected, found=f"offsets {offsets.ravel()[:5].tolist()} ... of {len(ids)}")
