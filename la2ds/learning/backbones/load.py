"""Frozen networks for pictures, such as EfficientNet-Lite0 with ImageNet's weights: a feature map of every frame.

A safetensors file holds EfficientNet-Lite0. Beside it any vision model of ``transformers`` itself will do, from a local
folder or from the Hugging Face hub. Only safetensors are read, and no code that comes with the weights is run. The
library's own preparation of pictures needs torchvision, so the mean and standard deviation are read here and everything
else about it is ``la2ds.views.pictures``'.
"""

import hashlib
import inspect
import json
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor
from torch.nn import functional as F

from la2ds.errors import InputError
from la2ds.formats.files.storage import sha256_of
from la2ds.learning.backbones.efficientnet_lite import MEAN, STD, load_efficientnet_lite0

log = logging.getLogger(__name__)
IMAGENET = (
    (0.485, 0.456, 0.406),
    (0.229, 0.224, 0.225),
)  # mean and standard deviation by default


@dataclass(frozen=True)
class Backbone:
    """A frozen network and what it wants to be fed.

    Attributes:
        network: takes ``pixel_values`` (N, 3, S, S) and a layer, and gives a map or tokens (``as_map``).
        device: where it is.
        mean: (3,) of red, green, blue in [0, 1].
        std: (3,) likewise.
        source: name, and the weights' checksum or the hub's revision: ``resnet-50@sha256:...``.
    """

    network: Callable[[Tensor, int], Tensor]
    device: torch.device
    mean: Tensor
    std: Tensor
    source: str

    def feature_maps(self, pictures: Tensor, *, grid: int, layer: int = 0) -> Tensor:
        """Compute the feature maps of pictures.

        Args:
            pictures: (N, 3, S, S) uint8, red, green, blue.
            grid: height and width of the result; the maximum of each part of the network's map is kept.
            layer: of the network, counted from 1; 0 for its last.

        Returns:
            (N, K, grid, grid) float32.

        Raises:
            ValueError: if the network has no such layer.
        """
        mean, std = (t.to(self.device)[:, None, None] for t in (self.mean, self.std))
        with torch.inference_mode():
            hidden = self.network((pictures.to(self.device).float() / 255 - mean) / std, layer)
        return F.adaptive_max_pool2d(as_map(hidden), grid)


def as_map(hidden: Tensor) -> Tensor:
    """Bring a network's last state into the form of a map.

    Args:
        hidden: (N, K, H, W) of a convolutional network; or (N, L, K) tokens of a transformer, the patches row by row,
            after tokens that stand for no place (class, registers).

    Returns:
        (N, K, H, W).

    Raises:
        ValueError: if it is neither.
    """
    if hidden.ndim == 4:
        return hidden
    if hidden.ndim != 3:
        raise ValueError(f"a feature map has 4 dimensions and tokens have 3, got {tuple(hidden.shape)}")
    side = math.isqrt(hidden.shape[1])
    return hidden[:, -side * side :].transpose(1, 2).unflatten(2, (side, side))


def load_backbone(name: str, *, device: torch.device) -> Backbone:
    """Load a network from a file, a local folder or the hub (or its cache).

    Raises:
        InputError: if there are no such weights, the hub cannot be reached, or the file or folder holds something else
            than EfficientNet-Lite0, or a vision model with all its weights, as safetensors.
    """
    return _efficientnet_lite0(Path(name), device) if name.endswith(".safetensors") else _transformer(name, device)


def _efficientnet_lite0(path: Path, device: torch.device) -> Backbone:
    try:
        network = load_efficientnet_lite0(path)
    except (OSError, SafetensorError, RuntimeError) as error:
        expected = "EfficientNet-Lite0 as safetensors (la2ds weights --backbone efficientnet_lite0)"
        raise InputError(path, expected=expected, found=_first_sentence(error)) from error
    source = f"{path.stem}@sha256:{sha256_of(path)}"
    return Backbone(network.to(device).requires_grad_(False), device, torch.tensor(MEAN), torch.tensor(STD), source)


def _transformer(name: str, device: torch.device) -> Backbone:
    import transformers  # late: only this stage needs it, and it is an extra

    local = Path(name).is_dir()
    try:
        network, report = transformers.AutoModel.from_pretrained(
            name, use_safetensors=True, trust_remote_code=False, dtype=torch.float32, output_loading_info=True
        )
    except (OSError, ValueError, SafetensorError) as error:
        expected = "a vision model with safetensors" if local else "a local folder, or a model the hub can be asked for"
        raise InputError(name, expected=expected, found=_first_sentence(error)) from error
    if network.main_input_name != "pixel_values":
        raise InputError(name, expected="a network for pictures", found=type(network).__name__)
    # The pooler comes after the map, and classifiers' weights lack one.
    lacking = sorted(key for key in report["missing_keys"] if not key.startswith("pooler"))
    if lacking:
        raise InputError(name, expected=f"weights for all of {type(network).__name__}", found=f"none for {lacking[0]}")
    mean, std = _mean_and_std(_preparation(name, transformers))
    source = f"{Path(name).resolve().name if local else name}@{_version(name, network, local=local)}"
    return Backbone(_layer_of(network.to(device).eval().requires_grad_(False)), device, mean, std, source)


def _layer_of(network: Any) -> Callable[[Tensor, int], Tensor]:
    # Vision transformers learn where patches lie for one size of picture; some interpolate only on request.
    resizes = "interpolate_pos_encoding" in inspect.signature(network.forward).parameters
    options = {"interpolate_pos_encoding": True} if resizes else {}

    def shown(values: Tensor, layer: int) -> Tensor:
        told = network(pixel_values=values, output_hidden_states=bool(layer), **options)
        if not layer:
            last: Tensor = told.last_hidden_state
            return last
        # The first is what goes into the first layer.
        layers = told.hidden_states[1:]
        if layer > len(layers):
            raise ValueError(f"{len(layers)} layers")
        state: Tensor = layers[layer - 1]
        return state

    return shown


def _first_sentence(error: Exception) -> str:
    """Keep what a person needs of a message that fills a screen."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")


def _preparation(name: str, transformers: Any) -> str | None:
    """Find the file beside the weights that says how pictures are scaled, if there is one."""
    try:
        found: str | None = transformers.utils.cached_file(name, "preprocessor_config.json")
    except OSError:  # no such file: many networks come without
        found = None
    if found is None:
        log.info("%s has no preprocessor_config.json: pictures are scaled by ImageNet's mean and deviation", name)
    return found


def _mean_and_std(prepared: str | None) -> tuple[Tensor, Tensor]:
    """Read mean and standard deviation; ImageNet's where nothing is said."""
    settings: dict[str, Any] = json.loads(Path(prepared).read_text(encoding="utf-8")) if prepared else {}
    if not settings.get("do_normalize", True):
        return torch.zeros(3), torch.ones(3)
    mean, std = settings.get("image_mean") or IMAGENET[0], settings.get("image_std") or IMAGENET[1]
    return torch.tensor(mean, dtype=torch.float32), torch.tensor(std, dtype=torch.float32)


def _version(name: str, network: Any, *, local: bool) -> str:
    """Say which weights these are: the hub's revision, or the checksum of a folder's files."""
    if not local:
        return f"revision:{network.config._commit_hash}"
    digest = hashlib.sha256()
    for file in sorted(Path(name).glob("*.safetensors")):
        digest.update(bytes.fromhex(sha256_of(file)))
    return f"sha256:{digest.hexdigest()}"
