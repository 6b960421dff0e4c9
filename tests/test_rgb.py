"""Encoders of pictures."""

import dataclasses

import pytest
import torch

from la2ds.config import EncoderConfig
from la2ds.encoders.base import InputShape
from la2ds.encoders.frame_cnn import FrameCnn, FrameFeatures
from la2ds.encoders.rgb_conv3d import RgbConv3d, with_earlier
from la2ds.encoders.rgb_transformer import RgbTransformer
from la2ds.views import View

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


def test_an_earlier_frame_stands_before_every_frame():
    frames = torch.arange(6.0)[None, :, None, None, None]
    assert with_earlier(frames, 2)[0, :, :, 0, 0, 0].tolist() == [[0, 0], [0, 1], [0, 2], [1, 3], [2, 4], [3, 5]]


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
