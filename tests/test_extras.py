"""What is not installed is named with the line that installs it; imports of ours that fail keep their traceback."""

import ast
import re
import subprocess
import sys
import tomllib

import pytest

from la2ds.errors import InputError
from la2ds.extras import EXTRAS, extras_named
from tests.fixtures.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# Distributions that are called otherwise than what is imported.
CALLED = {"cv2": "opencv-contrib-python", "decord": "decord2", "sklearn": "scikit-learn", "yaml": "pyyaml"}
# What scikit-learn brings.
BROUGHT = {"threadpoolctl", "PIL"}


def distributions(requirements):
    return {re.match(r"[\w-]+", line)[0].lower() for line in requirements}


def distribution(module):
    return CALLED.get(module, module.replace("_", "-"))


def foreign_imports():
    """Modules from outside that the package imports anywhere."""
    for path in (ROOT / "la2ds").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            yield from (name.partition(".")[0] for name in names)


def test_each_module_is_in_the_extra_that_the_line_names():
    extras = PROJECT["optional-dependencies"]
    wrong = {m: extra for m, extra in EXTRAS.items() if distribution(m) not in distributions(extras[extra])}
    assert not wrong


def test_every_package_is_required_or_of_an_extra():
    foreign = set(foreign_imports()) - sys.stdlib_module_names - {"la2ds"} - BROUGHT
    always = distributions(PROJECT["dependencies"])
    assert {m for m in foreign if distribution(m) not in always} == set(EXTRAS)


def call_without(modules, *arguments):
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({modules!r})); from la2ds.__main__ import main; sys.exit(main())"
    )
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("verb", "module", "extra"),
    [
        ("demo", "av", "video"),
        ("decode", "cv2", "video"),
        ("draw_map", "matplotlib", "video"),
    ],
)
def test_a_verb_names_the_extra(verb, module, extra):
    done = call_without([module], verb, "--help")
    told = f"{module}: expected this package, which `pip install 'la2ds[{extra}]'` brings, found no such module\n"
    assert done.returncode == 2 and done.stderr.endswith(told) and done.stderr.count("\n") == 1


def test_it_is_a_decorator_too():
    @extras_named()
    def look():
        raise ModuleNotFoundError("No module named 'mediapipe.tasks'", name="mediapipe.tasks")

    with pytest.raises(InputError, match=r"pip install 'la2ds\[video\]'"):
        look()


@pytest.mark.parametrize("name", ["la2ds.nothing", "numpy", None])
def test_other_imports_that_fail_are_faults(name):
    with pytest.raises(ModuleNotFoundError), extras_named():
        raise ModuleNotFoundError("No module named ...", name=name)


def test_a_library_that_cannot_be_loaded_is_named():
    why = "libGL.so.1: cannot open shared object file"
    with pytest.raises(InputError, match=rf"^cv2: expected .*la2ds\[video\].*, found {why}$"), extras_named():
        raise ImportError(why, name="cv2", path="/lib/cv2/cv2.abi3.so")
    # Ours, that takes a name which a package lacks.
    with pytest.raises(ImportError, match="cannot import name"), extras_named():
        raise ImportError("cannot import name 'x' from 'cv2'", name="cv2", path="/lib/cv2/__init__.py")


def test_a_name_that_a_module_lacks_is_a_fault():
    with pytest.raises(ImportError, match="cannot import name"), extras_named():
        from la2ds.errors import nothing  # noqa: F401


def test_the_help_needs_no_extra():
    done = call_without(sorted(EXTRAS))
    assert done.returncode == 0 and "evaluate" in done.stdout
