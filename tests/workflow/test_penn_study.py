"""Real Penn Action through the real workflow: `snakemake results/penn/retrieval.csv`, reduced.

One action, the controls and a la2ds of few steps; skipped where the real annotation files are not at hand.
"""

import shutil
import tarfile
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.fixtures.paths import ROOT
from tests.fixtures.snakemake_call import call

ACTION = "jumping_jacks"
METHODS = ["random", "time", "pose", "la2ds_short"]
# The reference was computed independently on the same human phases; retrieval has ties.
TOLERANCE = {"retrieval": 0.01}


@pytest.fixture(scope="module")
def penn_study(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run a study over a Penn root with native files, and give its folder."""
    folder = tmp_path_factory.mktemp("penn")
    for name in ("Snakefile", "workflow", "config", "profiles", "envs", "la2ds"):
        (folder / name).symlink_to(ROOT / name) if name != "config" else shutil.copytree(ROOT / name, folder / name)
    penn = shared_data / "data" / "penn_action"
    with tarfile.open(penn / "labels.tar.gz") as archive:
        archive.extractall(folder / "data" / "penn_action", filter="data")
    shutil.copy(penn / "phase_labels.parquet", folder / "data" / "penn_action")
    write_settings(folder / "config")
    status, output = call(folder, "results/penn/retrieval.csv", timeout=600)
    assert status == 0, output
    return folder


def write_settings(config: Path) -> None:
    """Reduce the study: one action, one short training."""
    settings = yaml.safe_load((config / "config.yaml").read_text())
    settings |= {"overrides": {"penn": {"actions": [ACTION]}}, "tables": ["main"]}
    (config / "config.yaml").write_text(yaml.safe_dump(settings))
    short = {"base": "la2ds", "label": "short", "optimiser": {"steps": 15, "warmup": 3}}
    (config / "methods" / "la2ds_short.yaml").write_text(yaml.safe_dump(short))
    table = yaml.safe_load((config / "tables" / "main.yaml").read_text())
    (config / "tables" / "main.yaml").write_text(yaml.safe_dump(table | {"methods": METHODS, "shown": []}))


@pytest.mark.slow
def test_the_clock_scores_what_it_scored_elsewhere(penn_study: Path, shared_data: Path) -> None:
    reference = pd.read_csv(shared_data / "design" / "time_control.csv")
    reference = reference[reference.action == ACTION]
    ours = pd.read_csv(penn_study / "results" / "penn" / "metrics" / "default" / "time" / ACTION / "seed0.csv")
    both = reference.merge(ours, on=["metric", "variant"], suffixes=("_reference", ""))
    assert len(both) == len(reference) == 12
    for row in both.itertuples():
        assert row.value == pytest.approx(row.value_reference, abs=TOLERANCE.get(row.metric, 0.003)), row


@pytest.mark.slow
def test_the_task_file_holds_every_method_on_every_clip(penn_study: Path) -> None:
    retrieval = pd.read_csv(penn_study / "results" / "penn" / "retrieval.csv")
    assert sorted(retrieval.method.unique()) == sorted(METHODS)
    assert set(retrieval.label_source) == {"human"} and set(retrieval.action) == {ACTION}
    assert retrieval.value.between(0, 1).all() and (retrieval.dropped == 0).all()
    videos = pd.read_csv(penn_study / "results" / "penn" / "videos.csv")
    assert videos.split.value_counts().to_dict() == {"train": 56, "val": 56}
    five = retrieval[retrieval.variant.str.startswith("k=5/")].set_index("method").value
    assert five["random"] < 0.3 < five["pose"] < five["time"]
