"""CASA's changes of a skeleton: each does what it says and keeps its promise."""

import dataclasses

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation
from torch import Generator, Tensor

from la2ds.config import CoordinatesConfig, SkeletonAugmentationConfig
from la2ds.formats.skeletons import BODY13, SMPL24, Skeleton
from la2ds.views.augment.skeleton import (
    jitter,
    mirror,
    plane_rotations,
    rotation_matrices,
    skeleton_points,
    smooth_noise,
    turn_joints,
    turn_tree,
)
from la2ds.views.coordinates import joint_vectors, normalise, point

OFF = SkeletonAugmentationConfig(angle=0, flip=0, jitter=0)
ALL = SkeletonAugmentationConfig(angle=1, flip=1, jitter=1)
SPACE, PLANE = CoordinatesConfig(), CoordinatesConfig(dims=2)
BOX = CoordinatesConfig(dims=2, normalise="box")
COORDINATES = pytest.mark.parametrize("coordinates", [SPACE, PLANE, BOX], ids=["space", "plane", "box"])
SKELETONS = pytest.mark.parametrize("skeleton", [BODY13, SMPL24], ids=lambda s: s.name)
DIMS = pytest.mark.parametrize("dims", [2, 3])


def people(skeleton: Skeleton = BODY13, *, dims: int = 3, clips: int = 6, frames: int = 12) -> Tensor:
    shape = (clips, frames, len(skeleton.joints), dims)
    return torch.rand(shape, generator=Generator().manual_seed(0), dtype=torch.float64)


def everywhere(position: Tensor) -> Tensor:
    return torch.ones(position.shape[:2], dtype=torch.bool)


def with_padding(position: Tensor) -> Tensor:
    """The clip with number n lacks its last n frames."""
    return torch.arange(position.shape[1]) < position.shape[1] - torch.arange(len(position))[:, None]


def points_of(
    position: Tensor,
    valid: Tensor,
    config: SkeletonAugmentationConfig,
    *,
    coordinates: CoordinatesConfig = SPACE,
    seed: int | None = 0,
    skeleton: Skeleton = BODY13,
) -> Tensor:
    if seed is None:
        return joint_vectors(position, valid, skeleton=skeleton, config=coordinates)
    generator = Generator().manual_seed(seed)
    return skeleton_points(position, valid, generator, skeleton=skeleton, coordinates=coordinates, config=config)


@COORDINATES
def test_without_change_frames_are_normalised_joints(coordinates: CoordinatesConfig) -> None:
    position = people(dims=coordinates.dims)
    valid = with_padding(position)
    expected = normalise(position, skeleton=BODY13, config=coordinates).flatten(2) * valid[..., None]
    torch.testing.assert_close(joint_vectors(position, valid, skeleton=BODY13, config=coordinates), expected)
    torch.testing.assert_close(points_of(position, valid, OFF, coordinates=coordinates), expected)
    assert expected.shape == (6, 12, 13 * coordinates.dims)


@COORDINATES
def test_padding_is_zero_unless_it_is_jittered(coordinates: CoordinatesConfig) -> None:
    position = people(dims=coordinates.dims)
    valid = with_padding(position)
    position[~valid] = torch.nan
    changed = points_of(position, valid, ALL, coordinates=coordinates)
    released = points_of(position, valid, dataclasses.replace(ALL, jitter_padding=True), coordinates=coordinates)
    assert (changed[~valid] == 0).all()
    assert (released[~valid] != 0).all() and abs(released[~valid].std().item() - 0.1) < 0.02
    torch.testing.assert_close(changed[valid], released[valid], rtol=0, atol=0)


@pytest.mark.parametrize("name", ["angle", "flip", "jitter"])
def test_each_change_changes_the_share_of_clips_it_should(name: str) -> None:
    position = people(clips=400, frames=3)
    config = dataclasses.replace(OFF, **{name: 0.3})
    before = points_of(position, everywhere(position), OFF, seed=None)
    changed = (points_of(position, everywhere(position), config) != before).any(-1)
    assert (changed.any(1) == changed.all(1)).all()  # the whole view or nothing of it
    assert 0.22 < changed.any(1).float().mean() < 0.38


@COORDINATES
def test_a_seed_repeats_itself(coordinates: CoordinatesConfig) -> None:
    position = people(dims=coordinates.dims)
    draws = [points_of(position, with_padding(position), ALL, coordinates=coordinates, seed=s) for s in (3, 3, 4)]
    assert torch.equal(draws[0], draws[1]) and not torch.equal(draws[0], draws[2])


@COORDINATES
def test_missing_joints_never_become_nan(coordinates: CoordinatesConfig) -> None:
    position = people(dims=coordinates.dims)
    position[0, :, BODY13.index("left_elbow")] = torch.nan
    position[1, 3] = torch.nan
    position[2, 5, BODY13.index("left_hip")] = torch.nan
    for seed in (None, 0):
        assert torch.isfinite(points_of(position, everywhere(position), ALL, coordinates=coordinates, seed=seed)).all()


