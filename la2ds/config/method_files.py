"""Method files, which may be based on each other."""

from pathlib import Path
from typing import Any

from la2ds.config.method import MethodConfig
from la2ds.config.strict import NAME, brief, build, merge
from la2ds.config.yaml_file import load_yaml
from la2ds.errors import InputError


def method_files(path: str | Path) -> list[Path]:
    """List a method file and those it is based on, nearest first.

    Raises:
        InputError: if files are based on each other in a circle.
    """
    files = [Path(path)]
    while (base := load_yaml(files[-1]).get("base")) is not None:
        if not isinstance(base, str) or not NAME.match(base):
            raise InputError(files[-1], expected="'base' a name of letters, digits and _", found=brief(base))
        parent = files[-1].with_name(f"{base}.yaml")
        if parent in files:
            raise InputError(path, expected="a base that ends", found=f"a circle through {parent.name}")
        if not parent.is_file():
            raise InputError(files[-1], expected="base to name a method file", found=f"no {parent}")
        files.append(parent)
    return files


def load_method(path: str | Path) -> MethodConfig:
    """Read a method file; keys it does not give come from its ``base`` file, then from the defaults."""
    merged: dict[str, Any] = {}
    for file in reversed(method_files(path)):
        content = load_yaml(file)
        content.pop("base", None)
        # Over its bases, for a value may suit theirs and not the defaults (dim and heads, say).
        merged = merge(merged, content)
        build(MethodConfig, {"label": "", **merged}, file)
    return build(MethodConfig, merged, path)
