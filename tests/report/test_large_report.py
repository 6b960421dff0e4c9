"""A report of 13 actions and 12 methods, of clips as the demo draws them: what it weighs, and how soon it is open."""

import io
import time

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from la2ds.__main__ import main
from la2ds.config import ColumnConfig, TableConfig
from la2ds.datasets.demo.clip import make_clip
from la2ds.formats.embeddings import Embeddings, write_embeddings
from la2ds.formats.frames import write_frames
from la2ds.formats.heatmaps import HeatmapShard, write_heatmaps
from la2ds.formats.keypoints import Keypoints, KeypointShard, write_keypoints
from la2ds.formats.labels import Labels, write_labels
from la2ds.formats.results.metrics import TASK_COLUMNS
from la2ds.formats.skeletons import BODY13
from la2ds.formats.videos import VIDEO_COLUMNS, write_videos
from la2ds.plan.pages import SHOWN_ACTIONS
from la2ds.report.tables.text import to_markdown
from la2ds.report.tables.verb import make_table, to_frame
from tests.fixtures.browser import Browser, find

ACTIONS = [f"action_{n:02d}" for n in range(13)]
METHODS = [f"method_{n:02d}" for n in range(12)]
SHOWN = METHODS[:5]  # the reference and four others, as many as any table of config/tables names
LARGEST = 20_000_000  # bytes
COLUMNS = tuple(
    ColumnConfig("phase_accuracy", f"labels={share}/classifier=svc_rbf", f"Acc {share}") for share in (0.1, 0.5, 1.0)
) + tuple(ColumnConfig("retrieval", f"k={k}/average=frames", f"AP@{k}") for k in (5, 10, 15))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("large")
    for folder in ("tables", "toy/train", "methods"):
        (root / folder).mkdir(parents=True)
    rng = np.random.default_rng(0)
    write_table(root, rng)
    write_clips(root / "toy", rng)
    return root


def write_table(root, rng):
    config = TableConfig(title="Large", methods=tuple(METHODS), columns=COLUMNS, reference=METHODS[0])
    keys = {"dataset": "toy", "protocol": "default", "seed": 0, "n": 9, "dropped": 0, "label_source": "generator"}
    rows = [
        keys
        | {"method": m, "action": a, "metric": c.metric, "variant": c.variant, "value": rng.uniform(), "commit": "a"}
        for m in METHODS
        for c in COLUMNS
        for a in ACTIONS
    ]
    labels = {m: f"The {m.replace('_', ' ')}" for m in METHODS}
    table = make_table(pd.DataFrame(rows)[TASK_COLUMNS], config=config, dataset="toy", labels=labels)
    (root / "tables/large_toy.md").write_text(to_markdown(table))
    to_frame(table).to_csv(root / "tables/large_toy.csv", index=False)
    columns = ", ".join(f"{{metric: {c.metric}, variant: {c.variant}, label: {c.label}}}" for c in COLUMNS)
    (root / "large.yaml").write_text(f"{{title: Large, methods: [{', '.join(METHODS)}], columns: [{columns}]}}")
    for method, label in labels.items():
        (root / f"methods/{method}.yaml").write_text(f"label: {label}")
        for action in ACTIONS:
            history = root / f"toy/train/{method}/{action}/seed0/history.csv"
            history.parent.mkdir(parents=True)
            loss = np.exp(-np.arange(300) / 90) + rng.uniform(0, 0.2, 300)
            history.write_text("step,loss\n" + "".join(f"{n},{value:.4f}\n" for n, value in enumerate(loss)))
    (root / "toy/quarantine.csv").write_text("video_id,source,stage,reason\n")
    (root / "toy/check.csv").write_text("action,video,problem,distance,repetitions\nhop,a,,0.5,1\nhop,b,,,0\n")


