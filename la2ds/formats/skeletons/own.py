"""Joint sets of people's own: animals, tools, or any markers a network was trained on.

Their name is their description, ``own:`` and JSON, so that every file that names its skeleton (keypoints, heatmaps,
weights) carries all there is to know, and needs no other file to be understood.
"""

import functools
import json
from collections.abc import Mapping, Sequence
from typing import NoReturn

from la2ds.config.poses import POINTS, PosesConfig, partners
from la2ds.errors import InputError
from la2ds.formats.skeletons.skeleton import Skeleton

PREFIX = "own:"


def own_skeleton(poses: PosesConfig) -> Skeleton:
    """Make the joint set that a dataset file describes.

    Args:
        poses: with at least one joint; limbs, pairs and points fit them (``PosesConfig`` sees to that).
    """
    other = partners(poses.joints, poses.pairs)
    pairs = [(a, other[a]) for a in poses.joints if poses.joints.index(a) < poses.joints.index(other[a])]
    described = {"joints": poses.joints, "limbs": poses.limbs, "pairs": pairs, "points": poses.points}
    return parse(PREFIX + json.dumps(described, separators=(",", ":"), sort_keys=True))


@functools.cache
def parse(name: str) -> Skeleton:
    """Read a joint set off its name.

    Raises:
        InputError: if the description is broken.
    """
    try:
        described = json.loads(name.removeprefix(PREFIX))
        joints = tuple(described["joints"])
        limbs, pairs = (tuple((str(a), str(b)) for a, b in described[key]) for key in ("limbs", "pairs"))
        points = _Points({point: tuple(point_joints) for point, point_joints in described["points"].items()})
        named = {joint for group in (*limbs, *pairs, *points.values()) for joint in group}
        if not joints or not named <= set(joints):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        expected = f"a skeleton {PREFIX} with joints, limbs, pairs and points"
        raise InputError("a file's skeleton", expected=expected, found=name) from error
    tree = _tree(joints, limbs, points) if points else ()
    return Skeleton(name, joints, limbs, virtual=points, tree=tree, across=joints[0], pairs=pairs)


class _Points(dict[str, tuple[str, ...]]):
    """Points of a body that may have none."""

    def __missing__(self, point: str) -> NoReturn:
        expected = f"'poses.points' to say which joints stand for {' and '.join(POINTS)}, which this method needs"
        raise InputError("the dataset file", expected=expected, found="none")


def _tree(
    joints: Sequence[str], limbs: Sequence[tuple[str, str]], points: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[str, str], ...]:
    """Span all joints from ``mid_hip``: along the limbs; those that no limb leads to hang on it directly."""
    root, neck = POINTS
    tree, reached = [(root, neck)], [root, neck]
    for parent, joint in [(point, joint) for point in (neck, root) for joint in points[point]]:
        if joint not in reached:
            tree.append((parent, joint))
            reached.append(joint)
    for joint in reached:  # grows
        for limb in limbs:
            if joint in limb:
                other = limb[0] if joint == limb[1] else limb[1]
                if other not in reached:
                    tree.append((joint, other))
                    reached.append(other)
    return (*tree, *((root, joint) for joint in joints if joint not in reached))
