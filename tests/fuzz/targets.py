"""Each parser of foreign files with small valid inputs: what is written, how it may be broken, and how it is read."""

import io
import pickle
import random
import sqlite3
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from safetensors.torch import save
from scipy.io import savemat

from la2ds.config import (
    DatasetConfig,
    MethodConfig,
    PosesConfig,
    ProtocolConfig,
    TableConfig,
    as_dict,
    load,
    load_method,
)
from la2ds.datasets.casa import reader as casa
from la2ds.datasets.fetch.unpack import unpack
from la2ds.datasets.folder.tables import Names, read_marks, read_splits
from la2ds.datasets.h2o import reader as h2o
from la2ds.datasets.ikea import annotations, poses
from la2ds.datasets.penn import reader as penn
from la2ds.datasets.uiprmd import files as uiprmd
from la2ds.datasets.unpickle import load_npy, load_pickle
from la2ds.formats.embeddings import Embeddings, read_embeddings, write_embeddings
from la2ds.formats.keypoints import Keypoints, KeypointShard, read_keypoints, write_keypoints
from la2ds.formats.labels import Labels, read_labels, write_labels
from la2ds.formats.skeletons import BODY13
from la2ds.formats.videos import VIDEO_COLUMNS, read_videos
from la2ds.learning.model import load_weights, network_settings, new_model
from la2ds.pose.estimators.onnx_weights import _unpack
from la2ds.pose.files import coco_json, deeplabcut, openpose, sleap
from la2ds.pose.files.read import Video, choose_skeleton, follow
from tests.fixtures import pose_files
from tests.fuzz.mutate import mutate_bytes, mutate_json, mutate_table, mutate_tree

Mutator = Callable[[random.Random, bytes], bytes]
VIDEO = Video("squat/anna", "squat/anna", 3, (640, 480))
TRIPLES = [float(value) for j in range(17) for value in (10 + j, 20 + 2 * j, 0.5)]


@dataclass(frozen=True)
class Target:
    """A parser: its files by path, what breaks each of them, and the call that reads the folder they lie in."""

    files: dict[str, bytes]
    mutate: Mutator
    read: Callable[[Path], object]


