"""What stands behind the pictures of single clips: who is shown, what is found, and that dark pages get the same."""

import base64
import io
import re

import av
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imsave
from PIL import Image

from la2ds.__main__ import main
from la2ds.config import ProtocolConfig
from la2ds.formats.embeddings import Embeddings, write_embeddings
from la2ds.formats.files.parquet import read_parquet
from la2ds.formats.frames import write_frames
from la2ds.formats.keypoints import Keypoints, KeypointShard, read_keypoints, write_keypoints
from la2ds.formats.labels import Labels, write_labels
from la2ds.formats.skeletons import BODY13
from la2ds.formats.videos import VIDEO_COLUMNS, write_videos
from la2ds.report.figures import curves, gains
from la2ds.report.figures.confusion import confusion
from la2ds.report.figures.dark import DARK, GROUND, dark_of, darken
from la2ds.report.figures.embedding_map import POINTS, chosen_frames, lay_out
from la2ds.report.figures.film import write_film
from la2ds.report.figures.gallery import query_frame, search
from la2ds.report.figures.person import Person
from la2ds.report.figures.shown import embedded_clips
from la2ds.report.figures.style import GREY, INK, PALETTE, colours, in_order, phase_colours, strokes
from la2ds.report.page.aligned_clips import MOST, make_duet
from la2ds.report.page.html import read_scenes
from tests.fixtures.paths import ROOT

FRAMES = 10
IDS = ["hop_0", "hop_1", "hop_2"]


def videos_of(splits):
    row = {"action": "hop", "source": "x", "frames": FRAMES, "fps": 12.5, "width": 80, "height": 60, "shard": "hop_000"}
    return pd.DataFrame([row | {"video_id": v, "split": s} for v, s in splits.items()])[VIDEO_COLUMNS]


def test_clips_are_shown_that_all_methods_embedded_val_first():
    videos = videos_of({"a": "train", "b": "val", "c": "val", "d": "val", "e": "val"})
    labels = Labels({v: np.zeros(2, int) for v in "abce"}, "human")
    one, other = ({v: np.zeros((2, 1)) for v in ids} for ids in ("abcde", "acde"))
    found = embedded_clips("hop", {"one": Embeddings(one), "other": Embeddings(other)}, videos, labels)
    assert list(found.video_id) == ["c", "e", "a"]


def test_confusion_counts_val_frames_by_true_phase_and_phase_told():
    """The embedding is the phase, but for two val frames of phase 1 that look like phase 0."""
    videos = videos_of({"a": "train", "b": "val"})
    labels = Labels({"a": np.repeat([0, 1, 2], 20), "b": np.array([-1, 0, 0, 1, 1, 1, 2])}, "human")
    clips = {"a": labels.phases["a"], "b": np.array([5, 0, 0, 0, 0, 1, 2])}
    embeddings = Embeddings({v: np.asarray(x, np.float32)[:, None] for v, x in clips.items()})
    found = confusion(embeddings, videos, labels, ProtocolConfig())
    assert found.phases.tolist() == [0, 1, 2]
    assert found.counts.tolist() == [[2, 0, 0], [2, 1, 0], [0, 0, 1]]
    assert found.accuracy == pytest.approx(4 / 6)
    assert found.shares[1].tolist() == pytest.approx([2 / 3, 1 / 3, 0])
    unlabelled = Labels({v: np.full(len(x), -1) for v, x in labels.phases.items()}, "none")
    assert confusion(embeddings, videos, unlabelled, ProtocolConfig()) is None


def test_a_search_takes_the_nearest_frame_of_each_other_clip():
    clips = {"q": [0, 3, 9], "far": [10, 20, 30], "near": [8, 3.5, 0], "same": [3, 3, 7]}
    embeddings = Embeddings({v: np.array(x, np.float32)[:, None] for v, x in clips.items()})
    labels = Labels({v: np.array([0, 1, 2]) for v in clips}, "human")
    found = search(list(clips), {"m": embeddings}, labels)
    assert found.query == ("q", 1)
    assert found.found == {"m": [("same", 0), ("near", 1), ("far", 0)]}


