"""Reading YAML that people wrote: whole, once each key, and never more than settings can be."""

import copy
import functools
from pathlib import Path
from typing import Any

import yaml

from la2ds.errors import InputError

# Settings are a few pages at most; beyond that it is another file, or one made to fill the memory.
LARGEST_BYTES, LARGEST_VALUES = 1_000_000, 100_000


# Both are safe loaders; the one in C, which not every build has, is some ten times quicker.
class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Refuses a key that stands twice in a mapping, of which YAML would keep the last without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value != "<<":
                if key.value in keys:
                    raise yaml.constructor.ConstructorError(None, None, f"key '{key.value}' twice", key.start_mark)
                keys.add(key.value)
        return super().construct_mapping(node, deep)


def load_yaml(path: str | Path) -> dict[str, Any]:
    """Read a YAML mapping.

    Raises:
        InputError: if the file is missing, is not YAML in UTF-8, has a key twice, is larger than settings are, or is
            not a mapping.
    """
    try:
        with Path(path).open("rb") as file:
            raw = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise InputError(path, expected="a settings file", found=error.strerror or str(error)) from error
    if len(raw) > LARGEST_BYTES:
        raise InputError(path, expected=f"a settings file of at most {LARGEST_BYTES:,} bytes", found="a larger one")
    content = copy.deepcopy(_parse_once(raw, str(path)))
    if not isinstance(content, dict):
        raise InputError(path, expected="a mapping of keys to values", found=type(content).__name__)
    return content


@functools.lru_cache(maxsize=256)
def _parse_once(raw: bytes, path: str) -> Any:
    """Read a file's content once: a plan asks for a method's file, and those it is based on, seven times."""
    return parse_yaml(raw, path)


def parse_yaml(raw: bytes, path: str | Path) -> Any:
    """Read YAML in UTF-8.

    Raises:
        InputError: if it is another thing, or larger than settings are.
    """
    try:
        text = raw.decode("utf-8-sig")
        content = yaml.load(text, Loader=_Loader)
        # What an alias repeats counts each time, for that is what it costs later.
        _count(content, LARGEST_VALUES)
    except UnicodeDecodeError as error:
        found = f"other bytes, 0x{raw[error.start]:02x} at {error.start}"
        raise InputError(path, expected="YAML in UTF-8", found=found) from error
    except RecursionError as error:
        raise InputError(path, expected="YAML", found="values within values without end") from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: dates that are none, numbers of thousands of digits
        raise InputError(path, expected="YAML", found=" ".join(str(error).split())) from error
    return content


def _count(value: Any, left: int) -> int:
    """Count values down from ``left``; ValueError where it does not suffice."""
    if left <= 0:
        raise ValueError(f"more than {LARGEST_VALUES:,} values")
    if isinstance(value, int) and value.bit_length() > 63:
        raise ValueError("a number of more than 18 digits")
    for inner in (value.values() if isinstance(value, dict) else value) if isinstance(value, dict | list | set) else ():
        left = _count(inner, left - 1)
    return left
