"""Settings files as people's editors, disks and slips make them: each fault in one sentence that names the file."""

import pytest
import yaml

from la2ds.config import DatasetConfig, ProtocolConfig, as_dict, build, from_text, load, load_method, load_yaml, merge
from la2ds.errors import InputError

DATASET = {"reader": "folder", "root": "data", "actions": ["squat"]}
# Nine of nine of nine ...: a line each, and 387 million values.
LAUGHS = "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("label: M\n".encode("utf-16"), "YAML in UTF-8, found other bytes, 0xff at 0"),
        ("label: für uns\n".encode("latin-1"), "YAML in UTF-8, found other bytes, 0xfc at 8"),
        (b"\0\5\26\7\0\2\0\0Mac OS X\xa2", "YAML in UTF-8, found other bytes"),
        (b"label: M\nlabel: N\n", "YAML, found key 'label' twice"),
        (b"label: M\nencoder: {dim: 64, dim: 32}\n", "YAML, found key 'dim' twice"),
        (b"label: " + b"9" * 5000, "YAML, found "),
        (b"label: 0x" + b"f" * 5000, "YAML, found a number of more than 18 digits"),
        (b"label: 2020-13-45", "YAML, found "),
        (b"label: \x07", "YAML, found "),
        (b"[" * 50_000, "YAML, found "),
        (b"a: &a [*a]", "YAML, found values within values without end"),
        (b"a: !!python/object/apply:os.system [ls]", "YAML, found could not determine a constructor"),
        (b"a: " + b"x" * 1_000_001, "a settings file of at most 1,000,000 bytes, found a larger one"),
        (LAUGHS.encode(), "YAML, found more than 100,000 values"),
    ],
)
def test_what_is_no_settings_file(tmp_path, raw, told):
    path = tmp_path / "m.yaml"
    path.write_bytes(raw)
    with pytest.raises(InputError) as error:
        load_yaml(path)
    assert str(error.value).startswith(f"{path}: expected {told}") and "\n" not in str(error.value)


def test_a_mark_of_utf8_and_merged_keys_are_read(tmp_path):
    (tmp_path / "m.yaml").write_bytes(b"\xef\xbb\xbfa: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n")
    assert load_yaml(tmp_path / "m.yaml") == {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"actions": ["all"]}, "'actions' names other than all, which stands for every action, found 'all'"),
        ({"actions": ["squat\n"]}, r"'actions' names of letters, digits and _, found 'squat\n'"),
        ({"actions": ["squat", "squat"]}, "'actions' each action once"),
        ({"actions": [True]}, "'actions' to be str, found True"),
        ({"labels": "auto\n"}, r"'labels' a name of letters, digits and _, found 'auto\n'"),
        ({"pose_3d": "annotations_3d\n"}, "'pose_3d' a name or empty"),
        ({"frames": {"short_side": -5}}, "'frames.short_side' between 16 and 4,320, found -5"),
        ({"frames": {"short_side": 0}}, "'frames.short_side' between 16 and 4,320, found 0"),
        ({"frames": {"quality": 500}}, "'frames.quality' between 1 and 100, found 500"),
        ({"frames": {"quality": True}}, "'frames.quality' to be int, found True"),
        ({"steps": float("nan")}, "'steps' to be a finite number, found nan"),
        ({"root": ""}, "'root' a folder, found ''"),
        ({"phases": {"squat": -4}}, "'phases.squat' between 1 and 10,000, found -4"),
        ({"poses": {"folder": 3}}, "'poses.folder' to be str, found 3"),
    ],
)
def test_datasets(tmp_path, change, told):
    path = tmp_path / "d.yaml"
    path.write_text(yaml.safe_dump(merge(DATASET, change)))
    with pytest.raises(InputError) as error:
        load(DatasetConfig, path)
    assert told in str(error.value)


@pytest.mark.parametrize("base", ["../x", "a/b", "x\n", 3, ["x"], "", ".x"])
def test_bases_are_names(tmp_path, base):
    (tmp_path / "m.yaml").write_text(yaml.safe_dump({"base": base}))
    with pytest.raises(InputError, match=r"m\.yaml: expected 'base' a name of letters, digits and _, found "):
        load_method(tmp_path / "m.yaml")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"encoder": {"patch": 0}}, "'encoder.patch' between 1 and 256, found 0"),
        ({"encoder": {"patch": 5}}, "'encoder.patch' a divisor of the heatmap size (32), found 5"),
        ({"encoder": {"spatial_dim": 65}}, "'encoder.spatial_dim' a multiple of its heads (2), found 65"),
        ({"optimiser": {"learning_rate": float("inf")}}, "'optimiser.learning_rate' to be a finite number, found inf"),
        ({"optimiser": {"learning_rate": 1e30}}, "'optimiser.learning_rate' above 0 and up to 100, found 1e+30"),
        ({"objective": {"kind": "tcc"}, "encoder": {"frames": 0}}, "'encoder.frames' of at least 2 for objective tcc"),
        ({"objective": {"kind": "sal", "sal_width": 64}}, "'objective.sal_width' the width of the projections (128)"),
        ({"weights": "../x"}, "'weights' a name or empty, found '../x'"),
    ],
)
def test_methods(tmp_path, change, told):
    (tmp_path / "m.yaml").write_text(yaml.safe_dump({"label": "M"} | change))
    with pytest.raises(InputError) as error:
        load_method(tmp_path / "m.yaml")
    assert told in str(error.value)


def test_the_failing_files(shared_data):
    folder = shared_data / "data/failing/attack/17-config"
    files = sorted(folder.glob("*.yaml"))
    assert len(files) == 5
    for file in files:
        with pytest.raises(InputError, match=file.name):
            load_method(file)


def test_words_of_a_command_line_become_what_the_settings_want():
    """Snakemake hands on what stands below the first key of --config as text."""
    given = {
        "estimation": {"people": "3", "fill_gaps": {"confidence": "0.25", "kind": "linear"}},
        "shard_size": "10",
        "skeletons_only": "true",
        "steps": "1",
        "phases": {"squat": "4"},
        "poses": {"individual": "7", "joints": ["1", "2"], "min_score": "-0.5"},
        "root": "3",
    }
    read = build(DatasetConfig, merge(DATASET, from_text(DatasetConfig, given)), "x")
    assert (read.estimation.people, read.estimation.fill_gaps.confidence, read.shard_size) == (3, 0.25, 10)
    assert (read.skeletons_only, read.steps, read.phases, read.root) == (True, 1.0, {"squat": 4}, "3")
    assert (read.poses.individual, read.poses.joints, read.poses.min_score) == ("7", ("1", "2"), -0.5)
    assert from_text(ProtocolConfig, {"retrieval_k": ["5", "10"]}) == {"retrieval_k": [5, 10]}
    for odd in ({"shard_size": "many"}, {"shard_size": "[1"}, {"shard_size": "1.5"}, {"nothing": "3"}, {"frames": "3"}):
        with pytest.raises(InputError):
            build(DatasetConfig, merge(DATASET, from_text(DatasetConfig, odd)), "x")
    plain = as_dict(build(DatasetConfig, DATASET, "x"))
    assert from_text(DatasetConfig, plain) == plain
