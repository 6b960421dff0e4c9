"""People's own videos: what is listed, labelled and refused, and a study of them without labels."""

# ruff: noqa: E402 - the modules under test need what is skipped for here

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.fixtures.paths import ROOT
from tests.fixtures.workflow_study import Study

cv2 = pytest.importorskip("cv2", reason="the video extra is not installed")
pytest.importorskip("decord", reason="the video extra is not installed")

from la2ds.__main__ import main
from la2ds.config import DatasetConfig, ProtocolConfig, TableConfig, load
from la2ds.datasets.folder import reader as folder
from la2ds.datasets.folder.reader import draw_splits
from la2ds.datasets.folder.tables import Names
from la2ds.errors import InputError
from la2ds.evaluation.evaluate import score
from la2ds.evaluation.metrics.clips import ActionClips, Clip
from la2ds.formats.embeddings import Embeddings, read_embeddings, write_embeddings
from la2ds.formats.labels import LABELS_SCHEMA, Labels, read_labels, write_labels
from la2ds.formats.quarantine import Refusal, read_entry
from la2ds.formats.videos import read_videos
from tests.fixtures.datasets.films import CODECS, FPS, FRAMES, film
from tests.fixtures.gathering import collect


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three squats and two jumps."""
    for name in ("squat/a.mp4", "squat/b.avi", "squat/c.mp4", "jump/a.mp4", "jump/d.mp4"):
        film(tmp_path / "videos" / name)
    return tmp_path / "videos"


def settings(*actions: str, **changes: object) -> DatasetConfig:
    return DatasetConfig(reader="folder", root="x", actions=actions or ("squat",), **changes)


def label(root: Path, *lines: str, header: str = "video,event,frame") -> None:
    (root / "labels.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


def phases(root: Path, *actions: str) -> dict[str, list[int]]:
    return {v: p.tolist() for v, p in folder.index(root, settings(*actions))[1].phases.items()}


def refused(root: Path, *actions: str) -> str:
    with pytest.raises(InputError) as error:
        folder.index(root, settings(*actions))
    return str(error.value)


def test_videos_of_every_format_are_listed(tmp_path):
    for suffix in CODECS:
        film(tmp_path / f"squat/{suffix[1:]}{suffix}")
    film(tmp_path / "squat/IMG 0001.MP4", frames=5)
    videos, labels = folder.index(tmp_path, settings())
    assert videos.source.tolist() == ["squat/IMG 0001.MP4", *sorted(f"squat/{s[1:]}{s}" for s in CODECS)]
    assert videos.video_id.tolist() == [source.rpartition(".")[0] for source in videos.source]
    assert videos.frames.tolist() == [5, *[FRAMES] * 5]
    assert set(videos.fps.round(3)) == {FPS} and set(videos.width) == {64} and set(videos.height) == {48}
    assert labels.source == "none"
    assert {(len(p), set(p)) == (n, {-1}) for p, n in zip(labels.phases.values(), videos.frames, strict=True)} == {True}


def test_other_files_and_folders_are_named(root, caplog):
    for name in ("notes.txt", "squat/.DS_Store", "squat/._a.mp4", "squat/a.srt"):
        (root / name).write_text("x")
    (root / "squat/old").mkdir()
    label(root, "squat/a,0,3")
    with caplog.at_level(logging.INFO):
        videos, _ = folder.index(root, settings())
    assert videos.video_id.tolist() == ["squat/a", "squat/b", "squat/c"]
    others = "notes.txt, squat/.DS_Store, squat/._a.mp4, squat/a.srt, squat/old"
    assert f"5 files or folders are no videos and are left alone: {others}" in caplog.text
    assert "1 folders are not among 'actions' and are left out: jump" in caplog.text


def test_frames_give_phases(root):
    label(root, "squat/a.mp4,1,7", "squat/a.mp4,0,3", "b,0,0", "b,1,11.0", "", "jump/a,take off,2")
    assert phases(root) == {
        "squat/a": [0] * 4 + [1] * 4 + [2] * 4,
        "squat/b": [0] + [1] * 11,
        "squat/c": [-1] * FRAMES,
    }
    assert folder.index(root, settings())[1].source == "human"
    assert phases(root, "jump") == {"jump/a": [0] * 3 + [1] * 9, "jump/d": [-1] * FRAMES}


def test_times_give_the_nearest_frame(root):
    label(
        root,
        "squat/a,down,0.33,",
        "squat/a,up,0.76,",
        "squat/b,down,,3",
        "squat/b,up,1.2,",
        header="video,event,time,frame",
    )
    assert phases(root)["squat/a"] == [0] * 4 + [1] * 5 + [2] * 3
    assert phases(root)["squat/b"] == [0] * 4 + [1] * 8


def test_spreadsheets_tables_are_read(root):
    (root / "labels.csv").write_bytes("video , event, frame\r\nsquat\\a.mp4, bottom , 3\r\n,,\r\n".encode("utf-8-sig"))
    assert phases(root)["squat/a"] == [0] * 4 + [1] * 8


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["squat/z,0,3"], "expected line 2 to name a video below {root}, found 'squat/z'"),
        (["a,0,3"], "expected line 2 to say which of jump/a, squat/a, found 'a'"),
        (["squat/a,,3"], "expected line 2 to number or name an event, found nothing"),
        (["squat/a,0,3", "squat/b,0,"], "expected line 3 to give either a frame or a time, found neither"),
        (["squat/a,0,-3"], "expected line 2 to give a frame, counted from 0, found '-3'"),
        (["squat/a,0,3.5"], "expected line 2 to give a frame, counted from 0, found '3.5'"),
        (["squat/a,0,12"], "expected frames 0 to 11 of squat/a, found 12 in line 2"),
        (["squat/a,0,3,4"], "expected 3 values in line 2, found 'squat/a,0,3,4'"),
        (["squat/a,0,3", "squat/a,0,4"], "expected each event of squat/a once, found '0' more than once"),
        (["squat/a,1,3", "squat/a,0,4"], "expected events of squat/a in time's order, found 1, 0"),
        (
            ["squat/a,x,3", "squat/a,y,3"],
            "expected each event of squat/a in a frame of its own, found frame 3 in line 2 and line 3",
        ),
        (
            ["squat/a,x,3", "squat/a,y,4", "squat/b,x,5"],
            "expected events x, y of squat/b, as of squat/a, found x",
        ),
    ],
)
def test_an_odd_row_is_refused_in_one_sentence(root, lines, message):
    label(root, *lines)
    assert refused(root) == f"{root / 'labels.csv'}: {message.format(root=root)}"


@pytest.mark.parametrize(
    ("time", "message"),
    [
        ("soon", "expected line 2 to give a time in seconds, such as 1.25, found 'soon'"),
        ("nan", "expected line 2 to give a time in seconds, such as 1.25, found 'nan'"),
        ("1.3", "expected times 0 to 1.2 s of squat/a, found 1.3 in line 2"),
    ],
)
def test_an_odd_time_is_refused(root, time, message):
    label(root, f"squat/a,0,{time}", header="video,event,time")
    assert refused(root) == f"{root / 'labels.csv'}: {message}"


def test_a_table_of_other_columns_is_refused(root):
    label(root, "squat/a|0|3", header="video|event|frame")
    expected = "expected columns video, event, found no video, event in 'video|event|frame'"
    assert refused(root) == f"{root / 'labels.csv'}: {expected}"
    (root / "labels.csv").write_bytes(b"video,event,frame\nsquat/a,\xe9,3\n")
    assert "expected a CSV table in UTF-8, found byte 0xe9 in line 2" in refused(root)


def test_splits_are_read(root):
    (root / "splits.csv").write_text("video,split\nsquat/a,val\nb,train\nc.mp4,train\njump/a,train\n")
    assert folder.index(root, settings())[0].split.tolist() == ["val", "train", "train"]
    assert refused(root, "squat", "jump").endswith(
        "splits.csv: expected a split for every video, found none for jump/d"
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("squat/a,test", "expected line 2 to say train or val, found 'test'"),
        ("squat/a,val\nsquat/a.mp4,val", "expected each video once, found squat/a again in line 3"),
        ("squat/q,val", "found 'squat/q'"),
    ],
)
def test_an_odd_split_is_refused(root, line, message):
    (root / "splits.csv").write_text(f"video,split\n{line}\n")
    assert message in refused(root)


def test_splits_are_drawn_by_name_alone():
    ids = [f"squat/{n:04d}" for n in range(3000)]
    split = draw_splits(ids)
    assert draw_splits(ids[::-1]) == split
    assert 0.64 < np.mean([s == "train" for s in split.values()]) < 0.69
    fewer = draw_splits(ids[:1000])
    assert {v: split[v] for v in fewer} == fewer
    # Written down once: a study's split must be the same on every machine and in every version.
    assert [n for n in range(8) if split[ids[n]] == "val"] == [4]


@pytest.mark.parametrize(("count", "least"), [(2, 1), (3, 1), (4, 2), (5, 2), (9, 2)])
def test_each_split_has_videos(count, least):
    for start in range(60):
        split = list(draw_splits([f"jump/{start + n}" for n in range(count)]).values())
        assert min(split.count("train"), split.count("val")) >= least
    assert draw_splits(["jump/1"]) == {"jump/1": "train"}
    assert draw_splits([]) == {}


def test_an_unreadable_video_is_kept_for_the_quarantine_list(root, tmp_path, caplog):
    (root / "squat/broken.mp4").write_bytes(b"no video" * 50)
    write_dataset(tmp_path, root)
    assert index(tmp_path) == 0
    assert "squat/broken cannot be read and will be quarantined" in caplog.text
    videos = read_videos(tmp_path / "videos.csv").set_index("video_id")
    assert videos.loc["squat/broken", ["split", "frames", "width"]].tolist() == ["train", 0, 0]
    assert set(videos.split.drop("squat/broken")) == {"train", "val"}
    assert "squat/broken" not in read_labels(tmp_path / "labels.parquet").phases
    options = {"--videos": "videos.csv", "--output": "f.parquet", "--quarantine": "q.csv", "--dataset": "own.yaml"}
    files = [part for option, name in options.items() for part in (option, str(tmp_path / name))]
    assert main(["decode", *files, "--shard", "squat_000"]) == 0
    refusals = pd.read_csv(tmp_path / "q.csv")
    assert refusals[["video_id", "stage"]].to_numpy().tolist() == [["squat/broken", "open"]]
    # Also where nobody decodes, since poses are files.
    assert read_entry(tmp_path / "labels.parquet", schema=LABELS_SCHEMA) == [Refusal(*refusals.iloc[0])]
    time = ["--method", str(ROOT / "config/methods/time.yaml"), "--seed", "0", "--action", "squat"]
    assert (
        main(["embed", *time, "--videos", str(tmp_path / "videos.csv"), "--output", str(tmp_path / "e.parquet")]) == 0
    )
    assert set(read_embeddings(tmp_path / "e.parquet").clips) == {"squat/a", "squat/b", "squat/c"}


def test_what_is_not_there_is_refused(root, tmp_path):
    assert refused(tmp_path / "none").endswith("expected the dataset's root folder, found no such folder")
    assert "since swim is among 'actions', found videos in jump, squat" in refused(root, "swim")
    film(root / "squat/a.avi")
    assert "expected names that differ in more than their ending, found squat/a.avi and squat/a.mp4" in refused(root)


def test_there_are_no_poses_and_no_options(root):
    with pytest.raises(InputError, match=r"such as pose: mediapipe.*found pose: annotations"):
        folder.annotations(root, settings(), pd.DataFrame(), dims=2)
    with pytest.raises(InputError, match=r"expected no options for reader folder, found 'val'"):
        folder.index(root, settings(options={"val": 3}))


def test_names_of_a_video():
    names = Names({"squat/a": "squat/a.mp4", "jump/b": "jump/b.mp4"})
    for name in ("squat/a", "squat/a.mp4", "a", "a.mp4", "squat\\a.mp4"):
        assert names.find(Path("labels.csv"), "line 2", name) == "squat/a"


def test_an_apostrophe_before_what_spreadsheets_would_compute_is_no_part_of_a_name():
    names = Names({"squat/=a": "squat/=a.mp4", "squat/'-b": "squat/'-b.mp4", "squat/-b": "squat/-b.mp4"})
    for name, found in (("'=a.mp4", "squat/=a"), ("=a", "squat/=a"), ("'-b", "squat/'-b"), ("-b", "squat/-b")):
        assert names.find(Path("labels.csv"), "line 2", name) == found
    with pytest.raises(InputError, match="name a video"):
        Names({"squat/a": "squat/a.mp4"}).find(Path("labels.csv"), "line 2", "'a")


def test_the_dataset_file_can_be_read():
    dataset = load(DatasetConfig, ROOT / "config/datasets/folder.yaml")
    assert (dataset.reader, dataset.root, dataset.pose, dataset.pictures) == (
        "folder",
        "data/videos",
        "mediapipe",
        "always",
    )


# A study without labels


def write_dataset(tmp_path: Path, root: Path, *, actions: str = "squat") -> None:
    text = f"reader: folder\nroot: {root}\nactions: [{actions}]\npose: mediapipe\n"
    (tmp_path / "own.yaml").write_text(text)


def index(tmp_path: Path) -> int:
    outputs = ["--output-videos", str(tmp_path / "videos.csv"), "--output-labels", str(tmp_path / "labels.parquet")]
    return main(["index", "--dataset", str(tmp_path / "own.yaml"), *outputs])


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Seven squats that nobody labelled, and made-up embeddings by the names of two controls."""
    for number in range(7):
        film(tmp_path / f"videos/squat/{number}.mp4", frames=FRAMES + number)
    write_dataset(tmp_path, tmp_path / "videos")
    assert index(tmp_path) == 0
    videos = read_videos(tmp_path / "videos.csv")
    rng = np.random.default_rng(0)
    made = {
        "time": lambda frames: np.arange(frames)[:, None] / frames,
        "untrained": lambda frames: rng.normal(size=(frames, 3)),
    }
    for method, make in made.items():
        clips = {str(v): make(int(n)).astype(np.float32) for v, n in zip(videos.video_id, videos.frames, strict=True)}
        metadata = {"method": method, "action": "squat", "seed": "0", "commit": "abc"}
        write_embeddings(tmp_path / f"{method}.parquet", Embeddings(clips, metadata))
    return tmp_path


