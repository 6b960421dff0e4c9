"""Choosing where to compute."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

DEVICES = ("auto", "cpu", "cuda")


def choose_device(name: str) -> "torch.device":
    """Turn ``auto``, ``cpu`` or ``cuda`` into a device; ``auto`` takes CUDA when there is one."""
    import torch  # here, since verbs name the choices also where nothing is computed with PyTorch

    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)
