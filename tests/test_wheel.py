"""The package as it is given away: what is in the wheel, and that it works outside the repository."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.fixtures.paths import ROOT

pytest.importorskip("setuptools", minversion="77", reason="setuptools 77 or later builds the wheel")
pytestmark = pytest.mark.slow
BUILT_FROM = ("la2ds", "config", "pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
BUILD = ["--no-deps", "--no-index", "--no-build-isolation", "--quiet"]


def call(*words, cwd, status=0):
    """Run a command with no trace of the repository; give what it printed."""
    words = [str(word) for word in words]
    done = subprocess.run(words, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def pip(*words, cwd):
    return call(sys.executable, "-m", "pip", "--disable-pip-version-check", *words, cwd=cwd)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """What of the repository is built, so that nothing is written into it."""
    folder = tmp_path_factory.mktemp("source")
    for name in BUILT_FROM:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="module")
def wheel(source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", *BUILD, "--wheel-dir", folder, source, cwd=folder)
    (file,) = folder.glob("la2ds-*.whl")
    return file


def new_venv(folder):
    """Make an environment that sees the packages of this one behind its own, but for this project."""
    call(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    (packages,) = folder.glob("lib/python*/site-packages")
    # A line of a .pth file adds a folder, and none of the .pth files in it: no editable install comes along.
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


@pytest.fixture(scope="module")
def venv(wheel, tmp_path_factory):
    """The wheel in an environment of its own."""
    folder = new_venv(tmp_path_factory.mktemp("installed") / "venv")
    pip("--python", folder / "bin/python", "install", "--no-deps", "--no-index", "--quiet", wheel, cwd=folder)
    return folder


def contents(file):
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_it_holds_the_package_with_its_data_and_no_more(wheel):
    package = {
        p.relative_to(ROOT).as_posix() for p in (ROOT / "la2ds").rglob("*") if p.is_file() and p.suffix != ".pyc"
    }
    kinds = ("methods", "protocols")
    settings = {f"la2ds/config/{kind}/{p.name}": p for kind in kinds for p in (ROOT / "config" / kind).glob("*.yaml")}
    found = contents(wheel)
    assert {name for name in found if ".dist-info/" not in name} == package | set(settings)
    assert all(found[name] == path.read_bytes() for name, path in settings.items())
    assert {"la2ds/py.typed", "la2ds/report/page/page.css", "la2ds/report/page/page.js"} <= package


def test_the_source_archive_builds_the_same(source, wheel, tmp_path):
    call(
        sys.executable,
        "-c",
        f"from setuptools import build_meta; build_meta.build_sdist({str(tmp_path)!r})",
        cwd=source,
    )
    (archive,) = tmp_path.glob("la2ds-*.tar.gz")
    pip("wheel", *BUILD, "--wheel-dir", tmp_path, archive, cwd=tmp_path)
    assert contents(next(tmp_path.glob("*.whl"))) == contents(wheel)


def write_study(folder):
    """One action of two train clips and a val clip, whose embedding is their time."""
    ids, frames = ["a", "b", "c"], 12
    rows = {"video_id": ids, "action": "wave", "split": ["train", "train", "val"], "source": ids, "frames": frames}
    pd.DataFrame(rows | {"fps": 25.0, "width": 64, "height": 64, "shard": "0"}).to_csv(folder / "v.csv", index=False)
    times = pd.DataFrame({"video_id": np.repeat(ids, frames), "frame": np.tile(np.arange(frames), 3)})
    times.assign(phase=times.frame // 4).to_csv(folder / "l.csv", index=False)
    times.assign(e0=times.frame / frames).to_csv(folder / "e.csv", index=False)
    return ["--videos", "v.csv", "--labels", "l.csv", "--embeddings", "e.csv", "--output", "m.csv"]


def test_the_command_works_outside_the_repository(venv, tmp_path):
    command = venv / "bin/la2ds"
    python = "import la2ds, la2ds.config as c; print(la2ds.__file__, la2ds.Clip, c.shipped('methods', 'la2ds_align'))"
    file, _, method = call(venv / "bin/python", "-c", python, cwd=tmp_path).replace("class ", "").split()
    assert venv in Path(file).parents and venv in Path(method).parents
    version = call(command, "--version", cwd=tmp_path)
    assert version == call(venv / "bin/python", "-m", "la2ds", "--version", cwd=tmp_path)
    assert version.startswith("la2ds ")
    assert "evaluate" in call(command, "--help", cwd=tmp_path)
    options = write_study(tmp_path)
    call(command, "evaluate", *options, "--protocol", "default", cwd=tmp_path)
    metrics = pd.read_csv(tmp_path / "m.csv").set_index(["metric", "variant"]).value
    assert metrics["phase_accuracy"].loc["labels=1.0/classifier=svc_rbf"] > 0.9
    told = call(command, "evaluate", *options, "--protocol", "defualt", cwd=tmp_path, status=2)
    assert "defualt: expected default perhaps" in told


def test_whoever_checks_types_sees_them(venv, tmp_path):
    pytest.importorskip("mypy", reason="mypy is not installed")
    (tmp_path / "use.py").write_text("import la2ds\nreveal_type(la2ds.Clip.frame_at)\nla2ds.nothing\n")
    words = ["--strict", "--python-executable", venv / "bin/python", "--cache-dir", tmp_path / "cache", "use.py"]
    told = call(sys.executable, "-m", "mypy", *words, cwd=tmp_path, status=1)
    assert 'Revealed type is "def (self: la2ds.clips.clip.Clip, time: float) -> int"' in told
    assert 'use.py:3: error: Module has no attribute "nothing"' in told and "Found 1 error in 1 file" in told


def test_an_editable_install_reads_the_repository_s_settings(source, tmp_path):
    folder = new_venv(tmp_path / "venv")
    pip("--python", folder / "bin/python", "install", *BUILD, "--editable", source, cwd=tmp_path)
    assert call(folder / "bin/la2ds", "--version", cwd=tmp_path).startswith("la2ds ")
    code = "from la2ds.config import shipped; print(shipped('protocols', 'default'))"
    found = call(folder / "bin/python", "-c", code, cwd=tmp_path).strip()
    assert Path(found) == source / "config/protocols/default.yaml"
