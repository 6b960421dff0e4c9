"""Each augmentation changes its input and keeps its promise."""

import math

import pytest
import torch
from torch import Generator, Tensor

from la2ds.config import AugmentationConfig
from la2ds.formats.skeletons import BODY13
from la2ds.views.augment.plane import (
    change_space,
    drop_joints,
    fail,
    jitter,
    mirror,
    rescale,
    rotate,
    translate,
)
from la2ds.views.augment.time import delete_places, draw_times, warp_places


def even_times(count: int, frames: int) -> torch.Tensor:
    """The time line that nothing changed: even places from 0 to 1."""
    return torch.linspace(0, 1, frames).expand(count, frames)


@pytest.fixture
def rng() -> Generator:
    return Generator().manual_seed(3)


@pytest.fixture
def position() -> Tensor:
    """64 clips of 5 frames; joint 4 of frame 2 is missing everywhere."""
    position = torch.rand((64, 5, 13, 2), generator=Generator().manual_seed(0))
    position[:, 2, 4] = torch.nan
    return position


def missing(x: Tensor) -> Tensor:
    return x.isnan().any(-1)


def test_rotation_keeps_distances_and_its_bound(position: Tensor, rng: Generator) -> None:
    turned = rotate(position, rng, largest=0.3)
    before, after = (x[:, :, 0] - x[:, :, 1] for x in (position, turned))
    torch.testing.assert_close(before.norm(dim=-1), after.norm(dim=-1), rtol=1e-4, atol=1e-6)
    angle = torch.atan2(after[..., 1], after[..., 0]) - torch.atan2(before[..., 1], before[..., 0])
    angle = torch.remainder(angle + math.pi, 2 * math.pi) - math.pi
    assert 0.2 < angle.abs().max() <= 0.3 + 1e-5
    torch.testing.assert_close(angle, angle[:, :1].expand_as(angle), rtol=0, atol=1e-3)  # one angle a clip
    assert torch.equal(missing(turned), missing(position))


def test_scale_is_apart_for_x_and_y_and_about_the_middle(position: Tensor, rng: Generator) -> None:
    factor = (rescale(position, rng, smallest=0.75, largest=1.25) - 0.5) / (position - 0.5)
    factor = factor[:, 0]
    assert factor.min() >= 0.75 - 1e-4 and factor.max() <= 1.25 + 1e-4
    assert (factor[:, 0, 0] - factor[:, 0, 1]).abs().max() > 0.1


def test_translation_shifts_the_whole_clip_by_one_vector(position: Tensor, rng: Generator) -> None:
    shift = (translate(position, rng, largest=0.1) - position)[:, 0]
    assert 0.05 < shift.abs().max() <= 0.1 + 1e-6
    torch.testing.assert_close(shift, shift[:, :1].expand_as(shift), rtol=0, atol=1e-6)


def test_mirror_twice_is_nothing_and_sides_are_exchanged(position: Tensor, rng: Generator) -> None:
    confidence = torch.rand(position.shape[:3])
    once = mirror(position, confidence, rng, probability=1.0, partners=BODY13.mirror)
    twice = mirror(*once, rng, probability=1.0, partners=BODY13.mirror)
    torch.testing.assert_close(twice, (position, confidence), equal_nan=True)
    left, right = BODY13.index("left_wrist"), BODY13.index("right_wrist")
    torch.testing.assert_close(once[0][:, 0, left, 0], 1 - position[:, 0, right, 0])
    torch.testing.assert_close(once[0][:, 0, left, 1], position[:, 0, right, 1])
    torch.testing.assert_close(once[1][:, 0, left], confidence[:, 0, right])


def test_mirror_takes_whole_clips_with_its_probability(rng: Generator) -> None:
    position, confidence = torch.rand(2000, 2, 13, 2), torch.rand(2000, 2, 13)
    turned, _ = mirror(position, confidence, rng, probability=0.5, partners=BODY13.mirror)
    changed = (turned != position).flatten(1).any(1)
    assert 0.45 < changed.float().mean() < 0.55


def test_jitter_has_its_sigma_and_is_new_everywhere(position: Tensor, rng: Generator) -> None:
    noise = jitter(position, rng, sigma=0.01) - position
    noise = noise[~noise.isnan()]
    assert noise.std().item() == pytest.approx(0.01, rel=0.05)
    assert noise.unique().numel() > 1000


def test_dropout_of_views_and_of_frames(rng: Generator) -> None:
    position = torch.rand(500, 6, 13, 2)
    view = missing(drop_joints(position, rng, view=0.1, frame=0.0))
    assert torch.equal(view.all(1), view.any(1))  # a joint is away in every frame or in none
    assert view.float().mean().item() == pytest.approx(0.1, abs=0.02)
    frame = missing(drop_joints(position, rng, view=0.0, frame=0.05))
    assert frame.float().mean().item() == pytest.approx(0.05, abs=0.01)
    assert (frame.any(1) & ~frame.all(1)).any()


