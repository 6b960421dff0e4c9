"""Contrastive regression between a clip and its augmented copy.

CASA (Kwon et al., CVPR 2022, section 3.3) and, after it, LA2DS regress the time of a frame through soft matching: the
frame's similarity to all frames of the other view, softmax, expected time, squared error. Which form LA2DS uses is not
known to us. The default is symmetric, with time as a share of the clip and cosine similarity.

CASA's released code differs: it looks for the copy's frames in the original alone (``directions: copy``), counts time
in frames (``time: frames``, so that long clips weigh more), and for Penn Action and H2O compares by distances that are
not squared (``similarity: distance``; cosine for IKEA ASM). It also looks through the padding behind short clips, as if
the original went on there (``padded: true``). These four together give its loss; else padding takes no part.
"""

import torch
from torch import Generator, Tensor
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from la2ds.learning.objectives.base import Objective, Sequences
from la2ds.learning.objectives.common import frame_numbers

# Of more pairs of frames, 32 MB of similarities, no more than one clip's are held at a time.
AT_ONCE = 1 << 23


class Regression(Objective):
    """Squared error of the expected time, in both directions or one, optionally weighed by the match's own spread."""

    padding = True

    def forward(self, first: Sequences, second: Sequences, *, generator: Generator, step: int) -> Tensor:
        """Average over clips, directions and frames that the other view covers."""
        if len(first.z) * first.z.shape[1] * second.z.shape[1] <= AT_ONCE:
            errors, counts = self._errors(first, second)
        else:
            pairs = zip(_by_clip(first), _by_clip(second), strict=True)
            parts = [checkpoint(self._errors, *pair, use_reentrant=False) for pair in pairs]
            errors, counts = (torch.stack(part).sum(0) for part in zip(*parts, strict=True))
        return (errors / counts.clamp(min=1)).mean()

    def _errors(self, first: Sequences, second: Sequences) -> tuple[Tensor, Tensor]:
        """Sum errors over clips and frames, and count the frames, in each direction: one or two numbers each."""
        similarity = self._similarity(first.z, second.z)
        ways = [self._regress(similarity.mT, source=second, target=first)]
        if self.config.directions != "copy":
            ways.append(self._regress(similarity, source=first, target=second))
        errors, counts = (torch.stack(part) for part in zip(*ways, strict=True))
        return errors, counts

    def _similarity(self, z0: Tensor, z1: Tensor) -> Tensor:
        """Logits of the match: (B, F0, D), (B, F1, D) -> (B, F0, F1)."""
        if self.config.similarity == "cosine":
            return F.normalize(z0, dim=-1) @ F.normalize(z1, dim=-1).mT / self.config.temperature
        # CASA's code divides both vectors by sqrt(D), and the distance by D once more. Differences, not a matrix
        # product: the root of a rounding error would have a huge gradient, where frames are equal.
        distance = torch.cdist(z0, z1, compute_mode="donot_use_mm_for_euclid_dist")
        return distance / (-self.config.temperature * z0.shape[-1] ** 1.5)

    def _times(self, view: Sequences) -> Tensor:
        """(B, F) times in the unit that is regressed."""
        return view.times if self.config.time == "share" else frame_numbers(view.times, view.lengths)

    def _targets(self, view: Sequences) -> tuple[Tensor, Tensor]:
        """(B, F) times of the frames to look among, and whether to look there.

        With ``padded``, padding is looked among too, and its times are counted on by rows: row i of a whole clip at its
        own rate is frame i, and so it is in CASA's code for the rows behind the last frame.
        """
        times, mask = self._times(view), view.mask
        if not self.config.padded:
            return times, mask
        rows = torch.arange(times.shape[1], device=times.device).to(times)
        row_times = rows if self.config.time == "frames" else rows / (view.lengths[:, None] - 1).clamp(min=1)
        return torch.where(mask, times, row_times), torch.ones_like(mask)

    def _regress(self, similarity: Tensor, *, source: Sequences, target: Sequences) -> tuple[Tensor, Tensor]:
        """Find the source frames' times among the target frames; similarity is (B, source, target)."""
        source_times, (target_times, is_target) = self._times(source), self._targets(target)
        counts = source.mask & _covered(source_times, self._times(target), target.mask)
        similarity = similarity.masked_fill(~is_target[:, None], -torch.inf)
        return self._one_way(similarity, source=source_times, target=target_times, counts=counts)

    def _one_way(
        self, similarity: Tensor, *, source: Tensor, target: Tensor, counts: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Sum errors of (B, source, target) logits over source frames that count, those covered if not given."""
        match = similarity.softmax(-1)
        expected = torch.einsum("bst,bt->bs", match, target)
        error = (expected - source) ** 2
        if self.config.variance:
            # TCC's regression with variance (Dwibedi et al., CVPR 2019, eq. 4): a broad match has its price.
            spread = torch.einsum("bst,bt->bs", match, target**2) - expected**2
            spread = spread.clamp(min=0) + 1e-4
            error = error / spread + self.config.variance * spread.log()
        if counts is None:
            counts = _covered(source, target, torch.ones_like(target, dtype=torch.bool))
        return (error * counts).sum(), counts.sum()


def _by_clip(views: Sequences) -> list[Sequences]:
    valid = [None] * len(views.z) if views.valid is None else views.valid.split(1)
    parts = (views.z.split(1), views.times.split(1), views.lengths.split(1), valid)
    return [Sequences(*part) for part in zip(*parts, strict=True)]


def _covered(source: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Whether times lie between the target's first frame and its last; outside, a frame has no partner there."""
    last = target.masked_fill(~mask, -torch.inf).amax(1, keepdim=True)
    return (source >= target[:, :1]) & (source <= last)
