"""Gaps of joints: which are filled, with what, and that nothing is unless it is asked for."""

import numpy as np
import pytest

from la2ds.config import FillGapsConfig
from la2ds.formats.keypoints import Keypoints, KeypointShard
from la2ds.pose.fill_gaps import fill_clip, fill_shard, missing_joints


def clip(seen: list[str], dims: int = 2) -> Keypoints:
    """A joint a line, a frame a letter: x where it is seen; joint j is at (t * t + j, -t, ...) with confidence 0.8."""
    there = np.array([[letter == "x" for letter in line] for line in seen]).T
    t = np.arange(len(there), dtype=np.float32)
    ways = [t**2, -t, 3 * t][:dims]
    position = np.stack([np.stack(ways, axis=1) + [j, 0, 0][:dims] for j in range(len(seen))], axis=1)
    position = np.where(there[..., None], position, np.nan).astype(np.float32)
    return Keypoints(position, np.where(there, 0.8, 0).astype(np.float32))


def test_a_short_gap_is_filled_and_a_longer_one_and_the_ends_are_not():
    before = clip(["x..x.x", "x...x.", ".x.xxx", "xxxxxx"])
    after = fill_clip(before, FillGapsConfig("linear", 2))
    lines = ["".join("." if m else "x" for m in joint) for joint in missing_joints(after).T]
    assert lines == ["xxxxxx", "x...x.", ".xxxxx", "xxxxxx"]


def test_filled_joints_lie_on_the_straight_way_with_a_lower_confidence():
    before = clip(["x..x"])
    before.confidence[3] = 0.4
    after = fill_clip(before, FillGapsConfig("linear", 2, confidence=0.5))
    np.testing.assert_allclose(after.position[:, 0], [[0, 0], [3, -1], [6, -2], [9, -3]], rtol=1e-6)
    np.testing.assert_allclose(after.confidence[:, 0], [0.8, 0.2, 0.2, 0.4])
    assert after.position.dtype == after.confidence.dtype == np.float32
    assert np.isnan(before.position[1:3]).all()


@pytest.mark.parametrize("dims", [2, 3])
def test_against_asking_frame_by_frame(dims):
    rng = np.random.default_rng(0)
    before = clip(["".join(rng.choice(["x", "."], 40, p=[0.6, 0.4])) for _ in range(5)], dims)
    after = fill_clip(before, FillGapsConfig("linear", 3, confidence=1.0))
    missing = missing_joints(before)
    for joint in range(5):
        for t in range(40):
            earlier = [s for s in range(t) if not missing[s, joint]]
            later = [s for s in range(t + 1, 40) if not missing[s, joint]]
            wanted = before.position[t, joint]
            if missing[t, joint] and earlier and later and later[0] - earlier[-1] - 1 <= 3:
                a, b = earlier[-1], later[0]
                wanted = np.array([np.interp(t, [a, b], before.position[[a, b], joint, d]) for d in range(dims)])
            np.testing.assert_allclose(after.position[t, joint], wanted, rtol=1e-5)


def test_filled_joints_are_counted_in_the_metadata_and_nothing_is_filled_by_default():
    shard = KeypointShard({"a": clip(["x.x", "x.x"]), "b": clip(["..x", "x.x"])}, "toy", "x/1", metadata={"more": "1"})
    assert fill_shard(shard, FillGapsConfig()) is shard
    filled = fill_shard(shard, FillGapsConfig("linear", 1))
    assert filled.metadata == {"more": "1", "fill_gaps": "linear/1", "filled_joints": "3"}
    assert filled.skeleton == "toy" and list(filled.clips) == ["a", "b"]
