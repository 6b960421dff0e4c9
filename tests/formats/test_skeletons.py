"""Joint sets: names that exist, sides that pair up, trees that reach every joint."""

import pytest

from la2ds.formats.skeletons import SKELETONS

skeletons = pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=SKELETONS)


@skeletons
def test_names_are_joints(skeleton):
    assert SKELETONS[skeleton.name] is skeleton
    assert len(set(skeleton.joints)) == len(skeleton.joints)
    named = {joint for limb in skeleton.limbs for joint in limb}
    named |= {joint for joints in skeleton.virtual.values() for joint in joints}
    assert {*named, skeleton.across} <= set(skeleton.joints)
    assert set(skeleton.virtual) == {"mid_hip", "neck"}
    hash(skeleton)


@skeletons
def test_mirrored_twice_is_itself(skeleton):
    count = len(skeleton.joints)
    assert [skeleton.mirror[j] for j in skeleton.mirror] == list(range(count))
    assert [skeleton.mirror_limbs[j] for j in skeleton.mirror_limbs] == list(range(len(skeleton.limbs)))


@skeletons
def test_the_tree_reaches_every_joint_once_and_parents_come_first(skeleton):
    children = [child for _, child in skeleton.tree]
    assert sorted(children) == sorted({*skeleton.joints, *skeleton.virtual} - {"mid_hip"})
    reached = {"mid_hip"}
    for parent, child in skeleton.tree:
        assert parent in reached
        reached.add(child)


@skeletons
def test_the_trees_sides_do_not_mix(skeleton):
    for parent, child in skeleton.tree:
        if parent.startswith(("left_", "right_")):
            assert child.split("_")[0] == parent.split("_")[0]
