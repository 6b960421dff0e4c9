"""The figures and the page, of a study of two methods made up here."""

import base64
import html
import io
import json
import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread, imsave

from la2ds.__main__ import main
from la2ds.config import ColumnConfig, TableConfig
from la2ds.formats.embeddings import Embeddings, write_embeddings
from la2ds.formats.frames import write_frames
from la2ds.formats.heatmaps import HeatmapShard, write_heatmaps
from la2ds.formats.keypoints import Keypoints, KeypointShard, write_keypoints
from la2ds.formats.labels import Labels, read_labels, write_labels
from la2ds.formats.results.metrics import TASK_COLUMNS
from la2ds.formats.skeletons import BODY13
from la2ds.formats.videos import VIDEO_COLUMNS, write_videos
from la2ds.report.figures.alignment import Pair
from la2ds.report.figures.curves import running_mean
from la2ds.report.figures.poses import drawn_frames
from la2ds.report.page.tables import cell, read_table
from la2ds.report.tables.text import to_markdown
from la2ds.report.tables.verb import make_table, to_frame
from tests.fixtures.browser import Browser, needs_browser

CONFIG = TableConfig(
    title="Toy <table>",
    methods=("time", "net"),
    columns=(
        ColumnConfig("phase_accuracy", "labels=1.0/classifier=svc_rbf", "Acc 100 %"),
        ColumnConfig("alignment_error", "unit=fraction", "Align. err. %", best="min"),
    ),
)
LABELS = {"time": "Control: time", "net": "Net | <b>"}
VALUES = {"time": (0.7, 0.2), "net": (0.912, 0.25)}
FRAMES = 12


def write_results(root):
    """Tables, quality of poses, quarantine, one run and the files that figures are drawn from."""
    keys = {"dataset": "toy", "protocol": "default", "seed": 0, "n": 9, "dropped": 0, "label_source": "generator"}
    rows = [
        keys | {"method": m, "action": a, "metric": c.metric, "variant": c.variant, "value": v, "commit": "abc1234"}
        for m, values in VALUES.items()
        for c, v in zip(CONFIG.columns, values, strict=True)
        for a in ("hop", "side_step")
    ]
    table = make_table(pd.DataFrame(rows)[TASK_COLUMNS], config=CONFIG, dataset="toy", labels=LABELS)
    for folder in ("tables", "toy", "methods"):
        (root / folder).mkdir(parents=True)
    (root / "tables/small_toy.md").write_text(to_markdown(table))
    to_frame(table).to_csv(root / "tables/small_toy.csv", index=False)
    columns = json.dumps([{k: getattr(c, k) for k in ("metric", "variant", "label", "best")} for c in CONFIG.columns])
    (root / "small.yaml").write_text(f"{{title: Toy, methods: [time, net], columns: {columns}}}")
    (root / "methods/net.yaml").write_text("label: Net")
    (root / "methods/time.yaml").write_text("{label: 'Control: time', input: {kind: none}, encoder: {kind: time}}")
    (root / "toy/quarantine.csv").write_text("video_id,source,stage,reason\nbad_1,bad <1>.mp4,decode,cut in half\n")
    (root / "toy/check.csv").write_text(
        "action,video,problem,distance,repetitions\nhop,hop_0,,0.5,1\nhop,hop_<1>,mirrored,0.6,1\nhop,hop_2,mirrored,,\n"
    )
    write_run(root / "toy/train/net/hop/seed0")
    write_clips(root / "toy")


def write_run(folder):
    folder.mkdir(parents=True)
    (folder / "history.csv").write_text("step,loss\n" + "".join(f"{n},{1 / (n + 1)}\n" for n in range(30)))
    origin = {
        "commit": "abc1234",
        "cpu": "A & B",
        "cores": 2,
        "gpu": None,
        "python": "3.11.7",
        "versions": {"torch": "2"},
    }
    run = {"seed": 0, "steps": 30, "parameters": 12345, "seconds": 90.0, "peak_memory_mb": 500, "device": "cpu"}
    (folder / "run.json").write_text(json.dumps(run | {"method": {"label": "Net"}, "provenance": origin}))


