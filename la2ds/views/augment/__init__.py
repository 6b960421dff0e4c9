"""Random changes of the input of a network in training."""

import torch
from torch import Generator, Tensor


def uniform(shape: int | tuple[int, ...], generator: Generator, low: float, high: float) -> Tensor:
    """Draw numbers from U(low, high)."""
    return low + (high - low) * torch.rand(shape, generator=generator)
