"""Methods and protocols by name, in the repository and in a wheel."""

import argparse
import shutil
from pathlib import Path

import pytest

from la2ds.config import load_method, method_file, protocol_file, shipped
from la2ds.errors import InputError
from tests.fixtures.paths import ROOT


def options(*words):
    parser = argparse.ArgumentParser(prog="la2ds evaluate")
    parser.add_argument("--protocol", type=protocol_file)
    parser.add_argument("--method", type=method_file)
    return parser.parse_args(words)


@pytest.mark.parametrize("kind", ["methods", "protocols"])
def test_every_file_of_the_repository_has_its_name(kind):
    files = sorted((ROOT / "config" / kind).glob("*.yaml"))
    assert files and [shipped(kind, file.stem) for file in files] == files


def test_a_wheel_s_own_copy_comes_first(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "config/methods", tmp_path / "methods")
    monkeypatch.setattr("la2ds.config.shipped_files._PACKAGED", tmp_path)
    assert shipped("methods", "la2ds_align") == tmp_path / "methods/la2ds_align.yaml"
    # With the methods it is based on.
    assert load_method(shipped("methods", "la2ds_align")) == load_method(ROOT / "config/methods/la2ds_align.yaml")


def test_what_no_seed_changes_is_run_once():
    methods = {file.stem: load_method(file) for file in (ROOT / "config/methods").glob("*.yaml")}
    once = {name for name, method in methods.items() if len(method.seeds(3)) == 1}
    assert once == {"time", "pose", "pose_time", "dtw_pose", "la2ds_pretrained"}
    assert len(methods["la2ds_adapted"].seeds(3)) == len(methods["untrained"].seeds(3)) == 3


def test_an_unknown_name_is_one_sentence():
    with pytest.raises(InputError) as caught:
        shipped("protocols", "defualt")
    known = ", ".join(sorted(file.stem for file in (ROOT / "config/protocols").glob("*.yaml")))
    assert (
        str(caught.value)
        == f"defualt: expected default perhaps, or another of the protocols {known}, found no such name"
    )
    with pytest.raises(InputError, match=f"expected one of the protocols {known}, found"):
        shipped("protocols", "xqzw")


def test_options_take_names_and_files(tmp_path, monkeypatch):
    given = options("--protocol", "default", "--method", "la2ds")
    assert given.protocol == ROOT / "config/protocols/default.yaml"
    assert given.method == str(ROOT / "config/methods/la2ds.yaml")
    monkeypatch.chdir(tmp_path)
    given = options("--protocol", "mine/default.yaml", "--method", "la2ds.yaml")
    assert given.protocol == Path("mine/default.yaml") and given.method == "la2ds.yaml"
    # A folder of one's own is no method, a file is.
    Path("la2ds").mkdir()
    Path("default").touch()
    given = options("--protocol", "default", "--method", "la2ds")
    assert given.protocol == Path("default") and given.method == str(ROOT / "config/methods/la2ds.yaml")


@pytest.mark.parametrize("word", ["la2ds-algin", "LA2DS_ALIGN", ""])
def test_a_misspelt_option_names_what_there_is(capsys, word):
    with pytest.raises(SystemExit, match="2"):
        options("--method", word)
    told = capsys.readouterr().err.splitlines()[-1]
    assert told.startswith(f"la2ds evaluate: error: argument --method: {word}: expected ") and "la2ds_align" in told
