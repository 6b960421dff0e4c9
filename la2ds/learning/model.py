"""A method's network with its projection head, and its weights on disk (safetensors: nothing is ever unpickled)."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from la2ds.config import MethodConfig, as_dict, merge
from la2ds.errors import InputError
from la2ds.formats.files.storage import write_bytes
from la2ds.formats.skeletons import Skeleton, skeleton_named
from la2ds.learning.encoders import ENCODERS
from la2ds.learning.encoders.base import Encoder, InputShape
from la2ds.learning.encoders.projection import Projection
from la2ds.views.heatmaps import channel_names
from la2ds.views.view import View

PRETRAINED = Path(__file__).with_name("pretrained")  # the network that comes with the package, and its card
WEIGHTS, RUN = "model.safetensors", "run.json"  # what a training leaves behind
# Settings of the encoder that weights do not depend on: they may differ whenever something is embedded.
CHOSEN_ANEW = ("shown", "test_stride", "mirror_test")


class Model(nn.Module):
    """Encoder and projection head."""

    def __init__(self, method: MethodConfig, skeleton: Skeleton | None, features: tuple[int, int] = (0, 0)) -> None:
        """Build the network of a method.

        Args:
            method: settings.
            skeleton: joint set of its keypoints; None where it has none.
            features: channels and grid of stored picture features; zeros where it has none.

        Raises:
            ValueError: if the settings do not fit each other, such as patches that do not tile the maps.
        """
        super().__init__()
        self.encoder: Encoder = ENCODERS[method.encoder.kind](method.encoder, input_shape(method, skeleton, features))
        width = method.encoder.projection
        self.projection = Projection(dim=self.encoder.dim, width=self.encoder.dim if width < 0 else width)

    def forward(self, views: Sequence[View]) -> list[Tensor]:
        """Project views of the same clips for the loss: (B, F, width) each."""
        return [self.projection(x) for x in self.encoder(views)]


def input_shape(method: MethodConfig, skeleton: Skeleton | None, features: tuple[int, int]) -> InputShape:
    """Give the sizes of the views that a method's encoder takes."""
    config, pictures = method.input, 0
    channels = len(channel_names(config.heatmaps, skeleton)) if config.uses_heatmaps and skeleton else 0
    points = config.coordinates.dims * len(skeleton.joints) if config.kind == "coordinates" and skeleton else 0
    if config.uses_pictures and config.pictures.trained:
        pictures = config.pictures.size
    size, motion = (config.heatmaps.size, config.motion) if channels else (0, ())
    return InputShape(channels, motion, size, points, pictures, *features)


def network_settings(method: MethodConfig, skeleton: str, features: tuple[int, int]) -> str:
    """Describe everything the shape of the weights depends on, as JSON."""
    encoder = as_dict(method.encoder)
    for key in CHOSEN_ANEW:
        del encoder[key]
    return json.dumps({"skeleton": skeleton, "features": features, "input": as_dict(method.input), "encoder": encoder})


def new_model(method: MethodConfig, skeleton: str, *, seed: int, features: tuple[int, int] = (0, 0)) -> Model:
    """Build a network with initial weights that the seed alone decides."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Model(method, skeleton_named(skeleton), features)


def save_weights(
    path: str | Path, model: Model, *, method: MethodConfig, skeleton: str, features: tuple[int, int] = (0, 0)
) -> None:
    """Write the weights with the settings they belong to."""
    state = {k: v.detach().cpu().contiguous() for k, v in model.state_dict().items()}
    write_bytes(path, save(state, metadata={"la2ds.network": network_settings(method, skeleton, features)}))


def halve_weights(path: str | Path) -> None:
    """Keep the weights of a file in half precision, which takes half the place; ``load_weights`` widens them."""
    state = {name: tensor.half() for name, tensor in _tensors(path).items()}
    write_bytes(path, save(state, metadata={"la2ds.network": json.dumps(network_of(path))}))


def load_weights(path: str | Path, method: MethodConfig, skeleton: str, *, features: tuple[int, int] = (0, 0)) -> Model:
    """Build a method's network with weights from a file.

    Raises:
        InputError: if the file is no weights file, belongs to a network with other settings, or holds other tensors
            than that network has, or numbers that are not finite.
    """
    found = network_of(path)
    expected = _flat(json.loads(network_settings(method, skeleton, features)))
    # Settings that came later have their defaults in older files.
    defaults = json.loads(network_settings(MethodConfig(label=""), "", (0, 0)))
    own = _flat(merge(defaults, _without_chosen(found)))
    if own != expected:
        other = sorted(key for key in expected | own if expected.get(key) != own.get(key))
        wanted, there = (", ".join(f"{key} {of.get(key)}" for key in other[:5]) for of in (expected, own))
        raise InputError(path, expected=f"weights of a network with {wanted}", found=f"one with {there}")
    model = new_model(method, skeleton, seed=0, features=features)
    state = _tensors(path)
    _check_tensors(path, state, model.state_dict())
    model.load_state_dict(state)
    return model


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Write nested settings as one mapping of dotted keys, as messages name them."""
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        below = {f"{key}.{k}": v for k, v in _flat(value).items()} if isinstance(value, dict) else {}
        flat |= below or {key: value}
    return flat


def network_of(path: str | Path) -> dict[str, Any]:
    """Read the settings of the network that a weights file is of: skeleton, features, input and encoder.

    Raises:
        InputError: if it is no weights file, or none of ours.
    """
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get("la2ds.network", "none")
    except (SafetensorError, OSError) as error:
        raise InputError(path, expected="weights (safetensors)", found=str(error)) from error
    try:
        network = json.loads(text)
    except (ValueError, RecursionError):
        network = None
    kinds = {"skeleton": str, "features": list, "input": dict, "encoder": dict}
    sound = isinstance(network, dict) and all(isinstance(network.get(key), kind) for key, kind in kinds.items())
    if not sound or len(network["features"]) != 2 or not all(type(n) is int for n in network["features"]):
        expected = f"la2ds.network in the metadata, a network's {', '.join(kinds)}"
        raise InputError(path, expected=expected, found=text[:80])
    return dict(network)


def _tensors(path: str | Path) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt") as file:
            found = {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118 (no mapping)
    except (SafetensorError, OSError) as error:
        raise InputError(path, expected="weights (safetensors)", found=str(error)) from error
    # Half precision is a way to keep weights (``halve_weights``), not to compute with them.
    return {name: tensor.float() if tensor.dtype == torch.float16 else tensor for name, tensor in found.items()}


def _check_tensors(path: str | Path, found: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    """Refuse tensors that are missing, too many, of another shape or type, or not finite."""
    odd = sorted(set(found) ^ set(wanted))
    if odd:
        what = "no" if odd[0] in wanted else "an unknown"
        raise InputError(path, expected=f"the {len(wanted)} tensors of its network", found=f"{what} {odd[0]}")
    for name, tensor in found.items():
        if (tensor.shape, tensor.dtype) != (wanted[name].shape, wanted[name].dtype):
            expected = f"{name} of shape {tuple(wanted[name].shape)} and {wanted[name].dtype}"
            raise InputError(path, expected=expected, found=f"{tuple(tensor.shape)} and {tensor.dtype}")
        if not tensor.isfinite().all():
            found_ = f"{int((~tensor.isfinite()).sum())} others in {name}"
            raise InputError(path, expected="finite weights", found=found_)


def _without_chosen(network: dict[str, Any]) -> dict[str, Any]:
    """Drop what older files still name among the settings of a network."""
    encoder = {k: v for k, v in network["encoder"].items() if k not in CHOSEN_ANEW}
    return {**network, "encoder": encoder}
