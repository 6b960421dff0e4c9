"""The verb table on a toy study: golden files, and the arithmetic by hand."""

import json
import math
import os
from pathlib import Path

import pandas as pd
import pytest

from la2ds.__main__ import main
from la2ds.formats.results.metrics import TASK_COLUMNS
from tests.fixtures.paths import GOLDEN

SUFFIX = {"csv": "csv", "markdown": "md", "latex": "tex"}

TABLE = """
title: Toy & co
methods: [time, net_a, flat, gone]
columns:
  - {metric: phase_accuracy, variant: labels=1.0/classifier=svc_rbf, label: Acc 100 %}
  - {metric: kendall_tau, variant: split=val/stride=2, label: Tau, percent: false, digits: 3}
  - {metric: alignment_error, variant: unit=fraction, label: Align. err. %, best: min}
notes: ["50 % of nothing_at_all | ~1"]
"""
LABELS = {"time": "Control: time", "net_a": "Net_A {v2}", "flat": "Flat & 100 %", "gone": "Gone"}
COLUMNS = {
    "phase_accuracy": "labels=1.0/classifier=svc_rbf",
    "kendall_tau": "split=val/stride=2",
    "alignment_error": "unit=fraction",
}
# method, action, seed -> accuracy, tau, alignment error
RESULTS = {
    ("time", "jump", 0): (0.90, 0.99, 0.10),
    ("time", "squat", 0): (0.80, 0.97, 0.06),
    ("net_a", "jump", 0): (0.92, 0.97, 0.04),
    ("net_a", "jump", 1): (0.94, 0.99, 0.06),
    ("net_a", "squat", 0): (0.90, 0.95, 0.02),
    ("net_a", "squat", 1): (0.84, 0.97, 0.04),
    # The mean needs every action: seed 1 has no squat.
    ("flat", "jump", 0): (0.50, math.nan, 0.30),
    ("flat", "jump", 1): (0.40, math.nan, 0.30),
    ("flat", "squat", 0): (0.30, 0.1, 0.40),
}


def study(folder: Path, results: dict[tuple[str, str, int], tuple[float, float, float]]) -> list[str]:
    """Write table, methods and task CSVs; give the verb's arguments."""
    (folder / "table.yaml").write_text(TABLE)
    for name, label in LABELS.items():
        (folder / f"{name}.yaml").write_text(f"label: {label!r}\n")
    lines = []
    for (method, action, seed), values in results.items():
        keys = ["toy", "default", method, action, seed]
        tail = ["kinematic", "abc1234" if method != "net_a" else "def5678"]
        for (metric, variant), value in zip(COLUMNS.items(), values, strict=True):
            undefined = math.isnan(value)
            lines.append([*keys, metric, variant, value, 0 if undefined else 20, 6 if undefined else 0, *tail])
        for split, count in (("train", 4), ("val", 3)):
            fewer = int(method == "net_a" and action == "squat" and split == "val")
            lines.append([*keys, "videos", f"split={split}", count - fewer, count - fewer, fewer, *tail])
    table = pd.DataFrame(lines, columns=TASK_COLUMNS)
    paths = []
    for metric, rows in table.groupby("metric"):
        paths.append(str(folder / f"{metric}.csv"))
        rows.to_csv(paths[-1], index=False, na_rep="nan")
    outputs = [x for k, suffix in SUFFIX.items() for x in (f"--{k}", str(folder / f"out.{suffix}"))]
    inputs = ["--table", str(folder / "table.yaml"), "--methods-dir", str(folder), "--dataset", "toy"]
    return ["table", *inputs, "--inputs", *paths, *outputs]


@pytest.fixture
def made(tmp_path) -> Path:
    assert main(study(tmp_path, RESULTS)) == 0
    return tmp_path


