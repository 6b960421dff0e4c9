"""Reading clips at fractional frames, and filling gaps."""

import numpy as np
import pytest
import torch

from la2ds.views.clips import ClipBatch, read_at
from la2ds.views.joints import fill_gaps


def ramp(frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Two joints whose x is the frame number; the second joint is missing in frame 2."""
    position = np.zeros((frames, 2, 2), np.float32)
    position[..., 0] = np.arange(frames)[:, None]
    position[2, 1] = np.nan
    return position, np.ones((frames, 2), np.float32)


def test_reading_is_linear_and_lengths_may_differ() -> None:
    batch = ClipBatch.stack([ramp(5), ramp(9)])
    times = torch.tensor([[0.0, 1.25, 4.0], [0.5, 7.75, 8.0]])
    position, confidence = batch.joints_at(times)
    torch.testing.assert_close(position[:, :, 0, 0], times)
    assert (confidence[:, :, 0] == 1).all()


def test_beside_a_gap_the_nearer_frame_decides() -> None:
    batch = ClipBatch.stack([ramp(5)])
    times = torch.tensor([[1.0, 1.4, 1.6, 2.0, 2.4, 2.6, 3.0]])
    position, confidence = batch.joints_at(times)
    expected = torch.tensor([1.0, 1.0, torch.nan, torch.nan, torch.nan, 3.0, 3.0])
    torch.testing.assert_close(position[0, :, 1, 0], expected, equal_nan=True)
    assert confidence[0, :, 1].tolist() == [1, 1, 0, 0, 0, 1, 1]
    torch.testing.assert_close(position[0, :, 0, 0], times[0])


def test_maps_and_embeddings_are_read_between_frames_like_joints() -> None:
    """Heatmaps (T, C, H, W), embeddings (T, D) and the joints of a batch have one way to be read."""
    rng = torch.Generator().manual_seed(0)
    maps, frames = torch.rand((2, 6, 3, 4, 4), generator=rng), torch.tensor([[0.0, 1.25, 5.0], [0.5, 3.75, 5.0]])
    found = read_at(maps, frames)
    assert torch.equal(found[:, 0], torch.stack([maps[0, 0], torch.lerp(maps[1, 0], maps[1, 1], 0.5)]))
    assert torch.equal(found[1, 1], torch.lerp(maps[1, 3], maps[1, 4], 0.75))
    assert torch.equal(found[:, 2], maps[:, 5])
    assert torch.equal(read_at(maps.flatten(2), frames), found.flatten(2))


def test_clips_of_one_batch_do_not_see_each_other() -> None:
    """Clips of 1, 7 and 4 frames with gaps, read in another order and between frames, as each is read alone."""
    rng = np.random.default_rng(0)
    clips = [(rng.random((t, 2, 2)), rng.random((t, 2))) for t in (1, 7, 4)]
    clips[1][0][3, 0], clips[2][0][0, 1] = np.nan, np.nan
    order, shares = torch.tensor([2, 0, 1, 2]), torch.rand((4, 20), generator=torch.Generator().manual_seed(0))
    batch = ClipBatch.stack(clips).pick(order)
    frames = shares * (batch.lengths[:, None] - 1)
    found = batch.joints_at(frames)
    for row, clip in enumerate(order):
        alone = ClipBatch.stack([clips[clip]]).joints_at(frames[row : row + 1])
        for part, expected in zip(found, alone, strict=True):
            assert torch.equal(part[row].nan_to_num(-1), expected[0].nan_to_num(-1))


def test_a_long_clip_among_short_ones_takes_the_room_of_its_own_frames() -> None:
    clips = [(np.zeros((t, 13, 2)), np.ones((t, 13))) for t in (4000, *[10] * 100)]
    batch = ClipBatch.stack(clips).label([np.zeros(len(c), np.int64) for _, c in clips])
    assert batch.position.shape == (5000, 13, 2) and batch.confidence.shape == (5000, 13)
    assert batch.phases is not None and batch.phases.shape == (5000,)
    assert batch.pick(torch.tensor([0, 1])).position is batch.position, "a step copies no clip"


def test_a_neighbour_without_a_joint_is_not_let_through() -> None:
    position, confidence = ramp(5)
    expected = read_at(torch.from_numpy(position)[None, :, :1], torch.tensor([[0.5, 2.0, 2.5]]))
    batch = ClipBatch.stack([(position, confidence)])
    assert torch.equal(batch.joints_at(torch.tensor([[0.5, 2.0, 2.5]]))[0][:, :, :1], expected)
    assert read_at(batch.position[None], torch.tensor([[2.5]])).isnan()[0, 0].tolist() == [[False, False], [True, True]]


def test_picking_keeps_clips_together() -> None:
    batch = ClipBatch.stack([ramp(5), ramp(9), ramp(4)]).pick(torch.tensor([2, 0]))
    assert batch.lengths.tolist() == [4, 5]
    assert batch.joints_at(torch.tensor([[3.0], [4.0]]))[0][:, 0, 0, 0].tolist() == [3, 4]


def test_what_is_added_to_picked_clips_is_refused() -> None:
    picked = ClipBatch.stack([ramp(5), ramp(9)]).pick(torch.tensor([1, 0]))
    with pytest.raises(ValueError, match="phases must be added before clips are picked"):
        picked.label([np.zeros(9, np.int64), np.zeros(5, np.int64)])


def test_every_clip_shows_its_own_pictures() -> None:
    lengths, counted = (5, 9, 4), np.arange(18 * 3 * 2 * 2, dtype=np.uint8).reshape(18, 3, 2, 2)
    batch = ClipBatch.stack([ramp(t) for t in lengths]).show(np.split(counted, np.cumsum(lengths)[:-1]))
    shown = batch.pick(torch.tensor([2, 0])).pictures_at(torch.tensor([[0, 3, 3], [4, 1, 0]]))
    assert shown is not None and np.array_equal(shown.numpy(), counted[[[14, 17, 17], [4, 1, 0]]])


def test_gaps_are_filled_along_time() -> None:
    position, _ = ramp(6)
    position[0, 1] = np.nan
    filled = fill_gaps(position)
    np.testing.assert_allclose(filled[:, 1, 0], [1, 1, 2, 3, 4, 5])
    position[:, 0] = np.nan
    np.testing.assert_allclose(fill_gaps(position)[:, 0], fill_gaps(position)[:, 1])
    assert (fill_gaps(np.full((3, 2, 2), np.nan)) == 0).all()