def write_clips(folder, rng):
    """Give every action three clips with the pictures and the joints of one that the demo draws."""
    drawn = make_clip("squat", seed=0, action_index=0, clip_index=0)
    images = []
    for picture in drawn.draw():
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "JPEG", quality=90)
        images.append(file.getvalue())
    frames = len(images)
    ids = [f"{action}_{n}" for action in ACTIONS for n in range(3)]
    row = {"source": "x", "frames": frames, "fps": 20, "width": 360, "height": 360, "shard": "all"}
    videos = pd.DataFrame(
        [row | {"video_id": v, "action": v[:-2], "split": "train" if v[-1] == "2" else "val"} for v in ids]
    )
    write_videos(folder / "videos.csv", videos[VIDEO_COLUMNS])
    write_labels(folder / "labels.parquet", Labels(dict.fromkeys(ids, drawn.phases), "generator"))
    pixels = drawn.pixels[:, : len(BODY13.joints)].astype(np.float32)
    clip = Keypoints(pixels, np.ones(pixels.shape[:2], np.float32))
    write_keypoints(folder / "keypoints.parquet", KeypointShard(dict.fromkeys(ids, clip), "body13", "test/1"))
    with write_frames(folder / "frames.parquet") as writer:
        for v in ids:
            writer.add(v, times=np.arange(frames) / 20, images=images, decoder="test/1")
    maps = rng.integers(0, 255, (frames, 13, 32, 32)).astype(np.uint8)
    shard = HeatmapShard(dict.fromkeys(ids, maps), BODY13.joints, 0.6, "body13", "joints_p32_s060_b110")
    write_heatmaps(folder / "heatmaps.npz", shard)
    for method in SHOWN:
        for action in ACTIONS:
            own = {v: np.cumsum(rng.normal(size=(frames, 8)), 0).astype(np.float32) for v in ids if v[:-2] == action}
            write_embeddings(
                folder / f"{method}_{action}.parquet", Embeddings(own, {"method": method, "action": action})
            )


def draw(root):
    toy, methods = root / "toy", ["--methods-dir", root / "methods"]
    about = ["--videos", toy / "videos.csv", "--labels", toy / "labels.parquet"]
    few, all_of_them = (
        [*about, *methods, "--embeddings", *(toy / f"{m}_{a}.parquet" for m in SHOWN for a in ACTIONS[:count])]
        for count in (SHOWN_ACTIONS, len(ACTIONS))
    )
    poses = ["--keypoints", toy / "keypoints.parquet", "--frames", toy / "frames.parquet"]
    (root / "protocol.yaml").write_text("{}")
    commands = {
        "large_toy_gains": ["draw_gains", "--table", root / "tables/large_toy.csv"],
        "large_toy_curves": ["draw_curves", *methods, "--histories", *sorted(toy.glob("train/*/*/*/history.csv"))],
        "large_toy_alignment": ["draw_alignment", *all_of_them, "--reference", METHODS[0]],
        "large_toy_confusion": ["draw_confusion", *few, "--protocol", root / "protocol.yaml"],
        "large_toy_map": ["draw_map", *few],
        "large_toy_gallery": ["draw_gallery", *few, *poses],
        "toy_poses": ["draw_poses", *about, *poses, "--heatmaps", toy / "heatmaps.npz"],
    }
    figures = root / "figures"
    for name, command in commands.items():
        run([*command, "--output", figures / f"{name}.png", "--dark", figures / f"{name}_dark.png"])
    run(["draw_clips", *few, *poses, "--output", figures / "large_toy_clips.html"])
    (toy / "poses").mkdir()
    (toy / "poses/all.parquet").hardlink_to(toy / "keypoints.parquet")
    quality = ["pose_quality", "--dataset", "toy", "--pose", "test", "--videos", toy / "videos.csv"]
    run([*quality, "--keypoints-dir", toy / "poses", "--output", toy / "keypoint_quality.csv"])


def run(command):
    assert main([str(word) for word in command]) == 0, command


@pytest.mark.slow
def test_a_large_report_is_light_and_opens_at_once(root, record_property):
    draw(root)
    page = root / "report.html"
    run(["report", "--results", root, "--datasets", "toy", "--tables", root / "large.yaml", "--output", page])
    record_property("bytes", page.stat().st_size)
    assert page.stat().st_size < LARGEST
    if find() is None:
        return
    with Browser(timeout=60) as browser:
        shown = browser.open("about:blank")
        start = time.monotonic()
        shown.go(page.as_uri())
        shown.wait_for("document.querySelector('.scene canvas').dataset.frame")
        seconds = time.monotonic() - start
        print(f"\n{page.stat().st_size / 1e6:.1f} MB, open after {seconds:.1f} s")
        # A second on a machine that does nothing else.
        assert seconds < 8 and shown.errors == []
