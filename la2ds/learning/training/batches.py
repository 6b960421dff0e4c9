"""The clips of a training step, and what its objective is given."""

from collections.abc import Sequence

import torch
from torch import Tensor

from la2ds.config import MethodConfig
from la2ds.errors import InputError
from la2ds.formats.labels import read_labels
from la2ds.learning.objectives import OBJECTIVES
from la2ds.learning.objectives.base import Sequences
from la2ds.learning.objectives.supervised import PHASES
from la2ds.views.clips import ClipBatch
from la2ds.views.view import View


def draw_batch(actions: Tensor, generator: torch.Generator, *, size: int) -> Tensor:
    """Choose the clips of a step, all of one action: clips of different actions cannot be aligned.

    Args:
        actions: (N,) number of each clip's action; every action is as likely as another.
        generator: where randomness comes from (CPU).
        size: clips wanted.

    Returns:
        (size,) different clips, or all of the action where it has fewer.
    """
    count = int(actions.max()) + 1
    # One action draws nothing, so that its trainings stay what they were.
    action = int(torch.randint(count, (), generator=generator)) if count > 1 else 0
    members = (actions == action).nonzero()[:, 0]
    return members[torch.randperm(len(members), generator=generator)[:size]]


def sequences(projection: Tensor, view: View, batch: ClipBatch) -> Sequences:
    """Put together what an objective may see of one view of each clip."""
    phases = batch.phases_at((view.times * (batch.lengths[:, None] - 1)).round().long())
    return Sequences(projection, view.times, batch.lengths, view.valid, phases)


def show_labels(
    batch: ClipBatch, ids: Sequence[str], *, method: MethodConfig, file: str, labels: str | None
) -> ClipBatch:
    """Add labels where the objective is made to see them.

    Raises:
        InputError: if it needs labels and there are none, or if there are some that it may not use.
    """
    objective = OBJECTIVES[method.objective.kind]
    if objective.labelled != (labels is not None):
        expected = "--labels" if objective.labelled else "no --labels, which training must not see"
        raise InputError(file, expected=expected, found=labels or "none")
    if labels is None:
        return batch
    phases = read_labels(labels, dict(zip(ids, batch.lengths.tolist(), strict=True))).phases
    unlabelled = [video_id for video_id in ids if video_id not in phases]
    if unlabelled:
        found = f"{len(unlabelled)} without, such as {unlabelled[0]}"
        raise InputError(labels, expected="labels of all training videos", found=found)
    most = max(int(phases[video_id].max(initial=-1)) for video_id in ids)
    if most >= PHASES:
        raise InputError(labels, expected=f"phases below {PHASES}, as many as {file} can learn", found=f"phase {most}")
    return batch.label([phases[video_id] for video_id in ids])
