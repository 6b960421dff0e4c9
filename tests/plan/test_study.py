"""A study planned without Snakemake: settings, a videos.csv written by hand, and the files that jobs ask for."""

import re
import subprocess
import sys

import pytest
import yaml

from la2ds.errors import InputError
from la2ds.plan.settings import names
from la2ds.plan.study import wildcard_constraints
from tests.fixtures.planned import VIDEOS, NotIndexed, Planned, job
from tests.fixtures.workflow_study import FILES, NET, STUDIED, TOY


@pytest.fixture
def planned(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield Planned(tmp_path)
    names.cache_clear()


def test_planning_takes_no_library_that_computes():
    code = "import sys, la2ds.plan.study; print(*sorted({'torch', 'numpy', 'pandas', 'pyarrow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_shards_of_an_action_are_asked_for_once_it_is_indexed(planned):
    study, training = planned.study(), job(method="net", action="a")
    with pytest.raises(NotIndexed):
        study.keypoints_trained(training)
    planned.index()
    assert study.keypoints_trained(training) == [
        "results/toy/keypoints/annotations/a_000.parquet",
        "results/toy/keypoints/annotations/a_001.parquet",
    ]
    assert study.heatmaps_embedded(training) == [
        f"results/toy/heatmaps/annotations/limbs_p32_s060_b110/a_00{n}.npz" for n in (0, 1)
    ]
    assert study.keypoints_embedded(training) == []
    assert len(study.keypoints_trained(job(method="joint", action="all"))) == 3
    assert study.labels_trained(training) == []
    assert study.labels_trained(job(method="taught", action="a")) == ["results/toy/labels.parquet"]


def test_an_action_or_shard_without_videos_is_named(planned):
    planned.index()
    study = planned.study()
    with pytest.raises(InputError, match=r"expected action among a, b, or .*toy.yaml without it, found 'c'$"):
        study.keypoints_trained(job(method="net", action="c"))
    with pytest.raises(InputError, match=r"expected shard among a_000, a_001, b_000, found 'z'$"):
        study.rows_of_shard(job(shard="z"))


def test_a_misspelt_action_is_answered_with_the_nearest(planned):
    planned.index(videos=VIDEOS.replace(",a,", ",golf_swing,").replace(",b,", ",squat,"))
    with pytest.raises(InputError, match=r"golf_swing, squat, or .*, found 'golf_swin' \(nearest: golf_swing\)$"):
        planned.study().keypoints_trained(job(method="net", action="golf_swin"))


def test_weights_are_the_method_s_own_or_those_it_borrows(planned):
    planned.write("config/methods/lent.yaml", {"base": "net", "label": "Lent", "weights": "joint"})
    study = planned.study()
    assert study.weights_embedded(job(method="time", action="a", seed="0")) == []
    (own,) = study.weights_embedded(job(method="net", action="a", seed="1"))
    assert own == "results/toy/train/net/a/seed1/model.safetensors"
    (lent,) = study.weights_embedded(job(method="lent", action="a", seed="1"))
    assert lent == "results/toy/train/joint/all/seed1/model.safetensors"


def test_a_task_asks_for_the_rows_of_tables_with_its_columns_and_no_others(planned):
    column = {"metric": "retrieval", "variant": "k=5/average=frames", "label": "AP"}
    wide = {"title": "Wide", "methods": ["time", "untrained"], "protocol": "strict", "columns": [column]}
    planned.write("config/tables/wide.yaml", wide)
    planned.index()
    study = planned.study(tables=["small", "wide"], seeds=2)
    assert study.metrics_of_task(job(task="retrieval")) == [
        f"results/toy/metrics/strict/{method}/{action}/seed{seed}.csv"
        for method, seeds in (("time", "0"), ("untrained", "01"))
        for seed in seeds
        for action in "ab"
    ]
    tau = study.metrics_of_task(job(task="kendall_tau"))
    assert {path.split("/")[4] for path in tau} == {"time", "net"} and all("/default/" in path for path in tau)
    everything = study.metrics_of_task(job(task="evaluated"))
    assert set(everything) == {*tau, *study.metrics_of_task(job(task="retrieval"))}
    with pytest.raises(
        InputError, match=r"expected 'tables' to name one with a column of alignment, found small, wide"
    ):
        study.metrics_of_task(job(task="alignment"))
    tasks = ("evaluated", "kendall_tau", "retrieval")
    assert study.task_files("toy") == [f"results/toy/{task}.csv" for task in tasks]
    assert planned.study(tables=["wide", "watched"]).task_files("toy") == [
        f"results/toy/{task}.csv" for task in tasks if task != "kendall_tau"
    ]


def test_actions_without_labelled_videos_are_left_out_and_named(planned, capsys):
    planned.write("config/datasets/toy.yaml", TOY | {"actions": ["a", "b", "c", "d"]})
    files = planned.study(dry_run=True).metrics_of_table(job(table="small"))
    assert len(files) == 8, "a dry run of a dataset that is not indexed shows all actions"
    with pytest.raises(NotIndexed):
        planned.study().metrics_of_table(job(table="small"))
    planned.index()
    study = planned.study()
    for _ in range(2):
        assert len(study.metrics_of_table(job(table="small"))) == 4
    assert {path.split("/")[4] for path in study.histories_of_table(job(table="small"))} == {"a", "b"}
    sentence = "results/toy/videos.csv has no labelled videos of c, d: left out of tables and figures."
    assert capsys.readouterr().err.splitlines() == [sentence]
    planned.index(videos=VIDEOS.splitlines()[0] + "\n")
    with pytest.raises(InputError, match=r"expected videos of actions a, b, c, d, found none"):
        planned.study().metrics_of_table(job(table="small"))


def test_an_action_without_training_videos_is_left_out_and_named(planned, capsys):
    first, *lines = VIDEOS.splitlines()
    planned.index(videos="\n".join([first, *(line.replace(",b,train,", ",b,val,") for line in lines)]) + "\n")
    study = planned.study()
    assert {path.split("/")[4] for path in study.histories_of_table(job(table="small"))} == {"a"}
    sentence = "results/toy/videos.csv has no training videos of b: left out of tables and figures."
    assert capsys.readouterr().err.splitlines() == [sentence]
    planned.index(videos=VIDEOS.replace(",train,", ",val,"))
    with pytest.raises(InputError, match=r"expected training videos of actions a, b, found none"):
        planned.study().metrics_of_table(job(table="small"))


def test_what_a_dataset_lacks_is_said_in_words(planned):
    solid = {"base": "net", "label": "Solid", "input": {"kind": "coordinates", "coordinates": {"dims": 3}}}
    solid |= {"augmentation": {"space": "skeleton"}, "encoder": {"kind": "coordinate_transformer"}}
    planned.write("config/methods/solid.yaml", solid)
    looking = {"base": "net", "label": "Looking", "input": {"kind": "rgb", "pictures": {"backbone": "tiny"}}}
    planned.write("config/methods/looking.yaml", looking | {"encoder": {"kind": "rgb_transformer"}})
    planned.write(
        "config/tables/small.yaml", FILES["config/tables/small.yaml"] | {"methods": ["time", "solid", "looking"]}
    )
    study, cell = planned.study(), job(table="small")
    assert study.absent_rows(cell) == ["solid=needs 3D keypoints", "looking=needs pictures"]
    assert study.rows_of("toy", "small") == ["time"] and not study.decodes("toy")
    (planned.folder / "native/frames").mkdir()
    planned.write("config/datasets/toy.yaml", TOY | {"pose_3d": "annotations_3d"})
    study = planned.study()
    assert study.absent_rows(cell) == ["looking=needs a backbone tiny in config.yaml"] and not study.decodes("toy")
    assert planned.study(backbones={"tiny": ""}).absent_rows(cell) == study.absent_rows(cell)
    study = planned.study(backbones={"tiny": "some/where"})
    assert study.rows_of("toy", "small") == ["time", "solid", "looking"] and study.decodes("toy")


def test_native_files_are_missed_before_a_run_and_mentioned_before_a_plan(planned, capsys):
    assert planned.study().native_files(job()) == []
    assert planned.study().native_files(job(dataset="demo")) == ["results/demo/source/manifest.csv"]
    (planned.folder / "native").rmdir()
    with pytest.raises(
        InputError, match=r"native: expected the files of dataset toy, found no such folder; .*fetch_penn"
    ):
        planned.study().native_files(job())
    assert planned.study(dry_run=True).native_files(job()) == []
    assert "This is only the plan: native: expected" in capsys.readouterr().err
    planned.index()
    assert planned.study().native_files(job()) == [], "an indexed dataset may go without its files"


def test_estimators_ask_for_frames_and_weights_where_they_need_them(planned):
    frames, study = "results/filmed/frames/a_000.parquet", planned.study()
    seen = job(dataset="filmed", pose="mediapipe", shard="a_000")
    assert study.frames_estimated(seen) == [frames] and study.weights_estimated(seen) == ["weights.task"]
    assert study.detector_estimated(seen) == []
    given = job(pose="annotations", shard="a_000")
    assert study.frames_estimated(given) == study.weights_estimated(given) == []
    networks = {"pose": "rtmpose", "estimation": {"weights": "models/rtmpose_s.onnx", "detector": "mine.onnx"}}
    planned.write("config/datasets/filmed.yaml", TOY | networks | {"actions": ["a"]})
    study, seen = planned.study(), job(dataset="filmed", pose="rtmpose", shard="a_000")
    assert study.weights_estimated(seen) == ["models/rtmpose_s.onnx"], "the workflow fetches it"
    with pytest.raises(
        InputError, match=r"expected 'estimation.detector' to be a network \(ONNX\), found no file mine"
    ):
        study.detector_estimated(seen)
    planned.write("mine.onnx", "a network")
    assert study.detector_estimated(seen) == ["mine.onnx"]


def test_the_quarantine_list_is_made_of_what_reads_clips(planned):
    planned.index()
    poses = [f"results/toy/keypoints/annotations/{shard}.parquet" for shard in ("a_000", "a_001", "b_000")]
    assert planned.study(tables=["small"]).shard_quarantines(job()) == poses
    looked_at = planned.study(overrides={"toy": {"pose": "mediapipe"}}).shard_quarantines(job())
    assert looked_at[0] == "results/toy/frames/a_000.quarantine.csv"
    assert looked_at[3:] == [pose.replace("annotations", "mediapipe") for pose in poses]


def test_pictures_cut_around_the_person_need_keypoints(planned):
    study = planned.study(backbones={"tiny": "some/where"})
    cut, whole = job(picture_spec="tiny_box_p16_g1", shard="s"), job(picture_spec="tiny_frame_p16_g1", shard="s")
    assert study.keypoints_extracted(cut) == ["results/toy/keypoints/annotations/s.parquet"]
    assert study.keypoints_extracted(whole) == [] and study.backbone(whole) == "some/where"
    with pytest.raises(InputError, match=r"config.yaml: expected 'backbones' to name big, found tiny"):
        study.backbone(job(picture_spec="big_frame_p16_g1"))


def test_a_backbone_that_is_fetched_is_a_file(planned):
    frozen = job(picture_spec="efficientnet_lite0_box_p112_g7_l4")
    study = planned.study(backbones={"efficientnet_lite0": "auto", "resnet": "auto"})
    assert study.backbone_file(frozen) == ["models/efficientnet_lite0.safetensors"]
    assert planned.study(backbones={"efficientnet_lite0": "some/where"}).backbone_file(frozen) == []
    with pytest.raises(
        InputError, match=r"'backbones.resnet' to be a folder or a name on the hub \(auto: efficientnet"
    ):
        study.backbone(job(picture_spec="resnet_frame_p16_g1"))


def test_digests_change_with_what_a_job_depends_on_and_with_nothing_else(planned):
    planned.index()
    training = job(method="net", action="a")
    study = planned.study()
    before = study.rows_of_action(training), study.training_settings(training), study.index_settings(job())
    planned.index(videos=VIDEOS.replace("b_1,b,val", "b_1,b,train"))
    assert study.rows_of_action(training) == before[0] != study.rows_of_action(job(action="b"))
    planned.write("config/datasets/toy.yaml", TOY | {"steps": 0.5, "skeletons_only": True})
    study = planned.study()
    assert study.training_settings(training) == f"{before[1]}, 0.5 of the steps"
    assert study.steps_of(job()) == 0.5 and study.index_settings(job()) == before[2]
    planned.write("config/datasets/toy.yaml", TOY | {"shard_size": 2})
    assert planned.study().index_settings(job()) != before[2]


def test_settings_are_written_for_jobs_when_they_change_and_never_by_a_dry_run(planned):
    path = planned.folder / "results/toy/dataset.yaml"
    assert planned.study(dry_run=True).dataset_file(job()) == "results/toy/dataset.yaml" and not path.exists()
    planned.study().dataset_file(job())
    assert yaml.safe_load(path.read_text())["reader"] == "penn"
    date = path.stat().st_mtime_ns
    planned.study().dataset_file(job())
    assert path.stat().st_mtime_ns == date


def test_everything_that_is_asked_for_lies_where_layout_says(planned):
    planned.index()
    study = planned.study(tables=["small", "watched"])
    assert study.requested_files(None) == [
        "results/report.html",
        "results/tables/small_toy.md",
        "results/tables/watched.md",
        "results/toy/quarantine.csv",
        "results/toy/evaluated.csv",
        "results/toy/kendall_tau.csv",
        "results/toy/tracking_default.json",
        "results/toy/tracking_strict.json",
    ]
    shown = study.report_files(None)
    assert (
        "results/figures/watched_toy_robustness_dark.png" in shown and "results/figures/small_toy_clips.html" in shown
    )
    assert "results/toy/train/joint/all/seed1/run.json" in shown and "results/toy/quarantine.csv" in shown
    assert study.tables_made() == []
    planned.write("results/tables/watched.md", "made")
    assert study.tables_made() == ["results/tables/watched.md"]
    constraints = wildcard_constraints(study)
    assert constraints["name"] == "small_demo|small_filmed|small_toy|watched_demo|watched_filmed|watched"


def test_pictures_show_a_few_clips_and_frames_only_where_they_may_be_shown(planned):
    planned.index()
    study, cell = planned.study(), job(table="small")
    assert study.keypoints_of_poses(job()) == [
        f"results/toy/keypoints/annotations/{s}.parquet" for s in ("a_001", "b_000")
    ]
    assert study.keypoints_of_clips(job())[0] == "results/toy/keypoints/annotations/a_000.parquet"
    assert study.frames_of_poses(job()) == study.frames_of_clips(job()) == []
    assert study.heatmaps_of_poses(job())[0].endswith("limbs_p32_s060_b110/a_001.npz")
    assert study.shown_methods("toy", "small") == ["time", "net"] and study.order_of_colours(cell) == ["net"]
    assert study.aligned_embeddings(cell) == study.shown_embeddings(cell)
    assert study.table_labels(cell) == {"time": "Time", "net": "Net"} and study.table_reference(cell) == "time"
    with pytest.raises(InputError, match=r"tables/small.yaml: expected 'robustness' to name methods .*, found none"):
        study.damaged_metrics(cell)
    damaged = study.damaged_metrics(job(table="watched"))
    assert damaged[0] == "results/toy/robustness/time/a/seed0.csv" and len(damaged) == 4


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("config/datasets/figures.yaml", TOY, "datasets/figures.yaml: expected a name of a-z, 0-9, _ other than"),
        ("config/datasets/x.yaml", TOY | {"reader": "demo"}, "expected root results/x/source for reader demo"),
        ("config/datasets/x.yaml", TOY | {"pose": "openpos"}, "expected 'pose' among annotations, .*, found 'openpos'"),
        ("config/datasets/x.yaml", TOY | {"pose_3d": "mediapipe"}, "expected 'pose_3d' among annotations_3d"),
        (
            "config/tables/watched.yaml",
            STUDIED | {"shown": ["pose"]},
            "expected 'shown' among its methods .*found pose",
        ),
        ("config/tables/watched.yaml", STUDIED | {"dataset": "nowhere"}, "expected datasets among .*, found 'nowhere'"),
        ("config/tables/watched.yaml", STUDIED | {"protocol": "odd"}, "expected protocols among default, .*'odd'"),
        ("config/tables/watched.yaml", STUDIED | {"reference": "pose"}, "expected 'reference' among its methods"),
        ("config/methods/net.yaml", NET | {"optimiser": {"stps": 3}}, "methods/net.yaml: expected"),
        ("config/methods/net.yaml", NET | {"weights": "nobody"}, "expected methods among .*, found 'nobody'"),
    ],
)
def test_wrong_settings_are_refused_before_anything_is_planned(planned, file, content, message, capsys):
    """Or named, and left out, where config.yaml names neither the file nor what needs it."""
    planned.write(file, content)
    if file.startswith("config/methods"):
        with pytest.raises(InputError, match=message) as error:
            planned.study()
        assert "\n" not in str(error.value)
        return
    planned.study()
    assert re.search(message, capsys.readouterr().err)
    _, kind, name = file.removesuffix(".yaml").split("/")
    with pytest.raises(InputError, match=message):
        planned.study(**{kind: [name]})


