"""Write workflow/schemas/ anew from the settings classes: run it after changing la2ds/config*.py.

Keys, types, defaults and choices come from the dataclasses, descriptions from their docstrings. `--check` writes
nothing and fails where a file would change. config.schema.yaml is written by hand: no class stands behind config.yaml.
"""

import argparse
import dataclasses
import re
import sys
import types
import typing
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from la2ds import config  # noqa: E402

SCHEMAS = {
    "dataset": (config.DatasetConfig, "where a dataset lies and how it is read"),
    "method": (config.MethodConfig, "one row of a table: input x encoder x objective x augmentation"),
    "protocol": (config.ProtocolConfig, "one way of scoring"),
    "table": (config.TableConfig, "rows and columns of a table"),
}
NAME = config.NAME.pattern
# Fields that name a file or an entry of the code.
NAMES = {"kind", "reader", "pose", "labels", "backbone", "protocol", "base", "methods", "actions"}
NAMES |= {"robustness", "shown"}
# What the docstrings leave to the field's own class.
DESCRIPTIONS = {
    "input": "what the encoder sees of a clip",
    "encoder": "the network, or the formula of a control",
    "objective": "the loss of the pretext task",
    "augmentation": "random changes of a view",
    "optimiser": "AdamW with warm-up, decay and gradient clipping",
    "heatmaps": "how keypoints are drawn",
    "frames": "how decoded frames are stored",
    "short_side": "largest short side of a decoded frame, in pixels",
    "salvage": "keep what comes before the first fault of a damaged film, with a warning, instead of refusing it",
    "quality": "JPEG quality",
    "coordinates": "which coordinates, where they are the input",
}
SIMPLE = {int: "integer", float: "number", str: "string", bool: "boolean"}


def schema(kind: str) -> dict[str, Any]:
    """Describe one kind of settings file."""
    cls, text = SCHEMAS[kind]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    described = {**head, "description": f"config/{kind}s/*.yaml: {text}", **object_schema(cls)}
    if kind == "method":
        base = {"description": "a method file whose keys this one is laid over", "type": "string", "pattern": NAME}
        described["properties"] = {"base": base, **described["properties"]}
        # A file with a base takes its label from there.
        described.pop("required")
    return described


def object_schema(cls: type) -> dict[str, Any]:
    """Describe a settings class: its keys and no others."""
    hints, texts = typing.get_type_hints(cls), {**DESCRIPTIONS, **attributes(cls)}
    properties, required = {}, []
    for field in dataclasses.fields(cls):
        if field.name not in texts:
            where = f"{cls.__module__}: the docstring of {cls.__name__}"
            sys.exit(f"{where}: expected a line for '{field.name}', found none")
        properties[field.name] = {"description": texts[field.name], **type_schema(hints[field.name], field.name)}
        default = default_of(field)
        if default is dataclasses.MISSING:
            required.append(field.name)
        elif not dataclasses.is_dataclass(default):
            properties[field.name]["default"] = list(default) if isinstance(default, tuple) else default
    described: dict[str, Any] = {"type": "object", "additionalProperties": False}
    return described | ({"required": required} if required else {}) | {"properties": properties}


def default_of(field: dataclasses.Field[Any]) -> Any:
    """Give a field's default, or dataclasses.MISSING."""
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def attributes(cls: type) -> dict[str, str]:
    """Read the Attributes section of a docstring: field -> sentence."""
    section = (cls.__doc__ or "").partition("Attributes:")[2]
    found = re.findall(r"^ {8}(\w+): (.*(?:\n {9,}\S.*)*)", section, re.MULTILINE)
    return {name: " ".join(text.replace("``", "").split()).rstrip(".") for name, text in found}


def type_schema(hint: Any, name: str) -> dict[str, Any]:
    """Describe a type hint."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        return object_schema(typing.cast("type", hint))
    if origin is typing.Literal:
        return {"enum": list(args)}
    if origin is tuple:
        size = {} if Ellipsis in args else {"minItems": len(args), "maxItems": len(args)}
        return {"type": "array", "items": type_schema(args[0], name), **size}
    if origin is dict:
        return {"type": "object"} | ({} if args[1] is Any else {"additionalProperties": type_schema(args[1], "")})
    if isinstance(hint, types.UnionType):
        inner = type_schema(next(a for a in args if a is not type(None)), name)
        return inner | {"type": [inner["type"], "null"]}
    return {"type": SIMPLE[hint]} | ({"pattern": NAME} if hint is str and name in NAMES else {})


class Dumper(yaml.SafeDumper):
    """Lists of plain values on one line, no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write repeated parts out."""
        return True


def _sequence(dumper: yaml.SafeDumper, values: list[Any]) -> yaml.Node:
    flow = all(not isinstance(value, dict | list) for value in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=flow)


Dumper.add_representer(list, _sequence)


def text_of(kind: str) -> str:
    """Write a schema as YAML."""
    head = "# Written by scripts/make_schemas.py from la2ds/config*.py; do not edit by hand.\n"
    return head + yaml.dump(schema(kind), Dumper=Dumper, sort_keys=False, width=118, allow_unicode=True)


def main() -> int:
    """Write all schemas, or check them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file would change")
    check = parser.parse_args().check
    changed = []
    for kind in SCHEMAS:
        path = ROOT / "workflow" / "schemas" / f"{kind}.schema.yaml"
        if not path.is_file() or path.read_text(encoding="utf-8") != text_of(kind):
            changed.append(path.name)
            if not check:
                path.write_text(text_of(kind), encoding="utf-8")
    if changed:
        sys.stderr.write(f"{'to be written anew' if check else 'written'}: {', '.join(changed)}\n")
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
