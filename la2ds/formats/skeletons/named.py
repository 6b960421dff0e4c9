"""Named joint sets with their left/right pairs, limbs and kinematic trees."""

from pathlib import Path

from la2ds.errors import InputError
from la2ds.formats.skeletons.own import PREFIX, parse
from la2ds.formats.skeletons.skeleton import Skeleton

_PAIRS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")

_BODY13_CHAINS = tuple(
    (f"{side}_{a}", f"{side}_{b}")
    for a, b in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
    for side in ("left", "right")
)

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
    virtual={"mid_hip": ("left_hip", "right_hip"), "neck": ("left_shoulder", "right_shoulder")},
    tree=(
        ("mid_hip", "neck"),
        ("neck", "head"),
        *(("neck", f"{side}_shoulder") for side in ("left", "right")),
        *(("mid_hip", f"{side}_hip") for side in ("left", "right")),
        *_BODY13_CHAINS,
    ),
)

# Parents and children in SMPL's own order of joints (Loper et al., SIGGRAPH Asia 2015); `left_hand` ends the fingers.
_SMPL_TREE = (
    ("pelvis", "left_hip"),
    ("pelvis", "right_hip"),
    ("pelvis", "spine1"),
    ("left_hip", "left_knee"),
    ("right_hip", "right_knee"),
    ("spine1", "spine2"),
    ("left_knee", "left_ankle"),
    ("right_knee", "right_ankle"),
    ("spine2", "spine3"),
    ("left_ankle", "left_foot"),
    ("right_ankle", "right_foot"),
    ("spine3", "neck"),
    ("spine3", "left_collar"),
    ("spine3", "right_collar"),
    ("neck", "head"),
    ("left_collar", "left_shoulder"),
    ("right_collar", "right_shoulder"),
    ("left_shoulder", "left_elbow"),
    ("right_shoulder", "right_elbow"),
    ("left_elbow", "left_wrist"),
    ("right_elbow", "right_wrist"),
    ("left_wrist", "left_hand"),
    ("right_wrist", "right_hand"),
)

SMPL24 = Skeleton(
    name="smpl24",
    joints=("pelvis", *(child for _, child in _SMPL_TREE)),
    limbs=_SMPL_TREE,
    virtual={"mid_hip": ("pelvis",), "neck": ("neck",)},
    tree=(("mid_hip", "pelvis"), *_SMPL_TREE),
)

# The 17 joints of COCO (Lin et al., ECCV 2014) in their published order, which IKEA ASM has too. Where BODY13 has the
# head, there are nose, eyes and ears, one on each side, and these are joined as the arms are.
COCO17 = Skeleton(
    name="coco17",
    joints=("nose", *(f"{side}_{joint}" for joint in ("eye", "ear", *_PAIRS) for side in ("left", "right"))),
    limbs=(
        *(("nose", f"{side}_{joint}") for joint in ("eye", "shoulder") for side in ("left", "right")),
        *((f"{side}_eye", f"{side}_ear") for side in ("left", "right")),
        *(limb for limb in BODY13.limbs if "head" not in limb),
    ),
    virtual=BODY13.virtual,
    tree=(
        ("mid_hip", "neck"),
        ("neck", "nose"),
        *(("nose", f"{side}_eye") for side in ("left", "right")),
        *((f"{side}_eye", f"{side}_ear") for side in ("left", "right")),
        *(("neck", f"{side}_shoulder") for side in ("left", "right")),
        *(("mid_hip", f"{side}_hip") for side in ("left", "right")),
        *_BODY13_CHAINS,
    ),
)

# OpenPose's BODY_25 in its own order (Cao et al., PAMI 2019, and its documentation): what COCO17 has, and neck, hip
# centre and feet.
BODY25_JOINTS = (
    "nose",
    "neck",
    *(f"right_{joint}" for joint in ("shoulder", "elbow", "wrist")),
    *(f"left_{joint}" for joint in ("shoulder", "elbow", "wrist")),
    "mid_hip",
    *(f"right_{joint}" for joint in ("hip", "knee", "ankle")),
    *(f"left_{joint}" for joint in ("hip", "knee", "ankle")),
    *(f"{side}_{joint}" for joint in ("eye", "ear") for side in ("right", "left")),
    *(f"left_{joint}" for joint in ("big_toe", "small_toe", "heel")),
    *(f"right_{joint}" for joint in ("big_toe", "small_toe", "heel")),
)
# Where in BODY_25 the joints of COCO17 stand.
BODY25_TO_COCO17 = tuple(BODY25_JOINTS.index(joint) for joint in COCO17.joints)

