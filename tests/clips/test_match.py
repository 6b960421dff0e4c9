"""Two clips matched, against a path found cell by cell."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from la2ds.clips.matching.features import pose_features
from la2ds.clips.matching.match import align
from la2ds.clips.verbs.compare import alone
from la2ds.errors import InputError
from la2ds.evaluation.align import partners_of
from tests.fixtures.slow_warping import slow_path
from tests.fixtures.warped_clips import warped_clip


def slow_costs(first, second):
    return torch.tensor([[float(((a - b) ** 2).sum()) for b in second] for a in first], dtype=torch.float64)


@pytest.mark.parametrize("by", ["embedding", "poses"])
def test_path_and_costs_are_those_of_a_table_filled_cell_by_cell(by):
    a, b = warped_clip("a", 12, embedded=True), warped_clip("b", 9, lambda s: s**2, embedded=True)
    described = [c.embedding.astype(float) if by == "embedding" else pose_features(c) for c in (a, b)]
    costs = slow_costs(*described)
    table, path = slow_path(costs, 0)
    found = align(a, b, by=by)
    assert found.by == by
    assert found.path.tolist() == [list(cell) for cell in reversed(path)]
    assert found.cost == pytest.approx(table[-1][-1] / len(path))
    np.testing.assert_allclose(found.table, costs)
    np.testing.assert_allclose(found.costs, [costs[cell] for cell in reversed(path)])


@pytest.mark.parametrize("by", ["embedding", "poses"])
def test_a_known_warp_is_found(by):
    a, b = (warped_clip(n, t, w, embedded=True) for n, t, w in (("a", 90, np.sqrt), ("b", 60, np.square)))
    # a is at sqrt(s) of the movement, b at r ** 2: s of a goes with s ** 0.25 of b.
    true = np.linspace(0, 1, 90) ** 0.25 * 59
    # Motion differs with the tempo, and with it what poses say; the clock is 27 frames off.
    assert np.abs(align(a, b, by=by).partners - true)[3:].max() <= {"embedding": 1.5, "poses": 8}[by]


def test_embeddings_are_taken_where_both_clips_have_them_of_one_width():
    a, b = (warped_clip(name, 10, embedded=True) for name in "ab")
    assert align(a, b).by == "embedding"
    assert align(a, dataclasses.replace(b, embedding=None)).by == "poses"
    narrow = dataclasses.replace(b, embedding=b.embedding[:, :3])
    assert align(a, narrow).by == "poses"
    with pytest.raises(
        InputError, match="a: expected embeddings of one model in it and b, found embeddings of 3 and 8"
    ):
        align(a, narrow, by="embedding")
    with pytest.raises(InputError, match="b: expected an embedding, which a model makes, found none"):
        align(a, dataclasses.replace(b, embedding=None), by="embedding")


def test_clips_that_cannot_be_matched_are_refused_in_a_sentence():
    with pytest.raises(InputError, match="b: expected the joint set body13 of a, found coco17"):
        align(warped_clip("a", 5), warped_clip("b", 5, skeleton="coco17"))
    with pytest.raises(InputError, match="b: expected a clip of at least one frame, found none"):
        align(warped_clip("a", 5), warped_clip("b", 0))


def test_one_frame_is_matched_with_all():
    match = align(warped_clip("a", 1), warped_clip("b", 6))
    assert match.path.tolist() == [[0, n] for n in range(6)]
    assert match.partners.tolist() == [2]
    assert match.reversed().partners.tolist() == [0] * 6


def test_poses_bear_witness_beside_embeddings():
    a, b = (warped_clip(name, 40, embedded=True) for name in "ab")
    blind = dataclasses.replace(b, poses=np.full_like(b.poses, np.nan), confidence=np.zeros_like(b.confidence))
    rng = np.random.default_rng(0)
    shuffled = dataclasses.replace(b, poses=b.poses[rng.permutation(40)])
    agreeing, alone, contradicted = (align(a, other).confidence.mean() for other in (b, blind, shuffled))
    assert align(a, blind).by == "embedding"
    assert contradicted < min(agreeing, alone) - 0.04


def test_moments_are_looked_up_by_frame_or_time():
    a, b = warped_clip("a", 40, fps=20), warped_clip("b", 40, fps=40)
    match = align(a, b, by="poses")
    for frame in (0, 17, 39):
        found = match.at(frame)
        assert found == match.at(time=frame / 20 + 0.01)
        assert (found.frame, found.time) == (match.partners[frame], match.partners[frame] / 40)
        assert found.confidence == match.confidence[frame]
    for wrong in ({"frame": 40}, {"frame": -1}, {"time": 2.2}, {"time": -0.2}, {"time": np.nan}, {}):
        with pytest.raises(ValueError, match=r"a has|either"):
            match.at(**wrong)
    with pytest.raises(ValueError, match="either a frame or a time"):
        match.at(3, time=0.1)


def test_reversed_has_the_same_matches():
    match = align(warped_clip("a", 30), warped_clip("b", 20, np.square))
    back = match.reversed()
    assert (back.a, back.b, back.cost, back.by) == (match.b, match.a, match.cost, match.by)
    assert [tuple(cell) for cell in back.path] == [(j, i) for i, j in match.path]
    assert back.confidence.shape == (20,)
    again = back.reversed()
    np.testing.assert_array_equal(again.path, match.path)
    np.testing.assert_allclose(again.confidence, match.confidence)


def test_the_table_holds_every_match(tmp_path):
    match = align(warped_clip("a", 8, fps=10), warped_clip("b", 9))
    match.to_csv(tmp_path / "ab.csv")
    table = pd.read_csv(tmp_path / "ab.csv")
    assert list(table) == ["frame_a", "time_a", "frame_b", "time_b", "cost", "confidence"]
    assert table[["frame_a", "frame_b"]].to_numpy().tolist() == match.path.tolist()
    np.testing.assert_allclose(table.time_a, table.frame_a / 10)
    np.testing.assert_allclose(table.confidence, match.confidence[table.frame_a])


@settings(deadline=None)
@given(st.lists(st.sampled_from([(1, 0), (0, 1), (1, 1)]), max_size=30))
def test_partners_are_the_middle_of_the_matches_and_never_fall(steps):
    path = np.cumsum([(0, 0), *steps], axis=0)
    found = partners_of(path)
    for i in range(path[-1, 0] + 1):
        matches = sorted(j for a, j in path.tolist() if a == i)
        assert found[i] == matches[(len(matches) - 1) // 2]
    assert (np.diff(found) >= 0).all()


def test_a_picture_of_the_match_is_drawn_whatever_clips_are_called(tmp_path):
    match = align(warped_clip(r"$\frac$ <b>", 12), warped_clip("b", 9))
    figure = match.plot(tmp_path / "match.png")
    assert (tmp_path / "match.png").read_bytes().startswith(b"\x89PNG")
    upper, lower = figure.axes
    np.testing.assert_array_equal(np.stack(upper.lines[0].get_data(), 1), match.path)
    np.testing.assert_array_equal(lower.lines[0].get_ydata(), match.confidence)
    assert lower.get_xlabel() == r"frame of $\frac$ <b>"
    assert match.plot() is not None


def shifted():
    """Two clips of one motion by embeddings: the second starts 20 frames later, and the first stops as much earlier."""
    clip = warped_clip("a", 81, embedded=True)
    t = np.linspace(0, 8, 81)
    curve = np.stack([t, np.sin(t), np.cos(2 * t)], axis=1).astype(np.float32)
    return [
        dataclasses.replace(
            clip, name=n, poses=clip.poses[s], confidence=clip.confidence[s], times=clip.times[s], embedding=curve[s]
        )
        for n, s in (("a", slice(0, 61)), ("b", slice(20, 81)))
    ]


def test_ends_without_a_partner_are_left_out_by_embeddings():
    a, b = shifted()
    match = align(a, b)
    assert (match.by, match.ends) == ("embedding", "open")
    assert not match.matched[:15].any() and match.matched[22:].all()
    np.testing.assert_array_equal(match.partners[22:], np.arange(2, 41))
    assert (match.partners[:15] == 0).all() and (match.confidence[~match.matched] == 0).all()
    assert (match.confidence[22:] > 0).all()
    back = match.reversed()
    assert back.path.tolist() == [[j, i] for i, j in match.path.tolist()]
    assert len(back.confidence) == 61 and not back.matched[-15:].any() and back.ends == "open"
    tied = align(a, b, ends="tied")
    assert tied.matched.all() and tied.path[0].tolist() == [0, 0] and tied.path[-1].tolist() == [60, 60]
    off = [np.abs(found.partners - np.arange(-20, 41))[20:].mean() for found in (match, tied)]
    assert off[0] == 0 < off[1]


def test_by_poses_ends_are_tied_unless_asked_for():
    a, b = (dataclasses.replace(clip, embedding=None) for clip in shifted())
    assert align(a, b).ends == "tied" and align(a, b, ends="open").ends == "open"
    with pytest.raises(InputError, match="ends: expected auto, tied or open, found 'loose'"):
        align(a, b, ends="loose")


def test_what_is_left_out_is_told():
    match = align(*shifted())
    (told,) = alone(match)
    (first, _), (_, last) = match.path[0], match.path[-1]
    parts = f"{match.a.times[first]:.2f} s at the start of a"
    parts += f" and {match.b.times[60] - match.b.times[last]:.2f} s at the end of b"
    assert told == f"Nothing in the other clip goes with {parts}: this is left out."
    assert alone(align(*shifted(), ends="tied")) == []
