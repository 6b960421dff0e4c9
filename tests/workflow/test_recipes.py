"""The recipes of CONTRIBUTING.md: each adds its thing to a copy of the repository, and no more than the recipe says.

The copy is planned by the real rules, or real verbs run on tiny clips, so that a recipe that forgets something fails.
"""

import numpy as np
import pandas as pd
import pytest
import yaml
from safetensors import safe_open

from la2ds.formats.embeddings import Embeddings, write_embeddings
from la2ds.formats.labels import Labels, write_labels
from tests.fixtures import newcomer
from tests.fixtures.snakemake_call import call

COLUMN = {"metric": "kendall_tau", "variant": "split=val/stride=2", "label": "Tau"}
SMALL = {
    "label": "Small",
    "input": {"heatmaps": {"size": 16}},
    "encoder": {"dim": 8, "heads": 2, "spatial_dim": 8, "frames": 8, "test_frames": 8, "projection": 8},
    "optimiser": {"steps": 2, "batch": 2, "warmup": 1},
}


@pytest.fixture
def copy(tmp_path):
    return newcomer.Copy(tmp_path)


def add_dataset(copy):
    copy.write("config/datasets/lines.yaml", {"reader": "lines", "root": "lines", "actions": ["wave"]})
    copy.write("la2ds/datasets/lines/__init__.py", "")
    copy.write("la2ds/datasets/lines/reader.py", newcomer.READER)
    copy.insert(
        "la2ds/datasets/index.py", "from la2ds.datasets.penn", "from la2ds.datasets.lines import reader as lines"
    )
    copy.insert("la2ds/datasets/index.py", '    "penn":', '    "lines": lines,')
    kinds = copy.folder / "la2ds/config/kinds.py"
    kinds.write_text(kinds.read_text().replace('"penn", "uiprmd"', '"lines", "penn", "uiprmd"'))
    for name in "abcd":
        copy.write(f"lines/{name}.txt", "")


def index_and_read_poses(copy):
    settings = ["--dataset", "config/datasets/lines.yaml"]
    copy.verb("index", *settings, "--output-videos", "videos.csv", "--output-labels", "labels.parquet")
    poses = ["--shard", "wave_000", "--pose", "annotations", "--output", "poses.parquet"]
    copy.verb("keypoints", *settings, "--videos", "videos.csv", *poses)


def test_a_dataset_with_a_layout_of_its_own(copy):
    add_dataset(copy)
    plan = copy.plan("results/lines/retrieval.csv", "--config", "tables=[retrieval]", "rows=main")
    assert plan["index_videos"] == plan["collect_task"] == 1 and "make_demo" not in plan
    index_and_read_poses(copy)
    assert pd.read_csv(copy.folder / "videos.csv").shard.tolist() == ["wave_000"] * 4
    assert (copy.folder / "poses.parquet").is_file()


def test_a_method_a_table_and_a_protocol(copy):
    copy.write("config/methods/la2ds_still.yaml", {"base": "la2ds", "label": "Still", "augmentation": {"rotation": 0}})
    copy.write("config/protocols/coarse.yaml", {"tau_stride": 4})
    copy.add_table(methods=["time", "la2ds_still"], protocol="coarse", columns=[COLUMN])
    assert copy.plan("results/demo/metrics/coarse/la2ds_still/squat/seed0.csv")["train_method"] == 1
    tables = yaml.safe_load((copy.folder / "config/config.yaml").read_text())["tables"]
    assert copy.plan("all_tables")["make_table"] == len(tables) and "mine" in tables
    alone = copy.plan("results/tables/mine_demo.md")
    assert (alone["train_method"], alone["evaluate_embeddings"], alone["make_table"]) == (2, 4, 1)


def test_a_table_about_one_dataset_needs_a_file_only(copy):
    copy.write("config/tables/mine.yaml", {"title": "M", "dataset": "demo", "methods": ["time"], "columns": [COLUMN]})
    plan = copy.plan("results/tables/mine.md")
    assert plan["make_table"] == 1 and "train_method" not in plan


def test_a_setting_of_an_encoder(copy):
    copy.insert("la2ds/config/method.py", "    time_weight: float = 3.0", "    loudness: float = 1.0")
    code, output = copy.python("scripts/make_schemas.py")
    assert code and "the docstring of EncoderConfig: expected a line for 'loudness'" in output
    copy.insert("la2ds/config/method.py", "        time_weight: factor", "        loudness: factor of everything.")
    copy.write("config/methods/loud.yaml", {"base": "la2ds", "label": "Loud", "encoder": {"loudness": 2.0}})
    wanted = "results/demo/embeddings/loud/squat/seed0.parquet"
    assert "method.schema.yaml: expected key 'loudness'" in copy.refusal(wanted)
    assert copy.python("scripts/make_schemas.py")[0] == 0
    assert copy.plan(wanted)["train_method"] == 1