@pytest.mark.parametrize(
    ("phases", "frame"), [([0, 0, 1, 1, 1, 2], 3), ([-1, -1, -1, -1], 2), ([-1, 0, 0, -1], 2), ([0, 1], 1)]
)
def test_the_query_is_the_middle_of_the_middle_phase(phases, frame):
    assert query_frame(np.array(phases)) == frame


def test_maps_choose_the_same_frames_each_time_and_keep_groups_apart():
    videos = videos_of({"a": "train", "b": "val", "c": "val"})
    labels = Labels({v: np.zeros(300, int) for v in "abc"}, "human")
    frames = chosen_frames(videos, labels)
    assert len(frames) == len(set(frames)) == POINTS and {v for v, _ in frames} == {"b", "c"}
    assert frames == chosen_frames(videos, labels) == sorted(frames)
    groups = np.repeat([[0.0, 0.0, 0.0], [9.0, 9.0, 9.0]], 15, axis=0) + np.random.default_rng(0).normal(size=(30, 3))
    places = lay_out(groups)
    assert np.array_equal(places, lay_out(groups))
    middle = places[:15].mean(0), places[15:].mean(0)
    nearer = np.linalg.norm(places - middle[0], axis=1) < np.linalg.norm(places - middle[1], axis=1)
    assert nearer.tolist() == [True] * 15 + [False] * 15
    assert np.isfinite(lay_out(np.linspace(0, 1, 30)[:, None])).all()


def test_a_clip_is_brought_into_step_with_another():
    slow = np.repeat(np.arange(6.0), 3)[:, None]
    duet = make_duet(("a", "b"), {"m": Embeddings({"a": slow, "b": np.arange(6.0)[:, None]})})
    assert duet.kept[0].tolist() == list(range(18))
    assert duet.partners["m"].tolist() == np.repeat(np.arange(6), 3).tolist()
    # Of 240 frames every fourth is kept; the partner of frame 200 of the first is frame 100 of the second, the 25th.
    long, short = (np.arange(0.0, 240, step)[:, None] for step in (1, 2))
    duet = make_duet(("a", "b"), {"m": Embeddings({"a": long, "b": short})})
    assert [len(kept) for kept in duet.kept] == [60, 60] and max(map(len, duet.kept)) <= MOST
    assert (duet.kept[0][50], duet.kept[1][duet.partners["m"][50]]) == (200, 100)


def test_equal_films_are_equal_files_that_can_be_played(tmp_path):
    pictures = [np.full((32, 48, 3), value, np.uint8) for value in (0, 120, 240)]
    for name in ("one", "other"):
        assert write_film(tmp_path / f"{name}.webm", iter(pictures), fps=12.5) == 3
    assert (tmp_path / "one.webm").read_bytes() == (tmp_path / "other.webm").read_bytes()
    with av.open(str(tmp_path / "one.webm")) as film:
        seen = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
        assert film.streams.video[0].codec_context.name in ("vp9", "libvpx-vp9")
    assert [round(float(picture.mean()), -1) for picture in seen] == [0, 120, 240]
    with pytest.raises(ValueError, match="at least one picture"):
        write_film(tmp_path / "none.webm", [], fps=12.5)
    assert not (tmp_path / "none.webm").exists()


