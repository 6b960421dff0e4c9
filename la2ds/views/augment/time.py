"""Random time lines of a clip's views: crop, warp and deletion of frames.

Random numbers are drawn on the CPU, so that a seed means the same on every device.
"""

import math

import torch
from torch import Generator, Tensor

from la2ds.config import AugmentationConfig
from la2ds.views.augment import uniform
from la2ds.views.clips import whole_frames


def draw_times(count: int, frames: int, generator: Generator, *, config: AugmentationConfig) -> Tensor:
    """Draw the time line of views: crop, piecewise-linear warp, and deletion of frames.

    Args:
        count: number of views.
        frames: frames in a view.
        generator: where randomness comes from (CPU).
        config: strengths.

    Returns:
        (count, frames) strictly increasing times as shares of the clip, in [0, 1].
    """
    places = delete_places(count, frames, generator, largest=config.deletion)
    if config.warp_pieces > 1:
        places = warp_places(places, generator, pieces=config.warp_pieces, concentration=config.warp_concentration)
    share = uniform((count, 1), generator, *config.crop)
    start = torch.rand((count, 1), generator=generator) * (1 - share)
    return start + share * places


def delete_places(count: int, frames: int, generator: Generator, *, largest: float) -> Tensor:
    """Delete up to a share ``largest`` of evenly spaced frames at random (CASA's "fast"); ``frames`` of them remain.

    Returns:
        (count, frames) strictly increasing places in [0, 1].
    """
    before = torch.ceil(frames / (1 - uniform((count, 1), generator, 0.0, largest)))  # frames there were, (count, 1)
    grid = torch.arange(math.ceil(frames / (1 - largest)))
    key = torch.rand((count, len(grid)), generator=generator).masked_fill(grid >= before, 2.0)
    remaining = key.argsort(1)[:, :frames].sort(1).values
    return remaining / (before - 1)


def fast_frames(lengths: Tensor, generator: Generator, *, largest: float, pad_to: int) -> tuple[Tensor, Tensor]:
    """Delete frames of each clip at random, close the gaps, and pad to one length (CASA's "fast").

    CASA samples no frames (Kwon et al., CVPR 2022, and its code): the original is the whole clip (``whole_frames``),
    its copy lacks some frames, and both are padded to one length. Of each clip floor(r * length) frames are deleted,
    r ~ U(0, largest), every set of so many as likely as another.

    Args:
        lengths: (B,) frames of each clip, at least 1.
        generator: where randomness comes from (CPU).
        largest: largest share that is deleted, below 1.
        pad_to: frames of a view, at least; the longest clip, before deletion, decides where it is longer.

    Returns:
        (B, F) numbers of the remaining frames in order, in the padding the clip's last frame, deleted or not; and
        (B, F) whether there is a frame.
    """
    share = largest * torch.rand(len(lengths), generator=generator)
    _, valid = whole_frames(lengths, pad_to=pad_to)
    # Frames that do not exist come last, so that they are never among those that remain.
    key = torch.rand(valid.shape, generator=generator).to(lengths.device).masked_fill(~valid, 2.0)
    rows = torch.arange(valid.shape[1], device=lengths.device)
    remaining = lengths - (share.to(lengths.device) * lengths).floor().long()
    rank = key.argsort(1).argsort(1)
    frames = rows.expand_as(rank).masked_fill(rank >= remaining[:, None], len(rows)).sort(1).values
    return torch.minimum(frames, lengths[:, None] - 1), rows < remaining[:, None]


def warp_places(places: Tensor, generator: Generator, *, pieces: int, concentration: float) -> Tensor:
    """Bend time: equal pieces of the view get lengths drawn from a symmetric Dirichlet.

    Args:
        places: (count, frames) in [0, 1].
        generator: where randomness comes from (CPU).
        pieces: number of pieces.
        concentration: of the Dirichlet; large values bend less.

    Returns:
        (count, frames) in [0, 1], strictly increasing where ``places`` is.
    """
    gamma = torch._standard_gamma(torch.full((len(places), pieces), concentration), generator=generator)
    lengths = (gamma + 1e-3) / (gamma + 1e-3).sum(1, keepdim=True)
    knots = torch.cat([torch.zeros(len(places), 1), lengths.cumsum(1)], 1)
    piece = (places * pieces).floor().clamp(0, pieces - 1)
    inside = places * pieces - piece
    left = knots.gather(1, piece.long())
    return (left + inside * lengths.gather(1, piece.long())).clamp(0, 1)