# What OpenPose draws, from the hips' centre outwards.
_BODY25_LIMBS = (
    ("mid_hip", "neck"),
    ("neck", "nose"),
    *(("nose", f"{side}_eye") for side in ("left", "right")),
    *((f"{side}_eye", f"{side}_ear") for side in ("left", "right")),
    *(("neck", f"{side}_shoulder") for side in ("left", "right")),
    *(("mid_hip", f"{side}_hip") for side in ("left", "right")),
    *_BODY13_CHAINS,
    *(
        (f"{side}_{a}", f"{side}_{b}")
        for a, b in (("ankle", "big_toe"), ("big_toe", "small_toe"), ("ankle", "heel"))
        for side in ("left", "right")
    ),
)

BODY25 = Skeleton(
    name="body25",
    joints=BODY25_JOINTS,
    limbs=_BODY25_LIMBS,
    virtual={"mid_hip": ("mid_hip",), "neck": ("neck",)},
    tree=_BODY25_LIMBS,
)

# The 26 body joints of HALPE (Fang et al., AlphaPose, PAMI 2022) in their own order, which AlphaPose and RTMPose have:
# those of COCO17, then head (its top), neck, hip centre and feet.
_BODY26_LIMBS = (
    ("mid_hip", "neck"),
    ("neck", "nose"),
    ("nose", "head"),
    *_BODY25_LIMBS[2:],
)
BODY26 = Skeleton(
    name="body26",
    joints=(
        *COCO17.joints,
        "head",
        "neck",
        "mid_hip",
        *(f"{side}_{joint}" for joint in ("big_toe", "small_toe", "heel") for side in ("left", "right")),
    ),
    limbs=_BODY26_LIMBS,
    virtual=BODY25.virtual,
    tree=_BODY26_LIMBS,
)

_HAND_LIMBS = tuple(
    (f"{side}_{a}", f"{side}_{b}")
    for side in ("left", "right")
    for finger in ("thumb", "index", "middle", "ring", "little")
    for a, b in (("wrist", f"{finger}1"), *((f"{finger}{n}", f"{finger}{n + 1}") for n in (1, 2, 3)))
)

# Both hands, 21 joints each, the left one first: the wrist, and the fingers from their base (1) to their tip (4), as in
# H2O and manopth. A hand has no trunk: the stretch from the left thumb's base to the left wrist stands for it, with
# which CASA's `preprocess_norm_mat` places and scales both hands.
HANDS42 = Skeleton(
    name="hands42",
    joints=tuple(
        joint
        for side in ("left", "right")
        for joint in (f"{side}_wrist", *(b for a, b in _HAND_LIMBS if a.startswith(side)))
    ),
    limbs=_HAND_LIMBS,
    virtual={"mid_hip": ("left_thumb1",), "neck": ("left_wrist",)},
    tree=(("mid_hip", "neck"), *(("neck", f"{side}_wrist") for side in ("left", "right")), *_HAND_LIMBS),
    across="left_middle1",
)


class _Skeletons(dict[str, Skeleton]):
    """Named joint sets; people's own have their description for a name (``la2ds.formats.skeletons.own``)."""

    def __missing__(self, name: str) -> Skeleton:
        if not name.startswith(PREFIX):
            raise KeyError(name)
        return parse(name)


SKELETONS = _Skeletons({skeleton.name: skeleton for skeleton in (BODY13, SMPL24, COCO17, BODY25, BODY26, HANDS42)})


def skeleton_named(name: str) -> Skeleton | None:
    """Give a joint set by its name; None for the empty name, which is that of inputs without joints."""
    return SKELETONS[name] if name else None


def known_skeleton(path: str | Path, name: str) -> Skeleton:
    """Give the joint set that a file names.

    Raises:
        InputError: if there is none of that name.
    """
    try:
        return SKELETONS[name]
    except KeyError as error:
        expected = f"la2ds.skeleton {', '.join(SKELETONS)} or {PREFIX}..."
        raise InputError(path, expected=expected, found=repr(name)) from error
