"""The page as a file: how large it is, what is in it, and which pictures."""

import dataclasses
import json
import re

import cv2
import numpy as np
import pytest

from la2ds.clips.page import build
from la2ds.clips.page.build import close_view, how_sure, write_page
from la2ds.clips.page.pictures import LARGE, SETTINGS, jpegs_of, small_pictures
from la2ds.errors import InputError
from la2ds.formats.frames import write_frames
from la2ds.formats.skeletons import HANDS42
from tests.fixtures.stick_figure import in_step, squat, tinted


def noisy(clip, path, *, height=480, width=640):
    """Give a clip pictures that are hard to make small."""
    rng = np.random.default_rng(0)
    picture = cv2.resize(rng.integers(0, 255, (height // 8, width // 8, 3), np.uint8), (width, height))
    images = [cv2.imencode(".jpg", np.roll(picture, n, axis=1))[1].tobytes() for n in range(len(clip))]
    with write_frames(path) as writer:
        writer.add("clip", times=clip.times, images=images, decoder="test/1")
    return dataclasses.replace(clip, frames=path)


def size_of(image):
    height, width = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR).shape[:2]
    return width, height


def test_pictures_are_as_good_as_there_is_room(tmp_path):
    clips = [noisy(squat(n), tmp_path / f"{n}.parquet") for n in (12, 30)]
    sizes = []
    for room in (10**7, 500_000, 150_000, 60_000):
        small = small_pictures(clips, room)
        taken = sum(len(image) for own in small for image in own.images)
        assert 0.3 * min(room, sizes[0] if sizes else taken) < taken <= room
        assert [len(own.images) for own in small] == [
            len(range(0, n, own.stride)) for n, own in zip((12, 30), small, strict=True)
        ]
        width, height = size_of(small[0].images[0])
        assert width * height <= LARGE * 1.01 and width / height == pytest.approx(640 / 480, rel=0.02)
        sizes.append(taken)
    assert sizes == sorted(sizes, reverse=True) and small[0].stride > 1
    assert [own.images for own in small_pictures(clips, 10)] == [[], []]
    assert [own.images for own in small_pictures(clips, -5)] == [[], []]


def test_small_pictures_stay_as_large_as_they_are(tmp_path):
    clip = noisy(squat(3), tmp_path / "clip.parquet", height=120, width=80)
    assert size_of(small_pictures([clip], 10**7)[0].images[0]) == (80, 120)
    assert [pixels for pixels, _ in SETTINGS] == sorted((pixels for pixels, _ in SETTINGS), reverse=True)


def test_a_long_clip_makes_no_large_page_and_says_that_pictures_are_missing(tmp_path, monkeypatch):
    a, b = (noisy(squat(n, name=f"{n}.mp4"), tmp_path / f"{n}.parquet") for n in (60, 40))
    match = in_step(a, b)
    monkeypatch.setattr(build, "LARGEST", 200_000)
    monkeypatch.setattr(build, "LEAST_ROOM", 1000)
    data, page = read(tmp_path, match)
    assert len(page) <= 200_000
    stride = data["a"]["pictures"]["stride"]
    assert (
        stride > 1
        and data["notes"][0]
        == f"A is long: the page has {30 / stride:.1f} of its 30 pictures a second, and all skeletons."
    )
    monkeypatch.setattr(build, "LARGEST", 1)
    data, page = read(tmp_path, match)
    assert data["a"]["pictures"] is None and "too long for pictures" in data["notes"][0]


def read(folder, match, **options):
    path = folder / "page.html"
    write_page(path, match, **({"departures": [], "titles": ("A", "B")} | options))
    page = path.read_text(encoding="utf-8")
    return json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1]), page


def test_nothing_in_the_data_ends_the_script_and_all_of_it_is_there(tmp_path):
    match = in_step(squat(31), dataclasses.replace(squat(39), name="</script><!--<script>.mp4"))
    data, page = read(tmp_path, match, warnings=["<b>"], footer="${title} $css")
    assert page.count("</script>") == 2 and data["b"]["name"] == match.b.name
    assert (data["warnings"], data["footer"]) == (["<b>"], "${title} $css")
    assert np.array_equal(np.transpose(data["path"]), match.path)
    np.testing.assert_allclose(data["a"]["times"], match.a.times, atol=6e-4)
    np.testing.assert_allclose(np.reshape(data["b"]["poses"], match.b.poses.shape), match.b.poses, atol=0.051)
    assert "default-src 'none'" in page and not re.search(r"""(src|href)=["'](?!data:,)""", page)


def test_missing_joints_are_null(tmp_path):
    a = squat(31)
    a.poses[3, 0] = np.nan
    data, page = read(tmp_path, in_step(a, squat(31)))
    assert (
        data["a"]["poses"][3][:2] == [None, None]
        and "NaN" not in page.partition('id="data">')[2].partition("</script>")[0]
    )


def test_hands_have_a_page_without_curves(tmp_path):
    joints = np.random.default_rng(0).uniform(0, 99, (31, 42, 2)).astype(np.float32)
    hands = dataclasses.replace(
        squat(31), poses=joints, confidence=np.ones((31, 42), np.float32), skeleton=HANDS42.name
    )
    data, _ = read(tmp_path, in_step(hands, hands))
    assert data["angles"] == [] and "no joints" in data["short"]


def test_the_sentence_about_the_alignment():
    match = in_step(squat(100), squat(100))
    assert how_sure(match).startswith("100 % of the frames are likely within 3 % ")
    match.confidence[:7] = 0.2
    assert how_sure(match).startswith("93 % ") and "a model's embeddings" in how_sure(match)
    assert "poses alone" in how_sure(dataclasses.replace(match, by="poses"))


def test_the_close_view_holds_all_joints_that_are_seen():
    clip = squat(31)
    clip.poses[5, 0] = 90_000  # a far-off guess for one that is not
    x, y, width, height = close_view(clip)
    kept = np.delete(clip.poses.reshape(-1, 2), 5 * 13, axis=0)
    assert (kept > (x, y)).all() and (kept < (x + width, y + height)).all() and height < 320
    hidden = dataclasses.replace(clip, confidence=np.zeros_like(clip.confidence))
    assert close_view(hidden) == (0, 0, 240, 320)


def test_the_pictures_of_a_clip_in_a_shard_of_several(tmp_path):
    clip, path = squat(3, name="squat/anna.mp4"), tmp_path / "frames.parquet"
    with write_frames(path) as writer:
        for name, count in (("anna", 3), ("ben", 4)):
            writer.add(name, times=np.arange(count) / 30, images=[name.encode()] * count, decoder="test/1")
    assert jpegs_of(dataclasses.replace(clip, frames=path)) == [b"anna"] * 3
    for name, found in (("cleo.mp4", "2 other videos"), ("ben.mp4", "4")):
        with pytest.raises(InputError, match=found):
            jpegs_of(dataclasses.replace(clip, name=name, frames=path))
    with pytest.raises(InputError, match="poses alone"):
        jpegs_of(clip)
    with pytest.raises(InputError, match="JPEG"):
        small_pictures([dataclasses.replace(clip, frames=path)], 10**6)


def test_one_clip_without_pictures_shows_skeletons(tmp_path):
    data, _ = read(tmp_path, in_step(tinted(squat(31), tmp_path, channel=0), squat(31, name="poses.json")))
    assert data["a"]["pictures"] is None
