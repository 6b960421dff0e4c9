"""The same command again works after whatever ended the last one."""

import json
import os
import platform
import signal
import subprocess
import sys
import time

import pytest

from la2ds.plan import locks
from tests.fixtures.fake_slurm import FakeSlurm
from tests.fixtures.workflow_study import Study

TARGET = "results/toy/train/net/a/seed0/model.safetensors"


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_same_command_works_after_a_kill(tmp_path, number):
    study = Study(tmp_path)
    study.write("slowly", "")
    command = [sys.executable, "-m", "snakemake", TARGET]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 60
    while not (tmp_path / "started").exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    os.killpg(process.pid, number)
    process.wait(30)
    (tmp_path / "slowly").unlink()
    code, output = study.snakemake(TARGET)
    assert code == 0, output
    assert (tmp_path / TARGET).is_file() and "Nothing to be done" in study.snakemake(TARGET, "-n")[1]


@pytest.mark.slow
def test_jobs_that_an_earlier_run_left_in_the_queue_are_named(tmp_path, monkeypatch):
    pytest.importorskip("snakemake_executor_plugin_slurm")
    folder = tmp_path / "study"
    folder.mkdir()
    study, slurm = Study(folder), FakeSlurm(tmp_path / "slurm")
    monkeypatch.setenv("PATH", f"{slurm.folder}/bin{os.pathsep}{os.environ['PATH']}")
    slurm.write("places", f"11|01234567-89ab-cdef-0123-456789abcdef|rule_train_method|{folder}\n")
    code, output = study.snakemake("results/toy/videos.csv", "--profile", "slurm", "--forcerun", "index_videos")
    assert code == 1 and "`scancel 11`" in output and "Traceback" not in output, output
    assert not slurm.read("sent") and not list(folder.glob(".snakemake/locks/*"))


def owned(folder, **changes):
    owner = {"host": platform.node(), **locks.this_process()} | changes
    (folder / "locks").mkdir(parents=True, exist_ok=True)
    (folder / "locks/0.output.lock").write_text("x")
    (folder / locks.OWNER).write_text(json.dumps(owner))
    return owner


def test_locks_of_the_dead_are_swept_and_no_others(tmp_path):
    lock = tmp_path / "locks/0.output.lock"
    owned(tmp_path)
    assert locks.claim(tmp_path) == "" and lock.exists(), "its owner is this very process"
    owned(tmp_path, host="another")
    assert locks.claim(tmp_path) == "" and lock.exists(), "nobody here knows of another host's processes"
    lock.rename(tmp_path / "lock")
    assert locks.claim(tmp_path) == ""
    assert json.loads((tmp_path / locks.OWNER).read_text())["host"] == platform.node(), "whose run has ended"
    (tmp_path / "lock").rename(lock)
    (tmp_path / locks.OWNER).write_text("no owner")
    assert locks.claim(tmp_path) == "" and lock.exists(), "nobody knows whose they are"
    owned(tmp_path, started=1.0)  # an earlier process of the same number
    assert "they are removed" in locks.claim(tmp_path) and not lock.exists()
    assert json.loads((tmp_path / locks.OWNER).read_text())["pid"] == os.getpid()
