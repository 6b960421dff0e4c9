"""Forward kinematics against a slow witness, and what it promises."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from la2ds.datasets.casa.smpl import OFFSETS, PARENTS, pose_joints, rotation_matrices
from la2ds.formats.skeletons import SMPL24


@pytest.fixture
def rotations():
    """Five frames of any turns, up to half a circle and beyond."""
    return np.random.default_rng(0).normal(0, 1.5, (5, 24, 3))


def witness(rotations: np.ndarray) -> np.ndarray:
    """Place each joint of each frame by walking from the pelvis to it."""
    positions = np.zeros(rotations.shape)
    for t, frame in enumerate(rotations):
        for joint in range(24):
            way = [joint]
            while PARENTS[way[0]] >= 0:
                way.insert(0, PARENTS[way[0]])
            turn = Rotation.identity()
            for parent, child in pairwise(way):
                turn = turn * Rotation.from_rotvec(frame[parent])
                positions[t, joint] += turn.apply(OFFSETS[child])
    return positions


def test_joints_lie_where_the_slow_witness_puts_them(rotations):
    np.testing.assert_allclose(pose_joints(rotations), witness(rotations), atol=1e-9)


@pytest.mark.parametrize("scale", [0, 1e-9, 1e-4, 1, np.pi, 7])
def test_matrices_are_scipys(scale):
    vectors = np.random.default_rng(1).normal(size=(20, 3))
    vectors *= scale / np.linalg.norm(vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(rotation_matrices(vectors), Rotation.from_rotvec(vectors).as_matrix(), atol=1e-12)


def test_bones_keep_their_lengths(rotations):
    before = rotations.copy()
    posed = pose_joints(rotations)
    lengths = np.linalg.norm(posed[:, 1:] - posed[:, list(PARENTS[1:])], axis=-1)
    np.testing.assert_allclose(lengths, np.tile(np.linalg.norm(OFFSETS[1:], axis=-1), (5, 1)))
    np.testing.assert_array_equal(rotations, before)


def test_a_turn_of_the_pelvis_turns_everything(rotations):
    turn = Rotation.from_rotvec([0.3, -2, 1])
    turned = rotations.copy()
    turned[:, 0] = (turn * Rotation.from_rotvec(rotations[:, 0])).as_rotvec()
    np.testing.assert_allclose(pose_joints(turned), pose_joints(rotations) @ turn.as_matrix().T, atol=1e-9)


def test_a_turned_elbow_moves_only_the_forearm(rotations):
    turned = rotations.copy()
    turned[:, SMPL24.index("left_elbow")] += 1
    moved = np.abs(pose_joints(turned) - pose_joints(rotations)).max(axis=(0, 2)) > 1e-6
    assert {SMPL24.joints[j] for j in np.flatnonzero(moved)} == {"left_wrist", "left_hand"}


def test_the_rest_pose_is_a_person_with_arms_out():
    rest = pose_joints(np.zeros((1, 24, 3)))[0]
    at = dict(zip(SMPL24.joints, rest, strict=True))
    np.testing.assert_array_equal(at["pelvis"], 0)
    np.testing.assert_allclose(rest[list(SMPL24.mirror)], rest * [-1, 1, 1])
    assert at["left_hip"][1] - at["left_ankle"][1] == pytest.approx((0.245 + 0.246) * 1700, abs=1)
    assert at["left_shoulder"][1] - at["left_hip"][1] == pytest.approx(0.288 * 1700, abs=1)
    assert at["left_wrist"][1] == at["left_shoulder"][1]
    assert at["left_wrist"][0] - at["left_shoulder"][0] == pytest.approx((0.186 + 0.146) * 1700, abs=1)
    assert at["head"][1] > at["neck"][1] > at["left_shoulder"][1]
    assert at["left_foot"][2] > 100
