import shutil
from pathlib import Path

import pytest

from tests.fixtures.drawn_clips import draw_film, true_poses


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A folder of its own for what is kept about films."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("LA2DS_CACHE", str(folder))
    return folder


INDICES = {"anna 1.mp4": 0, "änne.mp4": 1, "ben.mp4": 2, "cleo.mp4": 3}


@pytest.fixture(scope="session")
def drawn_films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    return [draw_film(folder / name, index) for name, index in INDICES.items()]


@pytest.fixture
def films(tmp_path, monkeypatch, cache, drawn_films):
    """Four films of squats, whose poses are known without an estimator."""
    folder = tmp_path / "my clips"
    folder.mkdir()
    paths = {Path(shutil.copy(film, folder)): (INDICES[film.name], "squat") for film in drawn_films}
    estimate = true_poses(paths)
    monkeypatch.setattr("la2ds.clips.kept.estimate_apart", estimate)
    monkeypatch.setattr("la2ds.pose.estimators.weights.ensure_weights", lambda path: "")
    return {"paths": list(paths), "calls": estimate.calls}
