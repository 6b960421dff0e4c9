"""A joint set with its left/right pairs, limbs and kinematic tree."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Skeleton:
    """A joint set.

    Attributes:
        name: what files carry in their metadata.
        joints: joint names in storage order; ``left_`` and ``right_`` are the person's own sides.
        limbs: pairs of joint names that are joined by a segment.
        virtual: point -> the joints whose mean it is; always holds ``mid_hip`` and ``neck``. Where a joint has the
            point's name, the point is that joint.
        tree: (parent, child) pairs of joints and points, parents first; from the root ``mid_hip``, which is no child,
            each other joint and point is a child once. A joint turns about its parent.
        across: joint that says which way a body faces, as seen from the neck (``la2ds.views.coordinates``).
        pairs: left and right joints; None where ``left_`` and ``right_`` in their names say it.
    """

    name: str
    joints: tuple[str, ...]
    limbs: tuple[tuple[str, str], ...]
    virtual: Mapping[str, tuple[str, ...]] = field(hash=False)
    tree: tuple[tuple[str, str], ...]
    across: str = "left_shoulder"
    pairs: tuple[tuple[str, str], ...] | None = None

    def index(self, joint: str) -> int:
        """Give the position of a joint in storage order."""
        return self.joints.index(joint)

    @property
    def limb_indices(self) -> tuple[tuple[int, int], ...]:
        """Limbs as pairs of joint positions."""
        return tuple((self.index(a), self.index(b)) for a, b in self.limbs)

    @property
    def mirror(self) -> tuple[int, ...]:
        """For each joint the position of its partner on the other side (its own for joints in the middle)."""
        return tuple(self.index(self._partner(joint)) for joint in self.joints)

    @property
    def mirror_limbs(self) -> tuple[int, ...]:
        """For each limb the position of its partner on the other side."""
        sides = [{self._partner(a), self._partner(b)} for a, b in self.limbs]
        limbs = [set(limb) for limb in self.limbs]
        return tuple(limbs.index(side) for side in sides)

    def _partner(self, joint: str) -> str:
        if self.pairs is None:
            return _other_side(joint)
        return next((b if joint == a else a for a, b in self.pairs if joint in (a, b)), joint)


def _other_side(joint: str) -> str:
    if joint.startswith("left_"):
        return "right_" + joint[5:]
    if joint.startswith("right_"):
        return "left_" + joint[6:]
    return joint
