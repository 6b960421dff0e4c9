"""Shapes, and what the encoder may and may not know."""

import dataclasses

import pytest
import torch
from einops import rearrange

from la2ds.config import (
    AugmentationConfig,
    CoordinatesConfig,
    EncoderConfig,
    HeatmapSpec,
    InputConfig,
    MethodConfig,
)
from la2ds.formats.skeletons import BODY13
from la2ds.learning.encoders.base import InputShape
from la2ds.learning.encoders.heatmap_frames import HeatmapFrames
from la2ds.learning.encoders.heatmap_transformer import HeatmapTransformer
from la2ds.learning.encoders.layers import Attention, sinusoid
from la2ds.learning.model import input_shape
from la2ds.views.augment.time import draw_times
from la2ds.views.clips import ClipBatch
from la2ds.views.training_view import training_view
from la2ds.views.view import View, places_of
from la2ds.views.whole_view import ClipParts, whole_view

SMALL = EncoderConfig(dim=16, heads=2, patch=4, spatial_dim=8, frames=6, test_frames=7, projection=8)
SHAPE = InputShape(channels=3, size=8)
KINDS = ("factorised", "divided", "spatial_only", "temporal_only")


def build(**settings: object) -> HeatmapTransformer:
    torch.manual_seed(0)
    return HeatmapTransformer(dataclasses.replace(SMALL, **settings), SHAPE).eval()  # type: ignore[arg-type]


def view(maps: torch.Tensor, valid: torch.Tensor | None = None) -> View:
    places = torch.arange(float(maps.shape[1])).expand(maps.shape[:2])
    return View(places, places / 10, torch.ones_like(places, dtype=torch.bool) if valid is None else valid, maps)


def clip(frames: int = 6, clips: int = 1) -> torch.Tensor:
    return torch.rand(clips, frames, 3, 8, 8, generator=torch.Generator().manual_seed(frames + clips))


def test_every_frame_gets_an_embedding() -> None:
    for kind in KINDS:
        assert build(attention=kind).embed(view(clip(clips=2))).shape == (2, 6, 16)
    with pytest.raises(ValueError, match="patch 4 does not divide the heatmap size 10"):
        HeatmapTransformer(SMALL, InputShape(channels=3, size=10))


@pytest.mark.parametrize(
    ("kind", "other_frames", "other_patches"),
    [
        ("factorised", True, True),
        ("divided", True, True),
        ("spatial_only", False, True),
        ("temporal_only", True, True),
    ],
)
def test_what_a_frame_knows(kind: str, other_frames: bool, other_patches: bool) -> None:
    encoder, maps = build(attention=kind), clip()
    before, later, beside = encoder.embed(view(maps))[:, 0], maps.clone(), maps.clone()
    later[:, 5] = 0
    beside[:, 0, :, 4:, 4:] = 0
    assert torch.allclose(before, encoder.embed(view(later))[:, 0], atol=1e-6) != other_frames
    assert torch.allclose(before, encoder.embed(view(beside))[:, 0], atol=1e-6) != other_patches


def test_attention_in_space_is_what_temporal_only_leaves_away() -> None:
    assert not build(attention="temporal_only").frames.spatial
    assert len(build(attention="factorised").frames.spatial) == 1
    assert not hasattr(build(attention="spatial_only"), "temporal")


@pytest.mark.parametrize("kind", KINDS)
def test_padding_changes_nothing(kind: str) -> None:
    encoder, maps = build(attention=kind, frames=0), clip(9)
    valid = (torch.arange(9) < 6)[None]
    whole, padded = encoder.embed(view(maps[:, :6])), encoder.embed(view(maps, valid))[:, :6]
    torch.testing.assert_close(padded, whole, rtol=1e-4, atol=1e-5)


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
    for kind in KINDS:
        encoder, maps = build(attention=kind), clip(clips=2)
        both, first = encoder.embed(view(maps))[:1], encoder.embed(view(maps[:1]))
        torch.testing.assert_close(both, first, rtol=1e-4, atol=1e-5)


def test_without_a_positional_code_time_is_unknown() -> None:
    maps = clip()
    for kind in ("factorised", "divided"):
        for position, knows in (("none", False), ("view", True)):
            encoder = build(attention=kind, position=position)
            moved = encoder.embed(view(maps.flip(1))).flip(1)
            assert torch.allclose(encoder.embed(view(maps)), moved, atol=1e-4) != knows


def test_motion_is_the_difference_of_frames_around() -> None:
    """Embedding patches before taking differences equals a linear layer over maps and their differences."""
    torch.manual_seed(0)
    shape = InputShape(channels=3, motion=(1, 2), size=8)
    frames, maps = HeatmapFrames(SMALL, shape, layers=0), clip(clips=2)
    frames.patches.bias.data.normal_()
    stacked = [maps]
    for step in (1, 2):
        moved = [maps[:, min(f + step, 5)] - maps[:, max(f - step, 0)] for f in range(6)]
        stacked.append(torch.stack(moved, 1))
    patches = rearrange(torch.cat(stacked, 2), "b f c (h p) (w q) -> (b f) (h w) (c p q)", p=4, q=4)
    expected = frames.patches(patches) + frames.place
    torch.testing.assert_close(frames.tokenise(maps), expected, rtol=1e-4, atol=1e-5)
    seen = MethodConfig("", input=InputConfig(motion=(1, 2)))
    assert input_shape(seen, BODY13, (0, 0)) == InputShape(13, (1, 2), 32)


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
    maps = torch.arange(0, 130, 10, dtype=torch.uint8)[:, None, None, None].expand(13, 1, 2, 2)
    view = whole_view(ClipParts(maps=maps), method=method, skeleton=BODY13)
    torch.testing.assert_close(view.maps[0, :, 0, 0, 0], torch.linspace(0, 120 / 255, 7))
    assert view.valid.all() and view.shown.all()
    assert whole_view(ClipParts(maps=maps[:1]), method=method, skeleton=BODY13).maps.shape == (1, 7, 1, 2, 2)


def test_every_frame_of_a_clip_can_be_read_and_padded() -> None:
    encoder = dataclasses.replace(SMALL, test_frames=0, pad_to=20)
    method = MethodConfig(
        "", input=InputConfig("coordinates", coordinates=CoordinatesConfig(2, "box")), encoder=encoder
    )
    position = torch.rand(13, 13, 2)
    view = whole_view(ClipParts(position=position), method=method, skeleton=BODY13)
    assert view.points.shape == (1, 20, 26) and view.valid.sum() == 13
    assert (view.points[0, 13:] == 0).all()
    torch.testing.assert_close(view.points[0, :13], (position - 0.5).flatten(1))
    turned = whole_view(ClipParts(position=position), method=method, skeleton=BODY13, mirrored=True)
    swapped = (position[:, list(BODY13.mirror)] - 0.5) * torch.tensor([-1.0, 1.0])
    torch.testing.assert_close(turned.points[0, :13], swapped.flatten(1))


def test_sinusoid_separates_places() -> None:
    code = sinusoid(torch.arange(40.0), 16)
    assert code.shape == (40, 16)
    assert torch.cdist(code, code).fill_diagonal_(1).min() > 0.1