def test_config_itself_is_refused_with_its_key(planned):
    with pytest.raises(InputError, match=r"config.yaml: expected one of the keys datasets, .*, found key 'sedes'"):
        planned.study(sedes=2)
    with pytest.raises(InputError, match=r"config.yaml: expected 'seeds' to have minimum 1, found 0"):
        planned.study(seeds=0)
    with pytest.raises(InputError, match=r"config.yaml: expected datasets among demo, filmed, toy, found 'pen'"):
        planned.study(datasets=["pen"])
    rowless = {k: v for k, v in FILES["config/tables/small.yaml"].items() if k != "methods"}
    planned.write("config/tables/small.yaml", rowless)
    with pytest.raises(InputError, match=r"config.yaml: expected 'rows' to name a table with methods, found none"):
        planned.study(rows="small")


def test_a_table_without_rows_takes_those_of_another(planned):
    part = {k: v for k, v in FILES["config/tables/small.yaml"].items() if k != "methods"} | {"title": "Part"}
    planned.write("config/tables/part.yaml", part)
    planned.write("config/tables/other.yaml", part | {"methods": ["time"]})
    study = planned.study(tables=["small", "part"], rows="small")
    assert study.load_table("part").methods == ("time", "net")
    assert study.rows_file(job(table="part")) == ["config/tables/small.yaml"] == study.rows_files(None)
    assert study.rows_file(job(table="small")) == []
    assert study.table_methods(job(table="part")) == ["config/methods/time.yaml", "config/methods/net.yaml"]
    assert study.table_methods(job(table="other")) == ["config/methods/time.yaml"], "named or not"