def made(write: Callable[[Path], object], name: str) -> bytes:
    """Give the bytes of a file that a writer makes."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / name)
        return (Path(folder) / name).read_bytes()


def dumped(content: object) -> bytes:
    return yaml.safe_dump(content).encode()


def mutate_yaml(rng: random.Random, content: bytes) -> bytes:
    tree = mutate_tree(rng, yaml.safe_load(content))
    return dumped(tree) if rng.random() < 0.5 and len(str(tree)) < 10_000 else mutate_bytes(rng, content)


def mutate_parquet(rng: random.Random, content: bytes) -> bytes:
    if rng.random() < 0.2:
        return mutate_bytes(rng, content)
    sink = io.BytesIO()
    try:
        pq.write_table(mutate_table(rng, pq.read_table(io.BytesIO(content))), sink)
    except pa.ArrowException:  # such as a struct of nothing, which no file can hold
        return mutate_bytes(rng, content)
    return sink.getvalue()


def mutate_npy(rng: random.Random, content: bytes) -> bytes:
    if rng.random() < 0.3:
        return mutate_bytes(rng, content)
    tree = np.load(io.BytesIO(content), allow_pickle=True)
    sink = io.BytesIO()
    np.save(
        sink, np.array(mutate_tree(rng, tree.item() if tree.shape == () else tree), dtype=object), allow_pickle=True
    )
    return sink.getvalue()


def mutate_pickle(rng: random.Random, content: bytes) -> bytes:
    return mutate_bytes(rng, content) if rng.random() < 0.4 else pickle.dumps(mutate_tree(rng, pickle.loads(content)))


def mutate_mat(rng: random.Random, content: bytes) -> bytes:
    if rng.random() < 0.4:
        return mutate_bytes(rng, content)
    sink, fields = io.BytesIO(), dict(MAT)
    name = rng.choice(sorted(fields))
    fields[name] = (
        mutate_tree(rng, fields[name]) if isinstance(fields[name], np.ndarray) else rng.choice([1, "x", -1.5])
    )
    try:
        savemat(sink, fields)
    except Exception:
        return content
    return sink.getvalue()


def mutate_database(rng: random.Random, content: bytes) -> bytes:
    if rng.random() < 0.5:
        return mutate_bytes(rng, content)
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(content)
        with sqlite3.connect(file.name) as database:
            table, column = rng.choice(
                [("videos", "nframes"), ("videos", "video_path"), ("annotations", "starting_frame")]
            )
            odd = rng.choice([None, -1, 2**40, "x", b"\xff", 1.5, ""])
            database.execute(f"UPDATE {table} SET {column} = ?", (odd,))
        database.close()
        return Path(file.name).read_bytes()


def pose(read: Callable[..., object], name: str, **settings: object) -> Callable[[Path], object]:
    config = PosesConfig(**settings)

    def call(folder: Path) -> object:
        coco_json._load.cache_clear()
        found = read(VIDEO, folder / name, config)
        return follow(folder / name, found, VIDEO, skeleton=choose_skeleton(folder / name, found, config))

    return call


def index(module: object, **settings: object) -> Callable[[Path], object]:
    """List a dataset and read its poses, as the verbs do."""
    config = DatasetConfig(root="x", **settings)

    def call(folder: Path) -> object:
        videos, labels = module.index(folder, config)
        for dims in (2, 3) if config.reader != "penn" else (2,):
            module.annotations(folder, config, videos, dims=dims)
        return labels

    return call


MAT = {"action": "squat", "train": 1.0, "nframes": 6.0, "dimensions": np.array([240.0, 320.0, 6.0])}
MAT |= {"x": np.full((6, 13), 30.0), "y": np.full((6, 13), 40.0), "visibility": np.ones((6, 13)), "pose": "front"}
RNG = np.random.default_rng(0)
WALK = RNG.uniform(20, 60, (5, 13, 2)).astype(np.float32)
SHARD = KeypointShard({v: Keypoints(WALK, np.ones((5, 13), np.float32)) for v in ("a", "b")}, "body13", "test/1")
CSV = "".join(
    f"{row}\n"
    for row in ("scorer,n,n,n", "bodyparts,nose,nose,nose", "coords,x,y,likelihood", "0,1,2,.5", "1,3,4,.5", "2,5,6,.5")
)
CSV13 = made(
    lambda f: pose_files.put_csv(f, BODY13.joints, np.full((3, 1, 13, 3), 50.0) + np.array([0, 9, -49.5])), "x.csv"
)
RECORDS = {f"000{n}": {"pose": RNG.normal(0, 0.1, (6, 72)), "labels": np.arange(6) // 2} for n in range(2)}
HANDS = " ".join(["1", *["0.1 0.1 0.5"] * 21] * 2)
H2O = "id path action_label start_act end_act start_frame end_frame\n"
H2O += "1 subject1/h1/0 20 0 2 0 5\n2 subject1/h1/0 21 3 5 0 5\n"
PERSON = {"pose_keypoints_2d": [400.0] * 51, "boxes": [100, 100, 500, 500]}
METHOD = MethodConfig("M")


def weights() -> bytes:
    state = new_model(METHOD, "body13", seed=0).state_dict()
    return save(state, metadata={"la2ds.network": network_settings(METHOD, "body13", (0, 0))})


def mutate_weights(rng: random.Random, content: bytes) -> bytes:
    """Break the header, which says everything."""
    size = int.from_bytes(content[:8], "little")
    header = mutate_json(rng, content[8 : 8 + size]) if rng.random() < 0.7 else mutate_bytes(rng, content[: 8 + size])
    return len(header).to_bytes(8, "little") + header + content[8 + size :]


def archive(kind: str) -> bytes:
    stream = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("x/end2end.onnx", b"a network" * 20)
        return stream.getvalue()
    with tarfile.open(fileobj=stream, mode=f"w:{kind}") as tar:
        for name in ("Penn_Action/labels/0001.mat", "Penn_Action/frames/0001/000001.jpg"):
            member = tarfile.TarInfo(name)
            member.size = 300
            tar.addfile(member, io.BytesIO(b"x" * 300))
    return stream.getvalue()


def unpacked(folder: Path) -> object:
    (folder / "root").mkdir()
    return unpack(folder / "x.tar", folder / "root", folder="Penn_Action")


def database(file: Path) -> None:
    with sqlite3.connect(file) as store:
        store.executescript(
            "CREATE TABLE videos (id, video_path, camera, nframes, annotated);"
            "CREATE TABLE annotations (id, video_id, atomic_action_id, object_id, starting_frame, ending_frame);"
            "CREATE TABLE atomic_actions (id, atomic_action); CREATE TABLE objects (id, object);"
            "INSERT INTO videos VALUES (1, 'a/b/dev3/images', 'dev3', 9, 1);"
            "INSERT INTO atomic_actions VALUES (1, 'pick up ...'); INSERT INTO objects VALUES (1, 'leg');"
            "INSERT INTO annotations VALUES (1, 1, 1, 1, 0, 4), (2, 1, 1, 1, 4, 9);"
        )
    store.close()


def slp(file: Path) -> None:
    import sleap_io

    skeleton = sleap_io.Skeleton(list(BODY13.joints))
    video = sleap_io.Video(filename="x.mp4", open_backend=False)
    people = [sleap_io.PredictedInstance.from_numpy(WALK[t] + 9, skeleton=skeleton, score=0.9) for t in range(3)]
    frames = [sleap_io.LabeledFrame(video=video, frame_idx=t, instances=[p]) for t, p in enumerate(people)]
    sleap_io.save_slp(sleap_io.Labels(frames), str(file), embed=False)


def rows() -> bytes:
    table = [[v, "swing", s, f"{v}.mp4", 5, 20.0, 96, 64, "swing_000"] for v, s in (("a", "train"), ("b", "val"))]
    return pd.DataFrame(table, columns=VIDEO_COLUMNS).to_csv(index=False).encode()


def segments() -> dict[str, object]:
    entry = [{"label": "spin leg", "segment": [0, 2]}, {"label": "NA", "segment": [3, 5]}]
    return {"database": {"Lack_TV_Bench/1": {"subset": "training", "annotation": entry}}}


NAMES = Names({"squat/anna": "squat/anna.mp4", "squat/ben": "squat/ben.mp4"})
H2O_FILES = {"action_train.txt": H2O.encode(), "subject1/h1/0/cam4/cam_intrinsics.txt": b"600 600 640 360 1280 720"}
H2O_FILES |= {f"subject1/h1/0/cam4/hand_pose/00000{t}.txt": HANDS.encode() for t in range(6)}
TABLE = made(
    lambda f: pq.write_table(
        pa.table(
            {
                **{k: pa.array([1] * 6, pa.int32()) for k in ("movement", "subject", "episode")},
                "frame": pa.array(range(6), pa.int32()),
                "joints": pa.FixedSizeListArray.from_arrays(pa.array(RNG.normal(0, 500, 6 * 39).astype("f4")), 39),
            }
        ).replace_schema_metadata({b"joints": b'["' + '","'.join(BODY13.joints).encode() + b'"]'}),
        f,
    ),
    "x.parquet",
)

TARGETS: dict[str, Callable[[], Target]] = {
    "dataset": lambda: Target(
        {"x.yaml": dumped(as_dict(DatasetConfig("folder", "x", ("squat",))))},
        mutate_yaml,
        lambda f: load(DatasetConfig, f / "x.yaml"),
    ),
    "method": lambda: Target({"x.yaml": dumped(as_dict(METHOD))}, mutate_yaml, lambda f: load_method(f / "x.yaml")),
    "protocol": lambda: Target(
        {"x.yaml": dumped(as_dict(ProtocolConfig()))}, mutate_yaml, lambda f: load(ProtocolConfig, f / "x.yaml")
    ),
    "table": lambda: Target(
        {"x.yaml": dumped({"title": "T", "columns": [{"metric": "retrieval", "variant": "k=5", "label": "A"}]})},
        mutate_yaml,
        lambda f: load(TableConfig, f / "x.yaml"),
    ),
    "labels_csv": lambda: Target(
        {"labels.csv": b"video,event,frame\nanna,1,3\nanna,2,9\nben,1,4\nben,2,8\n"},
        mutate_bytes,
        lambda f: read_marks(f / "labels.csv", NAMES),
    ),
    "splits_csv": lambda: Target(
        {"splits.csv": b"video,split\nanna,train\nben,val\n"},
        mutate_bytes,
        lambda f: read_splits(f / "splits.csv", NAMES),
    ),
    "coco_json": lambda: Target(
        {
            "x.json": made(
                lambda f: pose_files.put(
                    f, [{"image_id": f"{t}", "keypoints": TRIPLES, "score": 0.9} for t in range(3)]
                ),
                "x.json",
            )
        },
        mutate_json,
        pose(coco_json.read, "x.json"),
    ),
    "openpose": lambda: Target(
        {
            f"x_{t:012d}_keypoints.json": made(
                lambda f: pose_files.put(f, {"people": [pose_files.person(50, 60)]}), "x.json"
            )
            for t in range(3)
        },
        mutate_json,
        pose(openpose.read, "."),
    ),
    "deeplabcut": lambda: Target({"x.csv": CSV13}, mutate_bytes, pose(deeplabcut.read, "x.csv")),
    "deeplabcut_own": lambda: Target(
        {"x.csv": CSV.encode()}, mutate_bytes, pose(deeplabcut.read, "x.csv", joints=("nose",))
    ),
    "sleap": lambda: Target({"x.slp": made(slp, "x.slp")}, mutate_bytes, pose(sleap.read, "x.slp")),
    "ikea_segments": lambda: Target(
        {"x.json": made(lambda f: pose_files.put(f, segments()), "x.json")},
        mutate_json,
        lambda f: annotations.read_segments(f / "x.json"),
    ),
    "ikea_database": lambda: Target(
        {"x": made(database, "x")}, mutate_database, lambda f: annotations.read_database(f / "x")
    ),
    "ikea_poses": lambda: Target(
        {
            f"scan_video_{t:012d}_keypoints.json": made(lambda f: pose_files.put(f, {"people": [PERSON]}), "x.json")
            for t in range(2)
        },
        mutate_json,
        lambda f: poses.read_predictions(f, 2),
    ),
    "ikea_truth": lambda: Target(
        {
            "a_0.json": made(
                lambda f: pose_files.put(f, {"left shoulder": {"position": [5, 6], "confidence": 3}}), "x.json"
            )
        },
        mutate_json,
        lambda f: poses.read_truth(f, 2),
    ),
    "ikea_space": lambda: Target(
        {"a_0.json": made(lambda f: pose_files.put(f, {"pose_keypoints_3d": [3.0] * 68}), "x.json")},
        mutate_json,
        lambda f: poses.read_space(f, 2),
    ),
    "h2o": lambda: Target(H2O_FILES, mutate_bytes, index(h2o, reader="h2o", actions=("pouring_milk",))),
    "penn": lambda: Target(
        {f"labels/000{n}.mat": made(lambda f: savemat(f, MAT), "x.mat") for n in (1, 2)}
        | {
            f"penn_action_labels/train/squats/000{n}.npy": made(lambda f: np.save(f, np.arange(6) // 3), "x.npy")
            for n in (1, 2)
        },
        lambda rng, content: mutate_mat(rng, content) if content[:6] == b"MATLAB" else mutate_npy(rng, content),
        index(penn, reader="penn", actions=("squats",)),
    ),
    "penn_pickle": lambda: Target(
        {
            "labels/0001.mat": made(lambda f: savemat(f, MAT), "x.mat"),
            "train.pkl": pickle.dumps(([{"name": "0001_squat", "frame_label": np.arange(6) // 3}], {"squat": [0]})),
        },
        lambda rng, content: content if content[:6] == b"MATLAB" else mutate_pickle(rng, content),
        index(penn, reader="penn", actions=("squats",)),
    ),
    "casa": lambda: Target(
        {
            f"squat_{split}.npy": made(lambda f: np.save(f, RECORDS, allow_pickle=True), "x.npy")
            for split in ("train", "val")
        },
        mutate_npy,
        index(casa, reader="casa", actions=("squat",)),
    ),
    "uiprmd_table": lambda: Target(
        {"vicon_joints.parquet": TABLE},
        mutate_parquet,
        lambda f: list(uiprmd.read_clips([f / "vicon_joints.parquet"], [1])),
    ),
    "uiprmd_text": lambda: Target(
        {
            "m01_s01_e01_positions.txt": "\n".join(
                ",".join(f"{x:.1f}" for x in row) for row in RNG.normal(0, 500, (6, 117))
            ).encode()
        },
        mutate_bytes,
        lambda f: list(uiprmd.read_clips([f / "m01_s01_e01_positions.txt"], [1])),
    ),
    "npy": lambda: Target(
        {"x.npy": made(lambda f: np.save(f, np.arange(9.0)), "x.npy")}, mutate_npy, lambda f: load_npy(f / "x.npy")
    ),
    "pickle": lambda: Target({"x.pkl": pickle.dumps(RECORDS)}, mutate_pickle, lambda f: load_pickle(f / "x.pkl")),
    "weights": lambda: Target(
        {"x.safetensors": weights()}, mutate_weights, lambda f: load_weights(f / "x.safetensors", METHOD, "body13")
    ),
    "archive": lambda: Target({"x.tar": archive("gz")}, mutate_bytes, unpacked),
    "archive_plain": lambda: Target({"x.tar": archive("")}, mutate_bytes, unpacked),
    "archive_zip": lambda: Target(
        {"x.zip": archive("zip")}, mutate_bytes, lambda f: _unpack(f / "x.zip", f / "x.onnx")
    ),
    "videos": lambda: Target({"x.csv": rows()}, mutate_bytes, lambda f: read_videos(f / "x.csv")),
    "keypoints": lambda: Target(
        {"x.parquet": made(lambda f: write_keypoints(f, SHARD), "x.parquet")},
        mutate_parquet,
        lambda f: read_keypoints(f / "x.parquet"),
    ),
    "labels": lambda: Target(
        {
            "x.parquet": made(
                lambda f: write_labels(f, Labels({"a": np.arange(5), "b": np.arange(4)}, "human")), "x.parquet"
            )
        },
        mutate_parquet,
        lambda f: read_labels(f / "x.parquet"),
    ),
    "embeddings": lambda: Target(
        {
            "x.parquet": made(
                lambda f: write_embeddings(f, Embeddings({"a": WALK[:, 0], "b": WALK[:, 1]}, {})), "x.parquet"
            )
        },
        mutate_parquet,
        lambda f: read_embeddings(f / "x.parquet"),
    ),
}
