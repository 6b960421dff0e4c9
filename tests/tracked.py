"""A small made-up study in the files of a real one, for tests of tracking: what `la2ds track` reads."""

import json

import numpy as np
import pandas as pd

from la2ds.formats.embeddings import Embeddings, write_embeddings
from la2ds.formats.labels import Labels, write_labels
from la2ds.formats.videos import write_videos

METRICS = """metric,variant,value,n,dropped,commit
videos,split=val,12,12,0,abc1234
retrieval,k=5/average=frames,0.7,10,0,abc1234
phase_accuracy,labels=1.0/classifier=svc_rbf,{accuracy},10,0,abc1234
phase_accuracy,labels=0.1/classifier=svc_rbf,0.5,10,0,abc1234
phase_accuracy,labels=0.1/classifier=logreg,0.55,10,0,abc1234
phase_progression,labels=1.0,0.8,10,0,abc1234
kendall_tau,split=val/stride=2,nan,10,0,abc1234
"""
METHODS = {
    "la2ds": "label: LA2DS\ndescription: Heatmaps, attention in space and time.\noptimiser: {steps: 3}\n",
    "rgb": "label: RGB\nbase: la2ds\noptimiser: {learning_rate: 0.002}\n",
    "time": "label: 'Control: time'\ninput: {kind: none}\nencoder: {kind: time}\n",
}
CONTROLS = ("time",)


def metrics_file(root, method, seed=0):
    return root / f"results/demo/metrics/default/{method}/squat/seed{seed}.csv"


def write_metrics(root, method, seed=0, *, accuracy=0.9):
    file = metrics_file(root, method, seed)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(METRICS.format(accuracy=accuracy))


def write_training(root, method, seed=0, *, steps=1500):
    """More steps than one batch of metrics holds."""
    folder = root / f"results/demo/train/{method}/squat/seed{seed}"
    folder.mkdir(parents=True)
    lines = "".join(f"{i},{1 / (i + seed)},0.001,{i / 100}\n" for i in range(1, steps + 1))
    (folder / "history.csv").write_text("step,loss,learning_rate,seconds\n" + lines)
    record = {"seconds": steps / 100, "steps": steps, "parameters": 1234, "peak_memory_mb": 500}
    record["method"] = {"optimiser": {"steps": steps}}
    (folder / "run.json").write_text(json.dumps(record))
    return folder


def write_tables(root, methods=("la2ds",)):
    """Videos, labels and embeddings of three train and two val clips of 20 frames in four phases."""
    ids = [f"squat_{n}" for n in range(5)]
    rows = [
        (v, "squat", "train" if n < 3 else "val", f"{v}.mp4", 20, 20.0, 64, 64, "squat_000") for n, v in enumerate(ids)
    ]
    columns = ["video_id", "action", "split", "source", "frames", "fps", "width", "height", "shard"]
    write_videos(root / "results/demo/videos.csv", pd.DataFrame(rows, columns=columns))
    phases = np.repeat(np.arange(4), 5)
    write_labels(root / "results/demo/labels.parquet", Labels({v: phases for v in ids}, "generator"))
    random = np.random.default_rng(0)
    for method in methods:
        path = root / f"results/demo/embeddings/{method}/squat/seed0.parquet"
        clips = {v: (random.normal(size=(20, 4)) + phases[:, None]).astype(np.float32) for v in ids}
        write_embeddings(path, Embeddings(clips, {"method": method, "action": "squat", "seed": "0"}))


def write_study(root, runs):
    """Write method files and results of (method, seed) pairs; controls have no training."""
    (root / "methods").mkdir()
    for method, text in METHODS.items():
        (root / f"methods/{method}.yaml").write_text(text)
    (root / "default.yaml").write_text("{}\n")
    for number, (method, seed) in enumerate(runs):
        write_metrics(root, method, seed, accuracy=0.9 - number / 20)
        if method not in CONTROLS:
            write_training(root, method, seed)
    write_tables(root)


def options(root, *extra):
    """The command line of ``la2ds track`` for everything that lies there."""
    metrics = sorted(str(p) for p in root.glob("results/demo/metrics/default/*/*/*.csv"))
    command = ["track", "--dataset", "demo", "--runs-root", str(root / "results/demo"), "--protocol", "default"]
    command += ["--protocol-file", str(root / "default.yaml"), "--methods-dir", str(root / "methods")]
    return [*command, "--metrics", *metrics, "--output", str(root / "results/demo/tracking.json"), *extra]
