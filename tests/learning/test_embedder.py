"""A trained network as one module: what `la2ds embed` gives, for clips of any length, traced or not."""

import pytest
import torch

from la2ds.config import load_method
from la2ds.errors import InputError
from la2ds.formats.skeletons import SKELETONS
from la2ds.learning.embedding.embedder import FrameEmbedder, load_embedder
from la2ds.learning.embedding.network import embed_clip
from la2ds.learning.encoders.rgb_conv3d import nearest
from la2ds.learning.model import new_model, save_weights
from la2ds.views.whole_view import ClipParts
from tests.fixtures.paths import ROOT

METHODS = ROOT / "config/methods"


def made(name):
    """A method with the initial weights of its network, wrapped."""
    method = load_method(METHODS / f"{name}.yaml")
    skeleton = "" if method.input.kind == "rgb" else "body13"
    model = new_model(method, skeleton, seed=1).eval()
    return method, model, FrameEmbedder(model, method=method, skeleton=skeleton, features=(0, 0))


def clip_of(embedder, frames):
    """A clip of noise, drawn as bytes and as what the embedder takes."""
    generator = torch.Generator().manual_seed(frames)
    drawn = {
        name: torch.randint(256, (frames, *shape), generator=generator, dtype=torch.uint8)
        for name, (_, shape) in embedder.inputs.items()
    }
    joints = drawn["joints"] / 255 if "joints" in drawn else None
    parts = ClipParts(drawn.get("heatmaps"), joints, drawn.get("pictures"))
    given = [part if name == "pictures" else part / 255 for name, part in drawn.items()]
    return parts, given


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("la2ds_align", ["heatmaps"]),
        ("casa_2d", ["joints"]),
        ("tcc_small", ["pictures"]),
        ("la2ds_rgb", ["heatmaps", "pictures"]),
    ],
)
def test_it_embeds_as_the_verb_does(name, inputs):
    method, model, embedder = made(name)
    assert list(embedder.inputs) == inputs
    parts, given = clip_of(embedder, 45)
    skeleton = embedder.skeleton
    with torch.inference_mode():
        wanted = embed_clip(model, parts, method=method, skeleton=skeleton)
        assert torch.allclose(embedder(*given), torch.from_numpy(wanted), atol=1e-5)
    assert wanted.shape == (45, method.encoder.dim if name != "casa_2d" else model.encoder.dim)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["la2ds_rgb", "tcc_small"])
def test_a_traced_network_takes_clips_of_any_length(name):
    _, _, embedder = made(name)
    given = clip_of(embedder, 8)[1]
    shapes = [{0: torch.export.Dim.AUTO} for _ in given]
    traced = torch.export.export(embedder, tuple(given), dynamic_shapes=shapes).module()
    for frames in (2, 3, 97):
        given = clip_of(embedder, frames)[1]
        with torch.inference_mode():
            assert torch.allclose(traced(*given), embedder(*given), atol=1e-4)


def test_weights_say_what_they_are_for(tmp_path):
    method, model, embedder = made("la2ds")
    path = tmp_path / "model.safetensors"
    save_weights(path, model, method=method, skeleton="body13")
    loaded = load_embedder(path, method)
    given = clip_of(embedder, 5)[1]
    with torch.inference_mode():
        assert torch.equal(loaded(*given), embedder(*given))
    assert loaded.skeleton is SKELETONS["body13"]
    path.write_bytes(b"nothing")
    with pytest.raises(InputError, match="expected weights"):
        load_embedder(path, method)


def test_rounding_in_integers_is_that_of_python():
    assert all(nearest(a, b) == round(a / b) for a in range(300) for b in range(1, 90))
