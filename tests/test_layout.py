"""The tests' own house: what several of them need lies in ``tests/fixtures``."""

import ast

from tests.fixtures.paths import ROOT


def imported(file):
    """Give dotted names of the modules, and of what is taken from them, that a file imports anywhere in it."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)


def test_no_file_imports_from_a_test_file():
    files = sorted((ROOT / "tests").rglob("*.py"))
    tests = {file.stem for file in files if file.stem.startswith("test_")} | {"conftest"}
    assert len(tests) > 50
    found = {str(f.relative_to(ROOT)): name for f in files for name in imported(f) if tests & set(name.split("."))}
    assert not found
