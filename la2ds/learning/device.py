"""Choosing where to compute."""

import argparse
from typing import TYPE_CHECKING

from la2ds.config import require

if TYPE_CHECKING:
    import torch

DEVICES = ("auto", "cpu", "cuda")


def add_device_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options that say where to compute."""
    parser.add_argument("--device", choices=DEVICES, default="auto", help="auto takes CUDA when there is one")
    # Another number of threads adds numbers up in another order, and gives other weights.
    parser.add_argument(
        "--threads", type=int, default=1, help="threads on a processor (default: 1, as the results are)"
    )


def choose_device(name: str, *, threads: int = 0) -> "torch.device":
    """Turn ``auto``, ``cpu`` or ``cuda`` into a device; ``auto`` takes CUDA when there is one.

    Args:
        name: one of ``DEVICES``.
        threads: how many PyTorch uses where the device is the processor, whatever the environment says; 0 leaves that
            to the environment.
    """
    require(threads >= 0, "threads", "at least 0", threads)
    import torch  # here, since verbs name the choices also where nothing is computed with PyTorch

    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cpu" and threads:
        torch.set_num_threads(threads)
    return torch.device(name)
