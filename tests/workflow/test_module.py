"""The workflow as a module of another one, and in the places where Snakemake's catalogue looks."""

import shutil

import yaml

from tests.fixtures.paths import ROOT
from tests.fixtures.snakemake_call import call
from tests.fixtures.workflow_study import jobs

USER = f"""
configfile: "config/config.yaml"

module la2ds:
    snakefile: "{ROOT}/workflow/Snakefile"
    config: config

use rule * from la2ds
"""


def test_another_workflow_uses_it_from_its_own_folder(tmp_path):
    shutil.copytree(ROOT / "config", tmp_path / "config")
    (tmp_path / "workflow").mkdir()
    (tmp_path / "workflow/Snakefile").write_text(USER)
    code, output = call(tmp_path, "results/demo/retrieval.csv", "-n", "--cores", "2")
    assert code == 0, output
    plan = jobs(output)
    assert plan["collect_task"] == plan["index_videos"] == 1 and "make_table" not in plan


def test_the_catalogue_finds_it():
    assert (ROOT / "workflow/Snakefile").read_text().count("include:") == 1
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert usage["report"] and usage["software-stack-deployment"]["conda"]
    assert (ROOT / "config/README.md").is_file()
