"""What every augmentation promises, whatever clip and strength it is given."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from la2ds.config import AugmentationConfig
from la2ds.formats.skeletons import BODY13
from la2ds.views.augment.plane import change_space
from la2ds.views.augment.time import draw_times, fast_frames

SEEDS = st.integers(0, 2**31 - 1)


def clips(seed: int, missing: float) -> tuple[Tensor, Tensor]:
    """Three views of five frames, of which so many joints are missing."""
    rng = Generator().manual_seed(seed)
    position = torch.rand((3, 5, 13, 2), generator=rng)
    gone = torch.rand((3, 5, 13), generator=rng) < missing
    return position.masked_fill(gone[..., None], torch.nan), (~gone).float()


@settings(max_examples=60, deadline=None)
@given(
    seed=SEEDS,
    missing=st.floats(0, 1),
    rotation=st.floats(0, 3),
    noise=st.floats(0, 0.2),
    mirror=st.floats(0, 1),
    dropout=st.floats(0, 0.9),
)
def test_missing_joints_stay_missing_and_no_number_is_made_up(seed, missing, rotation, noise, mirror, dropout):
    config = AugmentationConfig(rotation=rotation, noise=noise, mirror=mirror, joint_dropout=dropout)
    position, confidence = clips(seed, missing)
    before = position.clone()
    partners = BODY13.mirror
    moved, trusted, affine = change_space(
        position, confidence, Generator().manual_seed(seed), config=config, partners=partners
    )
    torch.testing.assert_close(position, before, equal_nan=True)
    absent = moved.isnan().any(-1)
    assert (trusted[absent] == 0).all() and torch.isfinite(moved[~absent]).all() and torch.isfinite(affine).all()
    # A joint that was missing is missing after, on its own side or, mirrored, on the other.
    was = before.isnan().any(-1)
    plain, turned = (absent >= was).all((1, 2)), (absent >= was[:, :, list(partners)]).all((1, 2))
    assert (plain | turned).all()


@settings(max_examples=60, deadline=None)
@given(
    seed=SEEDS,
    frames=st.integers(2, 64),
    deletion=st.floats(0, 0.9),
    pieces=st.integers(1, 8),
    crop=st.floats(0.05, 1),
)
def test_drawn_times_rise_within_the_clip(seed, frames, deletion, pieces, crop):
    config = AugmentationConfig(deletion=deletion, warp_pieces=pieces, crop=(crop, 1.0))
    times = draw_times(4, frames, Generator().manual_seed(seed), config=config)
    assert times.shape == (4, frames) and (times >= 0).all() and (times <= 1).all()
    assert (times.diff(dim=1) >= 0).all()


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, lengths=st.lists(st.integers(1, 40), min_size=1, max_size=5), largest=st.floats(0, 0.99))
def test_deleted_frames_leave_the_others_in_order(seed, lengths, largest):
    counts = torch.tensor(lengths)
    frames, valid = fast_frames(counts, Generator().manual_seed(seed), largest=largest, pad_to=8)
    for row, there, length in zip(frames, valid, lengths, strict=True):
        kept = row[there]
        assert 1 <= len(kept) <= length and (kept.diff() > 0).all()
        assert len(kept) >= length - int(largest * length) and (row < length).all() and (row >= 0).all()
