"""Costs in a table, operations by hand, parts of tables, and trainings that are cut short."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from la2ds.config import ColumnConfig, MethodConfig, TableConfig, load, load_method
from la2ds.formats.embeddings import Embeddings, write_embeddings
from la2ds.formats.results.metrics import TASK_COLUMNS
from la2ds.formats.results.runs import read_runs
from la2ds.learning.encoders.layers import Attention
from la2ds.learning.training.flops import count_flops
from la2ds.learning.training.verb import fewer_steps
from la2ds.report.tables.cost import cost_rows, has_cost
from la2ds.report.tables.training import training_notes
from la2ds.report.tables.verb import take_rows
from tests.fixtures.paths import ROOT

ACTIONS = ("jump", "squat")


def results_of(*methods: str) -> pd.DataFrame:
    keys = {"dataset": "toy", "protocol": "default", "seed": 0, "metric": "retrieval", "variant": "k=5", "value": 0.5}
    keys |= {"n": 9, "dropped": 0, "label_source": "generator", "commit": "abc1234"}
    return pd.DataFrame([keys | {"method": m, "action": a} for m in methods for a in ACTIONS])[TASK_COLUMNS]


def write_run(root: Path, name: str, action: str, **more: object) -> None:
    run = {
        "action": action,
        "seed": 0,
        "steps": 5,
        "parameters": 12_500,
        "flops_per_frame": 2.5e6,
        "threads": 1,
        "seconds": 60.0,
        "device": "cpu",
    }
    run |= {"peak_memory_mb": 321, "method": {}, "provenance": {}} | more
    path = root / "toy/train" / name / action / "seed0/run.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(run))


def write_embedded(root: Path, name: str, action: str, **metadata: str) -> None:
    path = root / "toy/embeddings" / name / action / "seed0.parquet"
    write_embeddings(path, Embeddings({"v": np.zeros((4, 1))}, metadata))


def test_costs_by_hand(tmp_path):
    for action, seconds in zip(ACTIONS, (60.0, 120.0), strict=True):
        write_run(tmp_path, "net", action, seconds=seconds)
        write_embedded(tmp_path, "net", action, seconds="0.5", frames="1000")
        write_embedded(tmp_path, "time", action)
        write_embedded(tmp_path, "shown", action, seconds="2", frames="1000")
    write_run(tmp_path, "one", "all", seconds=300.0, method={"training": "all"})
    runs, lenders = read_runs(tmp_path, "toy", ["net", "time", "one"]), {"shown": "net"}
    results = results_of("net", "time", "shown", "one")
    rows = cost_rows(results, runs=runs, root=tmp_path, dataset="toy", lenders=lenders)
    rows = rows.set_index(["method", "action", "variant"])
    assert rows.columns.tolist() == [c for c in TASK_COLUMNS if c not in ("method", "action", "variant")]
    assert set(rows.metric) == {"cost"} and set(rows.protocol) == {"default"}
    found = {key: rows.value[("net", "squat", key)] for key in ("parameters", "train", "memory", "flops", "embed")}
    assert found == {"parameters": 12.5, "train": 2.0, "memory": 321.0, "flops": 2.5, "embed": 0.5}
    assert "time" not in rows.index.get_level_values("method")  # a formula: nothing is known
    # Weights that are borrowed cost what they cost their owner; the embedding is its own.
    assert rows.value[("shown", "jump", "train")] == 1.0 and rows.value[("shown", "jump", "embed")] == 2.0
    assert rows.value[("one", "jump", "train")] == pytest.approx(2.5)  # 5 minutes shared out among two actions


def test_only_tables_that_ask_for_costs_look_for_them():
    asked = {path.stem for path in (ROOT / "config/tables").glob("*.yaml") if has_cost(load(TableConfig, path))}
    assert asked == {"cost"}


def test_operations_of_attention_by_hand():
    """Four projections of 2 N D^2 and two products of 2 N^2 D, fused kernel or not."""
    network, tokens, dim = Attention(dim=8, heads=2), 5, 8
    found = count_flops(lambda: network(torch.randn(1, tokens, dim)))
    assert found == 4 * 2 * tokens * dim**2 + 2 * 2 * tokens**2 * dim


def test_operations_are_counted_as_pytorch_s_own_counter_does():
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3, stride=2), torch.nn.Flatten(2), torch.nn.Linear(9, 8), Attention(dim=8, heads=2)
    )
    pictures = torch.randn(2, 3, 8, 8)
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as witness:
        network(pictures)
    assert count_flops(lambda: network(pictures)) == witness.get_total_flops() > 0


def test_a_table_without_rows_is_a_part_of_another():
    columns = (ColumnConfig("retrieval", "k=5", "AP"),)
    part = TableConfig("Part", columns, notes=("own",))
    assert take_rows(part, None) == part
    whole = ROOT / "config/tables/main.yaml"
    taken = take_rows(part, whole)
    assert taken.methods == load(TableConfig, whole).methods and taken.title == "Part"
    assert taken.notes == ("own", *load(TableConfig, whole).notes)
    rows = TableConfig("Rows", columns, methods=("time",))
    assert take_rows(rows, whole) == rows


def test_the_paper_s_tables_have_a_file_and_views_have_no_rows_of_their_own():
    settings = {name: yaml.safe_load((ROOT / f"config/{name}.yaml").read_text()) for name in ("config", "paper")}
    for content in settings.values():
        for name in (*content["tables"], content["rows"]):
            assert (ROOT / f"config/tables/{name}.yaml").is_file(), name
    parts = {"phase_classification", "progression", "retrieval", "alignment", "cost"}
    for name in parts:
        table = load(TableConfig, ROOT / f"config/tables/{name}.yaml")
        assert not table.methods and not table.figures
        assert name in settings["config"]["tables"] and name in settings["paper"]["tables"]


@pytest.mark.parametrize("name", ["augmentation", "ablation"])
def test_the_quick_look_is_a_part_of_the_full_table_and_says_that_it_is(name):
    brief = load(TableConfig, ROOT / f"config/tables/{name}_brief.yaml")
    whole = load(TableConfig, ROOT / f"config/tables/{name}.yaml")
    assert set(brief.methods) < set(whole.methods) and brief.dataset == "demo_brief"
    assert any(f"table {name}" in note for note in brief.notes)


def test_each_augmentation_is_off_in_one_row_and_all_in_another():
    methods = {p.stem: load_method(p) for p in (ROOT / "config/methods").glob("la2ds_no_*.yaml")}
    whole = load_method(ROOT / "config/methods/la2ds.yaml")

    def changed(method: MethodConfig) -> set[str]:
        pairs = {key: (getattr(method.augmentation, key), value) for key, value in vars(whole.augmentation).items()}
        return {key for key, (now, before) in pairs.items() if now != before}

    single = {name: changed(method) for name, method in methods.items() if name != "la2ds_no_augmentation"}
    assert all(len(keys) == 1 for keys in single.values())
    every = set.union(*single.values())
    assert len(every) == len(single) == 10 and changed(methods["la2ds_no_augmentation"]) == every
    table = load(TableConfig, ROOT / "config/tables/augmentation.yaml")
    assert set(table.methods) == {"time", "la2ds", *methods}


def test_a_quick_look_trains_a_part_of_the_steps_and_the_table_says_so(tmp_path):
    method = load_method(ROOT / "config/methods/la2ds.yaml")
    short = fewer_steps(method, 0.4).optimiser
    assert (short.steps, short.warmup) == (math.ceil(0.4 * method.optimiser.steps), 12)
    assert fewer_steps(method, 1.0) == method
    for action in ACTIONS:
        write_run(tmp_path, "net", action, steps=100)
    arguments = {"runs": read_runs(tmp_path, "toy", ["net"]), "labels": {"net": "Net"}}
    notes = training_notes(results_of("net"), **arguments, steps={"net": 250})
    assert notes[1:] == ["A quick look: rows were trained for 40 % of the steps their files ask for."]
    assert len(training_notes(results_of("net"), **arguments, steps={"net": 100})) == 1
