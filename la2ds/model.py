"""A method's network with its projection head, and its weights on disk (safetensors: nothing is ever unpickled)."""

import hashlib
import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from la2ds.config import MethodConfig, as_dict
from la2ds.encoders import ENCODERS
from la2ds.encoders.projection import Projection
from la2ds.errors import InputError
from la2ds.pose.skeletons import SKELETONS, Skeleton
from la2ds.storage import atomic_path
from la2ds.views import View, heatmap_channels


class Model(nn.Module):
    """Encoder and projection head."""

    def __init__(self, method: MethodConfig, skeleton: Skeleton) -> None:
        """Build the network of a method for a joint set."""
        super().__init__()
        spec = method.input.heatmaps
        channels = heatmap_channels(spec, skeleton, method.input.motion)
        self.encoder = ENCODERS[method.encoder.kind](method.encoder, channels=channels, size=spec.size)
        self.projection = Projection(dim=method.encoder.dim, width=method.encoder.projection)

    def forward(self, view: View) -> Tensor:
        """Project a view for the loss: (B, F, width)."""
        return self.projection(self.encoder(view.maps, view.places))


def network_settings(method: MethodConfig, skeleton: str) -> str:
    """Describe everything the shape of the weights depends on, as JSON."""
    return json.dumps({"skeleton": skeleton, "input": as_dict(method.input), "encoder": as_dict(method.encoder)})


def new_model(method: MethodConfig, skeleton: str, *, seed: int) -> Model:
    """Build a network with initial weights that the seed alone decides."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Model(method, SKELETONS[skeleton])


def save_weights(path: str | Path, model: Model, *, method: MethodConfig, skeleton: str) -> None:
    """Write the weights with the settings they belong to."""
    state = {k: v.detach().cpu().contiguous() for k, v in model.state_dict().items()}
    with atomic_path(path) as temporary:
        save_file(state, temporary, metadata={"la2ds.network": network_settings(method, skeleton)})


def load_weights(path: str | Path, method: MethodConfig, skeleton: str) -> Model:
    """Build a method's network with weights from a file.

    Raises:
        InputError: if the file is no weights file, or belongs to a network with other settings.
    """
    try:
        with safe_open(path, framework="pt") as file:
            found = (file.metadata() or {}).get("la2ds.network", "none")
            state = {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118 (no mapping)
    except (SafetensorError, OSError) as error:
        raise InputError(path, expected="weights (safetensors)", found=str(error)) from error
    expected = network_settings(method, skeleton)
    if found != expected:
        raise InputError(path, expected=f"weights of the network {expected}", found=f"those of {found}")
    model = new_model(method, skeleton, seed=0)
    model.load_state_dict(state)
    return model


def checksum(path: str | Path) -> str:
    """Give the SHA-256 of a file."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