def write_clips(folder):
    """Three val clips and a train clip of 12 frames in which a person drifts to the right; one joint is never found."""
    ids = ["hop_0", "hop_1", "side_step_0", "hop_2"]
    row = {"split": "val", "source": "x", "frames": FRAMES, "fps": 20, "width": 80, "height": 60}
    videos = pd.DataFrame([row | {"video_id": v, "action": v[:-2], "shard": f"{v[:-2]}_000"} for v in ids])
    videos.loc[3, "split"] = "train"
    write_videos(folder / "videos.csv", videos[VIDEO_COLUMNS])
    phases = np.repeat([0, 1, 2], 4)
    labels = Labels(dict.fromkeys(ids, phases), "generator", events={"hop": ("take-off", "top of the hop")})
    write_labels(folder / "labels.parquet", labels)
    position = np.random.default_rng(0).uniform(10, 50, (FRAMES, 13, 2)) + np.arange(FRAMES)[:, None, None]
    position[:, 3] = np.nan
    clip = Keypoints(position.astype(np.float32), np.ones((FRAMES, 13), np.float32))
    write_keypoints(folder / "poses/all.parquet", KeypointShard(dict.fromkeys(ids, clip), "body13", "test/1"))
    maps = np.full((FRAMES, 13, 32, 32), 100, np.uint8)
    shard = HeatmapShard(dict.fromkeys(ids, maps), BODY13.joints, 0.6, "body13", "joints_p32_s060_b110")
    write_heatmaps(folder / "all.npz", shard)
    for method in VALUES:
        clips = {v: np.linspace(0, 1, FRAMES, dtype=np.float32)[:, None] for v in ids}
        write_embeddings(folder / f"{method}.parquet", Embeddings(clips, {"method": method, "action": "hop"}))


def draw_all(root):
    toy, figures, methods = root / "toy", root / "figures", ["--methods-dir", root / "methods"]
    inputs = ["--videos", toy / "videos.csv", "--labels", toy / "labels.parquet"]
    poses = ["--keypoints", toy / "poses/all.parquet"]
    compared = [*inputs, *methods, "--embeddings", toy / "time.parquet", toy / "net.parquet"]
    (root / "protocol.yaml").write_text("{}")
    commands = {
        "small_toy_gains": ["draw_gains", "--table", root / "tables/small_toy.csv"],
        "small_toy_curves": ["draw_curves", *methods, "--histories", toy / "train/net/hop/seed0/history.csv"],
        "small_toy_alignment": ["draw_alignment", *compared, "--reference", "time"],
        "small_toy_confusion": ["draw_confusion", *compared, "--protocol", root / "protocol.yaml"],
        "small_toy_map": ["draw_map", *compared],
        "small_toy_gallery": ["draw_gallery", *compared, *poses],
        "toy_poses": ["draw_poses", *inputs, *poses, "--heatmaps", toy / "all.npz"],
    }
    for name, command in commands.items():
        run([*command, "--output", figures / f"{name}.png", "--dark", figures / f"{name}_dark.png"])
    run(["draw_clips", *compared, *poses, "--output", figures / "small_toy_clips.html"])
    for shard in ("hop_000", "side_step_000"):
        (toy / f"poses/{shard}.parquet").hardlink_to(toy / "poses/all.parquet")
    quality = ["pose_quality", "--dataset", "toy", "--pose", "test", "--videos", toy / "videos.csv"]
    run([*quality, "--keypoints-dir", toy / "poses", "--output", toy / "keypoint_quality.csv"])


def run(command):
    assert main([str(word) for word in command]) == 0, command


def report(root, *studies):
    arguments = [
        "--results",
        root,
        "--datasets",
        "toy",
        "--tables",
        root / "small.yaml",
        *studies,
        "--output",
        root / "report.html",
    ]
    return main(["report", *map(str, arguments)])


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    write_results(root)
    draw_all(root)
    assert report(root) == 0
    return root


@pytest.fixture
def page(results):
    return (results / "report.html").read_text(encoding="utf-8")


