"""Small valid inputs of each parser."""

import io
import sqlite3
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from safetensors.torch import save

from la2ds.config import (
    MethodConfig,
)
from la2ds.datasets.folder.tables import Names
from la2ds.formats.keypoints import Keypoints, KeypointShard
from la2ds.formats.skeletons import BODY13
from la2ds.formats.videos import VIDEO_COLUMNS
from la2ds.learning.model import network_settings, new_model
from la2ds.pose.files.read import Video
from tests.fixtures import pose_files

VIDEO = Video("squat/anna", "squat/anna.mp4", "squat/anna", 3, (640, 480))
TRIPLES = [float(value) for j in range(17) for value in (10 + j, 20 + 2 * j, 0.5)]


def made(write: Callable[[Path], object], name: str) -> bytes:
    """Give the bytes of a file that a writer makes."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / name)
        return (Path(folder) / name).read_bytes()


def dumped(content: object) -> bytes:
    return yaml.safe_dump(content).encode()


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
