"""A zoo of films: the frames, their number and their times are those FFmpeg shows, each held by its picture."""

# ruff: noqa: E402 - the modules under test need what is skipped for here

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

av = pytest.importorskip("av", reason="the video extra is not installed")
pytest.importorskip("decord", reason="the video extra is not installed")

from la2ds.datasets.films import witness
from la2ds.datasets.films.clip import settle
from la2ds.datasets.films.witness import differs
from la2ds.datasets.video import Facts, VideoError, examine, open_video
from tests.fixtures.datasets.film_zoo import FPS, drop, number_in, remux, shown_by_ffmpeg, turn, write_film

CODECS = {  # suffix -> encoder and container, where the suffix does not say it
    ".mp4": ("libx264", None),
    ".m4v": ("libx264", "mp4"),
    ".mov": ("mpeg4", None),
    ".3gp": ("libx264", None),
    ".avi": ("mpeg4", None),
    ".mkv": ("libx265", None),
    ".webm": ("libvpx-vp9", None),
    ".wmv": ("wmv2", None),
    ".flv": ("libx264", None),
    ".ogv": ("libvpx", "ogg"),
    ".mpg": ("mpeg2video", None),
    ".mpeg": ("mpeg2video", "mpeg"),
    ".ts": ("libx264", None),
    ".mts": ("libx264", "mpegts"),
    ".m2ts": ("libx264", "mpegts"),
}


def check(path: Path, numbers: list[int], *, times: list[float] | None = None, close: float = 2e-3) -> Facts:
    """Hold a film against what was drawn and against FFmpeg: number, times (within seconds), and every picture."""
    video = open_video(path)
    facts = examine(video)
    pictures = list(video.read())
    assert [number_in(picture) for picture in pictures] == numbers
    assert facts.frames == len(numbers)
    reference = shown_by_ffmpeg(path)
    assert len(reference) == len(pictures)
    for own, other in zip(pictures, reference, strict=True):
        assert own.shape == (facts.size[1], facts.size[0], 3)
        np.testing.assert_array_equal(own, other)
    expected = np.arange(len(numbers)) / FPS if times is None else np.array(times)
    np.testing.assert_allclose(facts.timing.times, expected, atol=close)
    return facts


@pytest.mark.parametrize("suffix", CODECS)
def test_every_suffix_is_read(tmp_path, suffix):
    codec, container = CODECS[suffix]
    write_film(tmp_path / f"a{suffix}", codec=codec, container=container, options={"x265-params": "log-level=none"})
    assert check(tmp_path / f"a{suffix}", list(range(30))).timing.fps == pytest.approx(FPS, rel=0.01)


@pytest.mark.parametrize("width", [16, 18, 24, 32, 48, 50, 64, 96, 98, 100, 130, 144, 176, 256, 320, 418])
def test_every_width_is_read(tmp_path, width):
    write_film(tmp_path / "a.mp4", range(5), size=(width, 48), pixels="yuv444p", options={"crf": "1"})
    assert check(tmp_path / "a.mp4", list(range(5))).size == (width, 48)


def test_an_edit_list_hides_frames(tmp_path):
    write_film(tmp_path / "whole.mp4", range(60))
    remux(tmp_path / "whole.mp4", tmp_path / "trimmed.mp4", shift=14)
    check(tmp_path / "trimmed.mp4", list(range(14, 60)))
    times = [np.arange(46) / FPS, np.arange(60) / FPS]
    heard = differs([tmp_path / "trimmed.mp4", tmp_path / "whole.mp4"], times)
    assert heard == ["60 frames instead of 46", ""]


def test_a_witness_that_dies_is_asked_about_the_others(tmp_path, monkeypatch):
    """decord ends its process over some damaged films, and hangs over others."""
    program = "import json, os, sys, time\nfor name in sys.argv[1:]:\n    if 'dies' in name:\n        os.abort()\n"
    program += "    if 'hangs' in name:\n        time.sleep(60)\n    print(json.dumps([0.0, 0.1]), flush=True)\n"
    (tmp_path / "program.py").write_text(program)
    monkeypatch.setattr(witness, "__file__", str(tmp_path / "program.py"))
    monkeypatch.setattr(witness, "_START", 1)
    monkeypatch.setattr(witness, "_PATIENCE", 0)
    names = ["a", "dies", "b", "hangs", "c"]
    heard = differs([Path(name) for name in names], [np.array([0.5, 0.6])] * 5)
    assert heard == ["", "no frames instead of 2", "", "no frames instead of 2", ""]


