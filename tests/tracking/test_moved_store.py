"""MLflow's store in a folder that was moved or copied, and one that another process holds for a moment."""

import json
import shutil
import sqlite3
import subprocess
import sys
import threading

import pytest

from la2ds.__main__ import main
from la2ds.tracking import verb
from tests.fixtures import tracked_study as tracked
from tests.fixtures.paths import ROOT

mlflow = pytest.importorskip("mlflow")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A recorded study, in a folder whose name must be escaped in addresses."""
    root = tmp_path_factory.mktemp("moves") / "my study"
    root.mkdir()
    tracked.write_study(root, [("la2ds", 0), ("time", 0)])
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        assert main(tracked.options(root, "--uri", store_of(root))) == 0
    return root


@pytest.fixture
def copy(recorded, tmp_path, monkeypatch):
    """A copy of it in another place, which is the working folder."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    root = tmp_path / "copy of it"
    shutil.copytree(recorded, root)
    monkeypatch.chdir(root)
    return root


def store_of(root):
    """The default store, named in full: in one process MLflow keeps the first that a relative name led to."""
    return f"sqlite:///{root / 'results/mlflow/mlflow.db'}"


def track(root, uri=""):
    assert main(tracked.options(root, "--uri", uri or store_of(root))) == 0
    return json.loads((root / "results/demo/tracking.json").read_text())


def files_of(root):
    client = mlflow.MlflowClient(tracking_uri=store_of(root))
    runs = client.search_runs(["1"], filter_string="tags.superseded IS NULL AND tags.kind = 'run'")
    places = {run.info.artifact_uri for run in runs} | {client.get_experiment("1").artifact_location}
    return {r.info.run_name: [f.path for f in client.list_artifacts(r.info.run_id)] for r in runs}, places


def test_a_copy_has_its_own_files_and_leaves_the_first_alone(recorded, copy):
    before = sorted(str(path) for path in recorded.rglob("*"))
    database = (recorded / "results/mlflow/mlflow.db").read_bytes()
    stamp = track(copy)
    assert [stamp[key] for key in ("new", "unchanged", "superseded")] == [0, 2, 0]
    files, places = files_of(copy)
    assert "history.csv" in files["la2ds-squat-s0"] and "seed0.csv" in files["time-squat-s0"]
    assert all(place.startswith(f"{copy.as_uri()}/results/mlflow/artifacts/demo") for place in places)
    tracked.write_metrics(copy, "time", accuracy=0.3)
    assert track(copy)["superseded"] == 1
    files, _ = files_of(copy)
    assert "seed0.csv" in files["time-squat-s0"]
    assert sorted(str(path) for path in recorded.rglob("*")) == before
    assert (recorded / "results/mlflow/mlflow.db").read_bytes() == database


def test_another_store_than_that_of_the_folder_is_left_alone(recorded, copy):
    places = files_of(recorded)[1]
    assert track(copy, store_of(recorded))["unchanged"] == 2
    assert files_of(recorded)[1] == places


def test_a_store_that_is_held_for_a_moment_is_tried_again(copy, monkeypatch, caplog):
    monkeypatch.setattr(verb, "PAUSES_S", (0.3, 0.3, 3))
    monkeypatch.setattr("la2ds.tracking.moved.WAIT_S", 0.1)
    holder = sqlite3.connect("results/mlflow/mlflow.db", isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN EXCLUSIVE")
    timer = threading.Timer(1, holder.close)
    timer.start()
    stamp = track(copy)
    timer.join()
    assert "skipped" not in stamp and stamp["unchanged"] == 2
    assert "the store is held by another process; again in" in caplog.text


def test_a_store_that_stays_held_is_said(copy, monkeypatch):
    monkeypatch.setattr(verb, "PAUSES_S", (0.1,))
    monkeypatch.setattr("la2ds.tracking.moved.WAIT_S", 0.1)
    holder = sqlite3.connect("results/mlflow/mlflow.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert "database is locked" in track(copy)["skipped"]
    holder.close()


FAKE = """#!/bin/sh
case "$*" in
*pip*|"-m mlflow"*) echo "$*" >>"{log}" ;;
*) exec "{python}" "$@" ;;
esac
"""


@pytest.mark.parametrize("linked", [False, True])
def test_the_pages_open_in_a_moved_folder_and_nothing_is_installed(copy, tmp_path, linked):
    """`make ui`, with a Python that notes what it is asked for; its environment may be another clone's."""
    log, venv = tmp_path / "asked", (tmp_path / "other" if linked else copy) / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin/python").write_text(FAKE.format(log=log, python=sys.executable))
    (venv / "bin/python").chmod(0o755)
    if linked:
        (copy / ".venv").symlink_to(venv)
    (copy / "la2ds").symlink_to(ROOT / "la2ds")
    shutil.copytree(ROOT / "scripts", copy / "scripts")
    told = subprocess.run([copy / "scripts/la2ds.sh", "ui"], capture_output=True, text=True, check=True).stderr
    assert "/#/experiments/1/runs?viewStateShareKey=la2ds&" in told
    (asked,) = log.read_text().splitlines()
    assert asked.startswith("-m mlflow ui --backend-store-uri sqlite:///results/mlflow/mlflow.db")
    files, places = files_of(copy)
    assert all("config.yaml" in of_run for of_run in files.values())
    assert all(place.startswith(copy.as_uri()) for place in places)
    if linked:  # set-up uses another clone's environment as it is
        subprocess.run([copy / "scripts/la2ds.sh", "setup"], check=True)
        assert log.read_text().splitlines() == [asked]
