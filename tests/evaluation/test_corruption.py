"""Damaged keypoints: the same for everybody, more of it at higher levels, as strong as said."""

import itertools

import numpy as np
import pytest

from la2ds.evaluation.corruption import KINDS, corrupt, extent
from la2ds.formats.keypoints import Keypoints

FRAMES, JOINTS = 400, 13


def walk(*, dims: int = 2, seed: int = 0) -> Keypoints:
    """Joints anywhere in a box of 300 x 200 (x 100); a twentieth was never found."""
    rng = np.random.default_rng(seed)
    position = rng.uniform(0, [300, 200, 100][:dims], (FRAMES, JOINTS, dims)) + 40
    confidence = rng.uniform(0.2, 1, (FRAMES, JOINTS))
    gone = rng.random((FRAMES, JOINTS)) < 0.05
    position[gone], confidence[gone] = np.nan, 0
    return Keypoints(position.astype(np.float32), confidence.astype(np.float32))


def missing(clip: Keypoints) -> np.ndarray:
    return np.isnan(clip.position).any(-1)


def same(first: Keypoints, second: Keypoints) -> bool:
    pairs = ((first.position, second.position), (first.confidence, second.confidence))
    return all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)


@pytest.mark.parametrize("kind", KINDS)
def test_the_video_alone_decides(kind: str) -> None:
    clip = walk()
    first = corrupt(clip, "squat_1", kind=kind, level=0.3)
    corrupt(walk(seed=1), "squat_7", kind=kind, level=0.1)  # nothing is left over from other clips
    np.random.default_rng(5).random(9)
    assert same(first, corrupt(clip, "squat_1", kind=kind, level=0.3))
    assert not same(first, corrupt(clip, "squat_2", kind=kind, level=0.3))


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_clips_does_not_matter(kind: str) -> None:
    clips = {f"v{n}": walk(seed=n) for n in range(4)}
    forth = {v: corrupt(clips[v], v, kind=kind, level=0.2) for v in clips}
    back = {v: corrupt(clips[v], v, kind=kind, level=0.2) for v in reversed(clips)}
    assert all(same(forth[v], back[v]) for v in clips)


@pytest.mark.parametrize("kind", KINDS)
def test_level_0_changes_nothing_and_the_clip_itself_is_left_alone(kind: str) -> None:
    clip, untouched = walk(), walk()
    assert same(corrupt(clip, "v", kind=kind, level=0.0), clip)
    found = corrupt(clip, "v", kind=kind, level=0.5)
    assert same(clip, untouched) and not same(found, clip)
    assert found.position.dtype == found.confidence.dtype == np.float32


def test_a_higher_share_takes_away_all_that_a_lower_one_does_and_more() -> None:
    clip = walk()
    levels = [missing(corrupt(clip, "v", kind="missing", level=level)) for level in (0.0, 0.1, 0.2, 0.4, 0.9)]
    for fewer, more in itertools.pairwise(levels):
        assert (more | ~fewer).all() and more.sum() > fewer.sum()


@pytest.mark.parametrize("level", [0.1, 0.3, 0.5])
def test_missing_joints_are_as_many_as_said_in_every_joint_and_frame(level: float) -> None:
    clip = walk()
    found = corrupt(clip, "v", kind="missing", level=level)
    seen, gone = ~missing(clip), missing(found)
    assert gone[seen].mean() == pytest.approx(level, abs=4 * (level * (1 - level) / seen.sum()) ** 0.5)
    for joint in range(JOINTS):
        assert gone[seen[:, joint], joint].mean() == pytest.approx(level, abs=0.13)
    # Each joint for itself: whole frames hardly ever go.
    assert gone.all(1).mean() < 0.02
    assert (found.confidence[gone] == 0).all()
    np.testing.assert_array_equal(found.position[~gone], clip.position[~gone])
    np.testing.assert_array_equal(found.confidence[~gone], clip.confidence[~gone])


@pytest.mark.parametrize(("dims", "level"), [(2, 0.02), (2, 0.1), (3, 0.05)])
def test_noise_is_as_wide_as_said_in_units_of_the_box(dims: int, level: float) -> None:
    clip = walk(dims=dims)
    seen = ~missing(clip)
    side = max(np.ptp(clip.position[seen], axis=0))
    assert 290 < side <= 300
    found = corrupt(clip, "v", kind="noise", level=level)
    moved = (found.position - clip.position)[seen] / (level * side)
    assert moved.std(0) == pytest.approx(1, abs=0.05) and moved.mean(0) == pytest.approx(0, abs=0.06)
    # Coordinates, joints and frames move for themselves.
    assert abs(np.corrcoef(moved.T)[0, 1]) < 0.06
    whole = np.where(seen[..., None], found.position - clip.position, 0)[..., 0]
    assert abs(np.corrcoef(whole[1:].ravel(), whole[:-1].ravel())[0, 1]) < 0.06
    np.testing.assert_array_equal(found.confidence, clip.confidence)


def test_more_noise_moves_every_joint_further_the_same_way() -> None:
    clip = walk()
    little, much = (corrupt(clip, "v", kind="noise", level=x).position - clip.position for x in (0.02, 0.1))
    np.testing.assert_allclose(5 * little, much, atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", [0.0, 0.02, 0.5])
def test_what_was_missing_stays_missing(kind: str, level: float) -> None:
    clip = walk()
    found = corrupt(clip, "v", kind=kind, level=level)
    assert missing(found)[missing(clip)].all()
    assert (found.confidence[missing(clip)] == 0).all()
    assert kind == "missing" or (missing(found) == missing(clip)).all()


@pytest.mark.parametrize("dims", [2, 3])
def test_a_clip_without_any_joint_can_be_damaged(dims: int) -> None:
    empty = Keypoints(np.full((4, JOINTS, dims), np.nan, np.float32), np.zeros((4, JOINTS), np.float32))
    for kind in KINDS:
        assert same(corrupt(empty, "v", kind=kind, level=0.5), empty)


def test_the_box_is_the_one_the_maps_are_drawn_in_without_its_margin() -> None:
    """Joints that the detector all but disowns do not stretch it."""
    position = np.zeros((2, 3, 2), np.float32)
    position[0] = [[10, 20], [60, 50], [5000, 0]]
    position[1] = [[20, 120], [np.nan, np.nan], [30, 40]]
    confidence = np.array([[0.9, 0.5, 0.05], [0.8, 0, 0.7]], np.float32)
    assert extent(Keypoints(position, confidence)) == 100
    solid = np.concatenate([position, np.full((2, 3, 1), 7, np.float32)], -1)
    solid[0, 2] = np.nan
    solid[1, 0, 2] = 307
    assert extent(Keypoints(solid, confidence)) == 300


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="corruption must be one of missing, noise, got 'blur'"):
        corrupt(walk(), "v", kind="blur", level=0.1)  # type: ignore[arg-type]
