"""What goes wrong with files, disks and options ends a verb in one sentence, and nothing else does."""

import errno
import os
import types

import pytest

import la2ds.__main__ as cli


def run(monkeypatch, caplog, error):
    def fail(_args):
        raise error

    verb = types.SimpleNamespace(add_arguments=lambda parser: None, main=fail)
    monkeypatch.setattr(cli, "load", lambda name: verb)
    status = cli.main(["index"])
    return status, [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "x/y.csv: expected room on its disk, found No space left on device"),
        (errno.EDQUOT, "x/y.csv: expected room on its disk, found Disk quota exceeded"),
        (errno.EACCES, "x/y.csv: expected permission to read or write it, found Permission denied"),
        (errno.EROFS, "x/y.csv: expected a disk that can be written, found Read-only file system"),
        (errno.ENAMETOOLONG, "x/y.csv: expected a shorter name, found File name too long"),
    ],
)
def test_files_and_disks(monkeypatch, caplog, number, told):
    assert run(monkeypatch, caplog, OSError(number, os.strerror(number), "x/y.csv")) == (2, [told])
    caplog.clear()
    status, (line,) = run(monkeypatch, caplog, OSError(number, os.strerror(number)))
    assert status == 2 and line.startswith("la2ds index: expected ")


def test_memory_and_options(monkeypatch, caplog):
    assert run(monkeypatch, caplog, MemoryError("1 TiB")) == (2, ["la2ds index: expected enough memory, found 1 TiB"])


@pytest.mark.parametrize("error", [OSError("no number"), BrokenPipeError(errno.EPIPE, "x"), ValueError("x")])
def test_faults_of_ours_keep_their_traceback(monkeypatch, caplog, error):
    with pytest.raises(type(error)):
        run(monkeypatch, caplog, error)
