"""The process that finds poses: one for several films, and what happens where it dies."""

import pandas as pd
import pytest

from la2ds.clips.estimate import Task, estimate_apart
from la2ds.clips.read import read_several
from la2ds.errors import InputError
from la2ds.formats.keypoints import read_keypoints
from la2ds.formats.videos import write_videos

# Stands in for MediaPipe in that process, which imports it when it starts: knows films by their names.
ESTIMATOR = """
import os, sys
import numpy as np
if "la2ds.clips.estimate" in sys.orig_argv:
    from la2ds.formats.keypoints import Keypoints, KeypointShard
    from tqdm import tqdm
    from la2ds.pose.estimators import mediapipe

    def count_people(frames, weights, *, sample):
        return [2 if "two" in frames.name else 1]

    def estimate(request):
        film = request.videos.source.iloc[0]
        list(tqdm(range(3), desc="poses"))
        with open(os.environ["SEEN"], "a") as seen:
            print(os.getpid(), film, file=seen)
        if film == "dies.mp4":
            os.abort()
        if film == "slips.mp4":
            raise RuntimeError("not foreseen")
        joints = np.random.default_rng(0).uniform(0, 99, (20, 13, 2)).astype(np.float32)
        trust = np.full((20, 13), 0.0 if film == "nobody.mp4" else 1.0, np.float32)
        joints[trust == 0] = np.nan
        return KeypointShard({"clip": Keypoints(joints, trust)}, "body13", "drawn")

    mediapipe.count_people, mediapipe.estimate = count_people, estimate
"""


@pytest.fixture
def task(tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(ESTIMATOR)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("SEEN", str(tmp_path / "seen"))

    def make(name):
        row = {"video_id": "clip", "action": "clip", "split": "train", "source": f"{name}.mp4", "shard": "clip"}
        sizes = {"frames": 20, "fps": 20.0, "width": 100, "height": 100}
        write_videos(tmp_path / f"{name}.csv", pd.DataFrame([row | sizes]))
        return Task(tmp_path / f"{name}.frames", tmp_path / f"{name}.csv", tmp_path / f"{name}.parquet")

    return make


def look_at(tasks, people=1):
    answers = estimate_apart(tasks, weights=tasks[0].frames, people=people)
    return [str(answer) if answer else "" for answer in answers]


def test_films_share_a_process_and_bad_ones_stop_nobody(task, tmp_path, capfd):
    names = ["a", "nobody", "two", "b"]
    tasks = [task(name) for name in names]
    told = look_at(tasks)
    assert told[0] == told[3] == ""
    assert told[1].startswith("nobody.mp4: expected a person whose joints can be seen, found")
    assert told[2].startswith("two.mp4: expected one person, found several in 1 of 1 pictures")
    assert [file.output.exists() for file in tasks] == [True, False, False, True]
    assert read_keypoints(tasks[3].output).clips["clip"].position.shape == (20, 13, 2)
    assert len({line.split()[0] for line in (tmp_path / "seen").read_text().splitlines()}) == 1
    assert capfd.readouterr().err == "", "no bar where nobody looks on"


@pytest.mark.parametrize(("bad", "status"), [("dies", -6), ("slips", 1)])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_process_that_dies_is_started_again_for_the_rest(task, tmp_path, bad, status, place, capfd):
    names = ["a", "b"]
    names.insert(place, bad)
    tasks = [task(name) for name in names]
    told = look_at(tasks)
    assert told.pop(place) == f"{bad}.mp4: expected poses of its people, found MediaPipe ended with {status}"
    assert told == ["", ""] and [file.output.exists() for file in tasks] == [name != bad for name in names]
    seen = [line.split() for line in (tmp_path / "seen").read_text().splitlines()]
    assert [film for _, film in seen] == [f"{name}.mp4" for name in names]
    assert len({pid for pid, _ in seen}) == (1 if place == 2 else 2)


def test_several_films_are_asked_for_at_once_and_errors_stand_in_their_places(films, tmp_path, monkeypatch):
    import la2ds.clips.kept as module

    text, twin, asked = tmp_path / "text.mp4", tmp_path / "twin.mp4", []
    text.write_text("no film")
    twin.write_bytes(films["paths"][0].read_bytes())
    truth = module.estimate_apart
    monkeypatch.setattr(module, "estimate_apart", lambda tasks, **o: asked.append(len(tasks)) or truth(tasks, **o))
    found = read_several([text, *films["paths"], twin, tmp_path / "gone.mp4"])
    assert asked == [4]
    assert isinstance(found[0], InputError) and "text.mp4: expected a video" in str(found[0])
    assert isinstance(found[6], InputError) and "gone.mp4: expected a film, found no such file" in str(found[6])
    assert [clip.name for clip in found[1:6]] == [path.name for path in [*films["paths"], twin]]
    assert (found[5].poses == found[1].poses).all()
    assert len(read_several(films["paths"])) == 4 and asked == [4]


def test_a_film_that_was_refused_is_not_looked_at_again(films, monkeypatch):
    import la2ds.clips.kept as module

    asked = []

    def refuse_the_second(tasks, **options):
        asked.append(len(tasks))
        truth(tasks, **options)
        tasks[1].output.unlink()
        return [None, InputError(films["paths"][1], expected="one person", found="several"), None, None]

    truth = module.estimate_apart
    monkeypatch.setattr(module, "estimate_apart", refuse_the_second)
    found = read_several(films["paths"])
    assert [isinstance(clip, InputError) for clip in found] == [False, True, False, False] and asked == [4]


def test_what_is_broken_in_the_cache_is_made_anew_for_several_too(films, cache):
    first = read_several(films["paths"])
    for kept in ("videos.csv", "frames_360_90.parquet", "mediapipe_1.parquet"):
        for file in cache.rglob(kept):
            file.write_bytes(file.read_bytes()[:50])
        again = read_several(films["paths"])
        assert all((new.poses == old.poses).all() for new, old in zip(again, first, strict=True))
    for file in cache.rglob("*.*"):
        if file.name in ("videos.csv", "mediapipe_1.parquet"):  # both: its poses are not known any more
            file.write_bytes(b"") if file.name == "videos.csv" else file.unlink()
    again = read_several(films["paths"])
    assert all((new.poses == old.poses).all() for new, old in zip(again, first, strict=True))
