"""PCK on joints placed by hand."""

import numpy as np
import pandas as pd
import pytest

from la2ds.__main__ import main
from la2ds.formats.keypoints import Keypoints, KeypointShard, write_keypoints
from la2ds.formats.skeletons import BODY13
from la2ds.formats.videos import VIDEO_COLUMNS, write_videos
from la2ds.pose.quality import clip_sums, joint_groups, make_rows

HEAD, ELBOW, WRIST = BODY13.index("head"), BODY13.index("left_elbow"), BODY13.index("left_wrist")


def clip(position):
    position = np.asarray(position, np.float32)
    return Keypoints(position, np.where(np.isnan(position).any(-1), 0, 0.5).astype(np.float32))


@pytest.fixture
def truth():
    """One frame; all joints in a box 50 wide and 200 high, so a joint may be 20 px off for 0.1 and 40 px for 0.2."""
    position = np.zeros((1, 13, 2))
    position[0, :, 0] = np.linspace(0, 50, 13)
    position[0, :, 1] = np.linspace(0, 200, 13)
    return clip(position)


def test_a_joint_counts_within_a_share_of_the_larger_side_of_the_box(truth):
    position = truth.position.copy()
    position[0, HEAD] += (20, 0)  # just within 0.1
    position[0, ELBOW] += (0, 21)  # within 0.2 only
    position[0, WRIST] += (30, 40)  # 50 px: wrong
    rows = make_rows({"a": clip_sums(clip(position), truth)}, BODY13, has_truth=True)
    everything = rows[(rows.action == "a") & (rows.joint == "all")].iloc[0]
    assert everything.n == 13
    assert everything.pck_10 == pytest.approx(11 / 13)
    assert everything.pck_20 == pytest.approx(12 / 13)
    assert everything.mean_error_px == pytest.approx((20 + 21 + 50) / 13)
    wrists = rows[(rows.action == "all") & (rows.joint == "wrist")].iloc[0]
    assert (wrists.n, wrists.pck_20, wrists.mean_error_px) == (2, 0.5, 25)


def test_a_missing_joint_is_wrong_and_has_no_error(truth):
    position = truth.position.copy()
    position[0, HEAD] = np.nan
    position[0, WRIST] += (3, 4)
    rows = make_rows({"a": clip_sums(clip(position), truth)}, BODY13, has_truth=True)
    everything = rows[(rows.action == "all") & (rows.joint == "all")].iloc[0]
    assert everything.pck_10 == everything.pck_20 == pytest.approx(12 / 13)
    assert everything.missing == pytest.approx(1 / 13)
    assert everything.mean_error_px == pytest.approx(5 / 12)
    head = rows[(rows.action == "a") & (rows.joint == "head")].iloc[0]
    assert (head.pck_10, head.pck_20, head.missing) == (0, 0, 1)
    assert np.isnan(head.mean_error_px) and np.isnan(head.confidence)


def test_a_joint_the_truth_lacks_is_not_counted(truth):
    position = truth.position.copy()
    position[0, HEAD] = np.nan
    assert clip_sums(truth, clip(position))[:, 0].tolist() == [0, *[1] * 12]


def test_frames_without_any_true_joint_count_nothing(truth):
    assert clip_sums(truth, clip(np.full((1, 13, 2), np.nan))).sum() == 0


def test_every_joint_stands_in_one_group():
    groups = joint_groups(BODY13)
    assert list(groups) == ["all", "head", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"]
    assert sorted(j for name, members in groups.items() if name != "all" for j in members) == list(range(13))


def write_study(folder, truth, estimate):
    row = {"video_id": "v", "action": "a", "split": "val", "source": "x", "frames": len(estimate), "fps": 25}
    videos = pd.DataFrame([row | {"width": 200, "height": 200, "shard": "a_000"}])
    write_videos(folder / "videos.csv", videos[VIDEO_COLUMNS])
    write_keypoints(folder / "poses" / "a_000.parquet", KeypointShard({"v": estimate}, "body13", "test/1"))
    write_keypoints(folder / "truth.parquet", KeypointShard({"v": truth}, "body13", "generator/1"))
    arguments = ["--dataset", "toy", "--pose", "test", "--videos", folder / "videos.csv"]
    arguments += ["--keypoints-dir", folder / "poses", "--output", folder / "quality.csv"]
    return ["pose_quality", *map(str, arguments)]


def test_the_verb_writes_one_row_per_action_and_group(tmp_path, truth):
    command = write_study(tmp_path, truth, truth)
    assert main([*command, "--truth", str(tmp_path / "truth.parquet")]) == 0
    table = pd.read_csv(tmp_path / "quality.csv")
    columns = "dataset,pose,action,joint,pck_10,pck_20,mean_error_px,missing,confidence,n"
    assert ",".join(table.columns) == columns
    assert len(table) == 16
    assert (table.pck_10 == 1).all() and (table.mean_error_px == 0).all()


def test_without_a_truth_pck_and_error_are_empty(tmp_path, truth):
    position = truth.position.copy()
    position[0, HEAD] = np.nan
    assert main(write_study(tmp_path, truth, clip(position))) == 0
    table = pd.read_csv(tmp_path / "quality.csv")
    assert table[["pck_10", "pck_20", "mean_error_px"]].isna().all(axis=None)
    everything = table[(table.action == "all") & (table.joint == "all")].iloc[0]
    assert (everything.missing, everything.confidence, everything.n) == (pytest.approx(1 / 13, abs=1e-6), 0.5, 13)


def test_a_truth_of_other_length_and_a_missing_shard_are_refused(tmp_path, truth, caplog):
    command = write_study(tmp_path, truth, clip(np.repeat(truth.position, 2, axis=0)))
    assert main([*command, "--truth", str(tmp_path / "truth.parquet")]) == 2
    assert "truth.parquet: expected 2 frames of v, found 1" in caplog.text
    (tmp_path / "poses" / "a_000.parquet").unlink()
    assert main(command) == 2
    assert "a_000.parquet: expected a Parquet file, found no such file" in caplog.text
