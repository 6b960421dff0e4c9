"""CASA's network: its size, its formulas frame by frame, and what padding and the other view may change."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from la2ds.config import EncoderConfig
from la2ds.learning.encoders.base import InputShape
from la2ds.learning.encoders.coordinate_transformer import CoordinateTransformer
from la2ds.learning.encoders.projection import Projection
from la2ds.views.view import View


def network(points: int = 6, heads: int = 2, **settings: Any) -> CoordinateTransformer:
    torch.manual_seed(0)
    config = EncoderConfig(kind="coordinate_transformer", dim=0, heads=heads, projection=-1, **settings)
    return CoordinateTransformer(config, InputShape(points=points)).double()


def view(*, clips: int = 2, frames: int = 5, points: int = 6, seed: int = 0, lengths: tuple[int, ...] = ()) -> View:
    """Random frames; the first clips have ``lengths`` frames and zeros behind them, the others fill the view."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn((clips, frames, points), generator=generator, dtype=torch.float64)
    rows = torch.arange(frames).expand(clips, frames)
    ends = torch.tensor([*lengths, *[frames] * (clips - len(lengths))])
    valid = rows < ends[:, None]
    return View(places=rows, times=rows / (frames - 1), valid=valid, points=values * valid[..., None])


def cut(whole: View, frames: int) -> View:
    assert whole.points is not None
    parts = (whole.places, whole.times, whole.valid, None, whole.points)
    return View(*(None if part is None else part[:, :frames] for part in parts))


@pytest.mark.parametrize(("points", "heads", "count"), [(75, 15, 475_200), (51, 17, 220_320), (126, 21, 1_338_120)])
def test_size_with_the_projection_head_is_casas(points: int, heads: int, count: int) -> None:
    parts = (network(points, heads), Projection(dim=points, width=points))
    assert sum(weight.numel() for part in parts for weight in part.parameters()) == count


def test_matrices_of_the_layers_start_within_xaviers_bound() -> None:
    model = network(60, 4)
    for weight in model.layers.parameters():
        if weight.ndim == 2:
            bound = math.sqrt(6 / sum(weight.shape))
            assert 0.95 * bound < weight.abs().max() <= bound
            assert abs(weight.std().item() - bound / math.sqrt(3)) < 0.05 * bound