def evaluate(study: Path, protocol: str) -> list[Path]:
    """Score both rows by a protocol of the repository: the metrics files."""
    files = []
    for method in ("time", "untrained"):
        files.append(study / f"own/metrics/{protocol}/{method}/squat/seed0.csv")
        options = {"--videos": study / "videos.csv", "--labels": study / "labels.parquet", "--output": files[-1]}
        options |= {
            "--embeddings": study / f"{method}.parquet",
            "--protocol": ROOT / f"config/protocols/{protocol}.yaml",
        }
        assert main(["evaluate", *(str(part) for option in options.items() for part in option)]) == 0
    return files


def tabulate(study: Path, protocol: str, table: str) -> str:
    """Evaluate, collect, and make a table of the repository with the two rows: its Markdown."""
    tasks, out = study / "tasks", study / "table"
    assert collect(evaluate(study, protocol), labels=study / "labels.parquet", folder=tasks) == 0
    config = load(TableConfig, ROOT / f"config/tables/{table}.yaml")
    absent = [f"{m}=not made here" for m in config.methods if m not in ("time", "untrained")]
    options = ["--table", str(ROOT / f"config/tables/{table}.yaml"), "--methods-dir", str(ROOT / "config/methods")]
    outputs = ["--csv", f"{out}.csv", "--markdown", f"{out}.md", "--latex", f"{out}.tex"]
    inputs = [str(file) for file in sorted(tasks.glob("*.csv"))]
    assert main(["table", *options, "--dataset", "own", "--inputs", *inputs, "--absent", *absent, *outputs]) == 0
    return Path(f"{out}.md").read_text(encoding="utf-8")


