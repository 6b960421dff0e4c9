import av
import numpy as np
import pytest
from PIL import Image

from la2ds.clips.film import Decoded, film_match, film_steps
from la2ds.clips.page.pictures import jpegs_of
from la2ds.errors import InputError
from la2ds.report.figures import film as films
from la2ds.report.figures.film import write_film
from tests.fixtures.stick_figure import in_step, squat, tinted

ALIKE = 3  # of 256; a frame later is 6 brighter


@pytest.fixture(scope="module")
def match(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    a = tinted(squat(25, name="a.mp4"), folder, channel=0)
    return in_step(a, tinted(squat(37, name="b.mp4"), folder, channel=2))


def pictures_of(path):
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


def middle(picture, *, row, column, rows):
    """The colour in the middle of the upper part of a panel."""
    height, width = picture.shape[:2]
    y = int((row + 0.3) * height / rows)
    return picture[y - 2 : y + 3, int((0.27 + 0.46 * column) * width)].mean(axis=0)


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".gif"])
def test_both_clips_are_shown_in_step(match, tmp_path, suffix):
    path = tmp_path / f"ab{suffix}"
    film_match(match, path)
    pictures = pictures_of(path)
    assert len(pictures) == 21  # 24 / 30 s at 25 pictures a second, both ends among them
    for n in (0, 10, 20):
        a = int(n / 25 * 30 + 1e-6)
        b = match.partners[a]
        np.testing.assert_allclose(middle(pictures[n], row=0, column=0, rows=1), [10 + 6 * a, 0, 0], atol=ALIKE)
        np.testing.assert_allclose(middle(pictures[n], row=0, column=1, rows=1), [0, 0, 10 + 6 * b], atol=ALIKE)


def test_steps_show_each_at_its_own_pace_and_in_step(match, tmp_path):
    path = tmp_path / "steps.webm"
    film_steps(match, path)
    pictures = pictures_of(path)
    assert len(pictures) == 16  # 36 / 30 s at 12.5 pictures a second
    for n in (4, 15):
        a, b = (min(int(n / 12.5 * 30 + 1e-6), last) for last in (24, 36))
        for row, partner in ((0, b), (1, match.partners[a])):
            np.testing.assert_allclose(middle(pictures[n], row=row, column=0, rows=2), [10 + 6 * a, 0, 0], atol=ALIKE)
            np.testing.assert_allclose(
                middle(pictures[n], row=row, column=1, rows=2), [0, 0, 10 + 6 * partner], atol=ALIKE
            )


def test_skeletons_alone_show_no_picture(match, tmp_path):
    film_match(match, tmp_path / "ab.webm", skeleton_only=True)
    assert middle(pictures_of(tmp_path / "ab.webm")[5], row=0, column=0, rows=1).max() < 60


def test_pictures_are_decoded_one_by_one(match):
    decoded = Decoded(jpegs_of(match.a))
    assert len(decoded) == 25 and list(decoded)[-1] == 24 and 25 not in decoded
    assert decoded[3].shape == (320, 240, 3) and decoded[3][0, 0, 0] == pytest.approx(28, abs=4)


def gradients(count):
    return [np.full((32, 48, 3), 9 * n, np.uint8) for n in range(count)]


def test_a_gif_keeps_its_pace(tmp_path):
    write_film(tmp_path / "a.gif", gradients(13), fps=12.5)
    with Image.open(tmp_path / "a.gif") as gif:
        assert gif.n_frames == 13 and gif.info["loop"] == 0
        durations = []
        for n in range(gif.n_frames):
            gif.seek(n)
            durations.append(gif.info["duration"])
            assert gif.convert("RGB").getpixel((5, 5))[0] == pytest.approx(9 * n, abs=6)
    assert sum(durations) == pytest.approx(1000 * 13 / 12.5, abs=10)


def test_without_the_best_encoder_another_is_taken(tmp_path, monkeypatch):
    with_best = set(av.codecs_available)
    monkeypatch.setattr(films.av, "codecs_available", with_best - {"libx264", "libopenh264"})
    assert write_film(tmp_path / "a.mp4", gradients(5), fps=10) == 5
    with av.open(str(tmp_path / "a.mp4")) as film:
        assert film.streams.video[0].codec_context.name == "mpeg4"


@pytest.mark.parametrize("name", ["ab.avi", "ab"])
def test_another_suffix_is_refused(match, tmp_path, name):
    with pytest.raises(InputError, match=r"\.webm, \.mp4 or \.gif"):
        film_match(match, tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".gif", ".mp4", ".webm"])
def test_no_picture_is_no_film(tmp_path, suffix):
    with pytest.raises(ValueError, match="at least one"):
        write_film(tmp_path / f"a{suffix}", [], fps=10)
    assert not list(tmp_path.iterdir())