def test_every_row_of_the_tables_is_on_the_page(results, page):
    shown = html.unescape(re.sub(r"<[^>]+>", "", page.replace("<br>", " ")))
    printed = read_table(results / "tables/small_toy.md")
    assert list(printed.blocks) == ["Mean over 2 actions", "hop", "side_step"]
    for rows in printed.blocks.values():
        assert len(rows) == len(VALUES)
        for row in rows:
            for cell_text in row[1:]:
                assert cell_text.replace("*", "") in shown, cell_text
    assert page.count("<td>Net | &lt;b&gt;</td>") == len(printed.blocks)
    assert page.count("<td>Control: time</td>") == len(printed.blocks)
    assert "91.2" in shown and "(+21.2)" in shown


def test_every_picture_decodes(page):
    shown = {}
    for place in ("src", "srcset"):
        pictures = re.findall(rf'{place}="data:image/png;base64,([^"]+)"', page)
        assert len(pictures) == 7
        shown[place] = [imread(io.BytesIO(base64.b64decode(p, validate=True)), format="png") for p in pictures]
    for light, dark in zip(*shown.values(), strict=True):
        assert light.shape == dark.shape and min(light.shape[:2]) > 100
        assert light[..., :3].std() > 0.01
        # The corner is ground.
        assert light[0, 0, :3].min() == 1 and dark[0, 0, :3].max() < 0.2


def test_the_page_says_where_numbers_come_from(page):
    for told in ("Phase labels come from: toy: generator", "12,345", "1.5 min", "abc1234", "A &amp; B", "torch 2"):
        assert told in page, told
    assert (
        "2 of 3 clips that were checked" in page
        and "mirror image of most others</td><td>2</td><td>hop_&lt;1&gt;, hop_2" in page
    )
    assert "1 clip was set aside" in page and "bad &lt;1&gt;.mp4" in page
    assert "There is no truth to hold these poses against" in page


def test_the_page_needs_nothing_else(page):
    assert page.count("<script>") == 1 and page.count('<script type="application/json">') == 1
    assert page.count("<script") == page.count("</script>") == 2
    assert not re.search(r"""(src|srcset|href)=["'](?!data:|#)""", page)
    assert "url(" not in page and "@import" not in page
    assert page.count("<section") == page.count("</section>") == 6


@pytest.fixture(scope="module")
def browser():
    with Browser() as browser:
        yield browser


@needs_browser
@pytest.mark.parametrize("dark", [False, True])
def test_a_browser_shows_everything_and_complains_about_nothing(results, browser, dark):
    shown = browser.open((results / "report.html").as_uri(), dark=dark)
    pictures = shown.evaluate("[...document.images].map(i => [i.complete, i.naturalWidth, i.currentSrc.length])")
    assert len(pictures) == 7 and all(complete and width > 100 for complete, width, _ in pictures)
    source = "picture.querySelector('source').srcset" if dark else "picture.querySelector('img').src"
    pictured = "[...document.querySelectorAll('picture')]"
    assert shown.evaluate(f"{pictured}.every(picture => picture.querySelector('img').currentSrc === {source})")
    ground = shown.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(20, 23, 29)" if dark else "rgb(255, 255, 255)")
    assert (shown.errors, shown.requests) == ([], [(results / "report.html").as_uri()])


FIRST = "document.querySelector('#toy-tables table')"
COLUMN = f"[...{FIRST}.tBodies[0].rows].filter(row => !row.hidden).map(row => row.cells[1].innerText.split(/\\s/)[0])"