def test_tables_of_cost_ask_for_embeddings(planned):
    planned.index()
    column = {"metric": "cost", "variant": "embed", "label": "ms"}
    planned.write("config/tables/cost.yaml", FILES["config/tables/small.yaml"] | {"columns": [column]})
    study = planned.study(tables=["cost", "small"], seeds=2)
    assert study.embeddings_of_table(job(table="small")) == []
    files = study.embeddings_of_table(job(table="cost"))
    assert files[:2] == [f"results/toy/embeddings/net/{action}/seed0.parquet" for action in "ab"] and len(files) == 6


def test_a_broken_file_that_nobody_asked_for_stops_nothing_and_is_named(planned, capsys):
    planned.write("config/datasets/broken.yaml", "reader: [")
    planned.write("config/datasets/._toy.yaml", "\x00")
    planned.write("config/tables/odd.yaml", STUDIED | {"protocol": "nowhere"})
    study = planned.study()
    assert set(study.datasets) == {"demo", "filmed", "toy"} and set(study.studies) == {"watched"}
    with pytest.raises(InputError, match=r"broken.yaml: expected YAML"):
        study.root_of(job(dataset="broken"))
    assert "broken" in wildcard_constraints(study)["dataset"] and "odd" in study.named_tables
    said = capsys.readouterr().err
    assert "Left out, since nothing of config.yaml needs it: config/datasets/broken.yaml: expected YAML" in said
    assert "config/tables/odd.yaml: expected protocols among" in said and "._toy" not in said
    with pytest.raises(InputError, match=r"broken.yaml: expected YAML"):
        planned.study(datasets=["toy", "broken"])


