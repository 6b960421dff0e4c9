"""Repetitions found in drawn films whose truth is known, and cut out of a film frame by frame."""

from dataclasses import replace

import av
import numpy as np
import pandas as pd
import pytest

from la2ds.__main__ import main as la2ds
from la2ds.clips.repetitions import COLUMNS, reps
from la2ds.errors import InputError
from la2ds.formats.keypoints import Keypoints, KeypointShard, write_keypoints
from la2ds.report.figures.film import write_film
from tests.fixtures.drawn_series import NOTHING, drawn_nothing, drawn_series


@pytest.mark.parametrize(("count", "action"), [(1, "jumping_jacks"), (3, "side_lunge"), (12, "squat")])
def test_repetitions_are_counted_and_begin_and_end_where_they_do(count, action):
    clip, spans = drawn_series(200, count, action=action)
    found = reps(clip)
    assert list(found) == COLUMNS and found.repetition.tolist() == list(range(1, count + 1))
    truth = np.array(spans)
    apart = np.abs(found[["first_frame", "last_frame"]].to_numpy() - truth)
    assert apart.mean() <= 0.04 * (truth[:, 1] - truth[:, 0]).mean()
    assert (found.first_frame.to_numpy()[1:] > found.last_frame.to_numpy()[:-1]).all()
    np.testing.assert_array_equal(found.first_time, clip.times[found.first_frame])
    assert found.confidence.isna().all() if count == 1 else found.confidence.between(0.5, 1).all()


@pytest.mark.parametrize("kind", NOTHING)
def test_a_film_without_repetitions_has_none(kind):
    assert reps(drawn_nothing(200, kind)).empty


def test_the_frame_rate_and_where_somebody_stands_do_not_count():
    clip, _ = drawn_series(201, 4)
    found = reps(clip)
    frames = np.repeat(np.arange(len(clip)), 3)
    poses = 2 * clip.poses[frames] + 40
    fast = replace(clip, poses=poses, confidence=clip.confidence[frames], times=np.arange(len(frames)) / 60, fps=60.0)
    more = reps(fast)
    assert len(more) == len(found) == 4
    assert np.abs(more.first_time - found.first_time).max() < 0.15


def test_another_movement_among_them_is_left_out():
    squats, spans = drawn_series(202, 4, drift=False, holes=False)
    other, _ = drawn_series(202, 1, action="jumping_jacks", drift=False, holes=False)
    middle = (spans[1][1] + spans[2][0]) // 2
    # The other one where the second squat ends, on the same feet.
    moved = other.poses + (squats.poses[middle] - other.poses[0]).mean(0)
    poses = np.concatenate([squats.poses[:middle], moved, squats.poses[middle:]])
    times = np.arange(len(poses)) / 20
    found = reps(replace(squats, poses=poses, confidence=np.ones(poses.shape[:2], np.float32), times=times))
    assert len(found) == 4
    assert not ((found.first_frame < middle + len(moved) - 5) & (found.last_frame > middle + 5)).any()


def test_two_frames_are_no_repetition_and_nobody_is_a_sentence():
    clip, _ = drawn_series(203, 2)
    assert reps(replace(clip, poses=clip.poses[:2], confidence=clip.confidence[:2], times=clip.times[:2])).empty
    with pytest.raises(InputError, match="expected a pose in some frame"):
        reps(replace(clip, poses=np.full_like(clip.poses, np.nan)))


@pytest.fixture
def series(tmp_path, monkeypatch, cache):
    """A film of three repetitions, grey as its frames' numbers, whose poses are known."""
    clip, _ = drawn_series(204, 3)
    levels = [np.full((64, 48, 3), 20 + n % 200, np.uint8) for n in range(len(clip))]
    write_film(tmp_path / "three of.mp4", levels, fps=20)

    def estimate(tasks, *, weights, people):
        poses = {"clip": Keypoints(clip.poses * 0.1, clip.confidence)}
        for task in tasks:
            write_keypoints(task.output, KeypointShard(poses, "body13", "truth"))
        return [None] * len(tasks)

    monkeypatch.setattr("la2ds.clips.kept.estimate_apart", estimate)
    monkeypatch.setattr("la2ds.pose.estimators.weights.ensure_weights", lambda path: "")
    monkeypatch.chdir(tmp_path)
    return clip


def test_the_verb_writes_each_repetition_as_a_film(series, tmp_path, capsys):
    assert la2ds(["reps", "three of.mp4"]) == 0
    folder = tmp_path / "three of_reps"
    table = pd.read_csv(folder / "repetitions.csv")
    assert table.video.tolist() == [f"three of_0{n}.mp4" for n in (1, 2, 3)] and list(table) == COLUMNS
    for row in table.itertuples():
        with av.open(str(folder / row.video)) as film:
            pictures = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
            assert film.streams.video[0].average_rate == 20
        grey = [round(float(picture.mean())) - 20 for picture in pictures]
        truth = np.arange(row.first_frame, row.last_frame + 1) % 200
        assert len(grey) == len(truth) and np.abs(np.array(grey) - truth).max() <= 2
    assert "3 repetitions from" in capsys.readouterr().out
    assert la2ds(["reps", "three of.mp4"]) == 2  # what is there is not mixed with what is new


def test_a_film_without_any_gets_an_empty_table(series, tmp_path, monkeypatch, capsys):
    still = np.repeat(series.poses[:1], len(series), axis=0)
    series.poses[:] = still
    assert la2ds(["reps", "three of.mp4", "-o", "none"]) == 0
    assert "No repetitions" in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "none").iterdir()] == ["repetitions.csv"]
    assert pd.read_csv(tmp_path / "none/repetitions.csv").empty