def test_without_labels_there_is_a_table(study):
    text = tabulate(study, "unlabelled", "own")
    assert text.startswith("# Own videos without labels: own (no labels)")
    cells = next(line for line in text.splitlines() if line.startswith("| Control: time")).split("|")[2:4]
    assert all(float(cell.strip(" *")) > 0.97 for cell in cells)
    assert "Phase labels: none. Protocol: unlabelled." in text
    assert "not defined" not in text


def test_what_needs_labels_is_undefined_and_named(study):
    text = tabulate(study, "default", "own_labelled")
    assert "| Control: time | – | – | – | **1.000** | – | – |" in text
    missing = "Acc 10 %, Acc 100 %, Progress, AP@5, Align. err. % (mean)"
    assert f"–: Control: untrained, Control: time, not defined: {missing}" in text
    metrics = pd.read_csv(study / "own/metrics/default/time/squat/seed0.csv")
    counted = metrics[metrics.value.isna()]
    assert set(counted.metric) == {"phase_accuracy", "phase_progression", "retrieval", "alignment_error"}
    assert set(counted.n) == {0}


def test_the_protocol_leaves_out_what_needs_labels(study):
    metrics = pd.read_csv(evaluate(study, "unlabelled")[0])
    assert set(metrics.metric) == {"videos", "kendall_tau", "alignment_error"}
    assert metrics[metrics.metric == "alignment_error"].value.isna().all()


