"""Each parser of foreign files: small valid inputs, what breaks them, and how they are read."""

import pickle
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.io import savemat

from la2ds.config import (
    DatasetConfig,
    PosesConfig,
    ProtocolConfig,
    TableConfig,
    as_dict,
    load,
    load_method,
)
from la2ds.datasets.casa import reader as casa
from la2ds.datasets.fetch.unpack import unpack
from la2ds.datasets.folder.tables import read_marks, read_splits
from la2ds.datasets.h2o import reader as h2o
from la2ds.datasets.ikea import annotations, poses
from la2ds.datasets.penn import reader as penn
from la2ds.datasets.uiprmd import files as uiprmd
from la2ds.datasets.unpickle import load_npy, load_pickle
from la2ds.formats.embeddings import Embeddings, read_embeddings, write_embeddings
from la2ds.formats.keypoints import read_keypoints, write_keypoints
from la2ds.formats.labels import Labels, read_labels, write_labels
from la2ds.formats.quarantine import ClipErrors
from la2ds.formats.videos import read_videos
from la2ds.learning.model import load_weights
from la2ds.pose.estimators.onnx_weights import _unpack
from la2ds.pose.files import coco_json, deeplabcut, mediapipe_json, mmpose, ntu, openpose, sleap
from la2ds.pose.files.read import choose_skeleton, follow, without_outliers
from tests.fixtures import pose_files
from tests.fuzz.formats import (
    mutate_database,
    mutate_mat,
    mutate_npy,
    mutate_parquet,
    mutate_pickle,
    mutate_weights,
    mutate_yaml,
)
from tests.fuzz.mutate import mutate_bytes, mutate_json
from tests.fuzz.samples import (
    CSV,
    CSV13,
    H2O_FILES,
    MAT,
    METHOD,
    NAMES,
    PERSON,
    RECORDS,
    RNG,
    SHARD,
    TABLE,
    TRIPLES,
    VIDEO,
    WALK,
    archive,
    database,
    dumped,
    made,
    rows,
    segments,
    slp,
    weights,
)

INSTANCE = {"keypoints": [[50.0, 50.0]] * 17, "keypoint_scores": [0.9] * 17, "bbox_score": 0.9}
Mutator = Callable[[random.Random, bytes], bytes]


@dataclass(frozen=True)
class Target:
    """A parser: its files by path, what breaks each of them, and the call that reads the folder they lie in."""

    files: dict[str, bytes]
    mutate: Mutator
    read: Callable[[Path], object]


def pose(read: Callable[..., object], name: str, **settings: object) -> Callable[[Path], object]:
    config = PosesConfig(**settings)

    def call(folder: Path) -> object:
        coco_json._load.cache_clear()
        file = folder / name
        found = without_outliers(file, read(VIDEO, file, config), VIDEO, first_frame=config.first_frame)
        return follow(file, found, VIDEO, skeleton=choose_skeleton(file, found, config))

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


def unpacked(folder: Path) -> object:
    (folder / "root").mkdir()
    return unpack(folder / "x.tar", folder / "root", folder="Penn_Action")


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
    "mmpose": lambda: Target(
        {
            "x.json": made(
                lambda f: pose_files.put(f, [{"frame_id": t, "instances": [INSTANCE]} for t in range(3)]), "x.json"
            )
        },
        mutate_json,
        pose(mmpose.read, "x.json"),
    ),
    "mediapipe_json": lambda: Target(
        {"x.json": made(lambda f: pose_files.put(f, [[{"x": 0.5, "y": 0.5, "visibility": 1.0}] * 33] * 3), "x.json")},
        mutate_json,
        pose(mediapipe_json.read, "x.json"),
    ),
    "ntu": lambda: Target(
        {"x.skeleton": pose_files.skeleton_lines([[50], [], [52]]).encode()}, mutate_bytes, pose(ntu.read, "x.skeleton")
    ),
    "deeplabcut": lambda: Target({"x.csv": CSV13}, mutate_bytes, pose(deeplabcut.read, "x.csv")),
    "deeplabcut_own": lambda: Target(
        {"x.csv": CSV.encode()}, mutate_bytes, pose(deeplabcut.read, "x.csv", joints=("nose",))
    ),
    "sleap": lambda: Target({"x.slp": made(slp, "x.slp")}, mutate_bytes, pose(sleap.read, "x.slp")),
    "ikea_segments": lambda: Target(
        {"x.json": made(lambda f: pose_files.put(f, segments()), "x.json")},
        mutate_json,
        lambda f: annotations.read_segments(f / "x.json", ClipErrors()),
    ),
    "ikea_database": lambda: Target(
        {"x": made(database, "x")}, mutate_database, lambda f: annotations.read_database(f / "x", ClipErrors())
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
        lambda f: list(uiprmd.read_clips([f / "vicon_joints.parquet"], [1], ClipErrors())),
    ),
    "uiprmd_text": lambda: Target(
        {
            "m01_s01_e01_positions.txt": "\n".join(
                ",".join(f"{x:.1f}" for x in row) for row in RNG.normal(0, 500, (6, 117))
            ).encode()
        },
        mutate_bytes,
        lambda f: list(uiprmd.read_clips([f / "m01_s01_e01_positions.txt"], [1], ClipErrors())),
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
