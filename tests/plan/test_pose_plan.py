"""What the workflow plans for poses that are files: no frames, no weights, and jobs anew when the files change."""

import re

import pytest

from la2ds.pose.sources import HAND_WEIGHTS
from tests.fixtures.workflow_study import TOY, Study

KEYPOINTS = "results/posed/keypoints/deeplabcut/a_000.parquet"


@pytest.fixture(scope="module")
def posed(tmp_path_factory):
    study = Study(tmp_path_factory.mktemp("posed"))
    study.write(
        "config/datasets/posed.yaml", TOY | {"actions": ["a"], "pose": "deeplabcut", "pose_3d": "annotations_3d"}
    )
    return study


def test_neither_files_nor_annotations_in_space_need_pictures(posed):
    calls = posed.run(KEYPOINTS, KEYPOINTS.replace("deeplabcut", "annotations_3d"))
    assert [call[0] for call in calls] == ["index", "keypoints", "keypoints"]
    for call in calls[1:]:
        assert call[call.index("--frames") :][:4] == ["--frames", "--weights", "--detector", "--output"]
    posed.write("native/poses/sleap/x.slp", "another source's")
    assert posed.plan(KEYPOINTS) == {}
    # The stand-in's videos lie at x.
    posed.write("native/poses/deeplabcut/x.csv", "scorer")
    assert posed.plan(KEYPOINTS) == {"estimate_keypoints": 1}


def test_hands_bring_their_own_weights(posed):
    calls = posed.run(KEYPOINTS.replace("deeplabcut", "mediapipe_hands"))
    *before, last = [call[0] for call in calls if call[0] != "index"]
    assert (sorted(before), last) == (["decode", "weights"], "keypoints")  # the two run side by side
    told = {call[0]: call for call in calls}
    assert told["weights"][1:] == ["--hands", "--output", HAND_WEIGHTS]
    given = told["keypoints"]
    assert given[given.index("--weights") + 1] == HAND_WEIGHTS


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"pose": "openpos"},
            "odd.yaml: expected 'pose' among annotations, mediapipe, .*openpose, .*, found 'openpos'",
        ),
        ({"pose_3d": "mediapipe"}, "odd.yaml: expected 'pose_3d' among annotations_3d, found 'mediapipe'"),
    ],
)
def test_poses_that_do_not_exist_are_found_when_planning(posed, settings, message):
    posed.write("config/datasets/odd.yaml", TOY | settings)
    try:
        assert re.search(message, posed.refusal("results/odd/videos.csv"))
    finally:
        (posed.folder / "config/datasets/odd.yaml").unlink()
