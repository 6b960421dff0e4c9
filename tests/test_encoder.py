"""Shapes, and what the encoder may and may not know."""

import dataclasses

import pytest
import torch
from einops import rearrange

from la2ds.augment import draw_times
from la2ds.clips import ClipBatch
from la2ds.config import AugmentationConfig, EncoderConfig, HeatmapSpec, InputConfig, MethodConfig
from la2ds.encoders.heatmap_transformer import HeatmapTransformer
from la2ds.encoders.layers import Attention, sinusoid
from la2ds.pose.skeletons import BODY13
from la2ds.views import add_motion, heatmap_channels, places_of, training_view, whole_view

SMALL = EncoderConfig(dim=16, heads=2, patch=4, spatial_dim=8, frames=6, test_frames=7, projection=8)


def test_every_frame_gets_an_embedding() -> None:
    encoder = HeatmapTransformer(SMALL, channels=3, size=8)
    assert encoder(torch.rand(2, 6, 3, 8, 8), torch.arange(6.0).expand(2, 6)).shape == (2, 6, 16)
    with pytest.raises(ValueError, match="patch 4 does not divide the heatmap size 10"):
        HeatmapTransformer(SMALL, channels=3, size=10)


def test_attention_equals_the_textbook() -> None:
    torch.manual_seed(0)
    attention = Attention(dim=6, heads=2).double()
    x = torch.randn(3, 5, 6, dtype=torch.float64)
    q, k, v = (rearrange(p, "b n (h d) -> b h n d", h=2) for p in attention.qkv(x).chunk(3, -1))
    weights = torch.stack(
        [
            torch.stack([(a @ b.mT / 3**0.5).softmax(-1) for a, b in zip(*qk, strict=True)])
            for qk in zip(q, k, strict=True)
        ]
    )
    expected = attention.out(rearrange(weights @ v, "b h n d -> b n (h d)"))
    torch.testing.assert_close(attention(x), expected)


def test_clips_of_a_batch_do_not_see_each_other() -> None:
    encoder = HeatmapTransformer(SMALL, channels=3, size=8).eval()
    maps, places = torch.rand(2, 6, 3, 8, 8), torch.arange(6.0).expand(2, 6)
    torch.testing.assert_close(encoder(maps, places)[:1], encoder(maps[:1], places[:1]), rtol=1e-4, atol=1e-5)


def test_without_a_positional_code_time_is_unknown() -> None:
    maps, places = torch.rand(1, 6, 3, 8, 8), torch.arange(6.0)[None]
    for position, knows in (("none", False), ("view", True)):
        encoder = HeatmapTransformer(dataclasses.replace(SMALL, position=position), channels=3, size=8).eval()
        moved = encoder(maps.flip(1), places).flip(1)
        assert torch.allclose(encoder(maps, places), moved, atol=1e-4) != knows


def test_the_whole_view_decides_an_embedding() -> None:
    """Temporal attention: changing one frame changes the embedding of another."""
    encoder = HeatmapTransformer(SMALL, channels=3, size=8).eval()
    maps, places = torch.rand(1, 6, 3, 8, 8), torch.arange(6.0)[None]
    other = maps.clone()
    other[:, 5] = 0
    assert not torch.allclose(encoder(maps, places)[:, 0], encoder(other, places)[:, 0], atol=1e-5)


def test_motion_is_the_difference_of_frames_around() -> None:
    maps = torch.rand(1, 6, 2, 3, 3)
    both = add_motion(maps, (1, 2))
    assert both.shape == (1, 6, 6, 3, 3)
    torch.testing.assert_close(both[:, 2, 2:4], maps[:, 3] - maps[:, 1])
    torch.testing.assert_close(both[:, 0, 4:], maps[:, 2] - maps[:, 0])
    torch.testing.assert_close(both[:, 5, 4:], maps[:, 5] - maps[:, 3])
    assert heatmap_channels(HeatmapSpec(), BODY13, (1, 2)) == 39


def test_places_tell_the_true_time_only_where_asked() -> None:
    method = MethodConfig(label="", encoder=SMALL)
    times = draw_times(3, 6, torch.Generator().manual_seed(0), config=AugmentationConfig())
    torch.testing.assert_close(places_of(times, method), torch.arange(6).expand(3, 6))
    told = dataclasses.replace(method, encoder=dataclasses.replace(SMALL, position="clip"))
    torch.testing.assert_close(places_of(times, told), times * 6)


def test_a_training_view_shows_the_frames_of_its_times() -> None:
    """A joint that walks along x with time: where it is drawn tells the time that the loss is given."""
    method = MethodConfig(
        label="", encoder=SMALL, input=InputConfig(heatmaps=HeatmapSpec(size=64, sigma=1.0), motion=())
    )
    frames = 33
    position = torch.full((frames, 13, 2), torch.nan)
    position[:, 0, 0], position[:, 0, 1] = torch.linspace(0.1, 0.9, frames), 0.5
    batch = ClipBatch.stack([(position.numpy(), torch.ones(frames, 13).numpy())])
    view = training_view(batch, torch.Generator().manual_seed(1), method=method, skeleton=BODY13, augment=False)
    column = view.maps[0, :, 0].amax(1).argmax(-1)
    torch.testing.assert_close((column + 0.5) / 64, 0.1 + 0.8 * view.times[0], rtol=0, atol=0.01)
    assert view.maps[0, :, 1:].abs().max() == 0


def test_a_whole_clip_is_read_from_end_to_end() -> None:
    method = MethodConfig(label="", encoder=SMALL, input=InputConfig(motion=()))
    maps = torch.arange(13.0)[:, None, None, None].expand(13, 1, 2, 2)
    view = whole_view(maps, method)
    torch.testing.assert_close(view.maps[0, :, 0, 0, 0], torch.linspace(0, 12, 7))
    assert whole_view(maps[:1], method).maps.shape == (1, 7, 1, 2, 2)


def test_sinusoid_separates_places() -> None:
    code = sinusoid(torch.arange(40.0), 16)
    assert code.shape == (40, 16)
    assert torch.cdist(code, code).fill_diagonal_(1).min() > 0.1
