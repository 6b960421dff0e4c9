"""Clips as tensors: batches of unequal lengths, and reading a clip at whole or fractional frames."""

import dataclasses
import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class ClipBatch:
    """Clips of unequal lengths.

    Attributes:
        position: (N, T, J, D) shares of the box, or millimetres where D is 3; NaN where missing and in the padding
            behind short clips. J is 0 where no keypoints are used.
        confidence: (N, T, J) in [0, 1]; 0 where missing and in the padding.
        lengths: (N,) frames of each clip.
        pictures: (sum of lengths, 3, S, S) uint8, or (sum of lengths, K, G, G) float16 features; or None.
        starts: (N,) where each clip begins in ``pictures``.
        phases: (N, T) human phase of each frame, -1 for background and behind short clips; or None.
    """

    position: Tensor
    confidence: Tensor
    lengths: Tensor
    pictures: Tensor | None = None
    starts: Tensor | None = None
    phases: Tensor | None = None

    @classmethod
    def stack(cls, clips: Sequence[tuple[np.ndarray, np.ndarray]], device: torch.device | str = "cpu") -> "ClipBatch":
        """Pad (position, confidence) pairs to the longest and move them to a device."""
        longest = max(len(c) for _, c in clips)
        joints, dims = clips[0][0].shape[1:]
        position = torch.full((len(clips), longest, joints, dims), torch.nan)
        confidence = torch.zeros(len(clips), longest, joints)
        for n, (p, c) in enumerate(clips):
            position[n, : len(c)] = torch.from_numpy(np.asarray(p, np.float32))
            confidence[n, : len(c)] = torch.from_numpy(np.asarray(c, np.float32))
        confidence[position.isnan().any(-1)] = 0
        lengths = torch.tensor([len(c) for _, c in clips])
        return cls(position.to(device), confidence.to(device), lengths.to(device))

    def show(self, pictures: Sequence[np.ndarray]) -> "ClipBatch":
        """Add each clip's pictures or features.

        Raises:
            ValueError: if a clip has another number of pictures than frames.
        """
        self._check_counts(pictures, "pictures")
        joined = torch.from_numpy(np.concatenate(list(pictures))).to(self.lengths.device)
        return dataclasses.replace(self, pictures=joined, starts=self.lengths.cumsum(0) - self.lengths)

    def label(self, phases: Sequence[np.ndarray]) -> "ClipBatch":
        """Add each clip's human phases.

        Raises:
            ValueError: if a clip has another number of phases than frames.
        """
        self._check_counts(phases, "phases")
        padded = torch.full(self.confidence.shape[:2], -1)
        for row, clip_phases in zip(padded, phases, strict=True):
            row[: len(clip_phases)] = torch.from_numpy(np.asarray(clip_phases, np.int64))
        return dataclasses.replace(self, phases=padded.to(self.lengths.device))

    def _check_counts(self, parts: Sequence[np.ndarray], content: str) -> None:
        found = [len(part) for part in parts]
        if found != self.lengths.tolist():
            raise ValueError(f"clips have {self.lengths.tolist()} frames, but {found} {content}")

    def pick(self, index: Tensor) -> "ClipBatch":
        """Take some of the clips."""
        index = index.to(self.lengths.device)
        starts, phases = (None if part is None else part[index] for part in (self.starts, self.phases))
        joints = self.position[index], self.confidence[index]
        return ClipBatch(*joints, self.lengths[index], self.pictures, starts, phases)

    def joints_at(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Read the joints at fractional frames, as ``read_at`` does.

        Where one of the two neighbouring frames lacks a joint, the nearer frame decides: its joint, or none.

        Args:
            frames: (N, F) frame numbers between 0 and length - 1.

        Returns:
            position (N, F, J, D), NaN where missing, and confidence (N, F, J).
        """
        position = read_at(self.position, frames, self.lengths)
        if not position.isnan().any():  # as nearly always: the rest would take most of the time
            return position, read_at(self.confidence, frames, self.lengths)
        p0, p1, weight = _neighbours(self.position, frames, self.lengths)
        c0, c1, _ = _neighbours(self.confidence, frames, self.lengths)
        missing0, missing1 = _missing(p0), _missing(p1)
        weight = torch.where(missing0 ^ missing1, (weight[..., 0] >= 0.5).to(weight.dtype), weight[..., 0])  # (N, F, J)
        # A weight of exactly 0 or 1 must not let the other frame's NaN through.
        p0 = torch.where((missing0 & (weight == 1))[..., None], torch.zeros_like(p0), p0)
        p1 = torch.where((missing1 & (weight == 0))[..., None], torch.zeros_like(p1), p1)
        position = torch.lerp(p0, p1, weight[..., None])
        return position, torch.lerp(c0, c1, weight) * ~_missing(position)

    def phases_at(self, frames: Tensor) -> Tensor | None:
        """Give the phases of (N, F) whole frame numbers: (N, F), or None where there are no labels."""
        return None if self.phases is None else self.phases.gather(1, frames)

    def pictures_at(self, frames: Tensor) -> Tensor | None:
        """Give the pictures of (N, F) whole frame numbers: (N, F, ...), or None where there are none."""
        if self.pictures is None or self.starts is None:
            return None
        places = self.starts[:, None] + frames
        # Whole pictures are copied; an index of two dimensions copies number by number.
        return self.pictures.index_select(0, places.flatten()).view(*places.shape, *self.pictures.shape[1:])


def read_at(values: Tensor, frames: Tensor, lengths: Tensor | None = None) -> Tensor:
    """Read clips at fractional frames by linear interpolation.

    Args:
        values: (N, T, ...) of every frame.
        frames: (N, F) frame numbers between 0 and length - 1.
        lengths: (N,) frames of each clip; T for all where not given.

    Returns:
        (N, F, ...); NaN where one of the two neighbouring frames has NaN.
    """
    return torch.lerp(*_neighbours(values, frames, lengths))


def whole_frames(lengths: Tensor, *, pad_to: int) -> tuple[Tensor, Tensor]:
    """List all frames of each clip.

    Args:
        lengths: (B,) frames of each clip, at least 1.
        pad_to: frames of a view, at least; the longest clip decides where it is longer.

    Returns:
        (B, F) frame numbers, in the padding the clip's last; and (B, F) whether there is a frame.
    """
    rows = torch.arange(max(pad_to, int(lengths.max())), device=lengths.device)
    return torch.minimum(rows, lengths[:, None] - 1), rows < lengths[:, None]


def _neighbours(values: Tensor, frames: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """Give the values of the frames before and after (N, F, ...), and the weight of the latter (N, F, 1, ...)."""
    clips, count = values.shape[:2]
    last = count - 1 if lengths is None else lengths[:, None] - 1
    before = frames.floor().long().clamp(min=0).clamp(max=last)
    first = torch.arange(clips, device=values.device)[:, None] * count
    flat, places = values.flatten(0, 1), (first + before, first + (before + 1).clamp(max=last))
    # Whole frames are copied; an index of two dimensions copies number by number.
    old, new = (flat.index_select(0, place.flatten()).view(*frames.shape, *values.shape[2:]) for place in places)
    return old, new, (frames - before).view(*frames.shape, *[1] * (values.ndim - 2))


def _missing(position: Tensor) -> Tensor:
    """Whether a joint lacks a coordinate: (..., J, D) -> (..., J)."""
    # To ask for any of two or three numbers at a time would take several times as long.
    first, *others = position.isnan().unbind(-1)
    return functools.reduce(torch.logical_or, others, first)
