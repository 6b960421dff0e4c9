"""Bad input from the command line: each ends with one line that names the file, the expectation and the finding."""

import hashlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from la2ds.__main__ import main
from la2ds.formats.embeddings import EMBEDDINGS_SCHEMA
from la2ds.formats.files import parquet
from la2ds.formats.heatmaps import HeatmapShard, write_heatmaps
from la2ds.formats.keypoints import KEYPOINTS_SCHEMA, Keypoints, KeypointShard, write_keypoints
from la2ds.formats.labels import LABELS_SCHEMA
from la2ds.formats.videos import VIDEO_COLUMNS, write_videos
from tests.fixtures.datasets.penn import SEQUENCES, write_mat, write_parquet

PROTOCOL = "label_fractions: [1.0]\nclassifiers: [logreg]\nretrieval_k: [1]\n"
METHOD = "label: Net\ninput: {heatmaps: {size: 16}}\n"


@pytest.fixture
def folder(tmp_path):
    """A small Penn Action, a videos table of one clip with its keypoints, a method and a protocol."""
    for sequence, (action, train, phases) in SEQUENCES.items():
        write_mat(tmp_path / "penn", sequence, action, len(phases), train=np.array([[train]], np.int32))
    write_parquet(tmp_path / "penn", SEQUENCES)
    (tmp_path / "penn.yaml").write_text(f"reader: penn\nroot: {tmp_path / 'penn'}\nactions: [golf_swing, squats]\n")
    line = ["a", "squats", "train", "a.mp4", 4, 25.0, 96, 64, "squats_000"]
    write_videos(tmp_path / "videos.csv", pd.DataFrame([line], columns=VIDEO_COLUMNS))
    pose = Keypoints(np.ones((4, 13, 2), np.float32), np.ones((4, 13), np.float32))
    write_keypoints(tmp_path / "k.parquet", KeypointShard({"a": pose}, "body13", "test/1"))
    (tmp_path / "net.yaml").write_text(METHOD)
    (tmp_path / "protocol.yaml").write_text(PROTOCOL)
    return tmp_path


@pytest.fixture
def refusal(folder, caplog):
    """Call a verb with options (values that name a file below the folder become paths); give the one line it says."""

    def call(verb, **options):
        command = [verb]
        for key, values in options.items():
            values = values if isinstance(values, list) else [values]
            command += [f"--{key.replace('_', '-')}", *(str(folder / v) if "." in v else v for v in values)]
        before = {path for path in folder.rglob("*") if path.is_file()}
        assert main(command) == 2
        assert {path for path in folder.rglob("*") if path.is_file()} == before, "something was written"
        errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
        assert len(errors) == 1, errors
        assert "\n" not in errors[0]
        return errors[0].replace(f"{folder}/", "")

    return call


INDEX = {"dataset": "penn.yaml", "output_videos": "out.csv", "output_labels": "out.parquet"}
TRAIN = {"method": "net.yaml", "seed": "0", "device": "cpu", "videos": "videos.csv", "keypoints": "k.parquet"}
EMBED = {"method": "net.yaml", "seed": "0", "action": "squats", "videos": "videos.csv", "output": "out.parquet"}
EVALUATE = {"videos": "videos.csv", "labels": "l.parquet", "embeddings": "e.parquet", "protocol": "protocol.yaml"}


def test_missing_root(refusal):
    line = refusal("index", **INDEX, root="nowhere.d")
    assert line == (
        "nowhere.d: expected the dataset's root folder, found no such folder; "
        "`snakemake fetch_penn` gets Penn Action or says how (docs/datasets.md)"
    )


def index_without(folder, caplog, sequence):
    """Index the small Penn Action, of which one sequence is broken; give the one line that sets it aside."""
    words = [f"--{key.replace('_', '-')}={folder / name}" for key, name in INDEX.items()]
    assert main(["index", *words]) == 0
    assert set(pd.read_csv(folder / "out.csv", dtype=str).video_id) == set(SEQUENCES) - {sequence}
    (line,) = [r.getMessage() for r in caplog.records if r.getMessage().startswith(f"{sequence} is set aside: ")]
    assert "\n" not in line
    return line.removeprefix(f"{sequence} is set aside: ").replace(f"{folder}/", "")


