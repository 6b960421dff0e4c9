"""Finished runs in MLflow: once each, renewed when their results change, and never in a study's way."""

import argparse
import json
import sys

import pytest

from la2ds.__main__ import main
from la2ds.tracking.names import legal
from la2ds.tracking.run import read_run
from la2ds.tracking.write import curve_points

METHOD = "label: LA2DS\noptimiser: {steps: 3}\n"
CONTROL = "label: time\ninput: {kind: none}\nencoder: {kind: time}\n"
METRICS = """metric,variant,value,n,dropped,commit
videos,split=val,12,12,0,abc1234
retrieval,k=5/average=frames,0.7,10,0,abc1234
phase_accuracy,labels=1.0/classifier=svc_rbf,0.9,10,0,abc1234
phase_accuracy,labels=0.1/classifier=svc_rbf,0.5,10,0,abc1234
kendall_tau,split=val/stride=2,nan,10,0,abc1234
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """One trained method and one control, each on one action with seed 0; 1,500 steps need several batches."""
    root = tmp_path_factory.mktemp("study")
    run = root / "results/demo/train/la2ds/squat/seed0"
    run.mkdir(parents=True)
    steps = "".join(f"{i},{1 / i},0.001,{i / 100}\n" for i in range(1, 1501))
    (run / "history.csv").write_text("step,loss,learning_rate,seconds\n" + steps)
    (run / "run.json").write_text(json.dumps({"seconds": 15.0}))
    (root / "methods").mkdir()
    (root / "methods/la2ds.yaml").write_text(METHOD)
    (root / "methods/time.yaml").write_text(CONTROL)
    for method in ("la2ds", "time"):
        file = root / f"results/demo/metrics/default/{method}/squat/seed0.csv"
        file.parent.mkdir(parents=True)
        file.write_text(METRICS)
    return root


def track(study, *extra):
    metrics = sorted(str(p) for p in study.glob("results/demo/metrics/default/*/*/*.csv"))
    command = ["track", "--dataset", "demo", "--runs-root", str(study / "results/demo"), "--protocol", "default"]
    command += ["--methods-dir", str(study / "methods"), "--metrics", *metrics]
    assert main([*command, "--output", str(study / "results/demo/tracking.json"), *extra]) == 0
    return json.loads((study / "results/demo/tracking.json").read_text())


@pytest.fixture(autouse=True)
def _in_study(study, monkeypatch):
    monkeypatch.chdir(study)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def runs_of(study, experiment):
    mlflow = pytest.importorskip("mlflow")
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{study / 'results/mlflow/mlflow.db'}")
    return client, {run.info.run_name: run for run in client.search_runs([experiment])}


def test_runs_are_recorded_once_and_renewed_when_results_change(study):
    first = track(study)
    assert (first["new"], first["unchanged"], first["superseded"]) == (2, 0, 0)
    again = track(study)
    assert (again["new"], again["unchanged"], again["superseded"]) == (0, 2, 0)

    client, runs = runs_of(study, first["experiment"])
    assert sorted(runs) == ["la2ds-squat-s0", "time-squat-s0"]
    run = runs["la2ds-squat-s0"]
    assert run.info.status == "FINISHED"
    assert run.data.params["optimiser.steps"] == "3"
    assert {k: run.data.params[k] for k in ("dataset", "method", "action", "seed")} == {
        "dataset": "demo",
        "method": "la2ds",
        "action": "squat",
        "seed": "0",
    }
    assert run.data.metrics["test/acc_100"] == 0.9
    assert run.data.metrics["test/acc_10"] == 0.5
    assert run.data.metrics["test/ap_5"] == 0.7
    assert run.data.metrics["test/videos/split_val"] == 12
    assert "test/tau" not in run.data.metrics  # not defined, so not recorded as a number
    assert run.data.tags["commit"] == "abc1234"
    assert run.data.tags["mlflow.runColor"].startswith("#")
    losses = client.get_metric_history(run.info.run_id, "train/loss")
    assert len(losses) == 1500
    assert {p.step: p.value for p in losses}[4] == 0.25
    files = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert files == {"la2ds.yaml", "history.csv", "run.json", "seed0.csv", "loss.png"}
    control = {file.path for file in client.list_artifacts(runs["time-squat-s0"].info.run_id)}
    assert control == {"time.yaml", "seed0.csv"}
    assert (study / "results/mlflow/artifacts/demo").is_dir()

    changed = study / "results/demo/metrics/default/time/squat/seed0.csv"
    changed.write_text(METRICS.replace("0.9", "0.8"))
    third = track(study)
    changed.write_text(METRICS)
    assert (third["new"], third["unchanged"], third["superseded"]) == (1, 1, 1)
    client, _ = runs_of(study, first["experiment"])
    tagged = [r.data.tags.get("superseded") for r in client.search_runs([first["experiment"]])]
    assert sum(tag is not None for tag in tagged) == 1


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
    (tmp_path / "metrics/net/squat/seed2.csv").write_text(METRICS)
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


def test_names_and_points():
    assert legal("test/labels=0.1/classifier=svc_rbf@5[%]") == "test/labels_0.1/classifier_svc_rbf_5___"
    rows = [{"step": "1", "loss": "nan", "seconds": "2"}, {"step": "2", "loss": "0.5", "seconds": "900"}]
    assert curve_points(rows, start=0, end=5000) == [
        ("train/seconds", 2.0, 2000, 1),
        ("train/loss", 0.5, 5000, 2),
        ("train/seconds", 900.0, 5000, 2),
    ]