def test_the_part_shown_lies_inside_the_picture():
    position = np.full((1, 13, 2), np.nan)
    position[0, :2] = [[60, 10], [79, 40]]
    clip = Keypoints(position, np.ones((1, 13)))
    free = Person(clip, BODY13, {}, width=80)
    x, y, side = free.square
    assert x + side > 80 and side == pytest.approx(30 * 1.26)
    picture = np.zeros((30, 40, 3), np.uint8)  # half the video's size
    picture[:, 30:] = 200
    x, y, side = Person(clip, BODY13, {0: picture}, width=80).square
    assert (x + side, side) == (80, pytest.approx(30 * 1.26)) and y >= 0
    cut = Person(clip, BODY13, {0: picture}, width=80).cut(0, 20)
    assert cut.shape == (20, 20, 3) and cut.max() == pytest.approx(200 / 255)
    # The bright part begins at 60 of the video's 80 pixels.
    assert (cut[..., 0] > 0.4).mean() == pytest.approx(20 / side, abs=0.06)


def relative_luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb_of(colour)]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def rgb_of(colour):
    return [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]


def contrast(one, other):
    high, low = sorted(map(relative_luminance, (one, other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_colours_can_be_read_on_both_grounds():
    assert not set(DARK) & {colour.lower() for colour in DARK.values()}
    for colour in (INK, GREY):
        assert contrast(colour, "#ffffff") > 4.5
        assert contrast(DARK[colour.lower()], GROUND) > 4.5
    for colour in PALETTE[:4]:
        assert contrast(colour, "#ffffff") > 2.9
        assert contrast(DARK[colour.lower()], GROUND) > 4.5
    for colour in phase_colours(4):
        assert contrast(colour, GROUND) > 2.0
        assert contrast(colour, "#ffffff") > 1.4


def test_a_method_has_one_colour_in_all_pictures_of_a_table():
    order = list("abcdefgh")
    every, few = colours(["clock", *order], reference="clock"), colours(["clock", *order[:3]], reference="clock")
    assert few.items() <= every.items() and every["clock"] == GREY
    looks = list(zip(every.values(), map(str, strokes(["clock", *order], reference="clock").values()), strict=True))
    assert len(set(looks)) == len(looks) == 9
    assert in_order(["z", "h", "a"], order) == ["a", "h", "z"]


def test_a_dark_picture_has_light_ink_and_its_photographs_stay():
    figure = Figure()
    axis = figure.add_subplot()
    photograph = axis.imshow(np.full((2, 2, 3), 0.5))
    text = axis.set_title("title", color=INK)
    (line,) = axis.plot([0, 1], color=PALETTE[0], marker="o", markerfacecolor="white")
    points = axis.scatter([0, 1], [0, 1], c=[INK, "#123456"])
    before = np.array(photograph.get_array())
    darken(figure)
    darken(figure)  # twice is once
    assert text.get_color()[:3] == dark_of([*rgb_of(INK), 1.0])[:3]
    assert np.allclose(line.get_color()[:3], rgb_of(DARK[PALETTE[0].lower()]))
    assert np.allclose(line.get_markerfacecolor()[:3], rgb_of(GROUND))
    assert np.allclose(points.get_facecolor()[:, :3], [rgb_of(DARK[INK]), rgb_of("#123456")])
    assert np.allclose(axis.get_facecolor()[:3], rgb_of(GROUND))
    assert np.array_equal(photograph.get_array(), before)


FORMULA = "_$x^{_$"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Three val clips with red frames, two methods."""
    root = tmp_path_factory.mktemp("figures")
    write_videos(root / "videos.csv", videos_of(dict.fromkeys(IDS, "val")))
    write_labels(root / "labels.parquet", Labels(dict.fromkeys(IDS, np.repeat([0, 1], FRAMES // 2)), "generator"))
    position = np.random.default_rng(0).uniform(10, 50, (FRAMES, 13, 2)).astype(np.float32)
    clip = Keypoints(position, np.ones((FRAMES, 13), np.float32))
    write_keypoints(root / "keypoints.parquet", KeypointShard(dict.fromkeys(IDS, clip), "body13", "test/1"))
    for method in ("time", "net"):
        (root / f"{method}.yaml").write_text(f"label: {method}")
        clips = {v: np.linspace(0, 1, FRAMES, dtype=np.float32)[:, None] for v in IDS}
        write_embeddings(root / f"{method}.parquet", Embeddings(clips, {"method": method, "action": "hop"}))
    jpeg = io.BytesIO()
    imsave(jpeg, np.full((60, 80, 3), (255, 0, 0), np.uint8), format="jpg")
    with write_frames(root / "frames.parquet") as writer:
        for video_id in IDS:
            writer.add(video_id, times=np.arange(FRAMES) / 12.5, images=[jpeg.getvalue()] * FRAMES, decoder="test/1")
    return root


def red_share(path):
    """How much of a picture, or of the first picture of a page of clips, is as red as the frames are."""
    file = path
    if path.suffix == ".html":
        images = read_scenes(path)[0]["clips"][0].get("images")
        if images is None:
            return 0.0
        file = io.BytesIO(base64.b64decode(images[0]))
    pixels = np.asarray(Image.open(file).convert("RGB")).astype(int)
    return float(((pixels[..., 0] > 200) & (pixels[..., 1:].max(-1) < 60)).mean())


@pytest.mark.parametrize(("verb", "name"), [("draw_gallery", "gallery.png"), ("draw_clips", "clips.html")])
def test_without_frames_only_skeletons_are_shown(study, tmp_path, verb, name):
    inputs = ["--videos", study / "videos.csv", "--labels", study / "labels.parquet", "--methods-dir", study]
    inputs += ["--embeddings", study / "time.parquet", study / "net.parquet"]
    inputs += ["--keypoints", study / "keypoints.parquet"]
    for frames in ([], ["--frames", study / "frames.parquet"]):
        output = tmp_path / f"{len(frames)}_{name}"
        assert main([verb, *map(str, [*inputs, *frames, "--output", output])]) == 0
        assert (red_share(output) > 0.2) == bool(frames)
        assert frames or red_share(output) == 0


@pytest.mark.parametrize(("verb", "name"), [("draw_gallery", "gallery.png"), ("draw_clips", "clips.html")])
def test_a_keypoint_shard_is_read_once(study, tmp_path, verb, name, monkeypatch):
    reads = []

    def counting(path, **schema):
        reads.append(str(path))
        return read_parquet(path, **schema)

    monkeypatch.setattr("la2ds.formats.keypoints.read_parquet", counting)
    inputs = ["--videos", study / "videos.csv", "--labels", study / "labels.parquet", "--methods-dir", study]
    inputs += ["--embeddings", study / "time.parquet", "--keypoints", study / "keypoints.parquet"]
    assert main([verb, *map(str, [*inputs, "--output", tmp_path / name])]) == 0
    assert reads == [str(study / "keypoints.parquet")]


def test_videos_without_labels_are_shown_all_the_same(study, tmp_path):
    write_labels(tmp_path / "labels.parquet", Labels(dict.fromkeys(IDS, np.full(FRAMES, -1)), "none"))
    (tmp_path / "protocol.yaml").write_text("{}")
    inputs = ["--videos", study / "videos.csv", "--labels", tmp_path / "labels.parquet", "--methods-dir", study]
    inputs += ["--embeddings", study / "time.parquet", study / "net.parquet"]
    poses = ["--keypoints", study / "keypoints.parquet"]
    pictures = {
        "draw_confusion": ["--protocol", tmp_path / "protocol.yaml"],
        "draw_map": [],
        "draw_gallery": poses,
        "draw_clips": poses,
    }
    for verb, more in pictures.items():
        output = tmp_path / (f"{verb}.html" if verb == "draw_clips" else f"{verb}.png")
        assert main([verb, *map(str, [*inputs, *more, "--output", output])]) == 0
        assert output.stat().st_size > 1000


def test_gains_of_what_is_no_percentage_stand_in_their_own_unit():
    columns = [("phase_accuracy", "labels=1.0/classifier=svc_rbf", 0.1), ("kendall_tau", "split=val/stride=2", -0.989)]
    rows = [
        {"action": "mean", "method": method, "label": method, "metric": m, "variant": v, "column": m, "gain": gain}
        for m, v, number in columns
        for method, gain in (
            ("time", float("nan")),
            ("net", number),
            ("none", -4e-4 if m == "phase_accuracy" else -4e-5),
        )
    ]
    table = pd.DataFrame(rows)
    drawn = {m: gains.draw(table[table.metric == m]).axes[0].texts for m, _, _ in columns}
    assert {m: [text.get_text() for text in texts] for m, texts in drawn.items()} == {
        "phase_accuracy": [
            "+0.0",
            "+10.0",
        ],  # from the bottom row up; what rounds to nothing has no minus, as in tables
        "kendall_tau": ["+0.000", "-0.989"],
    }


def test_names_with_dollars_are_no_formulas(study, tmp_path):
    """Methods, videos and events are called what would be a broken formula and what legends would leave out."""
    ids = [f"{video_id}{FORMULA}" for video_id in IDS]
    clips = {v: np.linspace(0, 1, FRAMES, dtype=np.float32)[:, None] for v in ids}
    write_videos(tmp_path / "videos.csv", videos_of(dict(zip(ids, ("train", "val", "val"), strict=True))))
    phases = dict.fromkeys(ids, np.repeat([0, 1], FRAMES // 2))
    write_labels(tmp_path / "labels.parquet", Labels(phases, "human", events={"hop": (FORMULA,)}))
    shard = read_keypoints([study / "keypoints.parquet"])
    clip = next(iter(shard.clips.values()))
    write_keypoints(tmp_path / "keypoints.parquet", KeypointShard(dict.fromkeys(ids, clip), "body13", "test/1"))
    (tmp_path / "net.yaml").write_text(f"label: '{FORMULA}'")
    write_embeddings(tmp_path / "net.parquet", Embeddings(clips, {"method": "net", "action": "hop"}))
    history = tmp_path / "train/net/hop/seed0/history.csv"
    history.parent.mkdir(parents=True)
    history.write_text("step,loss\n0,1\n1,0.5\n")
    (tmp_path / "protocol.yaml").write_text("{}")
    about = ["--videos", tmp_path / "videos.csv", "--labels", tmp_path / "labels.parquet"]
    compared = [*about, "--methods-dir", tmp_path, "--embeddings", tmp_path / "net.parquet"]
    poses = ["--keypoints", tmp_path / "keypoints.parquet"]
    commands = {
        "draw_confusion": [*compared, "--protocol", tmp_path / "protocol.yaml"],
        "draw_map": compared,
        "draw_gallery": [*compared, *poses],
        "draw_alignment": [*compared, "--reference", "net"],
        "draw_poses": [*about, *poses],
        "draw_curves": ["--methods-dir", tmp_path, "--histories", history],
    }
    for verb, options in commands.items():
        output = tmp_path / f"{verb}.png"
        assert main([verb, *map(str, options), "--output", str(output), "--dark", str(tmp_path / "dark.png")]) == 0
        assert output.stat().st_size > 1000, verb
    drawn = curves.draw({"hop": {"net": [np.array([[0, 1.0], [1, 0.5]])]}}, {"net": FORMULA})
    assert [text.get_text() for text in drawn.legends[0].get_texts()] == [FORMULA]


def test_whatever_draws_text_reads_no_formulas():
    """Every module that makes a figure imports the style, which switches formulas off, or does that itself."""
    drawing = [path for path in (ROOT / "la2ds").rglob("*.py") if re.search(r"= (Figure|panels)\(", path.read_text())]
    assert len(drawing) > 8
    safe = ("la2ds.report.figures.style", "parse_math")
    assert not [path.name for path in drawing if not any(word in path.read_text() for word in safe)]
