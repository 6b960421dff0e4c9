"""Overlapping windows of a whole clip, each as long as a training view, averaged where they overlap.

A whole clip read at the speed of training has more frames than any view in training had, and places behind the last
that a network has seen. Windows show it nothing new.
"""

from typing import TypeVar

import torch
from torch import Tensor

from la2ds.config import MethodConfig
from la2ds.learning.encoders.base import Encoder
from la2ds.views.view import View, places_of

Part = TypeVar("Part", Tensor, None, Tensor | None)


def window_starts(count: int, *, frames: int, stride: int) -> list[int]:
    """List where windows begin: every ``stride`` frames from 0, and the last so that it ends with the clip.

    Args:
        count: frames there are.
        frames: frames of a window, at most ``count``.
        stride: frames between two windows, at least 1.
    """
    return sorted({*range(0, count - frames, stride), count - frames})


def embed_windows(encoder: Encoder, view: View, *, method: MethodConfig) -> Tensor:
    """Embed a view by its windows, or at once where the method names no stride.

    Args:
        encoder: network in evaluation mode.
        view: one clip (B = 1) of F frames without padding.
        method: settings; a window has ``encoder.frames`` frames.

    Returns:
        (F, D), the mean over the windows a frame lies in.
    """
    config = method.encoder
    if not config.test_stride:
        return encoder.embed(view)[0]
    starts = window_starts(view.times.shape[1], frames=config.frames, stride=config.test_stride)
    embedded = encoder.embed(cut(view, starts, method=method))
    total = embedded.new_zeros(view.times.shape[1], embedded.shape[-1])
    count = embedded.new_zeros(len(total), 1)
    for start, window in zip(starts, embedded, strict=True):
        total[start : start + config.frames] += window
        count[start : start + config.frames] += 1
    return total / count


def cut(view: View, starts: list[int], *, method: MethodConfig) -> View:
    """Cut windows out of a view of one clip and lay them one behind the other in the batch: B = ``len(starts)``."""

    def pieces(part: Part) -> Part:
        if part is None:
            return None
        return torch.cat([part[:, start : start + method.encoder.frames] for start in starts])

    times = pieces(view.times)
    return View(
        places=places_of(times, method),
        times=times,
        valid=pieces(view.valid),
        maps=pieces(view.maps),
        points=pieces(view.points),
        pictures=pieces(view.pictures),
        shown=None if view.shown is None else view.shown.expand(len(starts), -1),
    )
