"""Pieces that several objectives share: pairs of clips, distances, frame numbers."""

import torch
from torch import Tensor


def unordered_pairs(clips: Tensor) -> tuple[Tensor, Tensor]:
    """List all pairs of different clips, each once.

    Args:
        clips: anything of a batch, (B, ...).

    Returns:
        left and right index, (B * (B - 1) / 2,) each.

    Raises:
        ValueError: if there are fewer than two clips; a loss of zero would train nothing and say nothing.
    """
    count = len(clips)
    if count < 2:
        raise ValueError(f"this objective compares different clips and needs at least 2 in a batch, got {count}")
    left, right = torch.triu_indices(count, count, 1, device=clips.device)
    return left, right


def ordered_pairs(clips: Tensor) -> tuple[Tensor, Tensor]:
    """List all pairs of different clips, each in both orders: pair p + P/2 (modulo P) is pair p the other way round.

    Args:
        clips: anything of a batch, (B, ...).

    Returns:
        left and right index, (P,) each, with P = B * (B - 1).
    """
    left, right = unordered_pairs(clips)
    return torch.cat([left, right]), torch.cat([right, left])


def squared_distances(x: Tensor, y: Tensor) -> Tensor:
    """Give ||x_i - y_j||^2: (..., N, D) and (..., M, D) -> (..., N, M).

    As a matrix product, which is smooth where frames are equal; rounding may leave values a little below 0.
    """
    return (x**2).sum(-1)[..., :, None] + (y**2).sum(-1)[..., None, :] - 2 * x @ y.mT


def frame_numbers(times: Tensor, lengths: Tensor) -> Tensor:
    """Turn times into frame numbers, which need not be whole.

    Args:
        times: (B, F) shares of the clip.
        lengths: (B,) frames of each clip.
    """
    return times * (lengths[:, None] - 1).to(times)