def test_a_copy_from_a_key_frame_on(tmp_path):
    write_film(tmp_path / "whole.mp4", range(60), options={"g": "10", "sc_threshold": "0", "flags": "+cgop"})
    remux(tmp_path / "whole.mp4", tmp_path / "rest.mkv", first=20)
    with av.open(str(tmp_path / "rest.mkv")) as film:
        count = sum(packet.size > 0 for packet in film.demux(video=0))
    check(tmp_path / "rest.mkv", list(range(60 - count, 60)))


def test_pictures_before_an_open_start_are_not_shown(tmp_path):
    """A cut in an open group of pictures: those before the key frame refer to what is gone, and nobody shows them."""
    options = {"g": "10", "bf": "3", "b_strategy": "0", "sc_threshold": "0", "x264-params": "open-gop=1"}
    write_film(tmp_path / "whole.ts", range(60), options=options)
    with av.open(str(tmp_path / "whole.ts")) as film:
        keys = [n for n, p in enumerate(p for p in film.demux(video=0) if p.size) if p.is_keyframe]
    remux(tmp_path / "whole.ts", tmp_path / "rest.mkv", first=keys[2])
    shown = [number_in(picture) for picture in shown_by_ffmpeg(tmp_path / "rest.mkv")]
    facts = examine(open_video(tmp_path / "rest.mkv"))
    assert [number_in(picture) for picture in open_video(tmp_path / "rest.mkv").read()] == shown
    assert facts.frames == len(shown) < 60 - keys[2]


def test_frames_that_were_never_recorded_leave_a_gap(tmp_path):
    write_film(tmp_path / "whole.avi", codec="mjpeg", pixels="yuvj420p")
    remux(tmp_path / "whole.avi", tmp_path / "gaps.mkv", drop(10, 11, 20))
    numbers = [n for n in range(30) if n not in (10, 11, 20)]
    facts = check(tmp_path / "gaps.mkv", numbers, times=[n / FPS for n in numbers])
    assert facts.timing.fps == pytest.approx(26 / (29 / FPS), rel=1e-3)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_variable_rate_is_read_with_its_times(tmp_path, suffix):
    stamps = [*range(0, 400, 20), *range(400, 2400, 200)]
    write_film(tmp_path / f"a{suffix}", range(30), stamps=stamps)
    facts = check(tmp_path / f"a{suffix}", list(range(30)), times=[stamp / 1000 for stamp in stamps])
    assert facts.timing.fps == pytest.approx(29 / 2.2, rel=1e-3)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_time_counts_from_where_the_sound_starts(tmp_path, suffix):
    write_film(tmp_path / f"a{suffix}", late=15, sound=1.6)
    # A transport stream plays the 1024 samples that AAC needs to get going.
    close = 0.025 if suffix == ".ts" else 2e-3
    check(tmp_path / f"a{suffix}", list(range(30)), times=[(n + 15) / FPS for n in range(30)], close=close)


def test_time_counts_from_the_first_picture_where_nothing_comes_before(tmp_path):
    write_film(tmp_path / "a.ts", late=300)
    check(tmp_path / "a.ts", list(range(30)))


def test_no_announced_count(tmp_path):
    write_film(tmp_path / "a.webm", codec="libvpx", muxer={"live": "1"})
    with av.open(str(tmp_path / "a.webm")) as film:
        assert not film.duration and not film.streams.video[0].frames
    check(tmp_path / "a.webm", list(range(30)))


def test_pixels_that_are_not_square_are_told(tmp_path):
    write_film(tmp_path / "a.mp4", aspect=Fraction(4, 3))
    assert check(tmp_path / "a.mp4", list(range(30))).size == (128, 96)
    assert open_video(tmp_path / "a.mp4").aspect == pytest.approx(4 / 3)


