"""Files are written whole or not at all: on a full disk, after a kill, and beside what others are writing."""

import errno
import os
import pickle
import signal
import subprocess
import sys

import pyarrow as pa
import pytest
import torch

from la2ds.errors import InputError
from la2ds.formats.files.leftovers import temporary_folder
from la2ds.formats.files.parquet import read_parquet, write_parquet
from la2ds.formats.files.storage import atomic_path, write_bytes, write_text
from la2ds.learning.training.checkpoint import Checkpoint, save_checkpoint

# Writes half of a file, says so, and waits for its end.
HALF = """
import sys, time
from la2ds.formats.files.storage import atomic_path
with atomic_path(sys.argv[1]) as temporary:
    temporary.write_text("half")
    print(temporary.name, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def writing(tmp_path):
    """A process in the middle of writing out.csv, and the name of what it writes."""
    with subprocess.Popen([sys.executable, "-c", HALF, str(tmp_path / "out.csv")], stdout=subprocess.PIPE) as process:
        yield process, process.stdout.readline().decode().strip()
        process.kill()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_a_killed_process_left_is_swept_when_the_output_is_made_again(tmp_path, writing):
    process, half = writing
    write_text(tmp_path / "other.csv", "x")
    write_text(tmp_path / "out.csv", "whole")
    assert names(tmp_path) == sorted([half, "other.csv", "out.csv"])  # it is alive, so its file is its own
    process.send_signal(signal.SIGKILL)
    process.wait()
    write_text(tmp_path / "other.csv", "x")
    assert half in names(tmp_path)  # another output's
    write_text(tmp_path / "out.csv", "whole")
    assert names(tmp_path) == ["other.csv", "out.csv"]
    assert (tmp_path / "out.csv").read_text() == "whole"


def test_folders_are_swept_likewise(tmp_path):
    (tmp_path / ".unpacking-dead/inner").mkdir(parents=True)
    with temporary_folder(tmp_path, prefix=".unpacking-") as first:
        (first / "file").write_text("x")
        with temporary_folder(tmp_path, prefix=".unpacking-") as second:
            assert names(tmp_path) == sorted([first.name, second.name])
    assert names(tmp_path) == []


def fail(number):
    def write(*_args, **_options):
        raise OSError(number, os.strerror(number))

    return write


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said_with_what_was_needed(tmp_path, monkeypatch, number):
    monkeypatch.setattr("pathlib.Path.write_bytes", fail(number))
    weights = {"w": torch.zeros(1000)}
    for call in (
        lambda: write_bytes(tmp_path / "a", b"x" * 4321),
        lambda: write_text(tmp_path / "a", "x" * 4321),
        lambda: write_parquet(tmp_path / "a", pa.table({"x": list(range(1000))}), schema="x/1"),
        lambda: save_checkpoint(tmp_path / "a", Checkpoint(0, weights, {}, {}, [], 0.0, "")),
    ):
        with pytest.raises(InputError, match=r"a: expected room for [1-9][\d,]+ bytes on its disk, found [\d,]+ by"):
            call()
        assert names(tmp_path) == []


def test_other_writers_tell_how_far_they_came(tmp_path):
    def half(number):
        with atomic_path(tmp_path / "a") as temporary:
            temporary.write_text("half")
            fail(number)()

    with pytest.raises(InputError, match="room for more than 4 bytes"):
        half(errno.ENOSPC)
    with pytest.raises(PermissionError):
        half(errno.EACCES)
    assert names(tmp_path) == []


def test_errors_pass_from_process_to_process():
    error = pickle.loads(pickle.dumps(InputError("f", expected="this", found="that")))
    assert (type(error), str(error), error.found) == (InputError, "f: expected this, found that", "that")


def test_parquet_is_written_as_before(tmp_path):
    table = pa.table({"x": list(range(1000))})
    write_parquet(tmp_path / "a.parquet", table, schema="x/1", metadata={"k": "v"})
    found, metadata = read_parquet(tmp_path / "a.parquet", schema="x/1")
    assert metadata == {"k": "v"} and found.column("x").to_pylist() == table.column("x").to_pylist()