@pytest.mark.parametrize("suffix", SUFFIX.values())
def test_golden(made, suffix):
    """A change that is meant is written with LA2DS_WRITE_GOLDEN=1 and read in the diff."""
    golden, found = GOLDEN / f"toy_table.{suffix}", (made / f"out.{suffix}").read_text(encoding="utf-8")
    if os.environ.get("LA2DS_WRITE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(found, encoding="utf-8")
    if suffix == "csv":  # the last digit of a sum is the machine's own
        pd.testing.assert_frame_equal(pd.read_csv(made / "out.csv"), pd.read_csv(golden), rtol=1e-12)
    else:
        assert found == golden.read_text(encoding="utf-8")


def cell(made: Path, action: str, method: str, metric: str) -> pd.Series:
    table = pd.read_csv(made / "out.csv")
    return table[(table.action == action) & (table.method == method) & (table.metric == metric)].iloc[0]


def test_mean_spread_and_gain_by_hand(made):
    accuracy = cell(made, "mean", "net_a", "phase_accuracy")
    # Seeds: (0.92 + 0.90) / 2 = 0.91 and (0.94 + 0.84) / 2 = 0.89; time: (0.90 + 0.80) / 2 = 0.85.
    assert accuracy.value == pytest.approx(0.90)
    assert accuracy.spread == pytest.approx(0.02 / math.sqrt(2))
    assert accuracy.gain == pytest.approx(0.05)
    assert (accuracy.seeds, accuracy.n) == (2, 80)
    # Errors: net (0.03 + 0.05) / 2 = 0.04 against 0.08; less is a gain.
    assert cell(made, "mean", "net_a", "alignment_error").gain == pytest.approx(0.04)


def test_a_single_seed_has_no_spread_and_the_reference_no_gain(made):
    accuracy = cell(made, "mean", "time", "phase_accuracy")
    assert accuracy.value == pytest.approx(0.85)
    assert math.isnan(accuracy.spread)
    assert math.isnan(accuracy.gain)


def test_a_seed_that_lacks_an_action_stays_out_of_the_mean(made):
    accuracy = cell(made, "mean", "flat", "phase_accuracy")
    assert (accuracy.value, accuracy.seeds) == (0.4, 1)
    assert cell(made, "jump", "flat", "phase_accuracy").seeds == 2
    assert "Not in the mean: Flat & 100 %, seed 1, which has no squat." in (made / "out.md").read_text()


def test_an_undefined_value_makes_the_mean_undefined_and_is_named(made):
    assert math.isnan(cell(made, "mean", "flat", "kendall_tau").value)
    text = (made / "out.md").read_text()
    assert "–: Flat & 100 %, not defined: Tau (mean); Tau (jump)." in text
    assert "–: Gone, no result: everywhere." in text


def test_what_is_absent_in_the_same_way_shares_a_note(tmp_path):
    undefined = (math.nan, math.nan, 0.04)
    net = {key: undefined for key in RESULTS if key[0] == "net_a"}
    assert main(study(tmp_path, {k: v for k, v in RESULTS.items() if k[0] == "time"} | net)) == 0
    text = (tmp_path / "out.md").read_text()
    assert "–: Flat & 100 %, Gone, no result: everywhere." in text
    # Six of each column in two actions, of two seeds.
    assert "Dropped or imputed in Acc 100 %, Tau: 0 (Control: time); 24 beside 0 counted (Net\\_A {v2})." in text


def test_one_model_of_all_actions_fills_the_mean(tmp_path):
    results = {k: v for k, v in RESULTS.items() if k[0] != "flat"} | {("flat", "all", 0): (0.7, 0.5, 0.2)}
    assert main(study(tmp_path, results)) == 0
    assert cell(tmp_path, "mean", "flat", "phase_accuracy").value == pytest.approx(0.7)
    assert math.isnan(cell(tmp_path, "jump", "flat", "phase_accuracy").value)
    assert "One model for all actions: Flat & 100 %." in (tmp_path / "out.md").read_text()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "split=val/stride=2",
            "split=val/strid=2",
            "'Tau' among split=val/stride=2, found 'split=val/strid=2' (nearest: ",
        ),
        (
            "labels=1.0/",
            "labels=0.7/",
            "'Acc 100 %' among labels=1.0/classifier=svc_rbf, found 'labels=0.7/classifier=",
        ),
        ("unit=fraction", "unit=", "'Align. err. %' among unit=fraction, found 'unit='"),
        ("metric: kendall_tau", "metric: retrieval", "of a metric that protocol default scores, found retrieval, of"),
        ("metric: kendall_tau", "metric: cost", "'Tau' among embed, flops, memory, parameters, train, found 'split="),
    ],
)
def test_a_column_of_what_nobody_scores_is_refused(tmp_path, caplog, old, new, message):
    """A dash would say that the value exists and is not defined."""
    arguments = study(tmp_path, RESULTS)
    (tmp_path / "table.yaml").write_text(TABLE.replace(old, new))
    assert main(arguments) == 2
    assert message in caplog.text
    assert not (tmp_path / "out.md").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: [*a, "--dataset", "other"], "expected results of the table's methods on other by protocol default"),
        (lambda a: [*a[:7], "--inputs", a[8], *a[8:]], "expected each result once, found time, jump, seed 0"),
        (lambda a: [*a[:7], "--inputs", a[2], *a[12:]], "table.yaml: expected a task CSV, found"),
        (
            lambda a: [*a[:7], "--inputs", str(GOLDEN / "toy_table.csv"), *a[12:]],
            "expected columns dataset, protocol, method",
        ),
    ],
)
def test_bad_input_is_refused_in_one_sentence(tmp_path, caplog, change, message):
    assert main(change(study(tmp_path, RESULTS))) == 2
    assert message in caplog.text
    assert not (tmp_path / "out.csv").exists()


