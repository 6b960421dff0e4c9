"""Two drawn people walk past each other, through MediaPipe."""

import numpy as np
import pandas as pd
import pytest

from la2ds.config import DatasetConfig, EstimationConfig, FramesConfig
from la2ds.formats.frames import write_frames
from la2ds.pose.request import PoseRequest


@pytest.mark.slow
@pytest.mark.parametrize("behind", [(0, 900), (600, 0)], ids=["in front", "behind"])
def test_the_subject_stays_the_same_person_while_somebody_passes(shared_data, tmp_path, behind):
    weights = shared_data / "models" / "pose_landmarker_full.task"
    if not weights.is_file():
        pytest.skip("no pose landmarker weights here")
    pytest.importorskip("mediapipe", reason="the video extra is not installed")
    from la2ds.datasets.decode import to_jpeg
    from la2ds.pose.estimators import mediapipe
    from tests.fixtures.crossing_drawn import FRAMES, draw_crossing

    pictures, truth = draw_crossing([(-500, 600), (900, -1000)], list(behind), seed=0)
    height, width = pictures[0].shape[:2]
    with write_frames(tmp_path / "f.parquet") as writer:
        images = [to_jpeg(picture, FramesConfig()) for picture in pictures]
        writer.add("a", times=np.arange(FRAMES) / 20, images=images, decoder="drawn")
    row = {"video_id": ["a"], "action": "walk", "split": "train", "source": "x", "frames": FRAMES, "fps": 20.0}
    table = pd.DataFrame(row | {"width": width, "height": height, "shard": "walk_000"})
    dataset = DatasetConfig("demo", "nowhere", ("walk",), estimation=EstimationConfig(people=3))
    asked = PoseRequest(dataset, tmp_path / "toy.yaml", tmp_path, table, tmp_path / "f.parquet", weights)
    shard = mediapipe.estimate(asked)
    position = shard.clips["a"].position
    seen = np.flatnonzero(~np.isnan(position).any((1, 2)))
    distance = np.median(np.linalg.norm(position[seen] - truth[:, seen], axis=-1), axis=-1)  # (2, frames)
    nearest = distance.argmin(axis=0)
    assert shard.metadata["subject"].startswith("several people in")
    assert len(seen) >= 0.6 * FRAMES  # MediaPipe loses people who are half hidden
    assert (nearest == 0).mean() >= 0.9
    assert not nearest[:10].any() and not nearest[-10:].any()
    assert np.median(distance[0]) < 0.05 * height
