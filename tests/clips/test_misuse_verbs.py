"""What people type by mistake is refused before anything takes long, and Ctrl-C is quiet."""

import signal
import subprocess
import sys

import pandas as pd
import pytest

from la2ds.__main__ import main as la2ds


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["compare", "a.mp4", "b.mp4", "-o", "clips"], "clips: expected a file to write, found a folder"),
        (["compare", "a.mp4", "b.mp4", "--csv", "a.mp4"], "a.mp4: expected an output of its own, found a file that is"),
        (["compare", "a.mp4", "b.mp4", "-o", "x.mp4", "--film", "x.mp4"], "x.mp4: expected an output of its own"),
        (["compare", "a.mp4", "b.mp4", "-o", "a.mp4/p.html"], "a.mp4/p.html: expected a folder to write into, found"),
        (["odd", "clips", "-o", "odd.png"], "odd.png: expected an output of its own"),
        (["odd", "clips", "-o", "clips"], "clips: expected a file to write, found a folder"),
        (["carry", "m.csv", "clips", "-o", "./m.csv"], "m.csv: expected an output of its own"),
        (["carry", "m.csv", "clips", "-o", "clips/anna 1.mp4"], "anna 1.mp4: expected an output of its own"),
    ],
)
def test_outputs_are_looked_at_first(films, tmp_path, monkeypatch, caplog, words, told):
    monkeypatch.chdir(tmp_path)
    films["paths"][0].parent.rename("clips")
    for name, film in zip(("a.mp4", "b.mp4"), sorted((tmp_path / "clips").iterdir()), strict=False):
        (tmp_path / name).write_bytes(film.read_bytes())
    pd.DataFrame({"video": ["ben.mp4"], "event": ["low"], "frame": [3]}).to_csv("m.csv", index=False)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert la2ds([*words, "--quick"]) == 2
    assert told in caplog.text and not films["calls"]
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_odd_marks_are_told_before_anything_is_learned(films, tmp_path, monkeypatch, capsys, caplog):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.csv").write_text("video,event,frame\nben.mp4,low,3\nben.mp4,low,4\n")
    assert la2ds(["carry", "m.csv", "my clips"]) == 2
    assert "m.csv: expected each event of ben.mp4 once, found 'low' more than once" in caplog.text
    assert "Learning" not in capsys.readouterr().err


def test_a_model_is_called_like_its_folder_as_far_as_letters_go(films, cache, monkeypatch, capsys):
    import la2ds.clips.learn as module

    fewer = module.fewer_steps
    monkeypatch.setattr(module, "fewer_steps", lambda method, share: fewer(method, 0.01 * share))
    folder = str(films["paths"][0].parent)
    assert la2ds(["learn", folder, "--name", "../squat"]) == 2
    assert not films["calls"]
    assert la2ds(["learn", folder]) == 0
    assert "`--model my_clips` takes it" in capsys.readouterr().err and (cache / "models" / "my_clips").is_dir()


def test_ctrl_c_ends_by_the_signal_and_without_a_traceback():
    code = (
        "import os, signal, sys; from la2ds import __main__ as command\n"
        "command.run = lambda *words: os.kill(os.getpid(), signal.SIGINT)\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler); sys.exit(command.main(['compare']))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (-signal.SIGINT, "stopped\n")