SHOWN = {
    (0, 1, -1, 0): lambda stored: np.rot90(stored, -1),
    (-1, 0, 0, -1): lambda stored: np.rot90(stored, 2),
    (0, -1, 1, 0): lambda stored: np.rot90(stored),
    (-1, 0, 0, 1): np.fliplr,
    (1, 0, 0, -1): np.flipud,
    (0, 1, 1, 0): lambda stored: stored.swapaxes(0, 1),
    (0, -1, -1, 0): lambda stored: np.rot90(stored, 2).swapaxes(0, 1),
}


@pytest.mark.parametrize("rows", SHOWN)
def test_a_film_is_turned_and_mirrored_as_it_says(tmp_path, rows):
    write_film(tmp_path / "a.mp4", range(5))
    turn(tmp_path / "a.mp4", rows)
    video = open_video(tmp_path / "a.mp4")
    assert examine(video).size == ((96, 128) if rows[0] == 0 else (128, 96))
    for own, stored in zip(video.read(), shown_by_ffmpeg(tmp_path / "a.mp4"), strict=True):
        np.testing.assert_array_equal(own, SHOWN[rows](stored))


@pytest.mark.parametrize("second", [(64, 48), (256, 192)])
@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_of_several_picture_streams_the_one_that_players_take_is_shown(tmp_path, second, suffix):
    write_film(tmp_path / f"a{suffix}", second=second, sound=1)
    assert check(tmp_path / f"a{suffix}", list(range(30))).size == (128, 96)


def test_b_frames_come_in_order_of_presentation(tmp_path):
    write_film(tmp_path / "a.mp4", options={"bf": "8", "b_strategy": "0", "b-pyramid": "normal"})
    with av.open(str(tmp_path / "a.mp4")) as film:
        stamps = [packet.pts for packet in film.demux(video=0) if packet.size]
    assert stamps != sorted(stamps)
    check(tmp_path / "a.mp4", list(range(30)))


def test_a_film_that_changes_its_size_is_refused(tmp_path):
    for name, size in (("a", (128, 96)), ("b", (64, 48))):
        write_film(tmp_path / f"{name}.avi", size=size, codec="mjpeg", pixels="yuvj420p")
    with av.open(str(tmp_path / "b.avi")) as film:
        small = [bytes(packet) for packet in film.demux(video=0)]
    remux(tmp_path / "a.avi", tmp_path / "ab.mkv", lambda n, content: small[n] if n >= 10 else content)
    with pytest.raises(VideoError, match=r"expected 128 x 96 pixels, as in frame 0, found 64 x 48 \(frame 10\)"):
        examine(open_video(tmp_path / "ab.mkv"))
    assert examine(open_video(tmp_path / "ab.mkv", salvage=True)).frames == 10


def test_sound_alone_is_no_film(tmp_path):
    with av.open(str(tmp_path / "a.mp4"), "w") as film:
        stream = film.add_stream("aac", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        frame.rate = 8000
        film.mux(stream.encode(frame))
        film.mux(stream.encode())
    with pytest.raises(VideoError, match=r"a\.mp4: expected a video, found no picture stream$"):
        open_video(tmp_path / "a.mp4")


def test_padded_rows_of_decord_change_nothing(tmp_path, monkeypatch):
    """What decord does on processors with AVX-512, on every processor: its pictures are not looked at."""
    decord = pytest.importorskip("decord")
    next_picture = decord.VideoReader.next

    def padded(reader: object) -> object:
        return decord.nd.array(np.repeat(next_picture(reader).asnumpy(), 2, axis=2))

    monkeypatch.setattr(decord.VideoReader, "next", padded)
    write_film(tmp_path / "a.mp4")
    check(tmp_path / "a.mp4", list(range(30)))


def test_time_stamps_that_do_not_rise_are_no_times():
    assert settle([0, 0.1, 0.1, 0.2], 10).times.tolist() == pytest.approx([0, 0.1, 0.2, 0.3])
    assert np.isnan(settle([0, float("nan")], float("nan")).times[1])
    assert settle([0.5], 25).times.tolist() == [0.5]
    assert settle([0, 0.04, 0.08], float("nan")).fps == pytest.approx(25)
    assert settle(list(np.arange(50) * 0.033), 30).fps == 30, "milliseconds of Matroska round"
