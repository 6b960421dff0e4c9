"""Saving a training half-way and taking it up again."""

import io
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from la2ds.formats.files.storage import write_bytes

log = logging.getLogger(__name__)

VERSION = 2  # of what is saved; another one is as good as none


@dataclass(frozen=True)
class Checkpoint:
    """The state after ``step`` updates.

    Attributes:
        step: updates done.
        model, objective, optimiser: state dicts.
        history: one row per logged step.
        seconds: training time so far.
        fingerprint: everything the result depends on (settings, seed, clips); another one starts from the beginning.
    """

    step: int
    model: dict[str, Any]
    objective: dict[str, Any]
    optimiser: dict[str, Any]
    history: list[dict[str, float]]
    seconds: float
    fingerprint: str


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a whole checkpoint, or none."""
    content = io.BytesIO()
    torch.save(checkpoint.__dict__, content)
    write_bytes(path, content.getvalue())


def load_checkpoint(path: Path, *, fingerprint: str) -> Checkpoint | None:
    """Read a checkpoint, if there is one and it belongs to this very training; else None, with the reason logged."""
    if not path.exists():
        return None
    try:
        content = torch.load(path, weights_only=True, map_location="cpu")
        checkpoint = Checkpoint(**content)
    except Exception as error:  # whatever is wrong with it, training can always start anew
        log.warning("%s cannot be read (%s): starting from the beginning", path, type(error).__name__)
        return None
    if checkpoint.fingerprint != fingerprint:
        log.warning("%s belongs to other settings, seed or clips: starting from the beginning", path)
        return None
    return checkpoint
