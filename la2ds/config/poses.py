"""Settings of poses that are files: where they lie, and which joints they have."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from la2ds.config.strict import require, within

POINTS = ("mid_hip", "neck")


@dataclass(frozen=True)
class PosesConfig:
    """Poses that somebody else's program wrote to files, for pose sources that read them.

    Attributes:
        folder: their folder, relative to root; in it one folder for each pose source, named like it.
        skeleton: the joint set to bring them to; empty for the source's own, or for what the joints' names fit; all
            for a joint set of its own of all joints that the files have.
        joints: joints to keep, in this order, under the names that the files give them; makes a joint set of its own.
        limbs: pairs of joints that a segment joins, for a joint set of its own.
        pairs: left and right joints, for a joint set of its own; empty for those called left_ and right_.
        points: joints whose mean stands for mid_hip and neck, for a joint set of its own; methods that turn bodies
            upright need both.
        individual: the individual or track to read, where files tell several apart; empty to choose and follow one.
        first_frame: number of the first frame, in files or in names of files and pictures.
        images: how names of pictures are read, a regular expression with the groups video and frame.
        min_score: people with a lower score are left out, where files give people scores.
    """

    folder: str = "poses"
    skeleton: Literal["", "body13", "coco17", "body25", "body26", "hands42", "all"] = ""
    joints: tuple[str, ...] = ()
    limbs: tuple[tuple[str, str], ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    points: dict[str, tuple[str, ...]] = field(default_factory=dict)
    individual: str = ""
    first_frame: int = 0
    images: str = r"(?P<video>.*?)[/_. -]*(?P<frame>\d+)(?:_[A-Za-z]+\.rf\.\w+)?(?:\.[A-Za-z]+)?"
    min_score: float = 0.0

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        require(bool(self.folder), "folder", "a folder", repr(self.folder))
        within(self, 0, 1_000_000_000, "first_frame")
        within(self, -1_000_000, 1_000_000, "min_score")
        groups = _groups(self.images)
        require({"video", "frame"} <= set(groups), "images", "a regular expression with groups video and frame", groups)
        require(len(set(self.joints)) == len(self.joints), "joints", "each joint once", self.joints)
        require(not (self.joints and self.skeleton), "skeleton", "empty where 'joints' are given", self.skeleton)
        self._check_joints()

    def _check_joints(self) -> None:
        known = f"joints among {', '.join(self.joints) or 'none, for there are no joints'}"
        for key in ("limbs", "pairs"):
            for pair in getattr(self, key):
                require(set(pair) <= set(self.joints) and pair[0] != pair[1], key, f"two {known}", pair)
        sides = [joint for pair in self.pairs for joint in pair]
        require(len(set(sides)) == len(sides), "pairs", "each joint once", sides)
        for point, joints in self.points.items():
            require(point in POINTS, "points", f"of {' and '.join(POINTS)}", point)
            require(bool(joints) and set(joints) <= set(self.joints), "points", known, joints)
        require(len(self.points) in (0, len(POINTS)), "points", f"both {' and '.join(POINTS)}", list(self.points))
        drawn = {frozenset(limb) for limb in self.limbs}
        other = partners(self.joints, self.pairs)
        for a, b in self.limbs:
            mirrored = frozenset((other[a], other[b]))
            require(mirrored in drawn, "limbs", f"the other side of {a} - {b}", " and ".join(map("-".join, self.limbs)))


def partners(joints: tuple[str, ...], pairs: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """Give for each joint its partner on the other side, itself where it has none.

    Args:
        joints: names.
        pairs: left and right joints; without any, ``left_x`` and ``right_x`` are partners.
    """
    lefts = [joint for joint in joints if joint.startswith("left_")]
    pairs = pairs or tuple((left, f"right_{left[5:]}") for left in lefts if f"right_{left[5:]}" in joints)
    both = dict(pairs) | {b: a for a, b in pairs}
    return {joint: both.get(joint, joint) for joint in joints}


def _groups(pattern: str) -> list[str]:
    try:
        return sorted(re.compile(pattern).groupindex) if len(pattern) <= 1000 else []
    except (re.error, OverflowError, RecursionError):
        return []