def test_a_failing_detector_has_its_own_level_in_every_view(rng: Generator) -> None:
    still = torch.full((400, 40, 13, 2), 0.5)
    failed = fail(still, rng, missing=0.5, noise=0.1)
    gone = missing(failed)
    share = gone.float().mean((1, 2))
    assert share.max() < 0.6 and share.min() < 0.05 and 0.22 < share.mean() < 0.28
    assert 0.12 < share.std() < 0.17  # of U(0, 0.5): 0.144; of one level for all views: 0.02
    assert not torch.equal(gone[:, 0], gone[:, 1])
    sigma = torch.stack([(view[~view.isnan()] - 0.5).std() for view in failed])
    assert sigma.max() < 0.11 and sigma.min() < 0.01 and 0.045 < sigma.mean() < 0.055
    assert torch.equal(fail(still, rng, missing=0.0, noise=0.0), still)


def test_failing_detectors_leave_other_trainings_as_they_were(position: Tensor) -> None:
    """Switched off, they draw nothing from the stream that everything else is drawn from."""
    changed = []
    for config in (AugmentationConfig(), AugmentationConfig(fail_missing=0.3, fail_noise=0.05)):
        rng = Generator().manual_seed(1)
        places, _, _ = change_space(position, torch.ones(64, 5, 13), rng, config=config, partners=BODY13.mirror)
        changed.append((missing(places), torch.rand(1, generator=rng).item()))
    assert changed[0][1] != changed[1][1]
    assert (changed[1][0] >= changed[0][0]).all() and changed[1][0].sum() > changed[0][0].sum()


def test_all_of_space_keeps_missing_joints_missing(position: Tensor, rng: Generator) -> None:
    confidence = torch.ones(position.shape[:3])
    config = AugmentationConfig(mirror=0.0, joint_dropout=0.3)
    changed, kept, _ = change_space(position, confidence, rng, config=config, partners=BODY13.mirror)
    assert missing(changed)[:, 2, 4].all()
    assert torch.equal(kept == 0, missing(changed))
    assert not torch.allclose(changed[0, 0].nan_to_num(), position[0, 0].nan_to_num())


def test_the_map_says_where_joints_went(position: Tensor, rng: Generator) -> None:
    config = AugmentationConfig(mirror=0.5, noise=0, joint_dropout=0, frame_dropout=0)
    confidence = torch.ones(position.shape[:3])
    changed, _, affine = change_space(position, confidence, rng, config=config, partners=tuple(range(13)))
    expected = torch.einsum("bxy,bfjy->bfjx", affine[:, :, :2], position) + affine[:, None, None, :, 2]
    torch.testing.assert_close(changed, expected, equal_nan=True, atol=1e-5, rtol=0)
    assert len({bool(sign) for sign in torch.linalg.det(affine[:, :, :2]) < 0}) == 2  # some mirrored, some not


def test_nothing_switched_on_changes_nothing(position: Tensor, rng: Generator) -> None:
    off = AugmentationConfig(
        rotation=0, scale=(1, 1), translation=0, mirror=0, noise=0, joint_dropout=0, frame_dropout=0
    )
    confidence = torch.ones(position.shape[:3])
    changed, _, affine = change_space(position, confidence, rng, config=off, partners=BODY13.mirror)
    torch.testing.assert_close(changed, position, equal_nan=True)
    torch.testing.assert_close(affine, torch.eye(2, 3).expand(len(position), 2, 3), atol=1e-6, rtol=0)
    still = AugmentationConfig(crop=(1, 1), warp_pieces=0, deletion=0)
    torch.testing.assert_close(draw_times(3, 7, rng, config=still), even_times(3, 7))


def test_times_increase_strictly_within_the_crop(rng: Generator) -> None:
    times = draw_times(500, 32, rng, config=AugmentationConfig())
    assert (times.diff(dim=1) > 0).all()
    assert times.min() >= 0 and times.max() <= 1
    covered = times[:, -1] - times[:, 0]
    assert covered.min() > 0.55 and covered.max() > 0.95
    assert times[:, 0].max() > 0.3  # views do not all start with the clip


def test_warp_is_not_linear_but_keeps_the_ends(rng: Generator) -> None:
    even = even_times(200, 31)
    warped = warp_places(even, rng, pieces=6, concentration=2.0)
    torch.testing.assert_close(warped[:, [0, -1]], even[:, [0, -1]])
    assert (warped.diff(dim=1) > 0).all()
    assert (warped - even).abs().max(1).values.mean() > 0.08
    assert (warp_places(even, rng, pieces=6, concentration=1e4) - even).abs().max() < 0.02


def test_deletion_leaves_gaps_between_evenly_spaced_frames(rng: Generator) -> None:
    places = delete_places(300, 20, rng, largest=0.4)
    steps = places.diff(dim=1)
    assert (steps > 0).all()
    smallest = steps.min(1, keepdim=True).values
    torch.testing.assert_close(steps / smallest, (steps / smallest).round(), rtol=0, atol=1e-2)
    assert (steps / smallest).max() >= 2
    torch.testing.assert_close(delete_places(4, 20, rng, largest=0.0), even_times(4, 20))


def test_same_seed_same_view() -> None:
    a, b = (draw_times(4, 9, Generator().manual_seed(7), config=AugmentationConfig()) for _ in range(2))
    assert torch.equal(a, b)
