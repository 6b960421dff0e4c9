"""Encoders of pictures."""

import dataclasses

import pytest
import torch
from torch import nn

from la2ds.config import EncoderConfig
from la2ds.learning.encoders.base import InputShape
from la2ds.learning.encoders.frame_cnn import FrameCnn, FrameFeatures
from la2ds.learning.encoders.rgb_conv3d import Pairs, RgbConv3d, earlier
from la2ds.learning.encoders.rgb_transformer import RgbTransformer
from la2ds.views.view import View

CONFIG = EncoderConfig(dim=16, heads=2, hidden=24, context=3, temporal_layers=1, frames=6)
KINDS = {"rgb_transformer": RgbTransformer, "rgb_conv3d": RgbConv3d}


def view(pictures):
    clips, frames = pictures.shape[:2]
    places = torch.arange(frames).float().expand(clips, frames)
    return View(places, places / (frames - 1), torch.ones(clips, frames, dtype=torch.bool), pictures=pictures)


def shown(clips=2, frames=6, size=48, seed=0):
    return torch.rand(clips, frames, 3, size, size, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def built(kind, shape, config=CONFIG):
    torch.manual_seed(0)
    return KINDS[kind](config, shape).eval()


@pytest.mark.parametrize("size", [16, 48, 50, 64])
def test_the_frame_network_gives_an_eighth_of_the_size(size):
    maps = FrameCnn()(torch.zeros(2, 3, size, size))
    assert maps.shape == (2, FrameCnn.channels, size // 8, size // 8)


def test_stored_features_pass_through():
    features = torch.rand(2, 5, 7, 3, 3)
    assert FrameFeatures(InputShape(features=7, grid=3))(features) is features
    assert FrameFeatures(InputShape(pictures=48))(shown()).shape == (2, 6, FrameCnn.channels, 6, 6)
    with pytest.raises(ValueError, match="needs pictures"):
        FrameFeatures(InputShape(channels=3, size=24))


@pytest.mark.parametrize("kind", KINDS)
def test_every_frame_is_embedded_from_pictures_and_from_features(kind):
    encoder = built(kind, InputShape(pictures=48))
    assert encoder.embed(view(shown())).shape == (2, 6, 16) and encoder.dim == 16
    for grid in (1, 4):
        encoder = built(kind, InputShape(features=10, grid=grid))
        assert encoder([view(torch.rand(2, 6, 10, grid, grid))])[0].shape == (2, 6, 16)


@pytest.mark.parametrize("kind", KINDS)
def test_a_clip_does_not_depend_on_its_batch(kind):
    encoder, pictures = built(kind, InputShape(pictures=48)).train(), shown(3)
    torch.testing.assert_close(encoder.embed(view(pictures))[:1], encoder.embed(view(pictures[:1])))


@pytest.mark.parametrize("kind", KINDS)
def test_every_weight_gets_a_gradient(kind):
    encoder = built(kind, InputShape(pictures=48))
    encoder.embed(view(shown())).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in encoder.parameters())


@pytest.mark.parametrize("kind", KINDS)
def test_views_without_pictures_are_refused(kind):
    nothing = dataclasses.replace(view(shown()), pictures=None)
    with pytest.raises(ValueError, match=f"{kind} needs pictures"):
        built(kind, InputShape(pictures=48)).embed(nothing)


def assert_same_with_gradients(module, found, wanted, given):
    """Two forms of one function: values, and gradients of what is given and of all weights."""
    direction = torch.randn(wanted.shape, generator=torch.Generator().manual_seed(5), dtype=wanted.dtype)
    inputs = [given, *module.parameters()]
    gradients = [torch.autograd.grad(out, inputs, direction) for out in (found, wanted)]
    torch.testing.assert_close(found, wanted)
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5 * other.abs().max().item(), rtol=1e-5)


@pytest.mark.parametrize(("context", "grid"), [(0, 3), (2, 6), (9, 1)])
def test_pairs_are_convolved_as_conv3d_does(context, grid):
    torch.manual_seed(1)
    # Rounding makes ReLU and normalisation jump, so both are done in double precision.
    pairs, features = Pairs(10, 16).double(), torch.randn(2, 7, 10, grid, grid, dtype=torch.float64, requires_grad=True)
    both = torch.stack([earlier(features, context), features], 3).flatten(0, 1)  # (B F, K, 2, G, G)
    assert_same_with_gradients(pairs, pairs(features, context), nn.Sequential(*pairs)(both), features)


@pytest.mark.parametrize("hidden", [0, 2])
def test_centred_features_lack_their_mean_over_frames(hidden):
    features = torch.randn(3, 6, 4, 2, 2, generator=torch.Generator().manual_seed(2))
    valid = (torch.arange(6) < 6 - hidden).expand(3, 6)
    centred = FrameFeatures(InputShape(features=4, grid=2), centred=True)
    wanted = features - features[:, : 6 - hidden].mean(1, keepdim=True)
    torch.testing.assert_close(centred(features, valid), wanted)
    if not hidden:
        torch.testing.assert_close(centred(features), wanted)


def test_the_earlier_of_every_frame():
    assert earlier(torch.arange(6.0)[None, :, None], 2).flatten().tolist() == [0, 0, 0, 1, 2, 3]


def test_conv3d_sees_the_frame_and_the_earlier_one_alone():
    encoder, pictures = built("rgb_conv3d", InputShape(pictures=48)), shown()
    before = encoder.embed(view(pictures))
    pictures[:, 2] = 0
    differs = (encoder.embed(view(pictures)) != before).any(-1)[0]
    assert differs.tolist() == [False, False, True, False, False, True]


def test_conv3d_looks_further_back_in_longer_views():
    encoder, pictures = built("rgb_conv3d", InputShape(pictures=48)), shown(1, 12)
    before = encoder.embed(view(pictures))
    pictures[:, 2] = 0
    assert (encoder.embed(view(pictures)) != before).any(-1)[0].nonzero().flatten().tolist() == [2, 8]


def test_the_transformer_sees_all_frames_but_no_padding():
    config = dataclasses.replace(CONFIG, frames=0)
    encoder, pictures = built("rgb_transformer", InputShape(pictures=48), config), shown()
    padded = view(pictures)
    padded = dataclasses.replace(padded, valid=padded.valid & (torch.arange(6) < 4))
    short = view(pictures[:, :4])
    torch.testing.assert_close(encoder.embed(padded)[:, :4], encoder.embed(short), atol=1e-5, rtol=1e-4)
    assert not torch.allclose(encoder.embed(view(pictures))[:, :4], encoder.embed(short), atol=1e-4)
