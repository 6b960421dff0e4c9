"""What makes jobs run again, and what stages and pages are made of."""

import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from la2ds.errors import InputError
from la2ds.plan.digests import digest_phases
from tests.fixtures.planned import VIDEOS, Planned, job
from tests.fixtures.workflow_study import FILES, TOY

SHARD = job(shard="a_000", pose="deeplabcut")


@pytest.fixture
def planned(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Planned(tmp_path)


def write_labels(planned, source="human", **phases):
    """Two frames of each video: phases 0 and 1, or as given."""
    videos = [line.split(",")[0] for line in VIDEOS.splitlines()[1:]]
    rows = [(video, frame, phases.get(video, (0, 1))[frame]) for video in videos for frame in (0, 1)]
    table = pa.table(dict(zip(("video_id", "frame", "phase"), map(list, zip(*rows, strict=True)), strict=True)))
    path = planned.folder / "results/toy/labels.parquet"
    pq.write_table(table.replace_schema_metadata({"la2ds.label_source": source}), path)
    digest_phases.cache_clear()


def test_labels_count_for_their_action_alone(planned):
    planned.index()
    write_labels(planned)
    study = planned.study()
    before = {action: study.labels_of_action(job(action=action)) for action in "ab"}
    write_labels(planned, b_0=(1, 1))
    study = planned.study()
    assert study.labels_of_action(job(action="a")) == before["a"]
    assert study.labels_of_action(job(action="b")) != before["b"]
    write_labels(planned, source="kinematic")
    assert planned.study().labels_of_action(job(action="a")) != before["a"], "who labelled counts, too"
    assert planned.study().labels_seen(job(action="a", method="net")) == ""
    taught = job(action="a", method="taught")
    assert planned.study().labels_seen(taught) == planned.study().labels_of_action(taught)


def test_what_a_dataset_s_stages_depend_on(planned):
    planned.index()
    study, demo = planned.study(), job(dataset="demo")
    before = study.demo_settings(demo), study.decode_settings(job()), study.keypoint_settings(job(pose="annotations"))
    assert study.rows_of_shard(job(shard="a_000")) != study.rows_of_shard(job(shard="a_001"))
    planned.write("config/datasets/toy.yaml", TOY | {"frames": {"quality": 80}, "estimation": {"weights": "w.onnx"}})
    study = planned.study()
    assert study.demo_settings(demo) == before[0]
    assert study.decode_settings(job()) != before[1]
    assert study.keypoint_settings(job(pose="annotations")) != before[2]


def test_people_s_own_files_count_with_their_dates(planned):
    planned.write("config/datasets/toy.yaml", TOY | {"reader": "folder"})
    planned.write("native/a/0.mp4", "film")
    before = planned.study().index_settings(job())
    os.utime(planned.folder / "native/a/0.mp4", ns=(1, 1))
    assert planned.study().index_settings(job()) != before
    planned.index()
    before = planned.study().keypoint_settings(SHARD)
    planned.write("native/poses/deeplabcut/a/0.csv", "scorer")
    assert planned.study().keypoint_settings(SHARD) != before


def test_settings_of_a_dataset_reach_its_jobs(planned):
    study = planned.study()
    assert (study.root_of(job()), study.actions_of(job()), study.steps_of(job())) == ("native", ["a", "b"], 1.0)
    assert (study.root_fetched("toy"), study.root_fetched("h2o")) == ("native", "data/h2o")
    assert study.method_files(job(method="untrained")) == ["config/methods/untrained.yaml", "config/methods/net.yaml"]
    assert study.gpus == 0 and planned.study(device="cuda").gpus == 1
    with pytest.raises(InputError, match=r"the target: expected methods among .*, found 'nobody'"):
        study.method_files(job(method="nobody"))


def test_shards_of_pictures(planned):
    planned.index()
    planned.write("config/datasets/toy.yaml", TOY | {"pictures": "always"})
    rgb = {"label": "R", "input": {"kind": "rgb"}, "encoder": {"kind": "rgb_conv3d"}}
    planned.write("config/methods/whole.yaml", rgb | {"input": {"kind": "rgb", "pictures": {"crop": "frame"}}})
    planned.write("config/methods/cut.yaml", rgb | {"input": {"kind": "rgb", "pictures": {"crop": "box"}}})
    frozen = {"backbone": "tiny", "crop": "frame", "size": 16, "grid": 1}
    planned.write("config/methods/frozen.yaml", rgb | {"input": {"kind": "rgb", "pictures": frozen}})
    study = planned.study(backbones={"tiny": "some/where"})
    jobs = {name: job(method=name, action="a") for name in ("whole", "cut", "frozen", "net")}
    shards = [f"results/toy/frames/a_00{n}.parquet" for n in (0, 1)]
    assert study.frames_trained(jobs["whole"]) == study.frames_trained(jobs["cut"]) == shards
    assert study.frames_trained(jobs["frozen"]) == study.frames_trained(jobs["net"]) == []
    assert study.features_trained(jobs["whole"]) == study.features_trained(jobs["net"]) == []
    assert study.features_trained(jobs["frozen"]) == [
        f"results/toy/rgb/tiny_frame_p16_g1/a_00{n}.parquet" for n in (0, 1)
    ]
    poses = [f"results/toy/keypoints/annotations/a_00{n}.parquet" for n in (0, 1)]
    assert study.keypoints_trained(jobs["cut"]) == study.keypoints_embedded(jobs["cut"]) == poses
    assert study.keypoints_trained(jobs["whole"]) == study.keypoints_embedded(jobs["whole"]) == []
    assert study.heatmaps_embedded(jobs["whole"]) == []
    assert study.keypoints_damaged(job(method="time", action="a")) == poses


def test_quarantine_and_quality_gather_all_shards(planned):
    planned.index()
    study = planned.study()
    poses = [f"results/toy/keypoints/annotations/{shard}.parquet" for shard in ("a_000", "a_001", "b_000")]
    assert study.shard_quarantines(job()) == poses, "nothing of it is decoded"
    planned.index("filmed", VIDEOS.replace("b_0,b", "b_0,a").replace("b_1,b", "b_1,a"))
    decoded = planned.study(datasets=["filmed"]).shard_quarantines(job(dataset="filmed"))
    assert decoded[0] == "results/filmed/frames/a_000.quarantine.csv" and len(decoded) == 6
    assert [path.rpartition("/")[2] for path in study.keypoints_of_dataset(job())] == [
        f"{shard}.parquet" for shard in ("a_000", "a_001", "b_000")
    ]
    assert (
        study.keypoints_folder(job()) == "results/toy/keypoints/annotations" and study.pose_of(job()) == "annotations"
    )
    assert study.true_poses(job()) == study.true_poses(job(dataset="demo")) == []
    planned.write("config/datasets/demo.yaml", FILES["config/datasets/demo.yaml"] | {"pose": "mediapipe"})
    assert planned.study().true_poses(job(dataset="demo")) == ["results/demo/source/keypoints_2d.parquet"]


def test_pages_of_a_dataset_with_pictures(planned):
    planned.index("filmed", VIDEOS.replace("b_0,b", "b_0,a").replace("b_1,b", "b_1,a"))
    cell = job(dataset="filmed", table="small")
    study = planned.study(datasets=["filmed"])
    assert study.frames_of_poses(cell) == ["results/filmed/frames/a_001.parquet"]
    assert study.hidden_datasets(None) == [] and "results/filmed/quarantine.csv" in study.report_files(None)
    assert "results/filmed/quarantine.csv" in study.requested_files(None)
    hidden = planned.study(datasets=["filmed"], skeletons_only=True)
    assert hidden.frames_of_poses(cell) == [] and hidden.hidden_datasets(None) == ["filmed"]
    assert study.table_files(None) == ["config/tables/small.yaml"] and study.other_studies(None) == []
    elsewhere = planned.study(datasets=["filmed"], tables=["small", "watched"])
    assert elsewhere.other_studies(None) == ["results/tables/watched.md"]
    assert study.protocol_of_table(cell) == "config/protocols/default.yaml"
    assert study.runs_of_table(cell) == ["results/filmed/train/net/a/seed0/run.json"]
    part = FILES["config/tables/small.yaml"] | {"figures": False}
    planned.write("config/tables/small.yaml", part)
    assert planned.study().figures_of_table("toy", "small") == []
    planned.write("config/tables/small.yaml", part | {"methods": ["time"]})
    planned.index()
    assert planned.study().heatmaps_of_poses(job()) == [], "no row is shown any"


def test_runs_and_protocols_of_a_study(planned):
    planned.index()
    study = planned.study(tables=["small", "watched"])
    watched = study.metrics_of_table(job(table="watched"))
    assert len(watched) == 2 + 3 * 2 * 2 and watched[0].startswith("results/toy/metrics/strict/")
    assert study.metrics_of_protocol(job(protocol="strict")) == watched
    assert study.protocols_in_use("toy") == ["default", "strict"]
    robust = FILES["config/tables/small.yaml"] | {"protocol": "robustness"}
    planned.write("config/tables/small.yaml", robust)
    study = planned.study()
    assert study.metrics_of_table(job(table="small"))[0] == "results/toy/robustness/net/a/seed0.csv"
    assert study.protocols_in_use("toy") == []
    assert study.code("collect") != study.code("evaluate") and study.code("collect") == study.code("collect")
