"""Films that are cut or damaged: the same answer every time, in words, and nothing wrong is taken for whole."""

import re
from pathlib import Path

import pytest

pytest.importorskip("av", reason="the video extra is not installed")
pytest.importorskip("decord", reason="the video extra is not installed")

from la2ds.config import DatasetConfig
from la2ds.datasets.films import ffmpeg
from la2ds.datasets.folder import reader as folder
from la2ds.datasets.video import VideoError, examine, open_video
from tests.fixtures.datasets.film_zoo import cut, damage, drop, number_in, remux, write_film

OPENINGS = 30
WHOLE = {  # name -> how it is written
    "front.mp4": {"muxer": {"movflags": "faststart"}},
    "back.mp4": {},
    "pieces.mp4": {"muxer": {"movflags": "frag_keyframe+empty_moov"}, "options": {"g": "5"}},
    "a.mkv": {"sound": 1.0},
    "a.webm": {"codec": "libvpx"},
    "live.webm": {"codec": "libvpx", "muxer": {"live": "1"}},
    "a.avi": {"codec": "mpeg4"},
    "jpeg.avi": {"codec": "mjpeg", "pixels": "yuvj420p"},
    "a.ts": {},
    "a.flv": {},
    "a.wmv": {"codec": "wmv2"},
    "a.mpg": {"codec": "mpeg2video"},
    "a.ogv": {"codec": "libvpx", "container": "ogg"},
}


def refusal(path: Path) -> str:
    """The one reason that every opening gives; empty where every opening reads the film."""
    reasons = set()
    for _ in range(OPENINGS):
        try:
            examine(open_video(path))
            reasons.add("")
        except VideoError as error:
            reasons.add(error.reason)
    (reason,) = reasons
    assert not re.search(r"0x[0-9a-f]{4}|\d\d:\d\d|\.cc|\.c:|\n", reason), reason
    return reason


@pytest.mark.parametrize("share", [0.3, 0.6, 0.8])
@pytest.mark.parametrize("name", WHOLE)
def test_a_film_of_which_a_part_is_missing_is_refused(tmp_path, name, share):
    check_cut(tmp_path, name, share)


@pytest.mark.parametrize("name", sorted({*WHOLE} - {"a.mpg", "pieces.mp4"}))
@pytest.mark.parametrize("share", [0.95, 0.995])
def test_a_film_of_which_the_last_bytes_are_missing_is_refused(tmp_path, name, share):
    """Not of MPEG program streams, which announce no end, nor of an MP4 in pieces, whose last box holds no picture."""
    check_cut(tmp_path, name, share)


def check_cut(tmp_path, name, share):
    write_film(tmp_path / name, range(60), **WHOLE[name])
    assert examine(open_video(tmp_path / name)).frames == 60
    target = tmp_path / f"cut{Path(name).suffix}"
    cut(tmp_path / name, target, share)
    assert refusal(target).startswith("expected ")


@pytest.mark.parametrize("name", ["a.mkv", "a.webm", "a.flv"])
def test_the_last_picture_is_held_against_the_announced_end(tmp_path, monkeypatch, name):
    """Alone, as where what is missing was put in again, or every part is whole."""
    monkeypatch.setattr(ffmpeg, "check_last_byte", lambda *args: None)
    write_film(tmp_path / name, range(60), **WHOLE[name])
    assert not refusal(tmp_path / name)
    target = tmp_path / f"cut{Path(name).suffix}"
    cut(tmp_path / name, target, 0.6)
    assert re.search(r"until \d\.\d{3} s, as the file announces, found the last at", refusal(target))


@pytest.mark.parametrize("name", ["front.mp4", "a.mkv", "a.avi", "jpeg.avi", "a.ts", "a.flv", "a.wmv"])
def test_a_damaged_packet_is_an_error_at_its_frame(tmp_path, name):
    write_film(tmp_path / name, range(60), **{"options": {"bf": "0"}} | WHOLE[name])
    target = tmp_path / f"damaged{Path(name).suffix}"
    remux(tmp_path / name, target, damage(*range(18, 24)))
    reason = refusal(target)
    assert reason.startswith("expected packets that can be decoded, found ")
    assert 17 <= int(re.search(r"\(frame (\d+)\)$", reason)[1]) <= 23


