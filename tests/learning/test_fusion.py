"""Heatmaps and pictures in one network: where they meet, and that either may be missing."""

import dataclasses

import pytest
import torch

from la2ds.config import EncoderConfig
from la2ds.learning.encoders.base import InputShape
from la2ds.learning.encoders.fusion_transformer import FusionTransformer
from la2ds.views.view import View

SMALL = EncoderConfig(
    kind="fusion_transformer", dim=16, heads=2, patch=8, spatial_dim=8, frames=5, test_frames=5, hidden=12
)
PLACES = ("early", "mid", "late")


def build(fusion: str, features: int = 0) -> FusionTransformer:
    torch.manual_seed(0)
    pictures = {"features": features, "grid": 4} if features else {"pictures": 32}
    shape = InputShape(channels=3, size=16, **pictures)
    return FusionTransformer(dataclasses.replace(SMALL, fusion=fusion), shape).eval()


def view(shown: tuple[bool, bool] = (True, True), features: int = 0) -> View:
    rng = torch.Generator().manual_seed(1)
    channels, side = (features, 4) if features else (3, 32)
    pictures = torch.rand(2, 5, channels, side, side, generator=rng)
    places = torch.arange(5.0).expand(2, 5)
    maps = torch.rand(2, 5, 3, 16, 16, generator=rng)
    valid = torch.ones(2, 5, dtype=torch.bool)
    return View(places, places / 4, valid, maps, None, pictures, torch.tensor([shown, shown]))


@pytest.mark.parametrize("fusion", PLACES)
@pytest.mark.parametrize("features", [0, 6])
def test_both_inputs_count_and_a_hidden_one_does_not(fusion: str, features: int) -> None:
    encoder = build(fusion, features)

    def changed(shown: tuple[bool, bool], part: str) -> bool:
        first = view(shown, features)
        second = dataclasses.replace(first, **{part: getattr(first, part) + 0.5})
        return not torch.allclose(encoder.embed(first), encoder.embed(second), atol=1e-5)

    assert encoder.embed(view(features=features)).shape == (2, 5, 16)
    assert changed((True, True), "maps") and changed((True, True), "pictures")
    assert changed((True, False), "maps") and not changed((True, False), "pictures")
    assert not changed((False, True), "maps") and changed((False, True), "pictures")


@pytest.mark.parametrize("fusion", PLACES)
def test_every_weight_learns_when_some_views_hide_something(fusion: str) -> None:
    encoder, seen = build(fusion), view()
    shown = torch.tensor([[True, False], [False, True]])
    encoder.embed(dataclasses.replace(seen, shown=shown)).pow(2).sum().backward()
    without = [name for name, weight in encoder.named_parameters() if weight.grad is None]
    assert without == []


def test_early_and_late_differ_in_what_meets_where() -> None:
    early, mid, late = map(build, PLACES)
    assert hasattr(late, "temporal_pictures") and not hasattr(mid, "temporal_pictures")
    assert hasattr(early, "frame") and not hasattr(mid, "frame")


def test_one_input_alone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs heatmaps and pictures"):
        build("mid").embed(dataclasses.replace(view(), pictures=None))


@pytest.mark.parametrize("fusion", PLACES)
def test_centred_features_do_not_see_what_never_changes(fusion: str) -> None:
    """A spot on the wall in all frames of a clip changes nothing; a spot in one frame does."""
    torch.manual_seed(0)
    config = dataclasses.replace(SMALL, fusion=fusion, centred=True)
    encoder = FusionTransformer(config, InputShape(channels=3, size=16, features=6, grid=4)).eval()
    seen = view(features=6)
    assert seen.pictures is not None
    wall, flash = seen.pictures.clone(), seen.pictures.clone()
    wall[:, :, 2, 1, 1] += 3
    flash[:, 4, 2, 1, 1] += 3
    before = encoder.embed(seen)
    torch.testing.assert_close(encoder.embed(dataclasses.replace(seen, pictures=wall)), before, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(encoder.embed(dataclasses.replace(seen, pictures=flash)), before, atol=1e-3)