@needs_browser
def test_tables_sort_and_filter(results, browser):
    shown = browser.open((results / "report.html").as_uri())
    click = f"{FIRST}.tHead.querySelectorAll('button')[1].click()"
    order = [shown.evaluate(COLUMN)]
    for way in ("descending", "ascending", "none"):
        shown.evaluate(click)
        assert shown.evaluate(f"{FIRST}.querySelectorAll('th')[1].getAttribute('aria-sort')") == way
        order.append(shown.evaluate(COLUMN))
    assert order == [["70.0", "91.2"], ["91.2", "70.0"], ["70.0", "91.2"], ["70.0", "91.2"]]

    # Where less is better the first click brings the least up.
    error = COLUMN.replace("cells[1]", "cells[ERROR]")
    place = shown.evaluate(f"[...{FIRST}.tHead.rows[0].cells].findIndex(c => c.textContent.startsWith('Align'))")
    shown.evaluate(click.replace("[1]", f"[{place}]"))
    errors = [float(text) for text in shown.evaluate(error.replace("ERROR", str(place)))]
    assert errors == sorted(errors) and len(set(errors)) > 1
    shown.evaluate(f"{click.replace('[1]', f'[{place}]')}; {click.replace('[1]', f'[{place}]')}")

    field = "document.querySelector('#toy-tables input')"
    shown.evaluate(f"{field}.value = 'CLOCK control'; {field}.dispatchEvent(new Event('input'))")
    assert shown.evaluate(COLUMN) == []
    shown.evaluate(f"{field}.value = 'TIME control'; {field}.dispatchEvent(new Event('input'))")
    assert shown.evaluate(COLUMN) == ["70.0"]
    # The actions' tables below are filtered with it.
    assert shown.evaluate("document.querySelector('#toy-tables [role=status]').innerText") == "3 of 6 rows"
    folds = "[...document.querySelectorAll('#toy-tables details')].map(fold => fold.open)"
    assert shown.evaluate(folds) == [False, False]
    shown.evaluate("document.querySelector('#toy-tables .filter button').click()")
    assert shown.evaluate(folds) == [True, True]
    assert shown.errors == []


SCENE = "document.querySelector('.scrubber .scene')"
SEEN = f"[...{SCENE}.querySelectorAll('.panel')].map(panel => panel.innerText.split('\\n').map(line => line.trim()))"


@needs_browser
@pytest.mark.parametrize(("dark", "width"), [(False, 1280), (True, 390)])
def test_two_clips_go_under_one_slider(results, browser, dark, width):
    """Of both methods the partner of a frame is the frame of its number: all embeddings are t/T."""
    shown = browser.open((results / "report.html").as_uri(), dark=dark, width=width)
    shown.wait_for(f"{SCENE}.querySelector('canvas').dataset.frame")
    assert shown.evaluate(SEEN)[0] == ["the first clip", "frame 0, to take-off"]
    slider = ".scrubber .scene input"
    shown.evaluate(f"document.querySelector('{slider}').focus()")
    for key in ("ArrowRight", "ArrowRight", "End", "ArrowLeft"):
        shown.press(key)
    last = [["the first clip", "frame 10, after top of the hop"]]
    last += [[name, "frame 10, after top of the hop ✓"] for name in ("Control: time", "Net")]
    shown.wait_for(
        f"JSON.stringify({SEEN}) === {json.dumps(json.dumps(last, separators=(',', ':'), ensure_ascii=False))}"
    )
    told = shown.evaluate(f"document.querySelector('{slider}').getAttribute('aria-valuetext')")
    assert told == "0.50 s, frame 10, after top of the hop"
    # A finger or the mouse does it, too; Space plays, and the slider stays in sight below what is looked at.
    shown.drag(slider, [0.02])
    assert shown.evaluate(SEEN)[1] == ["Control: time", "frame 0, to take-off ✓"]
    shown.press(" ")
    shown.wait_for(f"{SEEN}[0][1] !== 'frame 0, to take-off'")
    shown.press(" ")
    assert shown.evaluate(f"{SCENE}.querySelector('button').textContent") == "Play"
    shown.evaluate(f"{SCENE}.querySelector('.panel').scrollIntoView({{block: 'start'}})")
    assert shown.evaluate(f"document.querySelector('{slider}').getBoundingClientRect().bottom <= innerHeight")
    assert shown.errors == []


@needs_browser
def test_a_page_of_clips_can_be_opened_alone(results, browser):
    shown = browser.open((results / "figures/small_toy_clips.html").as_uri())
    shown.wait_for(f"{SCENE}.querySelector('canvas').dataset.frame")
    assert shown.evaluate(SEEN)[2] == ["Net", "frame 0, to take-off ✓"]
    assert (shown.errors, len(shown.requests)) == ([], 1)