def test_an_encoder_and_an_objective(copy):
    add_dataset(copy)
    copy.write("la2ds/learning/encoders/mean_map.py", newcomer.ENCODER)
    encoders, objectives = "la2ds/learning/encoders/__init__.py", "la2ds/learning/objectives/__init__.py"
    copy.insert(encoders, "from la2ds.learning.encoders.rgb_conv3d", imported("learning.encoders.mean_map", "MeanMap"))
    copy.insert(encoders, '    "rgb_conv3d":', '    "mean_map": MeanMap,')
    copy.insert("la2ds/config/kinds.py", '    "rgb_conv3d",', '    "mean_map",')
    copy.write("la2ds/learning/objectives/closeness.py", newcomer.OBJECTIVE)
    copy.insert(
        objectives, "from la2ds.learning.objectives.gta", imported("learning.objectives.closeness", "Closeness")
    )
    copy.insert(objectives, '    "scl":', '    "closeness": Closeness,')
    kinds = copy.folder / "la2ds/config/kinds.py"
    kinds.write_text(kinds.read_text().replace('("regression", "scl",', '("regression", "closeness", "scl",'))
    encoder, objective = SMALL["encoder"] | {"kind": "mean_map"}, {"kind": "closeness"}
    copy.write("config/methods/mine.yaml", SMALL | {"encoder": encoder, "objective": objective})
    assert copy.plan("results/demo/embeddings/mine/squat/seed0.parquet")["train_method"] == 1
    index_and_read_poses(copy)
    inputs = ["--videos", "videos.csv", "--keypoints", "poses.parquet", "--action", "wave", "--device", "cpu"]
    copy.verb("train", "--method", "config/methods/mine.yaml", "--seed", "0", *inputs, "--output-dir", "trained")
    assert pd.read_csv(copy.folder / "trained/history.csv").loss.tolist() == [7, 7]
    with safe_open(copy.folder / "trained/model.safetensors", framework="np") as weights:
        assert "encoder.layer.weight" in weights.keys()  # noqa: SIM118 (no mapping)


def imported(module, name):
    return f"from la2ds.{module} import {name}"


def test_a_metric_with_a_task_of_its_own(copy):
    copy.write("la2ds/evaluation/metrics/spread.py", newcomer.METRIC)
    index = "la2ds/evaluation/metrics/__init__.py"
    copy.insert(index, "from la2ds.formats.results.metrics", imported("evaluation.metrics.spread", "spread"))
    copy.insert(index, '    "retrieval":', '    "spread": spread,')
    copy.insert("la2ds/config/kinds.py", '    "retrieval":', '    "spread": "breadth",')
    assert "'tables' to name one with a column of breadth" in copy.refusal("results/demo/breadth.csv")
    copy.add_table(columns=[{"metric": "spread", "variant": "split=val", "label": "Spread", "percent": False}])
    plan = copy.plan("results/demo/breadth.csv")
    assert plan["collect_task"] == 1 and "train_method" not in plan
    assert "collect_task" not in copy.plan("results/tables/mine_demo.md")
    assert "2.0" in scored_table(copy)


def scored_table(copy):
    """Score clips of which every frame is 2 from the mean, and give the row of the table."""
    ids = ["a", "b"]
    rows = {"video_id": ids, "action": "wave", "split": ["train", "val"], "source": ids, "frames": 12, "fps": 25.0}
    videos = pd.DataFrame(rows | {"width": 64, "height": 64, "shard": "wave_000"})
    videos.to_csv(copy.folder / "videos.csv", index=False)
    phases = {v: np.repeat([0, 1], 6).astype(np.int16) for v in ids}
    write_labels(copy.folder / "labels.parquet", Labels(phases, "human"))
    clips = {v: np.repeat([[-2.0], [2.0]], 6, axis=0).astype(np.float32) for v in ids}
    write_embeddings(copy.folder / "e.parquet", Embeddings(clips, {"method": "time", "action": "wave"}))
    metrics = "results/toy/metrics/default/time/wave/seed0.csv"
    inputs = ["--videos", "videos.csv", "--labels", "labels.parquet", "--embeddings", "e.parquet"]
    units = ["--units", metrics.replace(".csv", ".units.parquet")]
    copy.verb("evaluate", *inputs, "--protocol", "config/protocols/default.yaml", "--output", metrics, *units)
    rows = ["--results", "results", "--labels", "labels.parquet", "--actions", "wave"]
    made = ["--csv", "t.csv", "--markdown", "t.md", "--latex", "t.tex"]
    table = ["--table", "config/tables/mine.yaml", "--methods-dir", "config/methods", "--dataset", "toy"]
    copy.verb("table", *table, *rows, *made)
    return next(line for line in (copy.folder / "t.md").read_text().splitlines() if line.startswith("| Control"))