def test_numbers_of_the_command_line_are_numbers(planned):
    laid = {"shard_size": "7", "estimation": {"people": "3"}, "frames": {"quality": "80"}}
    toy = planned.study(overrides={"toy": laid}).datasets["toy"]
    assert (toy.shard_size, toy.estimation.people, toy.frames.quality) == (7, 3, 80)
    with pytest.raises(InputError, match=r"expected 'shard_size' .*found"):
        planned.study(overrides={"toy": {"shard_size": "many"}})


def test_truth_values_of_the_command_line_are_truth_values(planned):
    config = planned.study(skeletons_only="true", tracking="false").config
    assert (config["skeletons_only"], config["tracking"]) == (True, False)
    with pytest.raises(InputError, match=r"expected 'tracking' to have type boolean, found \"perhaps\""):
        planned.study(tracking="perhaps")


def test_runs_that_were_not_recorded_are_asked_for_again(planned):
    stamp = planned.folder / "results/toy/tracking_default.json"
    planned.write("results/toy/tracking_default.json", '{"recorded": 4}')
    planned.study().requested_files(None)
    assert stamp.exists()
    planned.write("results/toy/tracking_default.json", '{"skipped": "the store was locked"}')
    planned.study(dry_run=True).requested_files(None)
    assert stamp.exists()
    assert str(stamp.relative_to(planned.folder)) in planned.study().requested_files(None) and not stamp.exists()


