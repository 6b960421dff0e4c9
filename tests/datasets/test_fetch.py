"""The verb fetch against a server on the loopback: whole, cut, changed, wrong and hostile archives, and no server."""

import functools
import hashlib
import io
import socket
import tarfile
import threading
import types
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from la2ds.__main__ import main
from la2ds.datasets.fetch import download, verb
from la2ds.datasets.fetch import unpack as unpack_module
from la2ds.datasets.fetch.sources import SOURCES, missing_root
from la2ds.datasets.fetch.unpack import unpack
from la2ds.errors import InputError
from la2ds.formats.files.storage import sha256_of
from tests.fixtures.paths import ROOT
from tests.fixtures.snakemake_call import call

FILES = {"Penn_Action/labels/0001.mat": b"label" * 50, "Penn_Action/frames/0001/000001.jpg": bytes(range(256)) * 20}


def packed(files, *, links=()):
    """A .tar.gz of files, and of symbolic links (name, target)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for name, target in links:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return buffer.getvalue()


class Server(ThreadingHTTPServer):
    """Serves one file; knows ranges, and ends an answer early where `cuts` says after how many bytes."""

    def __init__(self, content):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.tag, self.cuts, self.asked, self.ranges = content, '"v1"', [], [], True
        self.type, self.onward = "application/octet-stream", ""
        self.url = f"http://127.0.0.1:{self.server_port}/Penn_Action.tar.gz"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server, wanted = self.server, self.headers.get("Range")
        server.asked.append(wanted)
        if server.content is None:
            self.send_error(404)
            return
        if server.onward:
            self.send_response(302)
            self.send_header("Location", server.onward)
            self.end_headers()
            return
        start = 0
        if wanted and server.ranges and self.headers.get("If-Range") == server.tag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(server.content) - 1}/{len(server.content)}")
        else:
            self.send_response(200)
        body = server.content[start:]
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", server.tag)
        self.send_header("Content-Type", server.type)
        self.end_headers()
        self.wfile.write(body[: server.cuts.pop(0)] if server.cuts else body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    server = Server(packed(FILES))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def fetch(tmp_path, caplog):
    """Call the verb for a dataset whose root is `penn`; give the exit status and what it said."""
    dataset = {"reader": "penn", "root": str(tmp_path / "penn"), "actions": ["squats"]}
    (tmp_path / "penn.yaml").write_text(yaml.safe_dump(dataset))

    def call(*arguments, file="penn.yaml"):
        caplog.clear()
        with caplog.at_level("INFO"):
            status = main(["fetch", "--dataset", str(tmp_path / file), *arguments])
        return status, [r.getMessage() for r in caplog.records]

    return call


def errors(lines):
    return [line for line in lines if "expected" in line]


def below(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_an_archive_is_downloaded_checked_unpacked_and_not_fetched_again(tmp_path, server, fetch):
    status, lines = fetch("--url", server.url)
    assert status == 0
    root = tmp_path / "penn"
    assert (root / "labels/0001.mat").read_bytes() == FILES["Penn_Action/labels/0001.mat"]
    digest = hashlib.sha256(server.content).hexdigest()
    assert (root / "Penn_Action.tar.gz.sha256").read_text() == f"{digest}  Penn_Action.tar.gz\n"
    assert any(digest in line for line in lines) and any("Phase labels are not part of it" in line for line in lines)
    assert below(root) == [
        "Penn_Action.tar.gz",
        "Penn_Action.tar.gz.sha256",
        "frames/0001/000001.jpg",
        "labels/0001.mat",
    ]
    status, lines = fetch("--url", server.url)
    assert status == 0 and lines == [f"Penn Action is there: {root}"]
    assert server.asked == [None]


def test_a_download_goes_on_where_it_was_cut_off(tmp_path, server, fetch, monkeypatch):
    monkeypatch.setattr(download, "ATTEMPTS", 1)
    server.cuts = [100]
    status, lines = fetch("--url", server.url)
    assert status == 2
    (line,) = errors(lines)
    assert f"found 100 of {len(server.content):,} bytes" in line and "the same command goes on from there" in line
    part = tmp_path / "penn/Penn_Action.tar.gz.part"
    assert part.read_bytes() == server.content[:100]
    assert not (tmp_path / "penn/labels").exists()
    assert fetch("--url", server.url)[0] == 0
    assert server.asked == [None, "bytes=100-"]
    assert (tmp_path / "penn/Penn_Action.tar.gz").read_bytes() == server.content
    assert not list((tmp_path / "penn").glob("*.part*"))


def test_a_connection_that_is_cut_is_taken_up_at_once(server, fetch):
    server.cuts = [100, 50, 1]
    status, lines = fetch("--url", server.url)
    assert status == 0
    assert server.asked == [None, "bytes=100-", "bytes=150-", "bytes=151-"]
    assert sum("cut off" in line for line in lines) == 3


def test_pieces_of_two_versions_are_not_put_together(tmp_path, server, fetch, monkeypatch):
    monkeypatch.setattr(download, "ATTEMPTS", 1)
    server.cuts = [100]
    assert fetch("--url", server.url)[0] == 2
    server.content, server.tag = packed({name: content[::-1] for name, content in FILES.items()}), '"v2"'
    assert fetch("--url", server.url)[0] == 0
    assert server.asked == [None, "bytes=100-"]
    assert (tmp_path / "penn/Penn_Action.tar.gz").read_bytes() == server.content


def test_a_server_without_ranges_sends_all_again(tmp_path, server, fetch):
    server.cuts, server.ranges = [100], False
    assert fetch("--url", server.url)[0] == 0
    assert (tmp_path / "penn/Penn_Action.tar.gz").read_bytes() == server.content


def test_a_wrong_checksum_is_refused_and_nothing_unpacked(tmp_path, server, fetch):
    status, lines = fetch("--url", server.url, "--sha256", "0" * 64)
    assert status == 2
    (line,) = errors(lines)
    assert f"expected sha256 {'0' * 64}, found sha256 {hashlib.sha256(server.content).hexdigest()}" in line
    assert below(tmp_path / "penn") == ["Penn_Action.tar.gz.part", "Penn_Action.tar.gz.part.json"]
    # The download itself was whole, and is not made again for a checksum that was mistyped.
    assert fetch("--url", server.url)[0] == 0
    assert server.asked == [None]


def test_the_first_checksum_holds_from_then_on(tmp_path, server, fetch):
    root = tmp_path / "penn"
    assert fetch("--url", server.url)[0] == 0
    (root / "labels/0001.mat").unlink()
    (root / "Penn_Action.tar.gz").write_bytes(packed({"Penn_Action/labels/0001.mat": b"other"}))
    status, lines = fetch("--url", server.url)
    assert status == 2 and "expected sha256" in errors(lines)[0]
    assert below(root / "labels") == []


def test_an_archive_laid_down_by_hand_is_unpacked_and_what_is_there_is_kept(tmp_path, server, fetch):
    root = tmp_path / "penn"
    (root / "labels").mkdir(parents=True)
    (root / "labels/0001.mat").write_bytes(b"mine")
    (root / "Penn_Action.tar.gz").write_bytes(server.content)
    status, lines = fetch("--url", server.url)
    assert status == 0 and server.asked == []
    assert (root / "labels/0001.mat").read_bytes() == b"mine"
    assert (root / "frames/0001/000001.jpg").is_file()
    assert any("labels is there already" in line for line in lines)


@pytest.mark.parametrize("name", ["../evil", "/evil", "Penn_Action/../../evil", "Penn_Action/labels/../../../evil"])
def test_names_that_lead_out_are_refused(tmp_path, name):
    root, archive = tmp_path / "a" / "b", tmp_path / "x.tar.gz"
    root.mkdir(parents=True)
    archive.write_bytes(packed({"Penn_Action/labels/0001.mat": b"1", name: b"evil"}))
    with pytest.raises(InputError, match="expected names that stay in the archive's folder, found '"):
        unpack(archive, root, folder="Penn_Action")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [archive]
    assert not list(root.iterdir())


def test_links_are_refused(tmp_path):
    archive = tmp_path / "x.tar.gz"
    archive.write_bytes(packed({"Penn_Action/a": b"1"}, links=[("Penn_Action/labels", "/etc")]))
    (tmp_path / "root").mkdir()
    with pytest.raises(InputError, match="expected files and folders alone, found a link or device"):
        unpack(archive, tmp_path / "root", folder="Penn_Action")
    assert not list((tmp_path / "root").iterdir())


@pytest.mark.parametrize("content", [b"<html>not found</html>", packed(FILES)[:200], b""])
def test_a_broken_archive_is_one_sentence(tmp_path, server, fetch, content):
    server.content = content
    status, lines = fetch("--url", server.url)
    assert status == 2
    (line,) = errors(lines)
    assert "Penn_Action.tar.gz: expected a whole .tar archive, found " in line
    assert below(tmp_path / "penn") == []  # not to be taken for the archive, nor for the beginning of it
    assert not (tmp_path / "penn/labels").exists() and not list((tmp_path / "penn").glob(".unpacking*"))


@pytest.mark.parametrize(("kind", "told"), [("text/html; charset=utf-8", "a page for people"), ("text/plain", "html>")])
def test_a_page_to_log_in_is_not_the_archive_and_the_same_command_works_later(tmp_path, server, fetch, kind, told):
    whole, server.content, server.type = server.content, b"<!doctype html><form>log in</form>", kind
    status, lines = fetch("--url", server.url)
    assert status == 2 and told in errors(lines)[0] and server.url in errors(lines)[0]
    assert not (tmp_path / "penn").exists() or below(tmp_path / "penn") == []
    server.content, server.type = whole, "application/gzip"
    assert fetch("--url", server.url)[0] == 0
    assert (tmp_path / "penn/Penn_Action.tar.gz").read_bytes() == whole


@pytest.mark.parametrize("onward", ["http://198.51.100.7/x.tar.gz", "ftp://127.0.0.1/x.tar.gz", "file:///etc/passwd"])
def test_only_https_is_followed(tmp_path, server, fetch, onward):
    server.onward = onward
    status, lines = fetch("--url", server.url)
    assert status == 2
    (line,) = errors(lines)
    assert "expected to be sent on to https alone" in line or "HTTP status 302" in line
    status, lines = fetch("--url", onward)
    assert status == 2 and errors(lines) == [f"{onward}: expected an address that begins with https://, found another"]
    assert not (tmp_path / "penn").exists()


def test_sizes_have_bounds(tmp_path, server, fetch, monkeypatch):
    monkeypatch.setattr(verb, "download", functools.partial(download.download, most=100))
    status, lines = fetch("--url", server.url)
    assert status == 2 and errors(lines) == [f"{server.url}: expected at most 100 bytes, found {len(server.content):,}"]
    monkeypatch.undo()
    for name, most in (("MOST_BYTES", 5000), ("MOST_MEMBERS", 1)):
        monkeypatch.setattr(unpack_module, name, most)
        status, lines = fetch("--url", server.url)
        assert status == 2 and "expected at most " in errors(lines)[0]
        assert below(tmp_path / "penn") == []
        monkeypatch.undo()
    monkeypatch.setattr("shutil.disk_usage", lambda path: types.SimpleNamespace(free=5000))
    status, lines = fetch("--url", server.url)
    assert status == 2
    assert f"{tmp_path / 'penn'}: expected room for the 5,370 bytes in " in errors(lines)[0]
    assert errors(lines)[0].endswith("found 5,000 bytes free")


def test_what_a_killed_call_unpacked_is_swept(tmp_path, server, fetch):
    dead = tmp_path / "penn/.unpacking-dead/Penn_Action"
    dead.mkdir(parents=True)
    (dead / "half").write_bytes(b"x")
    assert fetch("--url", server.url)[0] == 0
    assert not list((tmp_path / "penn").glob(".unpacking*"))


@pytest.mark.parametrize("mode", ["w:xz", "w:bz2", "w"])
def test_other_compressions_that_are_broken_are_one_sentence(tmp_path, mode):
    archive = tmp_path / "x.tar"
    with tarfile.open(archive, mode) as tar:
        tar.add(Path(__file__), "labels/0001.mat")
    whole = archive.read_bytes()
    for content in (whole[: len(whole) // 2], whole[:100] + bytes(60) + whole[160:]):
        archive.write_bytes(content)
        with pytest.raises(InputError, match=r"x\.tar: expected a whole \.tar archive, found "):
            unpack(archive, tmp_path, folder="labels")
        assert below(tmp_path) == ["x.tar"]


def test_an_archive_of_something_else_is_refused(server, fetch):
    server.content = packed({"Penn_Action/readme.txt": b"moved"})
    status, lines = fetch("--url", server.url)
    assert status == 2
    assert errors(lines)[0].endswith("expected labels/*.mat in it, found readme.txt")


def test_without_a_connection_there_is_one_sentence_and_no_folder(tmp_path, fetch):
    with socket.socket() as free:  # a port that nobody listens at
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    status, lines = fetch("--url", f"http://127.0.0.1:{port}/Penn_Action.tar.gz")
    assert status == 2
    (line,) = errors(lines)
    assert "expected Penn_Action.tar.gz whole, found no connection to 127.0.0.1" in line and "\n" not in line
    assert not (tmp_path / "penn").exists()


def test_a_dead_address_is_one_sentence(server, fetch):
    server.content = None
    status, lines = fetch("--url", server.url)
    assert status == 2
    assert errors(lines) == [f"{server.url}: expected a file, found HTTP status 404 (Not Found)"]


@pytest.mark.parametrize(("option", "value"), [("--url", "file:///etc/passwd"), ("--sha256", "abc")])
def test_odd_options_are_refused(tmp_path, fetch, option, value):
    status, lines = fetch(option, value)
    assert status == 2 and len(errors(lines)) == 1
    assert not (tmp_path / "penn").exists()


@pytest.mark.parametrize("name", ["ikea", "h2o", "uiprmd"])
def test_where_a_person_is_needed_it_is_said_what_to_do(tmp_path, fetch, name):
    content = yaml.safe_load((ROOT / f"config/datasets/{name}.yaml").read_text())
    (tmp_path / "other.yaml").write_text(yaml.safe_dump(content))
    status, lines = fetch("--root", str(tmp_path / "there"), file="other.yaml")
    assert status == 0
    assert SOURCES[name].page in lines[0]
    assert [line for line in lines if line.startswith("1. ")] and any(str(tmp_path / "there") in line for line in lines)
    assert not (tmp_path / "there").exists()


def test_a_dataset_without_a_source_is_refused(tmp_path, fetch):
    (tmp_path / "other.yaml").write_text("{reader: demo, root: x, actions: [a]}")
    status, lines = fetch(file="other.yaml")
    assert status == 2 and "expected reader penn, ikea, h2o, uiprmd, found 'demo'" in errors(lines)[0]


def test_every_real_dataset_has_a_word_on_where_it_comes_from():
    files = {path.stem: yaml.safe_load(path.read_text()) for path in (ROOT / "config/datasets").glob("*.yaml")}
    for name, content in files.items():
        if content["reader"] != "demo":
            assert missing_root(content["reader"]), name
    for reader in SOURCES:
        assert files[reader]["reader"] == reader  # `fetch_{reader}` is about this file


def test_a_digest_by_hand(tmp_path):
    (tmp_path / "x").write_bytes(b"abc")
    assert sha256_of(tmp_path / "x") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_every_fetch_rule_calls_the_verb_for_its_dataset(tmp_path):
    pytest.importorskip("snakemake", reason="the workflow extra is not installed")
    for name in ("Snakefile", "workflow", "config", "profiles", "envs", "la2ds"):
        (tmp_path / name).symlink_to(ROOT / name)
    targets = [f"fetch_{name}" for name in SOURCES]
    code, output = call(tmp_path, *targets, "-n", "-p", "--config", "overrides={penn: {root: else where}}")
    assert code == 0, output
    for name in SOURCES:
        assert f"python -m la2ds fetch --dataset config/datasets/{name}.yaml --root " in output
    assert "--root 'else where' 2>&1" in output
    assert not Path(tmp_path, "data").exists()
