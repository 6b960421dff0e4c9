"""Windows of whole clips: where they lie, what a frame shown in several of them gets, what they may know of time."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import save_file
from torch import Tensor

from la2ds.config import EncoderConfig, HeatmapSpec, InputConfig, MethodConfig, as_dict, load_method
from la2ds.errors import InputError
from la2ds.formats.skeletons import BODY13
from la2ds.learning.embedding.network import embed_clip
from la2ds.learning.embedding.windows import cut, embed_windows, window_starts
from la2ds.learning.encoders.base import InputShape
from la2ds.learning.encoders.heatmap_transformer import HeatmapTransformer
from la2ds.learning.model import load_weights, new_model
from la2ds.views.clips import read_at
from la2ds.views.view import View, places_of
from la2ds.views.whole_view import ClipParts, whole_view

FRAMES = 5
ENCODER = EncoderConfig(
    dim=16, heads=2, patch=4, spatial_dim=8, frames=FRAMES, test_frames=12, test_stride=3, projection=8
)
METHOD = MethodConfig("", input=InputConfig(heatmaps=HeatmapSpec(size=8), motion=(1,)), encoder=ENCODER)


def changed(**settings: object) -> MethodConfig:
    return dataclasses.replace(METHOD, encoder=dataclasses.replace(ENCODER, **settings))  # type: ignore[arg-type]


def network(method: MethodConfig) -> HeatmapTransformer:
    torch.manual_seed(0)
    return HeatmapTransformer(method.encoder, InputShape(channels=3, motion=(1,), size=8)).double().eval()


def clip(count: int, method: MethodConfig) -> View:
    """A random clip of so many frames, evenly spaced over time; float64."""
    times = torch.linspace(0, 1, count, dtype=torch.float64)[None]
    maps = torch.rand(1, count, 3, 8, 8, generator=torch.Generator().manual_seed(count), dtype=torch.float64)
    return View(places_of(times, method), times, torch.ones_like(times, dtype=torch.bool), maps)


@pytest.mark.parametrize("frames", [2, 5])
@pytest.mark.parametrize("stride", [1, 2, 3, 5])
@pytest.mark.parametrize("more", range(9))
def test_windows_lie_a_stride_apart_and_the_last_ends_with_the_clip(frames: int, stride: int, more: int) -> None:
    count = frames + more
    starts = window_starts(count, frames=frames, stride=stride)
    assert starts[0] == 0 and starts[-1] + frames == count
    gaps = np.diff(starts)
    assert (gaps[:-1] == stride).all() and (gaps > 0).all() and (gaps <= stride).all()
    if stride <= frames:
        assert {f for start in starts for f in range(start, start + frames)} == set(range(count))


def slow(encoder: HeatmapTransformer, view: View, *, stride: int, position: str) -> Tensor:
    """Embed one window after the other, and average frame by frame."""
    count, found = view.times.shape[1], {}
    start = 0
    while True:
        start = min(start, count - FRAMES)
        part = slice(start, start + FRAMES)
        times = view.times[:, part]
        places = times * FRAMES if position == "clip" else torch.arange(FRAMES, dtype=torch.float64)[None]
        embedded = encoder.embed(View(places, times, view.valid[:, part], view.maps[:, part]))[0]
        for place in range(FRAMES):
            found.setdefault(start + place, []).append(embedded[place])
        if start == count - FRAMES:
            return torch.stack([sum(found[f]) / len(found[f]) for f in range(count)])
        start += stride


@pytest.mark.parametrize("position", ["view", "clip", "none"])
@pytest.mark.parametrize(("count", "stride"), [(12, 3), (11, 4), (12, 5), (6, 1), (5, 2)])
def test_a_frame_gets_the_mean_over_its_windows(count: int, stride: int, position: str) -> None:
    method = changed(test_stride=stride, position=position)
    encoder, view = network(method), clip(count, method)
    with torch.inference_mode():
        found = embed_windows(encoder, view, method=method)
        torch.testing.assert_close(found, slow(encoder, view, stride=stride, position=position), rtol=0, atol=1e-12)


def test_without_a_stride_and_in_one_window_a_clip_is_embedded_at_once() -> None:
    for count, method in ((12, changed(test_stride=0)), (FRAMES, METHOD)):
        encoder, view = network(method), clip(count, method)
        with torch.inference_mode():
            torch.testing.assert_close(embed_windows(encoder, view, method=method), encoder.embed(view)[0])
    longer = clip(12, METHOD)
    with torch.inference_mode():
        at_once = network(METHOD).embed(longer)[0]
        assert (embed_windows(network(METHOD), longer, method=METHOD) - at_once).abs().max() > 1e-3


def test_places_begin_anew_in_each_window_or_are_the_true_times() -> None:
    starts = [0, 3, 7]
    view = cut(clip(12, METHOD), starts, method=METHOD)
    assert view.places.tolist() == [[0, 1, 2, 3, 4]] * 3
    told = cut(clip(12, changed(position="clip")), starts, method=changed(position="clip"))
    for window in (view, told):
        for start, times in zip(starts, window.times.tolist(), strict=True):
            assert times == pytest.approx([f / 11 for f in range(start, start + FRAMES)])
    torch.testing.assert_close(told.places, told.times * FRAMES)


def test_every_part_of_a_view_is_cut_at_the_same_frames() -> None:
    numbers = torch.arange(12.0)[None]
    maps, pictures = (numbers[..., None, None, None].expand(1, 12, c, 2, 2) for c in (4, 3))
    whole = View(numbers, numbers / 11, numbers < 10, maps, numbers[..., None], pictures, torch.tensor([[True, False]]))
    found = cut(whole, [0, 7], method=METHOD)
    expected = torch.tensor([[0.0, 1, 2, 3, 4], [7, 8, 9, 10, 11]])
    for part in (found.maps[:, :, 0, 0, 0], found.points[..., 0], found.pictures[:, :, 2, 1, 1], found.times * 11):
        torch.testing.assert_close(part, expected)
    assert found.valid.tolist() == [[True] * 5, [True, True, True, False, False]]
    assert found.shown.tolist() == [[True, False], [True, False]]
    bare = cut(View(numbers, numbers / 11, numbers < 12), [0, 7], method=METHOD)
    assert (bare.maps, bare.points, bare.pictures, bare.shown) == (None, None, None, None)


def test_a_clip_is_embedded_by_windows_of_itself_and_of_its_mirror_image() -> None:
    """The whole way of the verb `embed`: resampled, mirrored, cut, averaged, stretched to the clip's own frames."""
    model = new_model(METHOD, "body13", seed=0).eval()
    maps = torch.randint(0, 256, (17, 13, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        found = embed_clip(model, ClipParts(maps=maps), method=METHOD, skeleton=BODY13)
        sides = [
            slow(
                model.encoder,
                whole_view(ClipParts(maps=maps), method=METHOD, skeleton=BODY13, mirrored=mirrored),
                stride=3,
                position="view",
            )
            for mirrored in (False, True)
        ]
    assert found.shape == (17, 16)
    np.testing.assert_allclose(
        found, read_at((sum(sides) / 2)[None], torch.linspace(0, sides[0].shape[0] - 1, 17)[None])[0], atol=1e-5
    )
    at_once = changed(test_stride=0)
    with torch.inference_mode():
        other = embed_clip(model, ClipParts(maps=maps), method=at_once, skeleton=BODY13)
    assert np.abs(found - other).max() > 1e-3


@pytest.mark.parametrize(
    ("encoder", "found"),
    [
        ({"frames": 0, "test_frames": 12, "test_stride": 3}, "found 3"),
        ({"frames": 8, "test_frames": 6, "test_stride": 3}, "found 3"),
        ({"frames": 8, "test_frames": 0, "test_stride": 3}, "found 3"),
        ({"frames": 8, "test_frames": 12, "test_stride": -1}, "found -1"),
    ],
)
def test_settings_without_windows_are_refused(tmp_path: Path, encoder: dict[str, int], found: str) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(yaml.safe_dump({"label": "Windows", "encoder": encoder}))
    with pytest.raises(InputError, match=r"m\.yaml.*test_stride") as error:
        load_method(path)
    assert found in str(error.value)
    path.write_text(yaml.safe_dump({"label": "At once", "encoder": encoder | {"test_stride": 0}}))
    load_method(path)


def test_weights_from_before_there_were_windows_still_load(tmp_path: Path) -> None:
    """Written by hand as it was then: the stride is no part of the network, and may be chosen when embedding."""
    model = new_model(METHOD, "body13", seed=3)
    encoder = {k: v for k, v in as_dict(METHOD.encoder).items() if k not in ("shown", "test_stride")}
    settings = {"skeleton": "body13", "features": (0, 0), "input": as_dict(METHOD.input), "encoder": encoder}
    path = tmp_path / "model.safetensors"
    save_file(model.state_dict(), path, metadata={"la2ds.network": json.dumps(settings)})
    for stride in (0, 2):
        loaded = load_weights(path, changed(test_stride=stride), "body13").state_dict()
        assert all(torch.equal(value, loaded[name]) for name, value in model.state_dict().items())
    with pytest.raises(InputError, match="expected weights of a network with"):
        load_weights(path, changed(test_frames=13), "body13")
