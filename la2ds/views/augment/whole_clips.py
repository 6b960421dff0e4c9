"""Whole clips at their own frame rate, padded to one length: CASA's way of reading clips.

CASA samples no frames (Kwon et al., CVPR 2022, and its code): the original is the whole clip, its copy lacks frames
deleted at random, with the gaps closed ("fast"), and both are padded to one length. Both functions give the same number
of frames for the same clips. Random numbers are drawn on the CPU, so that a seed means the same on every device.
"""

import torch
from torch import Generator, Tensor


def whole_frames(lengths: Tensor, *, pad_to: int) -> tuple[Tensor, Tensor]:
    """List all frames of each clip.

    Args:
        lengths: (B,) frames of each clip, at least 1.
        pad_to: frames of a view, at least; the longest clip decides where it is longer.

    Returns:
        (B, F) frame numbers, in the padding the clip's last; and (B, F) whether there is a frame.
    """
    rows = torch.arange(_width(lengths, pad_to), device=lengths.device)
    return torch.minimum(rows, lengths[:, None] - 1), rows < lengths[:, None]


def fast_frames(lengths: Tensor, generator: Generator, *, largest: float, pad_to: int) -> tuple[Tensor, Tensor]:
    """Delete frames of each clip at random and close the gaps (CASA's "fast").

    Of each clip floor(r * length) frames are deleted, r ~ U(0, largest), every set of so many as likely as another.

    Args:
        lengths: (B,) frames of each clip, at least 1.
        generator: where randomness comes from (CPU).
        largest: largest share that is deleted, below 1.
        pad_to: frames of a view, at least; the longest clip, before deletion, decides where it is longer.

    Returns:
        (B, F) numbers of the kept frames in order, in the padding the clip's last frame, kept or not; and (B, F)
        whether there is a frame.
    """
    share = largest * torch.rand(len(lengths), generator=generator)
    width = _width(lengths, pad_to)
    # Frames that do not exist come last, so that they are never among those kept.
    key = torch.rand((len(lengths), width), generator=generator).to(lengths.device)
    rows = torch.arange(width, device=lengths.device)
    kept = lengths - (share.to(lengths.device) * lengths).floor().long()
    rank = key.masked_fill(rows >= lengths[:, None], 2.0).argsort(1).argsort(1)
    frames = rows.expand_as(rank).masked_fill(rank >= kept[:, None], width).sort(1).values
    return torch.minimum(frames, lengths[:, None] - 1), rows < kept[:, None]


def _width(lengths: Tensor, pad_to: int) -> int:
    return max(pad_to, int(lengths.max()))
