"""A pattern of the user's that would be matched for years is given up, and the verb goes on to its end."""

import json
import signal
import time

import pytest

from la2ds.config import PosesConfig
from la2ds.config.strict import RangeError
from la2ds.errors import InputError
from la2ds.pose.files import coco_json, picture_names
from la2ds.pose.files.read import Video

ENTRY = {"keypoints": [50.0] * 51, "score": 0.9}
EVIL = r"(?:(?P<video>(a+)+)/)?(?P<frame>\d+)"


@pytest.fixture
def results(tmp_path):
    def put(*names):
        coco_json._load.cache_clear()
        (tmp_path / "x.json").write_text(json.dumps([{**ENTRY, "image_id": name} for name in names]))
        return tmp_path / "x.json"

    return put


def test_a_pattern_without_end_is_refused(results, monkeypatch):
    monkeypatch.setattr(picture_names, "LIMIT_S", 0.3)
    before, started = signal.getsignal(signal.SIGALRM), time.monotonic()
    with pytest.raises(InputError, match=r"x\.json: expected names of pictures that 'poses\.images' .* within 0\.3 s"):
        coco_json.read(Video("x", "x", "x", 3, (100, 100)), results("a" * 60), PosesConfig(images=EVIL))
    assert time.monotonic() - started < 5
    assert signal.getsignal(signal.SIGALRM) is before and signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_the_same_pattern_reads_what_fits(results):
    found = coco_json.read(Video("x", "x", "x", 3, (100, 100)), results("1", "2"), PosesConfig(images=EVIL))
    assert sorted(found.frames) == [1, 2]


def test_numbers_of_frames_are_bounded(results):
    with pytest.raises(InputError, match=r"names of pictures like 'poses\.images'"):
        coco_json.read(Video("x", "x", "x", 3, (100, 100)), results("9" * 5000), PosesConfig())


@pytest.mark.parametrize("pattern", ["(", "(?P<video>x)(?P<frame>" + "(" * 500, "a" * 1001, "x{99999999999999999999}"])
def test_patterns_that_are_none(pattern):
    with pytest.raises(RangeError, match="a regular expression with groups video and frame"):
        PosesConfig(images=pattern)
