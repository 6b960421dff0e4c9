"""Joint sets of one's own: their description is their name, and what it does not say is refused where it is needed."""

import pytest
import torch

from la2ds.config import PosesConfig
from la2ds.config.strict import build
from la2ds.errors import InputError
from la2ds.formats.skeletons import SKELETONS, own_skeleton
from la2ds.pose.files.joint_names import canonical
from la2ds.views.coordinates import point

JOINTS = ["tail", "left_paw", "right_paw", "snout", "collar"]
LIMBS = [["snout", "collar"], ["collar", "tail"], ["collar", "left_paw"], ["collar", "right_paw"]]
POINTS = {"mid_hip": ["tail"], "neck": ["collar"]}


def skeleton(**settings):
    return own_skeleton(build(PosesConfig, {"joints": JOINTS, "limbs": LIMBS, **settings}, "own.yaml", "poses"))


def test_the_name_is_the_description():
    made = skeleton(points=POINTS)
    assert SKELETONS[made.name] == made
    assert made.name not in list(SKELETONS)
    assert made.mirror == (0, 2, 1, 3, 4)
    assert made.mirror_limbs == (0, 1, 3, 2)


def test_the_tree_reaches_every_joint_and_point_once_parents_first():
    for points in (POINTS, {"mid_hip": ["tail", "snout"], "neck": ["left_paw", "right_paw"]}):
        made = skeleton(points=points)
        children = [child for _, child in made.tree]
        assert sorted(children) == sorted([*JOINTS, "neck"])
        for n, (parent, _) in enumerate(made.tree):
            assert parent == "mid_hip" or parent in children[:n]


def test_without_points_methods_that_turn_bodies_say_what_they_miss():
    position = torch.arange(10.0).reshape(5, 2)
    assert point(position, "neck", skeleton=skeleton(points=POINTS)).tolist() == [8, 9]
    with pytest.raises(InputError, match=r"expected 'poses.points' to say which joints stand for mid_hip and neck"):
        point(position, "neck", skeleton=skeleton())


def test_other_names_are_unknown_or_broken():
    with pytest.raises(KeyError):
        SKELETONS["body99"]
    for name in ("own:", "own:[]", 'own:{"joints":["a"],"limbs":[["a","b"]],"pairs":[],"points":{}}'):
        with pytest.raises(InputError, match=r"expected a skeleton own: with joints, limbs, .* found own:"):
            SKELETONS[name]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"limbs": [["snout", "tale"]]},
            r"'poses.limbs' two joints among tail, .*, found \('snout', 'tale'\)",
        ),
        (
            {"limbs": [["collar", "left_paw"]]},
            r"'poses.limbs' the other side of collar - left_paw, found collar-",
        ),
        ({"pairs": [["tail", "snout"], ["tail", "collar"]]}, r"'poses.pairs' each joint once"),
        ({"points": {"hips": ["tail"]}}, r"'poses.points' of mid_hip and neck, found hips"),
        ({"points": {"neck": ["collar"]}}, r"'poses.points' both mid_hip and neck"),
        ({"joints": ["tail", "tail"], "limbs": []}, r"'poses.joints' each joint once"),
        ({"skeleton": "coco17"}, r"'poses.skeleton' empty where 'joints' are given, found coco17"),
        ({"skeleton": "coco18"}, r"'poses.skeleton' to be one of "),
        ({"images": r"(?P<frame>\d+)"}, r"'poses.images' a regular expression with groups video and frame"),
        ({"images": "("}, r"'poses.images' a regular expression with groups video and frame"),
        ({"first_frame": -1}, r"'poses.first_frame' between 0 and"),
        ({"joint": []}, r"expected one of the keys folder, .*, found key 'poses.joint'"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        skeleton(**settings)


def test_spellings_of_a_joint():
    spellings = ["left_wrist", "LWrist", "Left Wrist", "wrist_left", "WristL", "L-wrist", "leftWrist"]
    assert {canonical(name) for name in spellings} == {"left_wrist"}
    others = {"Nose": "nose", "LBigToe": "left_big_toe", "left": "left", "MidHip": "mid_hip", "RThumb1": "right_thumb1"}
    assert {name: canonical(name) for name in others} == others
