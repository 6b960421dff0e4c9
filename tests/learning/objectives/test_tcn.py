"""Single-view TCN against loops, and where its positives lie."""

import torch
from torch import Tensor

from la2ds.config import ObjectiveConfig
from la2ds.learning.objectives.base import Sequences
from la2ds.learning.objectives.common import frame_numbers
from la2ds.learning.objectives.tcn import TimeContrastive
from tests.fixtures.objective_checks import (
    equals_the_witness,
    falls_in_ten_steps,
    is_finite_on_degenerate_inputs,
    softmax,
    toy,
)

CONFIG = ObjectiveConfig(kind="tcn")


def slow(config: ObjectiveConfig, first: Sequences, second: Sequences) -> Tensor:
    videos = []
    for anchors, positives in zip(first.z, second.z, strict=True):
        count = len(anchors)
        found = sum(-softmax([a @ p for p in positives])[i].log() for i, a in enumerate(anchors)) / count
        sizes = sum(a @ a for a in anchors) / count + sum(p @ p for p in positives) / count
        videos.append(found + 0.25 * 0.002 * sizes)
    return sum(videos) / len(videos)


def test_value_and_gradient() -> None:
    equals_the_witness(CONFIG, slow, *toy())


def test_degenerate_inputs() -> None:
    is_finite_on_degenerate_inputs(CONFIG)


def test_it_falls() -> None:
    falls_in_ten_steps(CONFIG)


def test_positives_lie_one_to_five_frames_before_their_anchors() -> None:
    generator = torch.Generator().manual_seed(0)
    times = torch.rand((50, 30), generator=generator, dtype=torch.float64).sort(1).values
    lengths = torch.randint(20, 400, (50,), generator=generator)
    found = TimeContrastive(CONFIG).second_times(times, lengths, generator)
    anchors, positives = frame_numbers(times, lengths), frame_numbers(found, lengths)
    assert (found >= 0).all() and (found.diff(dim=1) >= 0).all()
    clamped = anchors < 5  # where the first frame may be in the way
    gap = anchors - positives
    assert (gap[~clamped] > 1 - 1e-9).all() and (gap[~clamped] < 5 + 1e-9).all()
    assert (gap[clamped] < 5 + 1e-9).all() and (gap[clamped] > -1e-9).all()
    # Anchors that are far apart keep their own draw: all five distances occur, equally often.
    apart = torch.linspace(0.2, 1, 9, dtype=torch.float64).expand(2000, 9)
    lengths = torch.full((2000,), 101)
    drawn = frame_numbers(apart, lengths) - frame_numbers(
        TimeContrastive(CONFIG).second_times(apart, lengths, generator), lengths
    )
    share = torch.bincount(drawn.round().long().flatten(), minlength=6) / drawn.numel()
    assert share[0] == 0 and (share[1:] - 0.2).abs().max() < 0.02


def test_clips_of_one_frame_have_times() -> None:
    found = TimeContrastive(CONFIG).second_times(torch.zeros(1, 4), torch.tensor([1]), torch.Generator())
    assert found.tolist() == [[0, 0, 0, 0]]
