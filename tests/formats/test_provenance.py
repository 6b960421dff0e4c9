"""Where a result comes from."""

import json
import subprocess
import sys

import pytest

from la2ds.formats.results import provenance


@pytest.fixture(autouse=True)
def _forget(monkeypatch):
    monkeypatch.delenv("LA2DS_COMMIT", raising=False)
    provenance.commit_id.cache_clear()
    yield
    provenance.commit_id.cache_clear()


def repository(folder):
    """A checkout with one commit that holds a package with our file name."""
    folder.mkdir()
    (folder / "provenance.py").write_text("")
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "provenance.py"], [*identity, "commit", "-qm", "one"]):
        subprocess.run(["git", "-C", str(folder), *command], check=True)
    head = subprocess.run(["git", "-C", str(folder), "rev-parse", "--short=7", "HEAD"], capture_output=True, text=True)
    return head.stdout.strip()


def test_clean_changed_and_untracked_files(tmp_path, monkeypatch):
    head = repository(tmp_path / "a")
    monkeypatch.setattr(provenance, "SOURCE", tmp_path / "a")
    (tmp_path / "a" / "notes.txt").write_text("untracked files do not make a commit dirty")
    assert provenance.commit_id() == head
    provenance.commit_id.cache_clear()
    (tmp_path / "a" / "provenance.py").write_text("x = 1\n")
    assert provenance.commit_id() == f"{head}-dirty"


def test_unknown_outside_a_checkout_and_inside_a_foreign_one(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "SOURCE", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert provenance.commit_id() == "unknown"
    provenance.commit_id.cache_clear()
    repository(tmp_path / "foreign")
    (tmp_path / "foreign" / "site-packages").mkdir()
    monkeypatch.setattr(provenance, "SOURCE", tmp_path / "foreign" / "site-packages")
    assert provenance.commit_id() == "unknown"


def test_no_git_and_a_stated_commit(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert provenance.commit_id() == "unknown"
    provenance.commit_id.cache_clear()
    monkeypatch.setenv("LA2DS_COMMIT", "1234567")
    assert provenance.commit_id() == "1234567"


def test_is_plain_and_names_no_host():
    record = provenance.provenance()
    assert json.loads(json.dumps(record)) == record
    assert set(record) == {"commit", "dirty", "time", "python", "versions", "platform", "cpu", "cores", "gpu"}
    assert {"torch", "numpy", "scikit-learn"} <= set(record["versions"])
    assert record["cores"] >= 1


def test_imports_nothing_heavy():
    code = (
        "import sys; from la2ds.formats.results import provenance as p; p.provenance(); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