@pytest.mark.parametrize("size", [0, 100, 400])
def test_a_cut_mat_is_set_aside_and_the_others_are_listed(folder, caplog, size):
    file = folder / "penn/labels/1800.mat"
    file.write_bytes(file.read_bytes()[:size])
    line = index_without(folder, caplog, "1800")
    assert line.startswith("penn/labels/1800.mat: expected ") and ", found " in line


def test_labels_longer_than_their_video_set_it_aside(folder, caplog):
    action, train, phases = SEQUENCES["1800"]
    write_parquet(folder / "penn", SEQUENCES | {"1800": (action, train, [*phases, phases[-1]])})
    frames = len(phases)
    assert index_without(folder, caplog, "1800") == (
        f"penn/phase_labels.parquet: expected {frames} labels, one per frame of video 1800, found {frames + 1} labels"
    )


@pytest.mark.parametrize(
    ("file", "text", "verb", "options", "key", "meant"),
    [
        (
            "net.yaml",
            "label: Net\noptimiser: {stepps: 3}\n",
            "train",
            TRAIN | {"action": "squats"},
            "optimiser.stepps",
            "optimiser.steps",
        ),
        ("net.yaml", "label: Net\nencodr: {}\n", "embed", EMBED, "encodr", "encoder"),
        (
            "penn.yaml",
            "reader: penn\nroot: x\nactions: [squats]\nshard_sise: 3\n",
            "index",
            INDEX,
            "shard_sise",
            "shard_size",
        ),
        ("protocol.yaml", "tau_strid: 2\n", "evaluate", EVALUATE | {"output": "out.csv"}, "tau_strid", "tau_stride"),
    ],
)
def test_misspelt_key(folder, refusal, file, text, verb, options, key, meant):
    (folder / file).write_text(text)
    extra = {"output_dir": "out.d"} if verb == "train" else {}
    line = refusal(verb, **options, **extra)
    assert line.startswith(f"{file}: expected one of the keys ")
    assert line.endswith(f", found key '{key}' (nearest: {meant})")


def test_empty_mp4_goes_to_quarantine_and_the_run_goes_on(folder, caplog):
    """Not an error of the run: the clip is named with its reason, and the shard's other clip is decoded."""
    cv2 = pytest.importorskip("cv2", reason="the video extra is not installed")
    pytest.importorskip("decord", reason="the video extra is not installed")
    (folder / "a.mp4").touch()
    (folder / "b").mkdir()
    for frame in range(4):
        cv2.imwrite(str(folder / "b" / f"{frame}.png"), np.zeros((64, 96, 3), np.uint8))
    lines = [[i, "squats", "train", source, 4, 25.0, 96, 64, "s_000"] for i, source in (("a", "a.mp4"), ("b", "b"))]
    write_videos(folder / "videos.csv", pd.DataFrame(lines, columns=VIDEO_COLUMNS))
    options = {"dataset": "penn.yaml", "videos": "videos.csv", "output": "f.parquet", "quarantine": "q.csv"}
    paths = [part for key, name in options.items() for part in (f"--{key}", str(folder / name))]
    assert main(["decode", *paths, "--root", str(folder), "--shard", "s_000"]) == 0
    (refused,) = pd.read_csv(folder / "q.csv").itertuples(index=False)
    assert tuple(refused) == ("a", "a.mp4", "open", "expected a video, found a file of 0 bytes")
    (warning,) = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert warning == f"a goes to quarantine: {folder / 'a.mp4'}: expected a video, found a file of 0 bytes"
    assert pa.parquet.read_table(folder / "f.parquet")["video_id"].to_pylist() == ["b"] * 4


