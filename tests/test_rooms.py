"""The rooms of the package: which may import which, and that no two files import each other in a circle."""

import ast
import re
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter

from la2ds.formats import layout
from la2ds.verbs import VERBS
from tests.fixtures.paths import ROOT

PAGE = (ROOT / "docs/architecture.md").read_text()

# From the ground up: a room imports rooms that stand before it, never beside or behind it.
LAYERS = [
    {"errors", "verbs", "version"},
    {"extras"},
    {"config"},
    {"formats"},
    {"datasets", "views"},
    {"pose"},
    {"learning"},
    {"evaluation"},
    {"report"},
    {"clips", "tracking"},
    {"plan"},
    {"api"},
    {"__main__"},
]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "la2ds").rglob("*.py"))
}


def imports_of(module):
    """Modules of the package that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in MODULES else node.module for name in names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


GRAPH = {module: {name for name in imports_of(module) if name in MODULES} for module in MODULES}


def room(module):
    return module.split(".")[1] if "." in module else ""


def test_every_room_has_a_layer():
    assert {room(module) for module in MODULES} - {""} == set().union(*LAYERS)
    assert len([path for path in (ROOT / "la2ds").iterdir() if (path / "__init__.py").is_file()]) <= 11


def test_no_room_imports_upwards():
    level = {name: n for n, layer in enumerate(LAYERS) for name in layer}
    upward = [
        f"{module} imports {name}"
        for module, names in GRAPH.items()
        for name in names
        if room(module) and room(name) and room(module) != room(name) and level[room(name)] >= level[room(module)]
    ]
    assert not upward


def test_no_file_imports_itself_in_a_circle():
    try:
        TopologicalSorter(GRAPH).prepare()
    except CycleError as error:
        raise AssertionError(" -> ".join(error.args[1])) from None


def test_no_folder_imports_another_in_a_circle():
    """Folders inside a room too: `pose/files` and `pose/estimators` may not need each other."""
    folders = defaultdict(set)
    for module, names in GRAPH.items():
        here = MODULES[module].parent
        folders[here] |= {
            MODULES[n].parent for n in names if MODULES[n].parent != here and here not in MODULES[n].parents
        }
    inside = {f: {t for t in targets if t not in f.parents} for f, targets in folders.items()}
    try:
        TopologicalSorter(inside).prepare()
    except CycleError as error:
        raise AssertionError(" -> ".join(folder.name for folder in error.args[1])) from None


def test_files_and_functions_are_small():
    lengths, long_files = [], {}
    for path in MODULES.values():
        text = path.read_text()
        if len(text.splitlines()) > 300:
            long_files[path.name] = len(text.splitlines())
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                lengths.append(node.end_lineno - node.lineno + 1)
    assert not long_files
    assert sum(length <= 45 for length in lengths) >= 0.95 * len(lengths)


def test_no_folder_is_crowded():
    folders = [path for path in (ROOT / "la2ds").rglob("*") if path.is_dir() and (path / "__init__.py").is_file()]
    crowded = {path.name: count for path in folders if (count := len(list(path.glob("*.py"))) - 1) > 15}
    assert not crowded


def rows(heading):
    """Cells of the table of a section of docs/architecture.md."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|") and "---" not in line]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_the_architecture_page_names_every_room_from_the_ground_up():
    names = [cells[0].strip("`") for cells in rows("The rooms")]
    assert set(names) == {path.name for path in (ROOT / "la2ds").iterdir() if (path / "__init__.py").is_file()}
    level = {name: n for n, layer in enumerate(LAYERS) for name in layer}
    assert [level[name] for name in names] == sorted(level[name] for name in names)


def test_its_stages_are_verbs_and_write_where_results_lie():
    patterns = {value for name, value in vars(layout).items() if name.isupper() and isinstance(value, str)}
    for _, verb, written, _ in rows("The flow"):
        assert verb.strip("`") in VERBS
        for path in (part for part in re.findall("`([^`]+)`", written) if part.startswith("results/")):
            assert path in patterns, path
