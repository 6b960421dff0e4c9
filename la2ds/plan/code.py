"""Code that counts like a setting: the modules that decide what a verb writes, found in the imports of the package."""

import functools
import re
from pathlib import Path

from la2ds.verbs import VERBS

PACKAGE = Path(__file__).resolve().parents[1]
# Networks and what they are shown are not followed: they decide what embeddings are, and those are dear to make again.
# Instead each embedding names its commit, and a table says so where rows are of different commits.
NOT_FOLLOWED = ("la2ds.learning", "la2ds.views")
PAGE_PARTS = ("*.css", "*.js")
_IMPORT = re.compile(r"^[ \t]*from (la2ds[\w.]*) import (\([^)]*\)|[^\n]+)", re.MULTILINE)


@functools.cache
def code_of(verb: str) -> list[str]:
    """List the files of a verb's module and of everything of this package that it imports, and ``PAGE_PARTS``, sorted.

    Returns:
        paths below the folder of the package.
    """
    found: set[str] = set()
    waiting = [VERBS[verb][0]]
    while waiting:
        module = waiting.pop()
        if module not in found and (module == VERBS[verb][0] or not module.startswith(NOT_FOLLOWED)):
            found.add(module)
            waiting += imports_of(module)
    files = {file_of(module) for module in found}
    # What a page is made of lies beside the module that writes it.
    files |= {beside for file in files for kind in PAGE_PARTS for beside in file.parent.glob(kind)}
    return sorted(file.relative_to(PACKAGE.parent).as_posix() for file in files)


@functools.cache
def imports_of(module: str) -> frozenset[str]:
    """List the modules of this package that a module imports, at its top or inside functions."""
    return frozenset(
        source
        for package, names in _IMPORT.findall(file_of(module).read_text(encoding="utf-8"))
        for name in re.findall(r"(\w+)(?: as \w+)?", names.partition("#")[0])
        if (source := _source_of(package, name)) != module
    )


def file_of(module: str) -> Path:
    """Give the file of a module of this package."""
    place = PACKAGE.joinpath(*module.split(".")[1:])
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def _source_of(package: str, name: str) -> str:
    """Give the module that a name comes from, also where a package only hands it on."""
    if file_of(f"{package}.{name}").is_file():
        return f"{package}.{name}"
    return _handed_on(package).get(name, package) if file_of(package).name == "__init__.py" else package


@functools.cache
def _handed_on(package: str) -> dict[str, str]:
    text = file_of(package).read_text(encoding="utf-8")
    return {
        name: source for source, names in _IMPORT.findall(text) for name in re.findall(r"\w+", names.partition("#")[0])
    }