def slow_norm(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return (x - x.mean()) / math.sqrt(((x - x.mean()) ** 2).mean() + 1e-5) * weight + bias


def slow_layer(w: dict[str, np.ndarray], x: list[Any], source: list[Any], heads: int) -> list[np.ndarray]:
    """One layer, one frame and one head after the other."""
    size, out = len(x[0]) // heads, []

    def phi(u: np.ndarray) -> np.ndarray:
        return np.array([a + 1 if a > 0 else math.exp(a) for a in u])

    for frame in x:
        message = []
        for h in range(heads):
            part = slice(h * size, (h + 1) * size)
            q = phi((w["query.weight"] @ frame)[part])
            above, below = np.zeros(size), 0.0
            for s in source:
                weight = q @ phi((w["key.weight"] @ s)[part])
                above, below = above + weight * (w["value.weight"] @ s)[part], below + weight
            message.append(above / (below + 1e-6))
        m = slow_norm(w["merge.weight"] @ np.concatenate(message), w["norm1.weight"], w["norm1.bias"])
        m = w["mlp.2.weight"] @ np.maximum(w["mlp.0.weight"] @ np.concatenate([frame, m]), 0)
        out.append(frame + slow_norm(m, w["norm2.weight"], w["norm2.bias"]))
    return out


def slow_tokens(w: dict[str, np.ndarray], frames: np.ndarray, places: np.ndarray) -> list[np.ndarray]:
    width, tokens = frames.shape[1], []
    even = width if width % 2 == 0 else width + 1
    for frame, p in zip(frames, places, strict=True):
        x = np.maximum(w["frame.0.weight"] @ frame + w["frame.0.bias"], 0)
        x = np.maximum(w["frame.2.weight"] @ x + w["frame.2.bias"], 0)
        code = [(math.sin, math.cos)[n % 2](p * 10000 ** (-(n - n % 2) / even)) for n in range(width)]
        tokens.append(x * math.sqrt(even) + np.array(code))
    return tokens


def slow_pair(model: CoordinateTransformer, a: View, b: View, clip: int) -> list[np.ndarray]:
    """Both views of one clip from the formulas, on their valid frames alone."""
    w = {name: value.numpy() for name, value in model.state_dict().items()}
    pair = []
    for each in (a, b):
        assert each.points is not None
        seen = each.valid[clip]
        pair.append(slow_tokens(w, each.points[clip, seen].numpy(), each.places[clip, seen].numpy()))
    x, y = pair
    for n in range(8):
        layer = {k.removeprefix(f"layers.{n}."): v for k, v in w.items() if k.startswith(f"layers.{n}.")}
        heads = model.config.heads
        if n % 2 == 0:
            x, y = slow_layer(layer, x, x, heads), slow_layer(layer, y, y, heads)
        else:
            x = slow_layer(layer, x, y, heads)
            y = slow_layer(layer, y, x, heads)
    return [np.stack(x), np.stack(y)]


@pytest.mark.parametrize(("points", "heads"), [(6, 2), (9, 3)])  # an even and an odd width
def test_network_equals_the_formulas(points: int, heads: int) -> None:
    model = network(points, heads)
    a, b = view(points=points, lengths=(3,)), view(points=points, frames=4, seed=1)
    found = [x.detach() for x in model([a, b])]
    for clip in range(2):
        for part, one, expected in zip(found, (a, b), slow_pair(model, a, b, clip), strict=True):
            np.testing.assert_allclose(part[clip, one.valid[clip]], expected, rtol=1e-9, atol=1e-11)


def test_embedding_is_the_first_of_a_pair_of_itself() -> None:
    model, one = network(), view()
    first, second = model([one, one])
    torch.testing.assert_close(model.embed(one), first)
    torch.testing.assert_close(model([one])[0], first)
    assert (first - second).abs().max() > 1e-3  # they part company


def change_by_padding(masked: bool) -> float:
    """The same three frames without, and with, four frames of padding behind them."""
    model = network(masked=masked)
    long = view(clips=1, frames=7, lengths=(3,))
    return (model.embed(long)[:, :3] - model.embed(cut(long, 3))).abs().max().item()


def test_padding_changes_nothing_where_it_is_masked() -> None:
    assert change_by_padding(masked=True) < 1e-12


def test_padding_changes_embeddings_in_the_released_form() -> None:
    assert change_by_padding(masked=False) > 0.01


def test_masked_padding_changes_neither_view_of_a_pair() -> None:
    model = network()
    a, b = view(clips=1, frames=7, lengths=(3,)), view(clips=1, frames=7, lengths=(4,), seed=1)
    for padded, plain in zip(model([a, b]), model([cut(a, 3), cut(b, 4)]), strict=True):
        torch.testing.assert_close(padded[:, : plain.shape[1]], plain, rtol=0, atol=1e-12)


def test_places_matter_and_need_not_be_whole() -> None:
    one = view()
    later = View(one.places + 0.5, one.times, one.valid, points=one.points)
    model = network()
    assert (model.embed(one) - model.embed(later)).abs().max() > 1e-3
    blind = network(position="none")
    torch.testing.assert_close(blind.embed(one), blind.embed(later))


def test_views_of_a_pair_see_each_other_and_clips_do_not() -> None:
    model, a, b = network(), view(), view(seed=1)
    assert b.points is not None
    points = b.points.clone()
    points[0, 2] += 1
    before, after = model([a, b]), model([a, View(b.places, b.times, b.valid, points=points)])
    assert (before[0][0] - after[0][0]).abs().min(-1).values.max() > 1e-6
    for x, y in zip(before, after, strict=True):
        torch.testing.assert_close(x[1], y[1], rtol=0, atol=1e-12)


def test_gradients_are_finite_with_padding() -> None:
    model = network()
    a, b = view(lengths=(1, 2)), view(lengths=(1,), seed=1)
    sum(out[v.valid].sum() for out, v in zip(model([a, b]), (a, b), strict=True)).backward()
    gradients: list[Tensor | None] = [w.grad for w in model.parameters()]
    assert all(g is not None and torch.isfinite(g).all() for g in gradients)


def test_settings_that_do_not_fit_are_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="dim must be 0, or the 39 coordinates of a frame, got 26"):
        CoordinateTransformer(EncoderConfig(dim=26, heads=13), InputShape(points=39))
    with pytest.raises(ValueError, match="needs coordinates"):
        CoordinateTransformer(EncoderConfig(dim=0), InputShape())
    with pytest.raises(ValueError, match="needs coordinates"):
        network().embed(View(torch.zeros(1, 2), torch.zeros(1, 2), torch.ones(1, 2, dtype=torch.bool)))


@pytest.mark.parametrize(("points", "heads"), [(75, 15), (39, 13), (26, 13), (72, 12), (7, 7)])
def test_heads_fit_the_skeleton(points: int, heads: int) -> None:
    model = CoordinateTransformer(EncoderConfig(dim=0, heads=15), InputShape(points=points))
    assert {layer.heads for layer in model.layers} == {heads}
