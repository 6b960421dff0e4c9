"""Which joint of a file is which joint of a joint set, by their names.

Names are compared after they have been brought to one spelling: ``LWrist``, ``wrist_left`` and ``Left Wrist`` are all
``left_wrist``. Joints of a joint set of people's own are found under the very names that the file gives them.
"""

import logging
import re
from collections.abc import Sequence
from pathlib import Path

from la2ds.errors import InputError
from la2ds.formats.skeletons import BODY13, BODY25, BODY26, COCO17, Skeleton
from la2ds.formats.skeletons.own import PREFIX

log = logging.getLogger(__name__)

_WORD = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+")
_SIDES = {"l": "left", "r": "right", "left": "left", "right": "right"}
# Where estimators have no head, the nose stands for it.
_STAND_INS = {"head": "nose"}
# Files that name no joint: how many there are -> the joints they begin with. What follows (COCO-WholeBody's 133,
# HALPE's 136) are feet, faces and hands.
BY_COUNT = {17: COCO17.joints, 26: BODY26.joints, 133: COCO17.joints, 136: BODY26.joints}


class NoJointSet(InputError):
    """The joints are those of no named joint set."""


def canonical(name: str) -> str:
    """Bring a joint's name to this project's spelling: words in small letters, the side first."""
    words = [word.lower() for word in _WORD.findall(name)]
    for side in (0, -1):
        if len(words) > 1 and words[side] in _SIDES:
            word = _SIDES[words.pop(side)]
            return "_".join([word, *words])
    return "_".join(words)


def joint_order(file: Path, joints: Sequence[str], skeleton: Skeleton) -> list[int]:
    """Find the joints of a joint set among a file's.

    Args:
        file: for messages.
        joints: names in the file.
        skeleton: the joint set; ``head`` may be the file's nose.

    Returns:
        for each joint of the joint set, which of the file's it is.

    Raises:
        InputError: naming the joints that the file has not.
    """
    places = _places(joints, skeleton)
    lacking = [joint for joint in skeleton.joints if joint not in places]
    if lacking:
        is_own = skeleton.name.startswith(PREFIX)
        expected = f"the joints {', '.join(lacking)} ({'poses.joints' if is_own else skeleton.name})"
        raise InputError(file, expected=expected, found=f"the joints {', '.join(joints)}")
    return [places[joint] for joint in skeleton.joints]


def fit_skeleton(file: Path, joints: Sequence[str]) -> Skeleton:
    """Choose the largest of body26, body25, coco17 and body13 that a file has all joints of.

    Raises:
        InputError: if there is none.
    """
    for skeleton in (BODY26, BODY25, COCO17, BODY13):
        if all(joint in _places(joints, skeleton) for joint in skeleton.joints):
            return skeleton
    expected = "joints called as in coco17 or body13, or 'poses.joints' to say which are wanted"
    raise NoJointSet(file, expected=expected, found=f"the joints {', '.join(joints)}")


def _places(joints: Sequence[str], skeleton: Skeleton) -> dict[str, int]:
    exact = {joint: n for n, joint in enumerate(joints)}
    if skeleton.name.startswith(PREFIX):
        return exact
    # The first of two that are spelt alike.
    places = {canonical(joint): n for n, joint in reversed(list(enumerate(joints)))} | exact
    named = {joint: n for joint, n in places.items() if joint in skeleton.joints}
    return {head: places[nose] for head, nose in _STAND_INS.items() if nose in places} | named
