"""Finished runs in MLflow: once each, renewed when their results change, and never in a study's way."""

import argparse
import json
import sys
from types import SimpleNamespace

import pytest

from la2ds.__main__ import main
from la2ds.tracking.colours import HUES, assign, colour
from la2ds.tracking.names import legal, named_metrics
from la2ds.tracking.run import read_run
from la2ds.tracking.study import summary
from la2ds.tracking.write import curve_points
from tests.fixtures import tracked_study as tracked


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """One trained method and one control, each on one action with seed 0."""
    root = tmp_path_factory.mktemp("study")
    tracked.write_study(root, [("la2ds", 0), ("time", 0)])
    return root


def track(study, *extra):
    assert main(tracked.options(study, *extra)) == 0
    return json.loads((study / "results/demo/tracking.json").read_text())


def counts(stamp):
    return [stamp[key] for key in ("new", "unchanged", "superseded")]


@pytest.fixture(autouse=True)
def _in_study(study, monkeypatch):
    monkeypatch.chdir(study)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def client_of(study):
    mlflow = pytest.importorskip("mlflow")
    return mlflow.MlflowClient(tracking_uri=f"sqlite:///{study / 'results/mlflow/mlflow.db'}")


def runs_of(client, experiment):
    """The runs that are current, by name."""
    found = client.search_runs([experiment], filter_string="tags.superseded IS NULL")
    assert len({run.info.run_name for run in found}) == len(found)
    return {run.info.run_name: run for run in found}


