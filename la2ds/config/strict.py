"""Plain values from YAML into settings classes: unknown keys, wrong types and impossible values are refused."""

import dataclasses
import math
import re
import sys
import typing
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml

from la2ds.config.yaml_file import load_yaml
from la2ds.errors import InputError, with_nearest

T = TypeVar("T")
# The lookahead, since `$` alone takes a name with a line's end; written like this for editors that read the schemas.
NAME = re.compile(r"^[a-z0-9_]+$(?!\n)")


class RangeError(ValueError):
    """A value of the right type that makes no sense."""

    def __init__(self, key: str, expected: str, found: object) -> None:
        self.key, self.expected, self.found = key, expected, found
        super().__init__(f"{key} must be {expected}, got {found}")


def require(ok: bool, key: str, expected: str, found: object) -> None:
    """Refuse an impossible value of a setting."""
    if not ok:
        raise RangeError(key, expected, found)


def within(config: object, low: float, high: float, *keys: str, above: bool = False) -> None:
    """Refuse numbers outside a range.

    Args:
        config: settings.
        low: the smallest number.
        high: the largest.
        keys: of single numbers, or of lists of them.
        above: whether ``low`` itself is refused too.
    """
    text = f"above {low:,} and up to {high:,}" if above else f"between {low:,} and {high:,}"
    for key in keys:
        value = getattr(config, key)
        values = value if isinstance(value, tuple) else (value,)
        ok = all((low < number if above else low <= number) and number <= high for number in values)
        require(ok, key, text, value)


def brief(value: object) -> str:
    """Show a value that was found, not a page of it."""
    shown = repr(value)
    return shown if len(shown) <= 200 else f"{shown[:200]} ..."


def from_text(cls: type[Any], content: Any) -> Any:
    """Turn words into the numbers and truth values that a settings class wants in their place.

    For settings of a command line, which Snakemake hands on as text below the first key: ``people: '3'``.

    Args:
        cls: the settings class that ``content`` is laid over a file of.
        content: plain values; what fits nothing is left for ``build`` to refuse.
    """
    hints = typing.get_type_hints(cls)
    return {k: _from_text(hints.get(k, Any), v) for k, v in content.items()} if isinstance(content, dict) else content


def _from_text(hint: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(hint):
        return from_text(typing.cast("type", hint), value)
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple and isinstance(value, list | tuple):
        return [_from_text(args[0], v) for v in value]
    if origin is dict and isinstance(value, dict):
        return {k: _from_text(args[1], v) for k, v in value.items()}
    wanted = {type(choice) for choice in args} if origin is Literal else {hint}
    if not isinstance(value, str) or not wanted & {int, float, bool}:
        return value
    try:
        plain = yaml.safe_load(value)
    except (yaml.YAMLError, ValueError):
        return value
    return plain if isinstance(plain, int | float) else value


def load(cls: type[T], path: str | Path, overrides: dict[str, Any] | None = None) -> T:
    """Read a file into one of the settings classes, with overrides merged over it."""
    return build(cls, merge(load_yaml(path), overrides or {}), path)


def merge(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Lay one mapping over another, section by section."""
    merged = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both else value
    return merged


def as_dict(config: Any) -> dict[str, Any]:
    """Turn settings into plain values for YAML and JSON."""
    return _plain(dataclasses.asdict(config))


def flat(config: Any) -> dict[str, Any]:
    """Turn settings into ``section.key`` -> value, for comparing runs."""
    out: dict[str, Any] = {}

    def walk(prefix: str, value: Any) -> None:
        if isinstance(value, dict) and value:
            for key, inner in value.items():
                walk(f"{prefix}.{key}" if prefix else key, inner)
        else:
            out[prefix] = value

    walk("", as_dict(config))
    return out


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value


def build(cls: type[T], content: Any, file: str | Path, section: str = "") -> T:
    """Fill a settings class from plain values.

    Raises:
        InputError: naming the file and the key, if a key is unknown or missing, or a value has the wrong type or range.
    """
    where = f"{section}." if section else ""
    if not isinstance(content, dict):
        raise InputError(file, expected=f"keys below {section or 'the top'}", found=brief(content))
    fields = {f.name: f for f in dataclasses.fields(typing.cast("Any", cls))}
    hints = typing.get_type_hints(cls)
    unknown = [k for k in content if k not in fields]
    if unknown:
        found = with_nearest(f"{where}{unknown[0]}", [where + name for name in fields])
        raise InputError(file, expected=f"one of the keys {', '.join(fields)}", found=f"key {found}")
    for name, spec in fields.items():
        no_default = spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING
        if no_default and name not in content:
            raise InputError(file, expected=f"key '{where}{name}'", found="no such key")
    values = {k: _convert(hints[k], v, file, where + k) for k, v in content.items()}
    try:
        return cls(**values)
    except ValueError as error:
        if not isinstance(error, RangeError):
            raise
        raise InputError(file, expected=f"'{where}{error.key}' {error.expected}", found=str(error.found)) from error


def _convert(hint: Any, value: Any, file: str | Path, key: str) -> Any:
    """Check one value against its type hint; ints pass as floats, nothing else is bent."""
    if dataclasses.is_dataclass(hint):
        return build(typing.cast("type", hint), value, file, key)
    if typing.get_origin(hint) in (tuple, dict):
        return _convert_many(hint, value, file, key)
    if typing.get_origin(hint) is Literal:
        # True is 1 to Python, and no number to a person.
        if any(value == choice and type(value) is type(choice) for choice in typing.get_args(hint)):
            return value
        choices = ", ".join(map(str, typing.get_args(hint)))
        raise InputError(file, expected=f"'{key}' to be one of {choices}", found=brief(value))
    if hint is Any:
        return value
    if hint is float and isinstance(value, int) and not isinstance(value, bool) and abs(value) < sys.maxsize:
        return float(value)
    if hint is float and isinstance(value, float) and not math.isfinite(value):
        raise InputError(file, expected=f"'{key}' to be a finite number", found=repr(value))
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise InputError(file, expected=f"'{key}' to be {hint.__name__}", found=brief(value))
    return value


def _convert_many(hint: Any, value: Any, file: str | Path, key: str) -> Any:
    """Check a list or a mapping, value by value."""
    args = typing.get_args(hint)
    if typing.get_origin(hint) is dict:
        if not isinstance(value, dict):
            raise InputError(file, expected=f"'{key}' to be a mapping", found=brief(value))
        return {str(k): _convert(args[1], v, file, f"{key}.{k}") for k, v in value.items()}
    any_length = Ellipsis in args
    if not isinstance(value, list | tuple) or (not any_length and len(value) != len(args)):
        raise InputError(
            file, expected=f"'{key}' to be a list{'' if any_length else f' of {len(args)}'}", found=brief(value)
        )
    hints = [args[0]] * len(value) if any_length else args
    return tuple(_convert(h, v, file, key) for h, v in zip(hints, value, strict=True))
