"""Normalised coordinates against SciPy, joint by joint; what they forget; and whole clips, padded."""

import math

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation
from torch import Generator, Tensor

from la2ds.config import CoordinatesConfig
from la2ds.formats.skeletons import BODY13, COCO17, HANDS42, SMPL24, Skeleton
from la2ds.views.augment.time import fast_frames
from la2ds.views.clips import whole_frames
from la2ds.views.coordinates import normalise, point, turn_onto

SPACE, PLANE = CoordinatesConfig(), CoordinatesConfig(dims=2)
BOX = CoordinatesConfig(dims=2, normalise="box")
SKELETONS = pytest.mark.parametrize("skeleton", [BODY13, SMPL24, COCO17, HANDS42], ids=lambda s: s.name)
# Hands have no shoulder; CASA turns them by the middle finger's first joint.
ACROSS = {"body13": "left_shoulder", "smpl24": "left_shoulder", "coco17": "left_shoulder", "hands42": "left_middle1"}


def people(skeleton: Skeleton = BODY13, *, dims: int = 3, count: int = 20) -> Tensor:
    """Random clouds of joints, far from the origin: (2, count / 2, J, D), float64."""
    generator = Generator().manual_seed(0)
    shape = (2, count // 2, len(skeleton.joints), dims)
    return 300 * torch.randn(shape, generator=generator, dtype=torch.float64) + 4000


def slow_turn(vector: np.ndarray, target: np.ndarray) -> Rotation:
    """The smallest rotation of one vector onto another, with CASA's guards."""
    unit = vector / np.linalg.norm(vector)
    axis, angle = np.cross(unit, target), math.acos(np.clip(unit @ target, -1, 1))
    if np.abs(axis).sum() < 1e-6 or angle < 1e-6:
        return Rotation.identity()
    return Rotation.from_rotvec(angle * axis / np.linalg.norm(axis))


def slow_normalise(joints: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Protocol, steps 1 to 4, of one skeleton."""

    def place(name: str) -> np.ndarray:
        names = skeleton.virtual[name]
        return sum(joints[skeleton.index(n)] for n in names) / len(names)

    neck, hips, shoulder = place("neck"), place("mid_hip"), joints[skeleton.index(ACROSS[skeleton.name])]
    points = np.stack([*joints, neck, hips, shoulder]) - neck
    points = slow_turn(points[-3] - points[-1], np.array([1.0, 0, 0])).apply(points)
    points = slow_turn(points[-2] - points[-3], np.array([0, 0, 1.0])).apply(points)
    return points[:-3] / np.linalg.norm(points[-3] - points[-2])


@SKELETONS
def test_space_equals_scipy(skeleton: Skeleton) -> None:
    joints = people(skeleton)
    found = normalise(joints, skeleton=skeleton, config=SPACE)
    expected = [[slow_normalise(frame.numpy(), skeleton) for frame in clip] for clip in joints]
    np.testing.assert_allclose(found, np.array(expected), rtol=0, atol=1e-10)
    single = normalise(joints.float(), skeleton=skeleton, config=SPACE)
    torch.testing.assert_close(single, found.float(), rtol=0, atol=2e-4)


@SKELETONS
@pytest.mark.parametrize("config", [SPACE, PLANE], ids=["space", "plane"])
def test_neck_and_trunk_stand_where_they_should(skeleton: Skeleton, config: CoordinatesConfig) -> None:
    joints = people(skeleton, dims=config.dims)
    found = normalise(joints, skeleton=skeleton, config=config)
    ends = {name: point(found, name, skeleton=skeleton) for name in ("neck", "mid_hip")}
    down = torch.eye(config.dims, dtype=torch.float64)[-1].expand_as(ends["neck"])
    torch.testing.assert_close(ends["neck"], torch.zeros_like(down), rtol=0, atol=1e-10)
    torch.testing.assert_close(ends["mid_hip"], down, rtol=0, atol=1e-10)


def rotations(count: int) -> Tensor:
    return torch.from_numpy(Rotation.random(count, random_state=0).as_matrix())


@pytest.mark.parametrize("config", [SPACE, PLANE], ids=["space", "plane"])
def test_place_and_size_are_forgotten(config: CoordinatesConfig) -> None:
    joints = people(dims=config.dims)
    moved = normalise(joints * 0.37 - 50, skeleton=BODY13, config=config)
    torch.testing.assert_close(moved, normalise(joints, skeleton=BODY13, config=config), rtol=0, atol=1e-9)


def test_turns_in_the_plane_are_forgotten_and_mirror_images_are_not() -> None:
    joints, angle = people(dims=2), 1.1
    turn = torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]], dtype=torch.float64)
    before = normalise(joints, skeleton=BODY13, config=PLANE)
    torch.testing.assert_close(normalise(joints @ turn.mT, skeleton=BODY13, config=PLANE), before, rtol=0, atol=1e-9)
    flip = torch.tensor([-1.0, 1.0])
    torch.testing.assert_close(
        normalise(joints * flip, skeleton=BODY13, config=PLANE), before * flip, rtol=0, atol=1e-9
    )


def test_turns_in_space_keep_height_and_distance_from_the_trunk() -> None:
    """As far as the formula forgets a turn for any skeleton: the second smallest turn depends on the first."""
    joints = people()[:1, :1]
    turned = torch.einsum("nij,abkj->nbki", rotations(40), joints)
    before, after = (normalise(x, skeleton=BODY13, config=SPACE) for x in (joints, turned))
    torch.testing.assert_close(after[..., 2], before[..., 2].expand_as(after[..., 2]), rtol=0, atol=1e-9)
    radius = before[..., :2].norm(dim=-1)
    torch.testing.assert_close(after[..., :2].norm(dim=-1), radius.expand(40, 1, -1), rtol=0, atol=1e-9)
    assert (after - before).abs().max() > 0.1


def test_turns_in_space_are_forgotten_where_shoulders_are_square() -> None:
    joints = people()[:1, :1]
    axes = {
        "left_shoulder": [-2.0, 0, 0],
        "right_shoulder": [2.0, 0, 0],
        "left_hip": [-1, 0, 6],
        "right_hip": [1, 0, 6],
    }
    for name, place in axes.items():
        joints[..., BODY13.index(name), :] = torch.tensor(place, dtype=torch.float64)
    turned = torch.einsum("nij,abkj->nbki", rotations(40), joints)
    before, after = (normalise(x, skeleton=BODY13, config=SPACE) for x in (joints, turned))
    torch.testing.assert_close(after, before.expand_as(after), rtol=0, atol=1e-7)


def test_half_a_turn_is_left_out_and_a_tiny_one_too() -> None:
    x = torch.tensor([1.0, 0, 0], dtype=torch.float64)
    joints = torch.randn((1, 4, 3), generator=Generator().manual_seed(0), dtype=torch.float64)
    for vector in ([-3.0, 0, 0], [5.0, 0, 0], [1.0, 1e-7, 0], [0.0, 0, 0]):
        turn = turn_onto(torch.tensor(vector).double(), x)
        torch.testing.assert_close(joints @ turn.mT, joints, rtol=0, atol=0)
    quarter = joints @ turn_onto(torch.tensor([0.0, 2, 0]).double(), x).mT
    expected = torch.stack([joints[..., 1], -joints[..., 0], joints[..., 2]], -1)
    torch.testing.assert_close(quarter, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("config", [SPACE, PLANE], ids=["space", "plane"])
def test_a_frame_without_a_trunk_becomes_zero(config: CoordinatesConfig) -> None:
    joints = people(dims=config.dims)
    joints[0, 0, BODY13.index("left_hip")] = torch.nan  # no hip centre
    joints[0, 1, BODY13.index("right_shoulder")] = torch.nan  # no neck
    joints[0, 2] = 7.0  # all in one place
    joints[0, 3] = torch.nan
    found = normalise(joints, skeleton=BODY13, config=config)
    assert (found[0, :4] == 0).all() and torch.isfinite(found).all()
    assert (found[0, 4:] != 0).any(-1).all()


@pytest.mark.parametrize("config", [SPACE, PLANE, BOX], ids=["space", "plane", "box"])
def test_a_missing_joint_becomes_zero_and_changes_no_other(config: CoordinatesConfig) -> None:
    joints = people(dims=config.dims)
    wrist = BODY13.index("left_wrist")
    expected = normalise(joints, skeleton=BODY13, config=config)
    expected[:, :, wrist] = 0
    joints[:, :, wrist, 0] = torch.nan
    joints[:, :, wrist, 1:] = torch.nan
    torch.testing.assert_close(normalise(joints, skeleton=BODY13, config=config), expected)


def test_without_the_last_step_lengths_stay() -> None:
    joints = people()
    found = normalise(joints, skeleton=BODY13, config=SPACE, scale=False)
    bones = [(joints[..., a, :] - joints[..., b, :]).norm(dim=-1) for a, b in BODY13.limb_indices]
    kept = [(found[..., a, :] - found[..., b, :]).norm(dim=-1) for a, b in BODY13.limb_indices]
    torch.testing.assert_close(kept, bones)


def test_shares_of_the_box_stay_as_they_are_about_its_middle() -> None:
    joints = people(dims=2)
    torch.testing.assert_close(normalise(joints, skeleton=BODY13, config=BOX), joints - 0.5)


def test_other_joints_or_dimensions_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected \(13, 3\) joints and dimensions, got \(13, 2\)"):
        normalise(people(dims=2), skeleton=BODY13, config=SPACE)


def test_whole_clips_are_padded_to_the_longest_or_further() -> None:
    frames, valid = whole_frames(torch.tensor([2, 4]), pad_to=0)
    assert frames.tolist() == [[0, 1, 1, 1], [0, 1, 2, 3]]
    assert valid.tolist() == [[True, True, False, False], [True] * 4]
    frames, valid = whole_frames(torch.tensor([2, 4]), pad_to=5)
    assert frames[0].tolist() == [0, 1, 1, 1, 1] and valid.sum(1).tolist() == [2, 4]
    assert whole_frames(torch.tensor([2, 4]), pad_to=3)[0].shape == (2, 4)


@pytest.mark.parametrize("pad_to", [0, 64])
def test_fast_keeps_order_deletes_no_more_than_asked_and_closes_gaps(pad_to: int) -> None:
    lengths = torch.arange(1, 41).repeat(20)
    frames, valid = fast_frames(lengths, Generator().manual_seed(0), largest=0.5, pad_to=pad_to)
    assert frames.shape == valid.shape == (800, max(40, pad_to))
    kept = valid.sum(1)
    assert (valid == (torch.arange(frames.shape[1]) < kept[:, None])).all()  # no gap
    assert (kept <= lengths).all() and (2 * kept >= lengths).all()
    both = valid[:, 1:]
    assert (frames.diff(dim=1)[both] > 0).all()
    assert (frames >= 0).all() and (frames < lengths[:, None]).all()
    assert (frames[~valid] == (lengths - 1)[:, None].expand_as(frames)[~valid]).all()
    share = 1 - kept[lengths == 40] / 40
    assert share.min() < 0.1 and share.max() > 0.4


def test_fast_deletes_every_frame_equally_often() -> None:
    lengths = torch.full((20_000,), 10)
    frames, valid = fast_frames(lengths, Generator().manual_seed(0), largest=0.5, pad_to=0)
    kept = valid.sum(1)
    # floor(10 r) is 0, 1, 2, 3 or 4, each as often.
    torch.testing.assert_close((10 - kept).bincount().float() / 20_000, torch.full((5,), 0.2), rtol=0, atol=0.015)
    counts = frames[valid].bincount(minlength=10) / 20_000
    torch.testing.assert_close(counts, torch.full((10,), 0.8), rtol=0, atol=0.015)


def test_fast_repeats_itself_from_a_seed_and_deletes_nothing_at_zero() -> None:
    lengths = torch.tensor([30, 50])
    draws = [fast_frames(lengths, Generator().manual_seed(s), largest=0.5, pad_to=0)[0] for s in (1, 1, 2)]
    assert torch.equal(draws[0], draws[1]) and not torch.equal(draws[0], draws[2])
    frames, valid = fast_frames(lengths, Generator(), largest=0.0, pad_to=60)
    expected, there = whole_frames(lengths, pad_to=60)
    assert torch.equal(frames, expected) and torch.equal(valid, there)