@pytest.mark.parametrize("verb", ["heatmaps", "train"])
def test_keypoints_of_an_unknown_version(folder, refusal, verb):
    table, _ = parquet.read_parquet(folder / "k.parquet", schema=KEYPOINTS_SCHEMA)
    parquet.write_parquet(folder / "k.parquet", table, schema="keypoints/9", metadata={"skeleton": "body13"})
    heatmaps = {"keypoints": "k.parquet", "spec": "joints_p16_s060_b110", "output": "h.npz"}
    options = heatmaps if verb == "heatmaps" else TRAIN | {"action": "squats", "output_dir": "out.d"}
    line = refusal(verb, **options)
    assert line == "k.parquet: expected la2ds.schema keypoints/1, found la2ds.schema keypoints/9"


def test_weights_with_another_checksum(folder, refusal):
    right, wrong = (hashlib.sha256(content).hexdigest() for content in (b"right", b"wrong"))
    (folder / "w.task").write_bytes(b"wrong")
    (folder / "w.task.sha256").write_text(f"{right}  w.task\n")
    assert refusal("weights", output="w.task") == f"w.task: expected sha256 {right}, found sha256 {wrong}"


@pytest.mark.parametrize("text", ["", "video_id,action\na,squats\n", 'a,b\n"c'])
def test_broken_videos_table(folder, refusal, text):
    (folder / "videos.csv").write_text(text)
    line = refusal("train", **TRAIN, action="squats", output_dir="out.d")
    assert line.startswith("videos.csv: expected ")


def test_damaged_parquet(folder, refusal):
    content = bytearray((folder / "k.parquet").read_bytes())
    content[4:200] = b"\xff" * 196  # pages; the footer stays whole
    (folder / "k.parquet").write_bytes(content)
    line = refusal("train", **TRAIN, action="squats", output_dir="out.d")
    assert line.startswith("k.parquet: expected whole columns, found ")


def test_foreign_files_that_lack_something(folder, refusal, caplog):
    ids = {"video_id": ["a"] * 4, "frame": pa.array(range(4), pa.int32())}
    parquet.write_parquet(folder / "e.parquet", pa.table(ids), schema=EMBEDDINGS_SCHEMA)
    line = refusal("evaluate", **EVALUATE, output="out.csv")
    expected = "expected columns video_id, frame, embedding, found no embedding among 'video_id', 'frame'"
    assert line == f"e.parquet: {expected}"
    caplog.clear()
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(range(8), pa.float32()), 2)
    parquet.write_parquet(folder / "e.parquet", pa.table(ids | {"embedding": vectors}), schema=EMBEDDINGS_SCHEMA)
    phases = pa.table(ids | {"phase": pa.array([0, 0, 1, 1], pa.int16())})
    parquet.write_parquet(folder / "l.parquet", phases, schema=LABELS_SCHEMA)
    line = refusal("evaluate", **EVALUATE, output="out.csv")
    assert line == "l.parquet: expected la2ds.label_source in the metadata, found none"


def test_heatmaps_drawn_in_two_ways(folder, refusal):
    for name, spec in (("h.npz", "joints_p16_s060_b110"), ("i.npz", "joints_p16_s100_b110")):
        shard = HeatmapShard({name: np.zeros((2, 13, 16, 16), np.uint8)}, tuple("abcdefghijklm"), 0.6, "body13", spec)
        write_heatmaps(folder / name, shard)
    line = refusal("embed", **EMBED, heatmaps=["h.npz", "i.npz"], weights="w.safetensors")
    assert line.startswith("i.npz: expected heatmaps joints_p16_s060_b110 of body13 as in ")
    assert line.endswith("found joints_p16_s100_b110 of body13")


def test_nothing_to_embed(folder, refusal):
    (folder / "net.yaml").write_text("label: Pose\ninput: {kind: keypoints}\nencoder: {kind: pose}\n")
    pose = Keypoints(np.ones((4, 13, 2), np.float32), np.ones((4, 13), np.float32))
    write_keypoints(folder / "k.parquet", KeypointShard({"other": pose}, "body13", "test/1"))
    line = refusal("embed", **EMBED, keypoints="k.parquet")
    assert line == "k.parquet: expected keypoints of videos of squats, found none"