def test_a_reference_that_is_no_row_is_refused(tmp_path, caplog):
    arguments = study(tmp_path, RESULTS)
    (tmp_path / "table.yaml").write_text(TABLE + "reference: la2ds\n")
    assert main(arguments) == 2
    assert "expected 'reference' among time, net_a, flat, gone, found la2ds" in caplog.text


def test_rows_without_their_input_stand_below_the_table_with_the_reason(tmp_path, caplog):
    arguments = study(tmp_path, RESULTS)
    assert main([*arguments, "--absent", "gone=needs 3D keypoints", "flat=needs 3D keypoints"]) == 0
    text = (tmp_path / "out.md").read_text()
    assert "Rows left out on this dataset: Gone, Flat & 100 % (needs 3D keypoints)." in text
    assert set(pd.read_csv(tmp_path / "out.csv").method) == {"time", "net_a"}
    assert main([*arguments, "--absent", "nobody=because"]) == 2
    assert "--absent: expected method=reason with a method among time, net_a, flat, gone" in caplog.text


def test_what_training_took_is_said_of_the_runs_that_were_scored(tmp_path):
    for action, seed, seconds in (("jump", 0, 60), ("jump", 1, 90), ("squat", 0, 30), ("squat", 1, 60), ("swim", 0, 9)):
        run = {"action": action, "seed": seed, "seconds": seconds, "steps": 5, "parameters": 1234, "threads": 1}
        run |= {"peak_memory_mb": 1, "device": "cpu", "method": {}, "provenance": {}}
        path = tmp_path / "results" / "toy" / "train" / "net_a" / action / f"seed{seed}" / "run.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(run))
    assert main([*study(tmp_path, RESULTS), "--results", str(tmp_path / "results")]) == 0
    text = (tmp_path / "out.md").read_text()  # 240 s in 4 runs; nobody scored the one that swam
    assert "Training, minutes a model, and its weights: Net\\_A {v2} 1.00 (1,234); on cpu, 1 thread." in text


def test_training_one_network_for_all_actions_is_told_once(tmp_path):
    """Beside it lie runs of one action that somebody tried, and a network of all actions of a row that has its own."""
    runs = [("net_a", "all", 0, 600), ("net_a", "all", 1, 720), ("net_a", "all", 2, 60), ("net_a", "jump", 0, 6)]
    runs += [("flat", "jump", 0, 120), ("flat", "squat", 0, 60), ("flat", "all", 0, 6000)]
    for method, action, seed, seconds in runs:
        settings = {"training": "all" if method == "net_a" else "each"}
        run = {"action": action, "seed": seed, "seconds": seconds, "steps": 5, "parameters": 1234, "threads": 1}
        run |= {"peak_memory_mb": 1, "device": "cpu", "method": settings, "provenance": {}}
        path = tmp_path / "results" / "toy" / "train" / method / action / f"seed{seed}" / "run.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(run))
    assert main([*study(tmp_path, RESULTS), "--results", str(tmp_path / "results")]) == 0
    text = (tmp_path / "out.md").read_text()
    # (600 + 720) / 2 s, seed 2 having no results; (120 + 60) / 2 s.
    assert "its weights: Net\\_A {v2} 11.00 (1,234); Flat & 100 % 1.50 (1,234); on cpu, 1 thread." in text


def test_fewer_seeds_than_none_are_refused(tmp_path, caplog):
    arguments = study(tmp_path, RESULTS)
    (tmp_path / "table.yaml").write_text(TABLE + "seeds: -1\n")
    assert main(arguments) == 2
    assert "table.yaml: expected 'seeds' between 0 and 10,000, found -1" in caplog.text