def bones(position: Tensor, skeleton: Skeleton) -> Tensor:
    ends = [[point(position, name, skeleton=skeleton) for name in bone] for bone in skeleton.tree]
    return torch.stack([(a - b).norm(dim=-1) for a, b in ends], -1)


@SKELETONS
@DIMS
def test_angle_noise_keeps_bones_and_root_and_changes_all_else(skeleton: Skeleton, dims: int) -> None:
    position = people(skeleton, dims=dims)
    valid = everywhere(position)
    turned = turn_joints(position, valid, Generator().manual_seed(0), skeleton=skeleton, config=ALL)
    torch.testing.assert_close(bones(turned, skeleton), bones(position, skeleton))
    roots = [point(x, "mid_hip", skeleton=skeleton) for x in (turned, position)]
    torch.testing.assert_close(roots[0], roots[1])
    moved = (turned - position).norm(dim=-1).mean((0, 1))
    pelvis = "pelvis" in skeleton.joints
    assert ((moved > 1e-4).sum() == len(skeleton.joints) - pelvis) and moved.max() < 0.5


def slow_tree(joints: np.ndarray, vectors: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Turn about one joint after the other, the outermost first, each time everything beyond it, by hand."""
    names = ["mid_hip", *(child for _, child in skeleton.tree)]
    places = {n: point(torch.from_numpy(joints), n, skeleton=skeleton).numpy() for n in names}

    def beyond(name: str) -> list[str]:
        children = [child for parent, child in skeleton.tree if parent == name]
        return [*children, *(far for child in children for far in beyond(child))]

    for name in reversed(names):
        pivot, turn = places[name], Rotation.from_rotvec(vectors[names.index(name)])
        for far in beyond(name):
            places[far] = pivot + turn.apply(places[far] - pivot)
    return np.stack([places[joint] for joint in skeleton.joints])


@SKELETONS
def test_turns_add_up_along_the_tree(skeleton: Skeleton) -> None:
    position = people(skeleton, clips=1, frames=2)
    vectors = torch.randn((1, 2, 1 + len(skeleton.tree), 3), generator=Generator().manual_seed(1), dtype=torch.float64)
    found = turn_tree(position, rotation_matrices(vectors), skeleton=skeleton)
    for f in range(2):
        expected = slow_tree(position[0, f].numpy(), vectors[0, f].numpy(), skeleton)
        np.testing.assert_allclose(found[0, f], expected, rtol=0, atol=1e-12)


def test_a_turn_carries_everything_beyond_it_and_nothing_else() -> None:
    """Half a turn at the elbow moves the wrist alone."""
    position = people(dims=2, clips=1, frames=1)
    angles = torch.zeros(1, 1, 1 + len(BODY13.tree), dtype=torch.float64)
    angles[..., 1 + [child for _, child in BODY13.tree].index("left_elbow")] = np.pi
    turned = turn_tree(position, plane_rotations(angles), skeleton=BODY13)
    elbow, wrist = BODY13.index("left_elbow"), BODY13.index("left_wrist")
    expected = position.clone()
    expected[..., wrist, :] = 2 * position[..., elbow, :] - position[..., wrist, :]
    torch.testing.assert_close(turned, expected)


def test_rotation_vectors_equal_scipy_down_to_zero() -> None:
    vectors = torch.randn((50, 3), generator=Generator().manual_seed(0), dtype=torch.float64)
    vectors[0], vectors[1] = 0, 1e-9
    vectors[2] *= 3 * np.pi
    np.testing.assert_allclose(
        rotation_matrices(vectors), Rotation.from_rotvec(vectors.numpy()).as_matrix(), rtol=0, atol=1e-13
    )


def test_angle_noise_has_casas_covariance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the moving average: variance * (1 - |dt| / (2 T)), with each clip's own T."""
    channels = 60_000
    valid = torch.arange(8) < torch.tensor([8, 5])[:, None]
    monkeypatch.setattr("la2ds.views.augment.skeleton.SMOOTHING", 1)
    noise = smooth_noise(valid, Generator().manual_seed(0), channels=channels, variance=10.0)
    for clip, length in enumerate((8, 5)):
        found = noise[clip, :length] @ noise[clip, :length].mT / channels
        apart = (torch.arange(length)[:, None] - torch.arange(length)).abs()
        torch.testing.assert_close(found, 10 * (1 - apart / (2 * length)), rtol=0, atol=0.25)
        assert (noise[clip, length:] == 0).all()


def test_angle_noise_is_smoothed_as_by_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    valid = torch.arange(40) < torch.tensor([40, 25])[:, None]
    smooth = smooth_noise(valid, Generator().manual_seed(0), channels=3, variance=10.0)
    monkeypatch.setattr("la2ds.views.augment.skeleton.SMOOTHING", 1)
    rough = smooth_noise(valid, Generator().manual_seed(0), channels=3, variance=10.0)
    for clip, length in enumerate((40, 25)):
        for channel in range(3):
            expected = np.convolve(rough[clip, :length, channel], np.full(10, 0.1), "same")
            np.testing.assert_allclose(smooth[clip, :length, channel], expected, rtol=0, atol=1e-5)
        assert (smooth[clip, length:] == 0).all()


def test_noise_of_some_clips_is_what_it_is_among_all() -> None:
    valid, some = with_padding(people()), torch.tensor([1, 4])
    noise = smooth_noise(valid, Generator().manual_seed(0), channels=3, variance=10.0)
    found = smooth_noise(valid, Generator().manual_seed(0), channels=3, variance=10.0, chosen=some)
    torch.testing.assert_close(found, noise[some])


@COORDINATES
def test_random_numbers_are_the_same_whatever_is_made_of_them(coordinates: CoordinatesConfig) -> None:
    position, drawn = people(dims=coordinates.dims), []
    for config in (OFF, ALL, SkeletonAugmentationConfig(angle_adds=False)):
        generator = Generator().manual_seed(0)
        parts = {"skeleton": BODY13, "coordinates": coordinates, "config": config}
        skeleton_points(position, everywhere(position), generator, **parts)
        drawn.append(torch.rand(1, generator=generator).item())
    assert len(set(drawn)) == 1


@DIMS
def test_the_released_code_draws_angle_noise_and_leaves_it_unused(dims: int) -> None:
    position = people(dims=dims)
    released, generator = dataclasses.replace(ALL, angle_adds=False), Generator().manual_seed(0)
    turned = turn_joints(position, everywhere(position), generator, skeleton=BODY13, config=released)
    assert torch.equal(turned, position)
    after = torch.rand(1, generator=generator)  # the same was drawn as if it were used
    generator = Generator().manual_seed(0)
    assert not torch.equal(
        turn_joints(position, everywhere(position), generator, skeleton=BODY13, config=ALL), position
    )
    assert torch.equal(torch.rand(1, generator=generator), after)


def flip(points: Tensor, coordinates: CoordinatesConfig, *, swaps: bool) -> Tensor:
    config = dataclasses.replace(OFF, flip=1, flip_swaps=swaps)
    return mirror(points, Generator().manual_seed(0), skeleton=BODY13, coordinates=coordinates, config=config)


@pytest.mark.parametrize("coordinates", [PLANE, BOX], ids=["plane", "box"])
def test_a_flip_that_swaps_is_the_mirror_image_and_twice_nothing(coordinates: CoordinatesConfig) -> None:
    position = people(dims=2)
    seen = position * torch.tensor([-1, 1]) + torch.tensor([1, 0])
    mirrored = normalise(seen[:, :, list(BODY13.mirror)], skeleton=BODY13, config=coordinates)
    points = normalise(position, skeleton=BODY13, config=coordinates)
    torch.testing.assert_close(flip(points, coordinates, swaps=True), mirrored)
    torch.testing.assert_close(flip(flip(points, coordinates, swaps=True), coordinates, swaps=True), points)
    wrists = [BODY13.index(f"{side}_wrist") for side in ("left", "right")]
    torch.testing.assert_close(flip(points, coordinates, swaps=False)[:, :, wrists], mirrored[:, :, wrists[::-1]])


@pytest.mark.parametrize("swaps", [False, True])
def test_a_flip_in_space_reverses_handedness_and_keeps_the_trunk_up(swaps: bool) -> None:
    points = normalise(people(), skeleton=BODY13, config=SPACE)
    flipped = flip(points, SPACE, swaps=swaps)
    order = list(BODY13.mirror) if swaps else list(range(13))
    torch.testing.assert_close(flipped[..., 2], points[:, :, order, 2])  # heights
    torch.testing.assert_close(torch.cdist(flipped, flipped), torch.cdist(points[:, :, order], points[:, :, order]))
    corners = [0, 1, 5, 9]
    volume, before = (
        torch.linalg.det(x[..., 1:, :] - x[..., :1, :])
        for x in (flipped[:, :, corners], points[:, :, order][:, :, corners])
    )
    torch.testing.assert_close(volume, -before)


def test_jitter_has_its_width_and_leaves_other_clips() -> None:
    config = dataclasses.replace(OFF, jitter=0.5, jitter_sigma=0.2)
    moves = jitter(torch.Size((200, 5, 13, 3)), Generator().manual_seed(0), config=config)
    chosen = (moves != 0).flatten(1).any(1)
    assert 70 < chosen.sum() < 130
    assert abs(moves[chosen].std().item() - 0.2) < 0.005 and abs(moves[chosen].mean().item()) < 0.005


def test_changes_keep_the_dtype_of_the_joints() -> None:
    position = people().float()
    assert points_of(position, everywhere(position), ALL).dtype == torch.float32