@needs_browser
def test_a_link_to_a_figure_opens_the_part_it_lies_in(results, browser):
    links = re.findall(r'<a href="#(toy-small-[a-z]+)">([^<]+)</a>', (results / "report.html").read_text())
    assert [name for _, name in links][:3] == ["Gains over the clock", "Clips in step", "Nearest frames"]
    shown = browser.open((results / "report.html").as_uri())
    headings = [shown.evaluate(f"document.querySelector('#{anchor} > h4').textContent") for anchor, _ in links]
    assert headings == [name for _, name in links]
    shown.evaluate("document.querySelector('#toy-tables details').id = 'folded'; location.hash = '#folded'")
    shown.wait_for("document.getElementById('folded').open")
    assert shown.errors == []


@needs_browser
@pytest.mark.parametrize("width", [360, 768])
def test_nothing_reaches_beyond_a_phone_s_edge(results, browser, width):
    shown = browser.open((results / "report.html").as_uri(), width=width, height=740)
    shown.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    assert shown.evaluate("[innerWidth, document.documentElement.scrollWidth]") == [width, width]
    # What is wider than the page stands in a box of its own that scrolls.
    wide = """[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1
        && !e.closest('.scroll, figure')).map(e => e.tagName)"""
    assert shown.evaluate(wide) == []
    assert shown.errors == []


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("figures/small_toy_gains.png", None, "expected a PNG, found No such file"),
        ("figures/small_toy_gains.png", "no picture", "expected a PNG, found something else"),
        ("figures/toy_poses_dark.png", None, "expected a PNG, found No such file"),
        ("figures/small_toy_clips.html", "no clips", "expected a page of clips, found something else"),
        ("figures/small_toy_clips.html", None, "expected a page of clips, found No such file"),
        ("tables/small_toy.md", None, "expected a table (Markdown), found No such file"),
        ("tables/small_toy.md", "# Title\n", "expected a table (Markdown), found no blocks of rows"),
        ("toy/keypoint_quality.csv", None, "expected a CSV table, found No such file"),
        ("toy/keypoint_quality.csv", "a,b\n", "expected columns dataset, pose"),
        ("toy/train/net/hop/seed0/run.json", "{}", "found no seed"),
    ],
)
def test_missing_and_broken_inputs_are_told_in_one_sentence(results, caplog, file, content, told):
    path = results / file
    before = path.read_bytes()
    try:
        path.unlink()
        if content is not None:
            path.write_text(content)
        assert report(results) == 2
    finally:
        path.write_bytes(before)
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1 and "\n" not in errors[0]
    assert str(path) in errors[0] and told in errors[0]


def test_a_table_about_one_dataset_is_shown_there_alone(results, page, tmp_path, caplog):
    """Nothing of the other dataset's table is there to be read, so looking for it would be refused."""
    text = (results / "small.yaml").read_text()
    elsewhere, here = tmp_path / "elsewhere.yaml", tmp_path / "here.yaml"
    elsewhere.write_text(text.replace("{title", "{dataset: other, title"))
    here.write_text(text.replace("{title", "{dataset: toy, title"))
    try:
        assert report(results, elsewhere) == 0
        assert (results / "report.html").read_text(encoding="utf-8") == page
        assert report(results, here) == 2
        assert "tables/here.md: expected a table (Markdown), found No such file" in caplog.text
    finally:
        (results / "report.html").write_text(page, encoding="utf-8")


def test_several_tables_are_folded_but_the_first_and_some_share_rows(results, page):
    columns = (results / "small.yaml").read_text().partition("columns:")[2]
    part = results / "part.yaml"
    part.write_text(f"{{title: Part, figures: false, columns:{columns}")
    (results / "tables/part_toy.md").write_text((results / "tables/small_toy.md").read_text())
    try:
        assert report(results, part, "--rows", results / "small.yaml") == 0
        both = (results / "report.html").read_text()
        assert both.count('<details class="part"') == 2 and both.count('<details class="part" open>') == 1
        assert both.count("<img ") == page.count("<img ")
        arguments = ["--results", results, "--datasets", "toy", "--tables", part, "--rows", results / "small.yaml"]
        run(["report", *arguments, "--output", results / "report.html"])
        # The runs of the rows it took.
        assert "12,345" in (results / "report.html").read_text()
    finally:
        (results / "report.html").write_text(page)


