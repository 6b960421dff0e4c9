"""Files that other programs wrote, where they are at hand: read with the right joints, or refused for a reason."""

import re

import numpy as np
import pytest

from la2ds.errors import InputError
from la2ds.formats.skeletons import SKELETONS
from tests.fixtures.real_poses import FILES, FOLDERS, READ, REFUSED, found_in

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


@pytest.fixture
def real(shared_data):
    """The folder of real files."""
    return shared_data / "data/real"


def laid(file, real, root):
    """Lay a link to a real file where the poses of a video are looked for."""
    if not (real / file.file).exists():
        pytest.skip(f"no {file.file} among the real data")
    if file.pose == "sleap":
        pytest.importorskip("sleap_io", reason="the extra poses is not installed")
    file.lay(real, root)


def name(file):
    return f"{file.file}-{file.video}"


@pytest.mark.parametrize("file", READ, ids=name)
def test_real_files_are_read(tmp_path, real, file):
    laid(file, real, tmp_path)
    shard = file.read(tmp_path)
    clip, found = shard.clips[file.video], found_in(shard)
    assert shard.skeleton.partition(":")[0] == ("own" if file.poses.get("skeleton") == "all" else file.skeleton)
    assert (int(found.any(1).sum()), found.shape[1]) == (file.somebody, file.joints)
    assert (clip.confidence[found] > 0).all() and clip.confidence.max() <= 1 and not clip.confidence[~found].any()
    if file.file.endswith((".csv", ".json")):  # no place is made up
        numbers = [float(number) for number in NUMBER.findall((real / file.file).read_text(encoding="utf-8-sig"))]
        with np.errstate(over="ignore"):  # of hashes in names of pictures
            assert np.isin(clip.position[found], np.array(numbers).astype(np.float32)).all()


@pytest.mark.parametrize("file", REFUSED, ids=name)
def test_real_files_are_refused_with_what_to_do(tmp_path, real, file):
    laid(file, real, tmp_path)
    with pytest.raises(InputError, match=file.refused):
        file.read(tmp_path)


def test_no_file_is_left_out(real):
    endings = (".json", ".csv", ".h5", ".slp", ".skeleton", ".pkl")
    there = [path for folder in FOLDERS for path in (real / folder).rglob("*") if path.name.endswith(endings)]
    known = {real / file.file for file in FILES}
    assert there and not [path for path in there if path not in known and path.parent not in known]


def test_the_skeleton_of_ntu_lies_on_the_person(tmp_path, real):
    """In its colour film (1920 x 1080) the person of the sample stands upright, left of the middle, head on top."""
    (file,) = [file for file in READ if file.pose == "ntu"]
    laid(file, real, tmp_path)
    shard = file.read(tmp_path)
    median = np.nanmedian(shard.clips["a/b"].position, axis=0)
    body = SKELETONS[shard.skeleton]
    height = {joint: median[body.index(joint), 1] for joint in ("head", "left_hip", "left_knee", "left_ankle")}
    assert list(height.values()) == sorted(height.values())
    assert median[body.index("left_shoulder"), 0] > median[body.index("right_shoulder"), 0]  # facing the camera
