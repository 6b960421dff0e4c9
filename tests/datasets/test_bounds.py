"""Numbers of frames that a foreign file makes up ask for no memory, and odd entries are named in one line."""

import json

import numpy as np
import pytest
from scipy.io import savemat

from la2ds.config import DatasetConfig
from la2ds.datasets.casa import reader as casa
from la2ds.datasets.h2o.lists import COLUMNS, read_lists
from la2ds.datasets.ikea.annotations import read_segments
from la2ds.datasets.penn import reader as penn
from la2ds.errors import InputError
from la2ds.formats.quarantine import ClipErrors


@pytest.mark.parametrize(
    ("subset", "last", "message"),
    [
        ("training", 10**12, "expected frames of a/s1 below 10000000, found 1000000000000"),
        (["training"], 9, "expected subset training or testing of a/s1, found"),
    ],
)
def test_ikea(tmp_path, subset, last, message):
    entry = {"subset": subset, "annotation": [{"label": "NA", "segment": [0, last]}]}
    (tmp_path / "gt_segments.json").write_text(json.dumps({"database": {"a/s1": entry}}))
    with pytest.raises(InputError, match=message):
        read_segments(tmp_path / "gt_segments.json", ClipErrors())


@pytest.mark.parametrize("end", ["999999999", "10000000", "9" * 5000])
def test_h2o(tmp_path, end):
    (tmp_path / "action_train.txt").write_text(f"{' '.join(COLUMNS)}\n1 subject1/h1/0 13 0 9 0 {end}\n")
    with pytest.raises(InputError, match="end_frame < 10000000, found line 2"):
        read_lists(tmp_path, ClipErrors())


@pytest.mark.parametrize("height", [np.nan, np.inf, 1e12, 0])
def test_penn(tmp_path, height):
    (tmp_path / "labels").mkdir()
    values = {"action": "squat", "train": 1, "dimensions": [height, 400.0, 30.0], "nframes": 30}
    savemat(tmp_path / "labels/0001.mat", values)
    settings = DatasetConfig(reader="penn", root="x", actions=("squats",), labels="kinematic")
    with pytest.raises(InputError, match=r"0001\.mat: expected dimensions height, width, nframes"):
        penn.index(tmp_path, settings)


@pytest.mark.parametrize("key", ["pose", "labels"])
def test_casa(tmp_path, key):
    record = {"pose": np.zeros((2, 72)), "labels": np.zeros(2, int)} | {key: [[0.0] * 72, [0.0] * 71]}
    np.save(tmp_path / "squats_train.npy", np.array({"0001": record}, dtype=object), allow_pickle=True)
    settings = DatasetConfig(reader="casa", root="x", actions=("squats",))
    with pytest.raises(InputError, match=r"of .*0001, found rows that differ in length"):
        casa.index(tmp_path, settings)