def test_runs_are_recorded_below_their_study_once(study):
    first = track(study)
    assert counts(first) == [2, 0, 0]
    assert counts(track(study)) == [0, 2, 0]
    client = client_of(study)
    runs = runs_of(client, first["experiment"])
    assert sorted(runs) == ["la2ds-squat-s0", "study default", "time-squat-s0"]
    assert {run.info.status for run in runs.values()} == {"FINISHED"}

    parent = runs["study default"]
    below = client.search_runs([first["experiment"]], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")
    assert {run.info.run_name for run in below} == {"la2ds-squat-s0", "time-squat-s0"}
    means = "| la2ds | 1 | 0.900 | 0.500 | 0.800 | 0.700 |"
    assert means in parent.data.tags["mlflow.note.content"]
    # Where the list of runs shows it.
    assert means in client.get_experiment(first["experiment"]).tags["mlflow.note.content"]

    run = runs["la2ds-squat-s0"]
    assert run.data.params["set.optimiser.warmup"] == "30"
    # Not the 3 of the method's file: what run.json says was done.
    assert run.data.params["set.optimiser.steps"] == "1500"
    own = {"dataset": "demo", "method": "la2ds", "action": "squat", "seed": "0", "protocol": "default"}
    own |= {"input": "heatmaps", "objective": "regression"}
    assert run.data.params["set.augmentation.crop"] == "0.6, 1.0"
    control = runs["time-squat-s0"].data.params
    assert control["objective"] == "none"
    assert control["set.encoder.kind"] == "time"
    assert not [name for name in control if "optimiser" in name]
    assert {k: run.data.params[k] for k in own} == own
    # Plots open with the first params that differ: these, before any setting.
    assert sorted(run.data.params)[: len(own)] == sorted(own)
    assert run.data.metrics["test/acc_100"] == 0.9
    assert run.data.metrics["var/acc_10_logreg"] == 0.55
    assert "test/tau" not in run.data.metrics  # not defined, so not recorded as a number
    assert run.data.metrics["use/minutes"] == 0.25
    assert run.data.tags["commit"] == "abc1234"
    assert "Heatmaps, attention in space and time." in run.data.tags["mlflow.note.content"]
    losses = client.get_metric_history(run.info.run_id, "train/loss")
    assert len(losses) == 1500
    assert {p.step: p.value for p in losses}[4] == 0.25


def test_files_and_pictures_are_attached(study):
    stamp = track(study)
    client = client_of(study)
    runs = runs_of(client, stamp["experiment"])
    files = {name: {f.path for f in client.list_artifacts(run.info.run_id)} for name, run in runs.items()}
    pictures = {"alignment.png", "confusion.png"}
    assert files["la2ds-squat-s0"] == {"la2ds.yaml", "config.yaml", "history.csv", "run.json", "seed0.csv"} | pictures
    # No embeddings of the control lie there any more, so there are no pictures.
    assert files["time-squat-s0"] == {"time.yaml", "config.yaml", "seed0.csv"}
    assert (study / "results/mlflow/artifacts/demo").is_dir()


def test_datasets_have_a_digest_of_rows_and_labels(study):
    stamp = track(study)
    seen = runs_of(client_of(study), stamp["experiment"])["la2ds-squat-s0"].inputs.dataset_inputs
    named = {i.tags[0].value: i.dataset for i in seen}
    assert {split: d.name for split, d in named.items()} == {"train": "demo-squat-train", "val": "demo-squat-val"}
    assert json.loads(named["train"].profile)["num_rows"] == 3

    from la2ds.formats.labels import read_labels
    from la2ds.formats.videos import read_videos
    from la2ds.tracking.datasets import videos_digest

    videos, labels = read_videos(study / "results/demo/videos.csv"), read_labels(study / "results/demo/labels.parquet")
    train = videos[videos.split == "train"]
    assert named["train"].digest == videos_digest(train, labels)
    labels.phases["squat_4"][0] = 3  # a val clip
    assert named["train"].digest == videos_digest(train, labels)
    labels.phases["squat_0"][0] = 3
    assert named["train"].digest != videos_digest(train, labels) != videos_digest(train[1:], labels)


def test_a_run_made_anew_supersedes_the_old_one(study):
    experiment = track(study)["experiment"]
    client = client_of(study)
    old = runs_of(client, experiment)["time-squat-s0"].info.run_id
    tracked.write_metrics(study, "time", accuracy=0.3)
    assert counts(track(study)) == [1, 1, 1]
    new = runs_of(client, experiment)["time-squat-s0"]
    assert new.data.metrics["test/acc_100"] == 0.3
    replaced = client.get_run(old)
    assert replaced.data.tags["superseded"] == new.info.run_id
    assert replaced.info.run_name == "time-squat-s0 (old)"
    parent = runs_of(client, experiment)["study default"]
    assert "| time | 1 | 0.300 |" in parent.data.tags["mlflow.note.content"]

    # An import that was killed between the two leaves both; the next one settles it.
    client.delete_tag(old, "superseded")
    assert counts(track(study)) == [0, 2, 1]
    assert client.get_run(old).data.tags["superseded"] == new.info.run_id
    assert counts(track(study)) == [0, 2, 0]


def test_doubled_and_half_written_runs_do_not_last(study):
    """As two machines leave them that import at once, or one that is killed and tries again."""
    experiment = track(study)["experiment"]
    client = client_of(study)
    run = runs_of(client, experiment)["la2ds-squat-s0"]
    copies = [
        client.create_run(experiment, tags=run.data.tags | {"mlflow.runName": name}) for name in ("double", "half")
    ]
    client.set_terminated(copies[0].info.run_id)
    assert counts(track(study)) == [0, 2, 1]
    kept = [run.info.run_id, copies[0].info.run_id]
    assert sorted("superseded" in client.get_run(r).data.tags for r in kept) == [False, True]
    assert client.get_run(copies[1].info.run_id).info.status == "KILLED"
    assert counts(track(study)) == [0, 2, 0]
    client.delete_run(copies[1].info.run_id)


def test_runs_of_a_deleted_study_get_a_new_one(study):
    experiment = track(study)["experiment"]
    client = client_of(study)
    old = runs_of(client, experiment)["study default"].info.run_id
    client.delete_run(old)
    # Nobody asks for the control any more; it belongs to the study all the same.
    moved = tracked.metrics_file(study, "time").rename(study / "away.csv")
    assert counts(track(study)) == [0, 1, 0]
    moved.rename(tracked.metrics_file(study, "time"))
    runs = runs_of(client, experiment)
    new = runs.pop("study default").info.run_id
    assert new != old
    assert {run.data.tags["mlflow.parentRunId"] for run in runs.values()} == {new}

    # Of two studies one stays.
    client.restore_run(old)
    track(study)
    studies = [client.get_run(run_id).data.tags for run_id in (old, new)]
    assert sorted("superseded" in tags for tags in studies) == [False, True]
    kept = runs_of(client, experiment)
    parent = kept.pop("study default").info.run_id
    assert {run.data.tags["mlflow.parentRunId"] for run in kept.values()} == {parent}


def test_a_deleted_experiment_is_restored(study):
    experiment = track(study)["experiment"]
    client_of(study).delete_experiment(experiment)
    assert track(study)["experiment"] == experiment


@pytest.mark.slow
def test_networks_are_registered_with_a_signature_and_can_be_loaded(study, tmp_path):
    import torch

    from la2ds.config import load_method
    from la2ds.learning.embedding.embedder import load_embedder
    from la2ds.learning.model import new_model, save_weights

    mlflow = pytest.importorskip("mlflow")
    method = load_method(study / "methods/la2ds.yaml")
    weights = study / "results/demo/train/la2ds/squat/seed0/model.safetensors"
    save_weights(weights, new_model(method, "body13", seed=0), method=method, skeleton="body13")
    try:
        assert track(study, "--models", "best")["models"] == 1
        assert track(study, "--models", "all")["models"] == 0
    finally:
        weights.rename(tmp_path / weights.name)
    client, name = client_of(study), "la2ds-demo-la2ds-squat"
    assert [version.version for version in client.search_model_versions(f"name = '{name}'")] in (["1"], [1])
    mlflow.set_tracking_uri(f"sqlite:///{study / 'results/mlflow/mlflow.db'}")
    assert len(list((study / "results/mlflow/artifacts/demo/models").glob("*/artifacts/data/model.pt2"))) == 1
    assert not (study / "mlruns").exists()
    inputs = mlflow.models.get_model_info(f"models:/{name}/1").signature.inputs.inputs
    assert inputs[0].shape == (-1, 13, method.input.heatmaps.size, method.input.heatmaps.size)
    loaded = mlflow.pytorch.load_model(f"models:/{name}/latest")
    heatmaps = torch.rand((31, *inputs[0].shape[1:]))
    with torch.no_grad():
        wanted = load_embedder(tmp_path / weights.name, method)(heatmaps)
        assert torch.allclose(loaded(heatmaps), wanted, atol=1e-4)


def test_best_is_the_best_trained_run_of_each_action():
    pytest.importorskip("torch")
    from la2ds.tracking.models import chosen

    def run(method, action, seed, accuracy, *, steps=10):
        metrics = {"test/acc_100": accuracy}
        fields = {"action": action, "seed": seed, "name": f"{method}-{action}-s{seed}", "metrics": metrics}
        return SimpleNamespace(weights=None if method == "time" else "x", record={"steps": steps}, **fields)

    runs = [
        run("time", "a", 0, 0.99),
        run("untrained", "a", 0, 0.98, steps=0),
        run("net", "a", 0, 0.5),
        run("net", "a", 1, 0.7),
        run("net", "b", 0, 0.6),
        run("other", "b", 0, 0.6),
    ]
    names = {which: [r.name for r in chosen(runs, which)] for which in ("none", "best", "seed0", "all")}
    assert names["none"] == []
    assert sorted(names["best"]) == ["net-a-s1", "net-b-s0"]
    assert names["seed0"] == ["net-a-s0", "net-b-s0", "other-b-s0"]
    assert len(names["all"]) == 4


def test_missing_mlflow_fails_nothing(study, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    assert "MLflow is not installed" in track(study)["skipped"]
    assert sum("not installed" in r.message for r in caplog.records) == 1


def test_a_store_out_of_reach_fails_nothing_and_shows_no_password(study):
    stamp = track(study, "--uri", f"sqlite:///{study}/methods/la2ds.yaml/none.db")
    assert "failed" in stamp["skipped"]
    assert "s3cret" not in json.dumps(track(study, "--uri", "nonsense://me:s3cret@host/db"))


def test_bad_paths_are_refused(study, capsys):
    command = ["track", "--dataset", "demo", "--runs-root", "results/demo", "--protocol", "default"]
    command += ["--methods-dir", "methods", "--metrics", "results/metrics.csv", "--output", "x.json"]
    assert main(command) == 2


@pytest.mark.parametrize("training", ["each", "all"])
def test_one_network_of_all_actions_stands_behind_the_run_of_each(tmp_path, training):
    """Both folders are there, since anybody may ask for the other: the method's settings say which is its own."""
    (tmp_path / "net.yaml").write_text(f"{{label: Net, training: {training}}}")
    (tmp_path / "metrics/net/squat").mkdir(parents=True)
    (tmp_path / "metrics/net/squat/seed2.csv").write_text(tracked.METRICS.format(accuracy=0.9))
    for action, seed in (("squat", 2), ("all", 2), ("all", 0)):
        folder = tmp_path / "train/net" / action / f"seed{seed}"
        folder.mkdir(parents=True)
        (folder / "history.csv").write_text(f"step,loss\n0,{seed}\n")
        (folder / "run.json").write_text(json.dumps({"action": action, "seed": seed}))
    args = argparse.Namespace(methods_dir=tmp_path, runs_root=tmp_path, dataset="demo", protocol="default")
    run = read_run(tmp_path / "metrics/net/squat/seed2.csv", args)
    assert run.record == {"action": {"each": "squat", "all": "all"}[training], "seed": 2}
    assert run.curves == [{"step": "0", "loss": "2"}]
    own = tmp_path / "train/net" / run.record["action"] / "seed2"
    assert set(run.files) == {
        tmp_path / "net.yaml",
        tmp_path / "metrics/net/squat/seed2.csv",
        own / "history.csv",
        own / "run.json",
    }
    assert (run.name, run.action) == ("net-squat-s2", "squat")


def test_metrics_have_short_names_and_headlines_come_first():
    variants = [
        ("videos", "split=val", 12),
        ("phase_accuracy", "labels=0.5/classifier=svc_rbf_auto", 0.1),
        ("phase_accuracy", "labels=0.1/classifier=svc_rbf", 0.2),
        ("phase_progression", "labels=0.5", 0.3),
        ("kendall_tau", "split=train/stride=2", 0.4),
        ("kendall_tau", "split=val/stride=2", 0.5),
        ("retrieval", "k=5/average=videos", 0.6),
        ("retrieval", "k=10/average=frames", 0.7),
        ("alignment_error", "unit=ms", 80),
        ("alignment_error", "unit=fraction", 0.9),
        ("events", "tolerance=0.1@all", 1),
        ("kendall_tau", "split=val/stride=1", 0.55),
    ]
    rows = [{"metric": m, "variant": v, "value": str(value)} for m, v, value in variants]
    assert list(named_metrics(rows).items()) == [
        ("test/acc_10", 0.2),
        ("test/tau", 0.5),
        ("test/align_err", 0.9),
        ("var/videos_val", 12),
        ("var/acc_50_rbf_auto", 0.1),
        ("var/progress_50", 0.3),
        ("var/tau_train", 0.4),
        ("var/ap_5_videos", 0.6),
        ("var/ap_10", 0.7),
        ("var/align_err_ms", 80),
        ("var/events/tolerance_0.1_all", 1),
        ("var/kendall_tau/split_val/stride_1", 0.55),
    ]


def test_names_and_points():
    assert legal("test/labels=0.1/classifier=svc_rbf@5[%]") == "test/labels_0.1/classifier_svc_rbf_5___"
    rows = [{"step": "1", "loss": "nan", "seconds": "2"}, {"step": "2", "loss": "0.5", "seconds": "900"}]
    assert curve_points(rows, start=0, end=5000) == [
        ("train/seconds", 2.0, 2000, 1),
        ("train/loss", 0.5, 5000, 2),
        ("train/seconds", 900.0, 5000, 2),
    ]


def test_methods_have_colours_of_their_own_and_keep_them():
    hues = assign(["b", "a"], {"c": HUES[0]})
    assert hues == {"c": HUES[0], "a": HUES[1], "b": HUES[2]}
    many = assign([str(n) for n in range(20)], hues)
    assert {k: many[k] for k in hues} == hues
    assert len({many[str(n)] for n in range(11)}) == 11
    assert colour("a", 0, 0) != colour("a", 0, 1)
    red, green, blue = (colour("time", 0, 0)[n : n + 2] for n in (1, 3, 5))
    assert red == green == blue


def test_a_mean_is_left_open_where_a_value_is_missing():
    def run(method, **metrics):
        named = {f"test/{k}": v for k, v in metrics.items()}
        return SimpleNamespace(dataset="demo", protocol="default", method=method, action="squat", metrics=named)

    text = summary([run("a", acc_100=0.5, tau=0.5), run("a", acc_100=0.7), run("b", acc_100=0.8, tau=0.25)])
    assert text.splitlines()[-2:] == ["| b | 1 | 0.800 | 0.250 |", "| a | 2 | 0.600 | – |"]
