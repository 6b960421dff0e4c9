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
    """Clips of unequal lengths; their frames, R in all, lie behind each other, so that a long clip pads no other.

    Attributes:
        position: (R, J, D) shares of the box, or millimetres where D is 3; NaN where missing. J is 0 where no keypoints
            are used.
        confidence: (R, J) in [0, 1]; 0 where missing.
        lengths: (N,) frames of each clip.
        starts: (N,) where each clip begins.
        pictures: (R, 3, S, S) uint8, or (R, K, G, G) float16 features; or None.
        phases: (R,) human phase of each frame, -1 for background; or None.
    """

    position: Tensor
    confidence: Tensor
    lengths: Tensor
    starts: Tensor
    pictures: Tensor | None = None
    phases: Tensor | None = None

    @classmethod
    def stack(cls, clips: Sequence[tuple[np.ndarray, np.ndarray]], device: torch.device | str = "cpu") -> "ClipBatch":
        """Lay (position, confidence) pairs behind each other on a device."""
        position, confidence = (
            torch.from_numpy(np.concatenate(part, dtype=np.float32)) for part in zip(*clips, strict=True)
        )
        confidence[position.isnan().any(-1)] = 0
        lengths = torch.tensor([len(c) for _, c in clips])
        parts = position, confidence, lengths, lengths.cumsum(0) - lengths
        return cls(*(part.to(device) for part in parts))

    def show(self, pictures: Sequence[np.ndarray]) -> "ClipBatch":
        """Add each clip's pictures or features.

        Raises:
            ValueError: if a clip has another number of pictures than frames, or clips have been picked.
        """
        self._check_counts(pictures, "pictures")
        joined = torch.from_numpy(np.concatenate(list(pictures))).to(self.lengths.device)
        return dataclasses.replace(self, pictures=joined)

    def label(self, phases: Sequence[np.ndarray]) -> "ClipBatch":
        """Add each clip's human phases.

        Raises:
            ValueError: if a clip has another number of phases than frames, or clips have been picked.
        """
        self._check_counts(phases, "phases")
        joined = torch.from_numpy(np.concatenate(list(phases), dtype=np.int64)).to(self.lengths.device)
        return dataclasses.replace(self, phases=joined)

    def _check_counts(self, parts: Sequence[np.ndarray], content: str) -> None:
        found = [len(part) for part in parts]
        if found != self.lengths.tolist():
            raise ValueError(f"clips have {self.lengths.tolist()} frames, but {found} {content}")
        if not torch.equal(self.starts, self.lengths.cumsum(0) - self.lengths):
            raise ValueError(f"{content} must be added before clips are picked")

    def pick(self, index: Tensor) -> "ClipBatch":
        """Take some of the clips, of which nothing is copied."""
        index = index.to(self.lengths.device)
        return dataclasses.replace(self, lengths=self.lengths[index], starts=self.starts[index])

    def joints_at(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Read the joints at fractional frames, as ``read_at`` does.

        Where one of the two neighbouring frames lacks a joint, the nearer frame decides: its joint, or none.

        Args:
            frames: (N, F) frame numbers between 0 and length - 1.

        Returns:
            position (N, F, J, D), NaN where missing, and confidence (N, F, J).
        """
        starts, last = self.starts[:, None], self.lengths[:, None] - 1
        p0, p1, weight = _neighbours(self.position, frames, starts, last)
        c0, c1, flat_weight = _neighbours(self.confidence, frames, starts, last)
        position = torch.lerp(p0, p1, weight)
        if not position.isnan().any():  # as nearly always: the rest would take most of the time
            return position, torch.lerp(c0, c1, flat_weight)
        missing0, missing1 = _missing(p0), _missing(p1)
        weight = torch.where(missing0 ^ missing1, (weight[..., 0] >= 0.5).to(weight.dtype), weight[..., 0])  # (N, F, J)
        # A weight of exactly 0 or 1 must not let the other frame's NaN through.
        p0 = torch.where((missing0 & (weight == 1))[..., None], torch.zeros_like(p0), p0)
        p1 = torch.where((missing1 & (weight == 0))[..., None], torch.zeros_like(p1), p1)
        position = torch.lerp(p0, p1, weight[..., None])
        return position, torch.lerp(c0, c1, weight) * ~_missing(position)

    def phases_at(self, frames: Tensor) -> Tensor | None:
        """Give the phases of (N, F) whole frame numbers: (N, F), or None where there are no labels."""
        return None if self.phases is None else self.phases[self.starts[:, None] + frames]

    def pictures_at(self, frames: Tensor) -> Tensor | None:
        """Give the pictures of (N, F) whole frame numbers: (N, F, ...), or None where there are none."""
        return None if self.pictures is None else _take(self.pictures, self.starts[:, None] + frames)


def read_at(values: Tensor, frames: Tensor) -> Tensor:
    """Read clips of one length at fractional frames by linear interpolation.

    Args:
        values: (N, T, ...) of every frame.
        frames: (N, F) frame numbers between 0 and T - 1.

    Returns:
        (N, F, ...); NaN where one of the two neighbouring frames has NaN.
    """
    clips, count = values.shape[:2]
    starts = torch.arange(clips, device=values.device)[:, None] * count
    return torch.lerp(*_neighbours(values.flatten(0, 1), frames, starts, count - 1))


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


def _neighbours(values: Tensor, frames: Tensor, starts: Tensor, last: Tensor | int) -> tuple[Tensor, Tensor, Tensor]:
    """Give the values of the frames before and after (N, F, ...), and the weight of the latter (N, F, 1, ...)."""
    before = frames.floor().long().clamp(min=0).clamp(max=last)
    old, new = _take(values, starts + before), _take(values, starts + (before + 1).clamp(max=last))
    return old, new, (frames - before).view(*frames.shape, *[1] * (values.ndim - 1))


def _take(values: Tensor, places: Tensor) -> Tensor:
    """Copy whole frames, (R, ...) at (N, F) places -> (N, F, ...); an index of two dimensions copies by number."""
    return values.index_select(0, places.flatten()).view(*places.shape, *values.shape[1:])


def _missing(position: Tensor) -> Tensor:
    """Whether a joint lacks a coordinate: (..., J, D) -> (..., J)."""
    # To ask for any of two or three numbers at a time would take several times as long.
    first, *others = position.isnan().unbind(-1)
    return functools.reduce(torch.logical_or, others, first)