def test_the_page_says_that_only_skeletons_are_shown(results, page):
    assert "only skeletons are shown" not in page
    try:
        assert report(results, "--skeletons-only", "toy") == 0
        assert "Of toy only skeletons are shown" in (results / "report.html").read_text()
    finally:
        (results / "report.html").write_text(page)


def test_without_labels_nothing_is_said_of_marks_and_no_probe_is_shown(results, page):
    labels = results / "toy/labels.parquet"
    before = labels.read_bytes()
    assert "diamonds" in page and "✗: of another" in page and "toy-small-confusion" in page
    try:
        phases = {v: np.full(len(p), -1) for v, p in read_labels(labels).phases.items()}
        write_labels(labels, Labels(phases, "none"))
        assert report(results) == 0
        told = (results / "report.html").read_text()
    finally:
        labels.write_bytes(before)
        (results / "report.html").write_text(page)
    for absent in ("diamonds", "✗: of another", "toy-small-confusion", "Seeds"):
        assert absent not in told, absent


def test_poses_are_drawn_on_frames_that_were_shrunk(results, tmp_path):
    jpeg = io.BytesIO()
    imsave(jpeg, np.full((30, 40, 3), (255, 0, 0), np.uint8), format="jpg")
    with write_frames(tmp_path / "frames.parquet") as writer:
        for video_id in ("hop_0", "side_step_0"):
            writer.add(video_id, times=np.arange(FRAMES) / 20, images=[jpeg.getvalue()] * FRAMES, decoder="test/1")
    toy, output = results / "toy", tmp_path / "poses.png"
    inputs = [
        "--videos",
        toy / "videos.csv",
        "--labels",
        toy / "labels.parquet",
        "--keypoints",
        toy / "poses/all.parquet",
    ]
    assert (
        main(["draw_poses", *map(str, inputs), "--frames", str(tmp_path / "frames.parquet"), "--output", str(output)])
        == 0
    )
    red = (imread(output)[..., :3] - (1, 0, 0)) ** 2
    assert (red.sum(-1) < 0.01).mean() > 0.2


def test_drawn_frames_hold_the_movement():
    assert drawn_frames(np.repeat([0, 1, 2], (50, 10, 40))).tolist() == [41, 46, 52, 57, 63, 68]
    assert drawn_frames(np.zeros(11, int)).tolist() == [0, 2, 4, 6, 8, 10]
    assert drawn_frames(np.zeros(1, int)).tolist() == [0] * 6


def test_running_mean_is_over_what_there_is():
    assert running_mean(np.array([1.0, 5.0])).tolist() == [1, 5]
    assert running_mean(np.ones(40)) == pytest.approx(np.ones(40))


def test_a_pair_s_miss_is_a_share_of_the_second_video():
    pair = Pair(("a", "b"), (4, 10), np.array([[1, 4], [3, 9]]), {"net": np.array([0, 5, 6, 6])})
    assert pair.missed("net") == pytest.approx((0.1 + 0.3) / 2)


@pytest.mark.parametrize(
    ("markdown", "wanted"),
    [
        ("**88.7** ± 0.3 (+15.2)", '<b>88.7</b> ± 0.3<br><span class="up">(+15.2)</span>'),
        ("0.002 (-0.994)", '0.002<br><span class="down">(-0.994)</span>'),
        ("0.997 (+0.000)", '0.997<br><span class="even">(+0.000)</span>'),
        ("73.5", "73.5"),
        (
            "88.7 [85.1, 91.0] (+3.0)†",
            '88.7 <span class="range">[85.1, 91.0]</span><br><span class="up">(+3.0)</span>†',
        ),
        (r"12.0\* <3", "12.0* &lt;3"),
        ("–", "–"),
    ],
)
def test_cells(markdown, wanted):
    assert cell(markdown) == wanted