def test_a_mistyped_table_is_answered_with_the_nearest(planned):
    study = planned.study()
    for known in ("results/tables/small_toy.md", "results/tables/watched.tex", "results/report.html"):
        study.check_target(known)
    study.check_target("results/tables/watched_toy_robustness.csv")
    with pytest.raises(
        InputError,
        match=r"watched_toy.md: .* unless its file names that, found 'watched_toy', which is called watched$",
    ):
        study.check_target("results/tables/watched_toy.md")
    with pytest.raises(InputError, match=r"smal_toy.md: .*, found 'smal_toy' \(nearest: small_toy\)$"):
        study.check_target("results/tables/smal_toy.md")


def test_a_table_has_one_name_for_each_dataset(planned):
    study = planned.study()
    ask = study.of_named(lambda cell: (cell.table, cell.dataset))
    assert ask(job(name="watched")) == ("watched", "toy") and ask(job(name="watched_filmed")) == ("watched", "filmed")
    assert study.table_csv(job(table="watched")) == "results/tables/watched.csv"
    assert study.table_csv(job(table="small")) == "results/tables/small_toy.csv"
    assert study.of_named(study.labels_of_table)(job(name="small_toy")) == "results/toy/labels.parquet"
    assert "watched_toy" not in study.named_tables
    planned.write("config/tables/small_toy.yaml", FILES["config/tables/watched.yaml"])
    with pytest.raises(
        InputError, match=r"small_toy.yaml: expected files of other names, found small_toy.md to be table small of"
    ):
        planned.study().of_named(None)(job(name="small_toy"))


def test_a_name_of_another_kind_is_told_where_its_file_is(planned):
    with pytest.raises(InputError, match=r"expected datasets .*'small', which is config/tables/small.yaml"):
        planned.study(datasets=["small"])


def test_a_mistyped_key_is_answered_with_the_nearest(planned):
    with pytest.raises(InputError, match=r"config.yaml: .*, found key 'mlflow_url' \(nearest: mlflow_uri\)"):
        planned.study(mlflow_url="")
