"""The examples of docs/python.md, run one after the other as a reader would."""

import json
import re
import shutil
from typing import Any

import pytest

from tests.fixtures.drawn_clips import true_poses
from tests.fixtures.paths import ROOT

PAGE = (ROOT / "docs/python.md").read_text()


@pytest.mark.slow
def test_the_examples_run(tmp_path, monkeypatch, cache, drawn_films, capsys):
    import la2ds.clips.learn as module

    films = {}
    for index, (name, film) in enumerate(zip("abcd", drawn_films, strict=True)):
        films[shutil.copy(film, tmp_path / f"{name}.mp4")] = (index, "squat")
    monkeypatch.setattr("la2ds.clips.kept.estimate_apart", true_poses(films))
    monkeypatch.setattr("la2ds.pose.estimators.weights.ensure_weights", lambda path: "")
    fewer = module.fewer_steps
    monkeypatch.setattr(module, "fewer_steps", lambda method, share: fewer(method, 0.02 * share))
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) >= 7
    for block in blocks:
        exec(compile(block, "docs/python.md", "exec"), names)
    told = capsys.readouterr().out
    assert "poses" in told and "nothing.mp4: expected a film, found no such file" in told
    assert (tmp_path / "match.csv").is_file()


def test_every_command_of_the_page_is_a_verb():
    from la2ds.verbs import VERBS

    assert set(re.findall(r"`la2ds (\w+)", PAGE)) <= set(VERBS)


@pytest.mark.slow
def test_the_notebook_runs_and_the_model_beats_the_clock(tmp_path, monkeypatch, cache):
    cells = json.loads((ROOT / "docs/clips.ipynb").read_text())["cells"]
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for number, cell in enumerate(cells):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"cell {number}", "exec"), names)
    assert (tmp_path / "path.png").stat().st_size > 5000
    assert names["off"]["frame"] < names["off"]["clock"]
    assert set(names["line"].video) == set(names["names"])
