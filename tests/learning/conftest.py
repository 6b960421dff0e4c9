"""A toy study for tests of whole trainings."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from la2ds.formats.keypoints import Keypoints, KeypointShard, write_keypoints
from la2ds.formats.videos import write_videos
from tests.fixtures.training_study import write_method


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Eight clips of 13 joints that swing along a line, two of them for validation; clip `v1` has no keypoints."""
    rng = np.random.default_rng(0)
    clips, rows = {}, []
    for n, name in enumerate(["t0", "t1", "t2", "t3", "t4", "t5", "v0", "v1"]):
        frames = 15 + n
        swing = np.sin(np.linspace(0, np.pi, frames))[:, None, None] * rng.uniform(-40, 40, (13, 2))
        position = (rng.uniform(100, 200, (13, 2)) + swing).astype(np.float32)
        clips[name] = Keypoints(position, np.ones((frames, 13), np.float32))
        split = "train" if name[0] == "t" else "val"
        rows.append([name, "swing", split, f"{name}.mp4", frames, 20.0, 320, 240, "swing_000"])
    columns = ["video_id", "action", "split", "source", "frames", "fps", "width", "height", "shard"]
    write_videos(tmp_path / "videos.csv", pd.DataFrame(rows, columns=columns))
    del clips["v1"]
    write_keypoints(tmp_path / "k.parquet", KeypointShard(clips, "body13", "test/1"))
    write_method(tmp_path / "toy.yaml")
    return tmp_path
