"""Small files in the layouts of programs that estimate poses, and what asks for them."""

import json

import numpy as np
import pandas as pd

from la2ds.config import DatasetConfig, PosesConfig
from la2ds.pose.request import PoseRequest
from la2ds.pose.verb import ESTIMATORS


def videos(*sources, frames=3, size=(640, 480)):
    """A table of videos, called like their files without ending."""
    ids = [source.rpartition(".")[0] for source in sources]
    columns = {"video_id": ids, "action": "squat", "split": "train", "source": list(sources), "frames": frames}
    return pd.DataFrame(columns | {"fps": 25.0, "width": size[0], "height": size[1], "shard": "squat_000"})


def read(root, pose, *sources, table=None, **poses):
    """Read a shard."""
    dataset = DatasetConfig(reader="folder", root=str(root), actions=("squat",), pose=pose, poses=PosesConfig(**poses))
    rows = videos(*(sources or ["squat/anna.mp4"])) if table is None else table
    return ESTIMATORS[pose](PoseRequest(dataset=dataset, dataset_file=root / "own.yaml", root=root, videos=rows))


def put(path, content):
    """Write text, or anything else as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def person(x, y, joints=25, *, confidence=0.5, hands=False):
    """One of OpenPose's people: joint j at (x + j, y + 2 j); hands further right, the right one lower."""
    found = {"person_id": [-1], "pose_keypoints_2d": triples(x, y, joints, confidence), "face_keypoints_2d": []}
    for n, side in enumerate(("left", "right")):
        found[f"hand_{side}_keypoints_2d"] = triples(x + 100, y + 100 * n, 21, 0.25) if hands else []
    return found


def triples(x, y, joints, confidence):
    """x, y, confidence of each joint in a row."""
    return [value for j in range(joints) for value in (x + j, y + 2 * j, confidence)]


def put_openpose(folder, frames):
    """A folder of JSON files: frame -> people."""
    for frame, people in frames.items():
        put(folder / f"{folder.name}_{frame:012d}_keypoints.json", {"version": 1.3, "people": people})


def put_csv(path, joints, values, *, individuals=None, numbers=None, extra=()):
    """A CSV of DeepLabCut or Lightning Pose: values (T, individuals, joints, 3)."""
    values = np.asarray(values, dtype=float)
    coords = ["x", "y", "likelihood", *extra]
    animals = individuals or [""]
    columns = [(a, j, c) for a in animals for j in joints for c in coords]
    heads = [["scorer", *["net" for _ in columns]]]
    heads += [["individuals", *[a for a, _, _ in columns]]] if individuals else []
    heads += [["bodyparts", *[j for _, j, _ in columns]], ["coords", *[c for _, _, c in columns]]]
    rows = []
    for t, frame in zip(numbers if numbers is not None else range(len(values)), values, strict=True):
        cells = [v for animal in frame for joint in animal for v in (*joint, *[7.0 for _ in extra])]
        rows.append([str(t), *["" if np.isnan(v) else repr(float(v)) for v in cells]])
    return put(path, "".join(",".join(row) + "\n" for row in [*heads, *rows]))