@pytest.mark.parametrize("split", ["train", "val"])
def test_videos_without_labels_beside_labelled_ones_change_no_score_that_needs_labels(split):
    rng = np.random.default_rng(1)

    def clip(name: str, phases: list[int]) -> Clip:
        return Clip(name, rng.normal(size=(len(phases), 4)), np.array(phases, np.int16), 10.0)

    parts = {s: [clip(f"{s}{n}", [0] * 6 + [1] * (5 + n)) for n in range(4)] for s in ("train", "val")}
    protocol = load(ProtocolConfig, ROOT / "config/protocols/default.yaml")
    alone = {(r.metric, r.variant): r for r in score({"a": ActionClips(**parts)}, protocol)}
    # First by name: among the first tenth of the videos it must not count as a labelled one.
    more = parts | {split: [clip("a_first", [-1] * 9), *parts[split]]}
    beside = {(r.metric, r.variant): r for r in score({"a": ActionClips(**more)}, protocol)}
    for key, row in alone.items():
        if key[0] != "kendall_tau":
            assert beside[key].value == pytest.approx(row.value, nan_ok=True), key
            assert beside[key].n == row.n
    assert beside["phase_progression", "labels=1.0"].dropped == 1


def test_the_label_source_travels(tmp_path):
    write_labels(tmp_path / "l.parquet", Labels({"a": np.full(3, -1, np.int16)}, "none"))
    assert read_labels(tmp_path / "l.parquet").source == "none"


def test_a_pair_without_labels_can_be_drawn(study):
    pytest.importorskip("matplotlib", reason="the tracking extra is not installed")
    files = [str(study / f"{method}.parquet") for method in ("time", "untrained")]
    options = ["--videos", str(study / "videos.csv"), "--labels", str(study / "labels.parquet")]
    options += ["--methods-dir", str(ROOT / "config/methods"), "--embeddings", *files, "--reference", "time"]
    assert main(["draw_alignment", *options, "--output", str(study / "pair.png")]) == 0
    assert (study / "pair.png").stat().st_size > 1000


def test_videos_and_tables_that_come_later_are_indexed(tmp_path):
    pytest.importorskip("snakemake", reason="the workflow extra is not installed")
    study, target = Study(tmp_path), "results/own/videos.csv"
    study.write("config/datasets/own.yaml", {"reader": "folder", "root": "videos", "actions": ["a"]})
    study.write("videos/a/1.mp4", "x")
    assert [call[0] for call in study.run(target)] == ["index"]
    assert study.plan(target) == {}
    for name in ("videos/a/2.mp4", "videos/labels.csv"):
        study.write(name, "x")
        assert study.plan(target) == {"index_videos": 1}
        study.run(target)