def test_a_figure(copy):
    copy.write("la2ds/report/figures/rings.py", newcomer.FIGURE)
    copy.insert("la2ds/verbs.py", '    "draw_map":', '    "draw_rings": ("la2ds.report.figures.rings", "draw rings"),')
    copy.insert("la2ds/report/figures/__init__.py", '    "map":', '    "rings": About("Rings", "Rings, drawn."),')
    rules = (copy.folder / "workflow/rules/figures.smk").read_text()
    copy.write("workflow/rules/figures.smk", rules + newcomer.RULE)
    copy.add_table(columns=[COLUMN])
    plan = copy.plan("results/report.html", "--config", "tables=[mine]")
    assert plan["draw_rings"] == plan["draw_map"] == 1
    copy.verb("draw_rings", "--table", "t.csv", "--output", "rings.png", "--dark", "dark.png")
    assert (copy.folder / "rings.png").stat().st_size > 1000


def test_poses_in_files_of_another_program(copy):
    copy.write("la2ds/pose/files/plain.py", newcomer.POSES)
    copy.insert("la2ds/pose/verb.py", "from la2ds.pose.fill_gaps", "from la2ds.pose.files import plain")
    copy.insert("la2ds/pose/verb.py", '    "sleap":', '    "plain": plain.estimate,')
    copy.insert("la2ds/pose/sources.py", '    "sleap":', '    "plain": PoseSource(endings=(".txt",)),')
    dataset = {"reader": "folder", "root": "films", "actions": ["wave"], "pose": "plain"}
    copy.write("config/datasets/mine.yaml", dataset)
    rng = np.random.default_rng(0)
    (copy.folder / "films/poses/plain/wave").mkdir(parents=True)
    np.savetxt(copy.folder / "films/poses/plain/wave/a.txt", rng.uniform(8, 56, (12, 39)))
    row = {"video_id": ["wave_a"], "action": "wave", "split": "train", "source": "wave/a.mp4", "frames": 12}
    videos = pd.DataFrame(row | {"fps": 25.0, "width": 64, "height": 64, "shard": "wave_000"})
    videos.to_csv(copy.folder / "videos.csv", index=False)
    settings = ["--dataset", "config/datasets/mine.yaml", "--videos", "videos.csv", "--shard", "wave_000"]
    copy.verb("keypoints", *settings, "--pose", "plain", "--output", "poses.parquet")
    plan = copy.plan("results/mine/embeddings/la2ds/wave/seed0.parquet")
    assert plan["index_videos"] == 1 and "decode_shard" not in plan


@pytest.mark.parametrize(
    ("file", "right", "wrong", "told"),
    [
        ("tables/retrieval", "metric: retrieval,", "metric: retreival,", "'columns.metric' among phase_accuracy"),
        ("datasets/demo", "reader: demo", "reader: dmo", "'reader' among casa, demo"),
        ("methods/la2ds", "kind: heatmap_transformer", "kind: heat", "'encoder.kind' among heatmap_transformer"),
        ("methods/la2ds", "kind: regression", "kind: soft_dtw", "'objective.kind' among regression"),
        ("protocols/default", "", "classifiers: [forest]", "'classifiers' among svc_rbf"),
    ],
)
def test_a_misspelt_name_is_one_sentence(copy, file, right, wrong, told):
    path = copy.folder / f"config/{file}.yaml"
    text = path.read_text()
    path.write_text(text.replace(right, wrong, 1) if right else wrong)
    line = copy.refusal("results/demo/retrieval.csv")
    assert line.startswith(f"config/{file}.yaml: expected {told}") and "\n" not in line


def test_a_plan_without_the_data_ends_with_what_is_missing(copy):
    code, output = call(copy.folder, "results/penn/retrieval.csv", "-n")
    last = output.splitlines()[-1]
    assert code == 0 and last.startswith("This is only the plan: data/penn_action: expected the files of dataset penn")
    assert "snakemake fetch_penn" in last
