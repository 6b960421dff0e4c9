"""Series of pictures are ordered by number, and names of files that no table can hold concern one clip alone."""

# ruff: noqa: E402 - the modules under test need what is skipped for here

import os
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

cv2 = pytest.importorskip("cv2", reason="the video extra is not installed")
pytest.importorskip("av", reason="the video extra is not installed")
pytest.importorskip("decord", reason="the video extra is not installed")

from la2ds.__main__ import main
from la2ds.config import DatasetConfig
from la2ds.datasets.films.series import list_pictures
from la2ds.datasets.folder import reader as folder
from la2ds.datasets.folder.labels import frame_at
from la2ds.datasets.folder.tables import Names
from la2ds.datasets.video import VideoError, open_video
from la2ds.formats.frames import read_frames
from la2ds.formats.videos import read_videos
from tests.fixtures.datasets.film_zoo import draw, number_in, write_film


def write_series(folder: Path, *names: str) -> None:
    folder.mkdir()
    for number, name in enumerate(names):
        cv2.imwrite(str(folder / name), draw(number, (96, 64)))


def test_two_comes_before_ten_and_hidden_files_are_none(tmp_path):
    write_series(tmp_path / "a", *(f"frame_{n}.png" for n in range(2, 14)))
    (tmp_path / "a/._frame_5.png").write_bytes(b"what macOS writes")
    pictures = list(open_video(tmp_path / "a").read())
    assert [number_in(picture) for picture in pictures] == list(range(12))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["1.png", "2.png", "4.png"], "expected 4 pictures, numbers 1 to 4, found 3, the first that is missing is 3"),
        (["1.png", "01.png"], r"expected each number once, found 01\.png and 1\.png"),
        (["cover.png"], r"expected numbered pictures, found 'cover\.png'"),
        ([], r"expected pictures in .*/a \(\.jpg, \.jpeg, \.png\), found none"),
    ],
)
def test_an_odd_series_is_refused_in_one_sentence(tmp_path, names, message):
    write_series(tmp_path / "a", *names)
    with pytest.raises(VideoError, match=message):
        list_pictures(tmp_path / "a")


def test_a_series_that_is_not_there_is_named(tmp_path):
    with pytest.raises(VideoError, match="expected pictures in frames/0001, found no such folder"):
        open_video(tmp_path / "frames/0001")


def run(root: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Index and decode a folder of videos: the videos table and the quarantine list."""
    (root.parent / "own.yaml").write_text(f"reader: folder\nroot: {root}\nactions: [squat]\n")
    files = {n: str(root.parent / n) for n in ("own.yaml", "v.csv", "l.parquet", "f.parquet", "q.csv")}
    options = ["--dataset", files["own.yaml"]]
    assert main(["index", *options, "--output-videos", files["v.csv"], "--output-labels", files["l.parquet"]]) == 0
    options += ["--videos", files["v.csv"], "--shard", "squat_000"]
    assert main(["decode", *options, "--output", files["f.parquet"], "--quarantine", files["q.csv"]]) == 0
    return read_videos(files["v.csv"]), pd.read_csv(files["q.csv"], keep_default_na=False)


@pytest.mark.parametrize(
    ("name", "shown"),
    [(b"j\xf6rg.mp4", "j\\xf6rg.mp4"), (b"a\rb.mp4", "a\\rb.mp4"), (b"a\nb.mp4", "a\\nb.mp4"), (b"\x1b[0m.mp4", None)],
)
def test_a_name_that_no_table_can_hold_concerns_its_clip_alone(tmp_path, name, shown):
    write_film(tmp_path / "videos/squat/fine.mp4", range(5))
    os.rename(tmp_path / "videos/squat/fine.mp4", os.fsencode(tmp_path / "videos/squat") + b"/" + name)
    write_film(tmp_path / "videos/squat/fine.mp4", range(5))
    videos, quarantine = run(tmp_path / "videos")
    assert videos.frames[videos.video_id == "squat/fine"].tolist() == [5]
    assert len(videos) == 2
    assert [video_id for video_id, _, _ in read_frames(tmp_path / "f.parquet")] == ["squat/fine"]
    shown = shown or "\\x1b[0m.mp4"
    expected = "expected a file name in UTF-8 without line breaks and other control characters"
    assert quarantine.reason.tolist() == [f"{expected}, found {shown}"]
    assert quarantine.stage.tolist() == ["name"]


@pytest.mark.parametrize("name", ["a\\b", "$x^{_$", "e\u0301t\u00e9", "a, b", '"a"', "100%", "NA"])
def test_an_unusual_name_is_read(tmp_path, name):
    write_film(tmp_path / f"videos/squat/{name}.mp4", range(5))
    videos, quarantine = run(tmp_path / "videos")
    assert videos.video_id.tolist() == [f"squat/{name}"]
    assert videos.frames.tolist() == [5]
    assert quarantine.empty


def test_a_name_is_found_however_its_letters_are_composed():
    apart, composed = (unicodedata.normalize(form, "squat/été") for form in ("NFD", "NFC"))
    names = Names({apart: f"{apart}.mp4", "squat/a\\b": "squat/a\\b.mp4"})
    for name in (apart, composed, f"{composed}.mp4", "été"):
        assert names.find(Path("labels.csv"), "line 2", name) == apart
    assert names.find(Path("labels.csv"), "line 2", "squat/a\\b") == "squat/a\\b"
    both = Names({apart: f"{apart}.mp4", composed: f"{composed}.mp4"})
    assert both.find(Path("labels.csv"), "line 2", composed) == composed
    assert folder.draw_splits([apart, "squat/b"])[apart] == folder.draw_splits([composed, "squat/b"])[composed]


@pytest.mark.parametrize(
    ("time", "frame"), [(0, 0), (0.049, 0), (0.051, 1), (0.1, 1), (0.13, 1), (1.9, 1), (1.96, 2), (2.0, 2), (9, 3)]
)
def test_a_time_is_the_frame_that_is_shown_then(time, frame):
    """Frame 1 is shown from 0.1 to 2 s."""
    assert frame_at(np.array([0, 0.1, 2.0, 2.1]), time) == frame


def test_a_time_before_the_first_picture_is_its_beginning():
    times = 0.5 + np.arange(10) / 30
    assert [frame_at(times, t) for t in (0.1, 0.5, 0.53, 0.6)] == [0, 0, 1, 3]
    assert frame_at(np.array([0.5]), 0.7) == 0


def test_a_label_in_time_counts_from_the_sound(tmp_path):
    write_film(tmp_path / "squat/a.mp4", late=15, sound=1.6)
    write_film(tmp_path / "squat/b.mp4")
    (tmp_path / "labels.csv").write_text("video,event,time\nsquat/a,low,0.8\nsquat/b,low,0.3\n")
    _, labels = folder.index(tmp_path, DatasetConfig(reader="folder", root="x", actions=("squat",)))
    assert [int((labels.phases[v] == 0).sum()) - 1 for v in ("squat/a", "squat/b")] == [9, 9]
