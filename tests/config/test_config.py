"""Settings files: what is read, what is laid over what, and what is refused with file and key."""

import pytest
import yaml

from la2ds.config import (
    DatasetConfig,
    HeatmapSpec,
    MethodConfig,
    ProtocolConfig,
    as_dict,
    flat,
    load,
    load_method,
    method_files,
)
from la2ds.errors import InputError


@pytest.fixture
def write(tmp_path):
    """Write a settings file below the folder; gives its path."""

    def put(name, content):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
        return path

    return put


def test_keys_come_from_the_file_then_its_bases_then_the_defaults(write):
    write("grand.yaml", {"label": "Grand", "encoder": {"dim": 192, "heads": 3}, "augmentation": {"crop": [0.5, 1]}})
    write("parent.yaml", {"base": "grand", "encoder": {"heads": 6}})
    child = write("child.yaml", {"base": "parent", "label": "Child", "encoder": {"frames": 20}})
    assert [file.stem for file in method_files(child)] == ["child", "parent", "grand"]
    method = load_method(child)
    assert (method.label, method.encoder.dim, method.encoder.heads, method.encoder.frames) == ("Child", 192, 6, 20)
    assert method.augmentation.crop == (0.5, 1.0)
    assert method.optimiser == MethodConfig("x").optimiser
    assert load_method(write("parent.yaml", {"base": "grand"})).label == "Grand"


def test_a_wrong_key_is_its_own_files(write):
    write("parent.yaml", {"label": "Parent", "encoder": {"dimm": 64}})
    with pytest.raises(InputError, match=r"parent\.yaml: expected one of the keys kind, dim, .* 'encoder\.dimm'"):
        load_method(write("child.yaml", {"base": "parent"}))
    write("parent.yaml", {"label": "Parent"})
    with pytest.raises(InputError, match=r"child\.yaml: expected 'encoder\.dim' a multiple of heads \(4\), found 30"):
        load_method(write("child.yaml", {"base": "parent", "encoder": {"dim": 30}}))


def test_bases_end_and_are_there(write):
    write("a.yaml", {"base": "b"})
    with pytest.raises(InputError, match=r"a circle through"):
        load_method(write("b.yaml", {"base": "a"}))
    with pytest.raises(InputError, match=r"c\.yaml: expected base to name a method file, found no .*none\.yaml"):
        load_method(write("c.yaml", {"base": "none"}))
    with pytest.raises(InputError, match=r"d\.yaml: expected key 'label', found no such key"):
        load_method(write("d.yaml", {"description": "x"}))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"encoder": {"dim": "64"}}, "'encoder.dim' to be int, found '64'"),
        ({"encoder": {"dim": True}}, "'encoder.dim' to be int, found True"),
        ({"encoder": {"dim": 64.0}}, "'encoder.dim' to be int, found 64.0"),
        ({"encoder": 3}, "keys below encoder, found 3"),
        ({"encoder": {"position": "clipp"}}, "'encoder.position' to be one of view, clip, none, found 'clipp'"),
        ({"augmentation": {"crop": [0.5]}}, "'augmentation.crop' to be a list of 2, found [0.5]"),
        ({"augmentation": {"crop": [0.9, 0.5]}}, "'augmentation.crop' 0 < smallest <= largest <= 1"),
        ({"optimiser": {"clip": 0}}, "'optimiser.clip' above 0 and up to 1,000,000, found 0"),
        ({"input": {"heatmaps": {"sigma": 0.604}}}, "'input.heatmaps.sigma' in hundredths, found 0.604"),
        ({"input": {"motion": 2}}, "'input.motion' to be a list, found 2"),
    ],
)
def test_impossible_values_are_refused(write, content, told):
    with pytest.raises(InputError) as error:
        load_method(write("m.yaml", {"label": "M"} | content))
    assert told in str(error.value)
    assert str(error.value).count("\n") == 0


def test_protocols_and_datasets_are_refused_likewise(write):
    with pytest.raises(InputError, match=r"p\.yaml: expected 'retrieval_k' between 1 and 1,000,000, found \(0,\)"):
        load(ProtocolConfig, write("p.yaml", {"retrieval_k": [0]}))
    with pytest.raises(InputError, match="'label_fractions' above 0 and up to 1"):
        load(ProtocolConfig, write("p.yaml", {"label_fractions": [0.1, 1.5]}))
    with pytest.raises(InputError, match="'actions' names of letters, digits and _, found 'Golf'"):
        load(DatasetConfig, write("d.yaml", {"reader": "penn", "root": "x", "actions": ["Golf"]}))
    with pytest.raises(InputError, match="'actions' at least one action, found none"):
        load(DatasetConfig, write("d.yaml", {"reader": "penn", "root": "x", "actions": []}))
    with pytest.raises(InputError, match=r"'phases\.squat' to be int"):
        load(DatasetConfig, write("d.yaml", {"reader": "penn", "root": "x", "actions": [], "phases": {"squat": "4"}}))


@pytest.mark.parametrize(
    ("text", "told"),
    [("a: [1\n", "expected YAML, found "), ("- a\n", "expected a mapping"), ("", "expected a mapping")],
)
def test_what_is_no_settings_file(write, text, told):
    with pytest.raises(InputError, match=told) as error:
        load(ProtocolConfig, write("p.yaml", text))
    assert "\n" not in str(error.value)
    with pytest.raises(InputError, match="expected a settings file, found No such file"):
        load(ProtocolConfig, "none.yaml")


@pytest.mark.parametrize(
    "spec", [HeatmapSpec(), HeatmapSpec("limbs", 24, 0.29, 1.0), HeatmapSpec("joints_limbs", 64, 9.99, 9.99)]
)
def test_a_heatmap_name_is_read_back(spec):
    assert HeatmapSpec.parse(spec.name) == spec
    for wrong in ("joints", f"{spec.name}0", "hands_p32_s060_b110"):
        with pytest.raises(ValueError, match="must look like"):
            HeatmapSpec.parse(wrong)


def test_plain_and_flat_values(write):
    method = load_method(write("m.yaml", {"label": "M", "input": {"motion": [1, 2]}}))
    assert as_dict(method)["input"]["motion"] == [1, 2]
    values = flat(method)
    assert values["input.motion"] == [1, 2]
    assert values["optimiser.steps"] == method.optimiser.steps
    assert not any(isinstance(value, dict) for value in values.values())
    # Read back, they are the same settings.
    assert load_method(write("again.yaml", as_dict(method))) == method
