"""``import la2ds``: the names of ``la2ds.api``, loaded when they are used."""

import subprocess
import sys
import types

import pytest

import la2ds
from la2ds import api
from la2ds.errors import InputError


def test_it_is_light():
    heavy = ["numpy", "pandas", "torch", "yaml", "la2ds.api"]
    code = f"import sys, la2ds; la2ds.__version__, dir(la2ds); print(*set({heavy}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_its_names_are_those_of_the_api():
    assert set(la2ds.__all__) == {*api.__all__, "__version__"}
    for name in api.__all__:
        assert getattr(la2ds, name) is getattr(api, name)
    assert set(la2ds.__all__) <= set(dir(la2ds))


def test_other_names_are_none_of_it():
    with pytest.raises(AttributeError, match="module 'la2ds' has no attribute 'clip'"):
        la2ds.clip  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'nothing'"):
        from la2ds import nothing  # noqa: F401


def test_a_missing_extra_is_named(monkeypatch):
    class Api(types.ModuleType):
        def __getattr__(self, name):
            raise ModuleNotFoundError("No module named 'av'", name="av")

    monkeypatch.setitem(sys.modules, "la2ds.api", Api("la2ds.api"))
    with pytest.raises(InputError, match=r"av: expected .*pip install 'la2ds\[video\]'"):
        la2ds.Clip  # noqa: B018
