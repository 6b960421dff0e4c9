"""Named joint sets with their left/right pairs and limbs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Skeleton:
    """A joint set.

    Attributes:
        name: what files carry in their metadata.
        joints: joint names in storage order; ``left_`` and ``right_`` are the person's own sides.
        limbs: pairs of joint names that are joined by a segment.
    """

    name: str
    joints: tuple[str, ...]
    limbs: tuple[tuple[str, str], ...]

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
        return tuple(self.index(_other_side(joint)) for joint in self.joints)

    @property
    def mirror_limbs(self) -> tuple[int, ...]:
        """For each limb the position of its partner on the other side."""
        sides = [{_other_side(a), _other_side(b)} for a, b in self.limbs]
        own = [set(limb) for limb in self.limbs]
        return tuple(own.index(side) for side in sides)


def _other_side(joint: str) -> str:
    if joint.startswith("left_"):
        return "right_" + joint[5:]
    if joint.startswith("right_"):
        return "left_" + joint[6:]
    return joint


_PAIRS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")

# The joints that Penn Action, COCO and BlazePose all have; `head` is the nose where an estimator has no head.
BODY13 = Skeleton(
    name="body13",
    joints=("head", *(f"{side}_{joint}" for joint in _PAIRS for side in ("left", "right"))),
    limbs=(
        ("head", "left_shoulder"),
        ("head", "right_shoulder"),
        ("left_shoulder", "right_shoulder"),
        ("left_hip", "right_hip"),
        *(
            (f"{side}_{a}", f"{side}_{b}")
            for a, b in (
                ("shoulder", "elbow"),
                ("elbow", "wrist"),
                ("shoulder", "hip"),
                ("hip", "knee"),
                ("knee", "ankle"),
            )
            for side in ("left", "right")
        ),
    ),
)

SKELETONS = {skeleton.name: skeleton for skeleton in (BODY13,)}
