"""config/paper.yaml over every dataset, each with a few native files: indexed by the package, planned by Snakemake."""

import re
from collections import Counter

import numpy as np
import pytest
import yaml

from la2ds.__main__ import main
from la2ds.config import DatasetConfig, build, merge
from la2ds.datasets.ikea.annotations import SEGMENTS
from la2ds.datasets.uiprmd.files import clip_parts
from tests.fixtures.datasets import films, h2o, ikea, penn, penn_motions, uiprmd
from tests.fixtures.paths import ROOT
from tests.fixtures.snakemake_call import call

pytest.importorskip("snakemake", reason="the workflow extra is not installed")
pytest.importorskip("decord", reason="the video extra is not installed")

# What is laid over the dataset files: fewer actions.
OVERRIDES = {
    "demo": {"actions": ["squat"]},
    "penn": {"actions": ["squats"]},
    "penn_five": {"actions": ["golf_swing"]},
    "penn_kinematic": {"actions": ["squats"], "root": "data/penn_moving"},
    "uiprmd": {"actions": ["deep_squat"]},
    "uiprmd_views": {"actions": ["deep_squat"]},
}
# Not laid down, so that its absence is spoken of.
MISSING = "penn_casa"
DATASETS = sorted(path.stem for path in (ROOT / "config/datasets").glob("*.yaml"))
# Rendered by the study itself, so known only when it runs; and the one that is not there.
LATER = {"demo", "demo_brief", "demo_quick", "demo_truth", MISSING}


def write_natives(data):
    """Lay down native files of a few clips per dataset, as the readers' own tests do."""
    for name in ("penn_action", "penn_moving", "ikea_asm", "h2o", "uiprmd"):
        (data / name).mkdir(parents=True)
    for sequence, (action, train, phases) in penn.SEQUENCES.items():
        train = np.array([[train]], np.int32)
        penn.write_mat(data / "penn_action", sequence, action, len(phases), train=train)
    penn.write_parquet(data / "penn_action", penn.SEQUENCES)
    for sequence, train in (("0001", 1), ("0002", -1)):
        penn_motions.write_clip(data / "penn_moving", sequence, "squat", penn_motions.deep_squat(), train=train)
    ikea.write_segments(data / "ikea_asm" / SEGMENTS, ikea.SCANS)
    for split, rows in h2o.LISTS.items():
        h2o.write_list(data / "h2o" / f"action_{split}.txt", rows)
    clips = {name: uiprmd.motion(*at, movement=clip_parts(name)[0]) for name, at in uiprmd.CLIPS.items()}
    uiprmd.write_table(data / "uiprmd", clips)
    for folder in ("videos/squat", "soccer_kicks/soccer_kick", "ski_jumps/ski_jump"):
        for name in "abcd":
            films.film(data / folder / f"{name}.mp4")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The real settings in a folder of their own, with data, every dataset indexed that can be."""
    path = tmp_path_factory.mktemp("paper")
    for name in ("Snakefile", "workflow", "config", "profiles", "envs", "la2ds"):
        (path / name).symlink_to(ROOT / name)
    write_natives(path / "data")
    for name in set(DATASETS) - LATER:
        content = merge(yaml.safe_load((ROOT / f"config/datasets/{name}.yaml").read_text()), OVERRIDES.get(name, {}))
        build(DatasetConfig, content, name)
        made = path / "results" / name
        made.mkdir(parents=True)
        (made / "dataset.yaml").write_text(yaml.safe_dump(content))
        outputs = ["--output-videos", str(made / "videos.csv"), "--output-labels", str(made / "labels.parquet")]
        arguments = ["--dataset", str(made / "dataset.yaml"), "--root", str(path / content["root"]), *outputs]
        assert main(["index", *arguments]) == 0, name
    return path


def snakemake(study, *arguments):
    overrides = yaml.safe_dump(OVERRIDES, default_flow_style=True, width=10**6).strip()
    config = ("--config", f"overrides={overrides}", f"datasets=[{', '.join(DATASETS)}]", "seeds=1")
    return call(study, *arguments, *config, timeout=600)


@pytest.mark.slow
def test_the_papers_tables_of_every_dataset_can_be_planned(study):
    code, output = snakemake(study, "all_tables", "--configfile", "config/paper.yaml", "-n")
    assert code == 0, output
    line = output.splitlines()[-1]
    assert f"data/{MISSING}: expected the files of dataset {MISSING}, found no such folder; put there CASA's" in line
    tables = yaml.safe_load((ROOT / "config/paper.yaml").read_text())["tables"]
    planned = Counter(re.findall(r"^    wildcards: .*\bdataset=(\w+)", output, re.MULTILINE))
    assert set(planned) == set(DATASETS)
    for name in DATASETS:
        made = {f"results/tables/{table}_{name}.md" for table in tables}
        assert len(made) == 13 and all(file in output for file in made), name
    # Where the videos are known, so are the trainings.
    for name in set(DATASETS) - LATER:
        assert f"results/{name}/train/la2ds/" in output, name
    # CASA sees bodies or hands in space, where a dataset has them.
    spatial = {name for name in DATASETS if f"results/{name}/train/casa/" in output}
    assert spatial == {"demo", "demo_truth", "h2o", "ikea", "penn_casa", "uiprmd", "uiprmd_views"}


def test_a_dataset_that_is_not_there_is_one_sentence_before_anything_runs(study):
    code, output = snakemake(study, f"results/{MISSING}/videos.csv")
    assert code != 0
    (line,) = [line for line in output.splitlines() if "expected" in line]
    assert line.strip().startswith(f"data/{MISSING}: expected the files of dataset {MISSING}, found no such folder")
    assert "docs/datasets.md" in line
    assert not (study / "results/logs/index_videos" / f"{MISSING}.log").exists()