@pytest.mark.parametrize("name", ["live.webm", "pieces.mp4", "a.ogv"])
def test_a_part_of_the_container_that_is_skipped_is_missed(tmp_path, name):
    write_film(tmp_path / name, range(60), **WHOLE[name])
    content = bytearray((tmp_path / name).read_bytes())
    middle = content.index(b"moof", len(content) // 2) - 4 if name == "pieces.mp4" else len(content) // 2
    content[middle : middle + 60] = bytes(60)
    (tmp_path / name).write_bytes(content)
    assert refusal(tmp_path / name).startswith("expected ")


@pytest.mark.parametrize("name", ["a.ts", "a.m2ts"])
def test_packets_of_a_transport_stream_that_are_blanked_out_are_missed(tmp_path, name):
    write_film(tmp_path / name, range(60), container="mpegts")
    whole = (tmp_path / name).read_bytes()
    assert examine(open_video(tmp_path / name)).frames == 60
    for place in range(len(whole) // 4, len(whole) - 4000, 1833):
        (tmp_path / name).write_bytes(whole[:place] + bytes(4000) + whole[place + 4000 :])
        with pytest.raises(VideoError, match=r"packets that can be decoded|0x47 that begins .* found none in 2\d of"):
            examine(open_video(tmp_path / name))


def test_what_comes_before_the_damage_can_be_salvaged(tmp_path, caplog):
    write_film(tmp_path / "squat/a.mp4", options={"bf": "0"})
    write_film(tmp_path / "whole.mp4", options={"bf": "0"})
    remux(tmp_path / "whole.mp4", tmp_path / "squat/b.mp4", damage(20))
    (tmp_path / "whole.mp4").unlink()
    settings = {"reader": "folder", "root": "x", "actions": ("squat",)}
    videos, _ = folder.index(tmp_path, DatasetConfig(**settings))
    assert videos.frames.tolist() == [30, 0]
    salvaging = DatasetConfig(**settings | {"frames": DatasetConfig(**settings).frames.__class__(salvage=True)})
    videos, _ = folder.index(tmp_path, salvaging)
    assert videos.frames.tolist() == [30, 20]
    assert "b.mp4: the first 20 frames are salvaged: expected packets that can be decoded, found" in caplog.text
    shown = open_video(tmp_path / "squat/b.mp4", salvage=True).read()
    assert [number_in(picture) for picture in shown] == list(range(20))


def test_a_start_that_cannot_be_decoded_is_named(tmp_path):
    write_film(tmp_path / "whole.mp4", options={"g": "20", "bf": "0", "sc_threshold": "0"})
    remux(tmp_path / "whole.mp4", tmp_path / "late.mp4", first=1)
    assert "found frame 0 cannot be decoded, nor the 18 after it: no key frame" in refusal(tmp_path / "late.mp4")


def test_pictures_that_lost_what_they_refer_to_are_missed(tmp_path):
    options = {"x265-params": "log-level=none", "g": "60"}
    write_film(tmp_path / "whole.mp4", range(60), codec="libx265", options=options)
    remux(tmp_path / "whole.mp4", tmp_path / "lost.mp4", drop(20, 21, 30))
    assert re.fullmatch(r"expected 57 frames, found \d+ that can be decoded", refusal(tmp_path / "lost.mp4"))


# What becomes of the last third of a JPEG picture; FFmpeg alone shows 28, 4, 4 and 0 where 20 was filmed.
THIRD = {
    "other bytes": lambda rest: b"\xfe" * 12 + rest[12:],
    "one byte less": lambda rest: rest[1:],
    "nine bytes less": lambda rest: rest[9:],
    "none": lambda rest: b"\xff\xd9",
}


@pytest.mark.parametrize("name", THIRD)
def test_a_jpeg_picture_that_cannot_be_read_to_its_end_is_refused(tmp_path, name):
    def change(place, content):
        third = len(content) * 2 // 3
        return content[:third] + THIRD[name](content[third:]) if place == 20 else content

    write_film(tmp_path / "whole.avi", range(30), **WHOLE["jpeg.avi"])
    remux(tmp_path / "whole.avi", tmp_path / "lost.avi", change)
    assert refusal(tmp_path / "lost.avi") == "expected packets that can be decoded, found damaged data (frame 20)"


@pytest.mark.parametrize(
    "change", [lambda _, content: content.removesuffix(b"\xff\xd9"), lambda _, content: content + bytes(64)]
)
def test_jpeg_pictures_without_their_last_mark_or_with_zeros_behind_are_whole(tmp_path, change):
    write_film(tmp_path / "whole.avi", range(30), **WHOLE["jpeg.avi"])
    remux(tmp_path / "whole.avi", tmp_path / "odd.avi", change)
    assert [number_in(picture) for picture in open_video(tmp_path / "odd.avi").read()] == list(range(30))


def test_pictures_that_ffmpeg_has_to_make_up_are_counted(tmp_path):
    """Without a packet that others refer to, FFmpeg shows what comes out, and does not call it damaged."""
    write_film(tmp_path / "whole.mp4", range(60))
    remux(tmp_path / "whole.mp4", tmp_path / "lost.mp4", drop(20, 21, 30))
    assert examine(open_video(tmp_path / "whole.mp4")).complaints == 0
    facts = examine(open_video(tmp_path / "lost.mp4"))
    assert (facts.frames, facts.complaints > 0) == (57, True)


def test_a_bad_clip_changes_nothing_for_the_others(tmp_path):
    """The split is by name alone, so a damaged film, or one that is mended later, moves no other."""
    for name in ("a", "b", "c", "d", "e"):
        write_film(tmp_path / f"squat/{name}.mp4", range(10))
    settings = DatasetConfig(reader="folder", root="x", actions=("squat",))
    before = folder.index(tmp_path, settings)[0].set_index("video_id")
    content = (tmp_path / "squat/c.mp4").read_bytes()
    (tmp_path / "squat/c.mp4").write_bytes(content[: len(content) // 2])
    after = folder.index(tmp_path, settings)[0].set_index("video_id")
    assert after.frames["squat/c"] == 0
    assert after.split.equals(before.split)
    assert after.drop("squat/c").equals(before.drop("squat/c"))
