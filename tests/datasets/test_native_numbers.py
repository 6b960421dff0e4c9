"""Numbers that native files give are bounded before memory is asked for: each in one sentence, at once."""

import json
import re
import shutil

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from la2ds.datasets.casa.reader import _read as read_casa
from la2ds.datasets.h2o.files import read_actions, read_intrinsics
from la2ds.datasets.h2o.lists import COLUMNS, read_lists
from la2ds.datasets.ikea.annotations import read_segments
from la2ds.datasets.penn.sequences import dimensions_of
from la2ds.datasets.reader import check_phases, is_rate
from la2ds.datasets.unpickle import load_npy
from la2ds.errors import InputError
from la2ds.formats.files.text import read_json
from la2ds.formats.quarantine import ClipErrors


@pytest.mark.parametrize("end", ["999999999", "99999999999", "10000000", "9" * 5000])
def test_h2o_lists(tmp_path, end):
    file = tmp_path / "action_train.txt"
    file.write_text(f"{' '.join(COLUMNS)}\n1 subject1/h1/0 1 0 9 0 {end}\n")
    with pytest.raises(InputError, match=r"expected whole numbers, .* end_frame < 10000000, found line 2"):
        read_lists(tmp_path, ClipErrors())
    file.write_text(f"{' '.join(COLUMNS)}\n1 subject1/h1/0 1 0 9 0 9999\n")
    assert read_lists(tmp_path, ClipErrors())["subject1/h1/0"].frames == 10_000


def test_h2o_cameras_and_actions(tmp_path):
    file = tmp_path / "cam_intrinsics.txt"
    for numbers in ("600 600 300 200 1e300 720", "1e300 600 300 200 1280 720"):
        file.write_text(numbers)
        with pytest.raises(InputError, match="above 0 and up to 65535"):
            read_intrinsics(file)
    (tmp_path / "label").mkdir()
    (tmp_path / "label/000000.txt").write_text("1e300")
    with pytest.raises(InputError, match="the whole number of an action, found 1e"):
        read_actions(tmp_path / "label")


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (
            {"subset": "training", "annotation": [{"label": "a", "segment": [0, 10**12]}]},
            "expected frames of a/b below 10000000",
        ),
        ({"subset": ["training"], "annotation": []}, r"subset training or testing of a/b, found \{'subset': \["),
        ({"subset": {}, "annotation": []}, "subset training or testing"),
    ],
)
def test_ikea_segments(tmp_path, entry, told):
    file = tmp_path / "gt_segments.json"
    file.write_text(json.dumps({"database": {"a/b": entry}}))
    with pytest.raises(InputError, match=told):
        read_segments(file, ClipErrors())


@pytest.mark.parametrize("digits", ["9" * 19, "-" + "9" * 400, "9" * 5000])
def test_json_numbers_of_many_digits(tmp_path, digits):
    (tmp_path / "x.json").write_text(f'{{"a": [1, {digits}]}}')
    with pytest.raises(InputError, match=rf"x\.json: expected a JSON file, found a number of {len(digits)} digits"):
        read_json(tmp_path / "x.json")
    (tmp_path / "x.json").write_text(f'{{"a": [1, -{"9" * 17}, 1.5]}}')
    assert read_json(tmp_path / "x.json") == {"a": [1, -(10**17 - 1), 1.5]}


@pytest.mark.parametrize(
    "dimensions", [[np.nan, 10, 5], [10, np.inf, 5], [10.5, 10, 5], [70_000, 10, 5], [1, 1, 10**8]]
)
def test_penndimensions_of(tmp_path, dimensions):
    file = tmp_path / "0001.mat"
    savemat(file, {"dimensions": np.array(dimensions, float), "nframes": float(dimensions[2])})
    with pytest.raises(InputError, match=r"0001\.mat: expected dimensions height, width, nframes, whole, positive"):
        dimensions_of(file, loadmat(file))


def test_arrays_that_announce_more_than_they_hold(tmp_path):
    with (tmp_path / "x.npy").open("wb") as file:
        header = {"descr": "<f8", "fortran_order": False, "shape": (4_000_000_000,)}
        np.lib.format.write_array_header_1_0(file, header)
        file.write(bytes(32))
    with pytest.raises(InputError, match=r"x\.npy: expected 32,000,000,000 bytes of float64"):
        load_npy(tmp_path / "x.npy")


def read_records(file):
    """Say aloud what is wrong with a clip, where the others would go on."""
    errors = ClipErrors()
    list(read_casa(file, errors))
    raise next(iter(errors.found.values()))


def test_rows_of_different_lengths(tmp_path):
    with pytest.raises(InputError, match=r"x: expected phases, found "):
        check_phases("x", [[0, 1], [0]], expected="phases")
    np.save(tmp_path / "a_train.npy", {"v": {"pose": [[0.0] * 72, [0.0]], "labels": [0, 1]}}, allow_pickle=True)
    with pytest.raises(InputError, match=r"a_train\.npy: expected SMPL poses of shape"):
        read_records(tmp_path / "a_train.npy")


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), True, "30", 1e30])
def test_rates(value):
    assert not is_rate(value) and is_rate(30) and is_rate(29.97)


def test_the_failing_files(shared_data, tmp_path):
    def first_scan(file):
        content = json.loads(file.read_text())
        assert list(read_segments(file, ClipErrors())[0]) == ["Kallax_Shelf_Drawer/s2"], "the sound one goes on"
        del content["database"]["Kallax_Shelf_Drawer/s2"]
        (tmp_path / file.name).write_text(json.dumps(content))
        read_segments(tmp_path / file.name, ClipErrors())

    folder = shared_data / "data/failing/attack/20-native"
    shutil.copy(folder / "h2o-end-frame-1e11.txt", tmp_path / "action_train.txt")
    reads = {
        "casa-pose-ragged.npy": read_records,
        "h2o-end-frame-1e11.txt": lambda file: read_lists(tmp_path, ClipErrors()),
        "ikea-segment-huge.json": first_scan,
        "ikea-subset-list.json": first_scan,
        "penn-dims-nan.mat": lambda file: dimensions_of(file, loadmat(file)),
    }
    assert {file.name for file in folder.iterdir()} - {"README.md"} == set(reads)
    for name, read in reads.items():
        with pytest.raises(InputError, match=f"({re.escape(name)}|action_train.txt): expected "):
            read(folder / name)
