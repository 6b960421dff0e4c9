"""The schemas say what the settings classes say, and the repository's own settings pass them."""

import dataclasses
import importlib.util
import typing

import jsonschema
import pytest
import yaml

from la2ds import config
from tests.fixtures.paths import ROOT

CLASSES = {
    "dataset": config.DatasetConfig,
    "method": config.MethodConfig,
    "protocol": config.ProtocolConfig,
    "table": config.TableConfig,
}


def schema(kind):
    return yaml.safe_load((ROOT / "workflow/schemas" / f"{kind}.schema.yaml").read_text())


def objects(node, path=""):
    """All objects of a schema that list their keys, with where they stand."""
    if isinstance(node, dict):
        if "properties" in node:
            yield path, node
        for key, inner in node.items():
            yield from objects(inner, f"{path}/{key}")


@pytest.mark.parametrize("kind", CLASSES)
def test_files_are_as_the_classes_say(kind):
    spec = importlib.util.spec_from_file_location("make_schemas", ROOT / "scripts/make_schemas.py")
    make_schemas = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_schemas)
    file = ROOT / "workflow/schemas" / f"{kind}.schema.yaml"
    assert file.read_text() == make_schemas.text_of(kind), "run scripts/make_schemas.py"


def same_keys_and_defaults(described, cls, extra=()):
    """Compare without the generator: a schema's keys and defaults are the class's."""
    fields = {f.name: f for f in dataclasses.fields(cls)}
    assert set(described["properties"]) == set(fields) | set(extra)
    hints = typing.get_type_hints(cls)
    for name, field in fields.items():
        if dataclasses.is_dataclass(hints[name]):
            same_keys_and_defaults(described["properties"][name], hints[name])
        elif field.default is not dataclasses.MISSING:
            expected = list(field.default) if isinstance(field.default, tuple) else field.default
            assert described["properties"][name]["default"] == expected


@pytest.mark.parametrize("kind", CLASSES)
def test_keys_and_defaults(kind):
    same_keys_and_defaults(schema(kind), CLASSES[kind], extra={"base"} if kind == "method" else ())


@pytest.mark.parametrize("kind", [*CLASSES, "config"])
def test_unknown_keys_are_refused_and_every_key_is_described(kind):
    jsonschema.Draft202012Validator.check_schema(schema(kind))
    for path, node in objects(schema(kind)):
        assert node["additionalProperties"] is False, path
        for name, described in node["properties"].items():
            assert described.get("description"), f"{path}/{name}"


@pytest.mark.parametrize("kind", CLASSES)
def test_own_settings_pass(kind):
    files = sorted((ROOT / "config" / f"{kind}s").glob("*.yaml"))
    assert files
    for file in files:
        jsonschema.validate(yaml.safe_load(file.read_text()), schema(kind))


def test_own_config_passes():
    jsonschema.validate(yaml.safe_load((ROOT / "config/config.yaml").read_text()), schema("config"))
