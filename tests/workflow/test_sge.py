"""The profile for Grid Engine, with its commands replaced."""

import os
import subprocess

import pytest
import yaml

from tests.fixtures.paths import ROOT

PROFILE = ROOT / "profiles/sge"
GONE = "Following jobs do not exist: \n7\n"
AWAY = "error: commlib error: got select error (Connection refused)\n"
LIMIT = "qsub: job rejected: Only 5 jobs are allowed per user (current job count: 5)\n"


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """A folder whose `bin` holds commands that do what files say."""
    commands = {
        "qsub": "[ ! -s refusals ] || { head -n 1 refusals >&2; sed -i 1d refusals; exit 1; }; echo $* >sent; echo 7",
        "qstat": "cat told 2>/dev/null; [ -e there ]",
    }
    (tmp_path / "bin").mkdir()
    for name, text in commands.items():
        path = tmp_path / "bin" / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin{os.pathsep}{os.environ['PATH']}")
    for name in ("OPTIONS", "GPU", "MEMORY", "PE"):
        monkeypatch.delenv(f"LA2DS_SGE_{name}", raising=False)
    monkeypatch.setenv("LA2DS_SGE_AGAIN", "0.01")
    monkeypatch.setenv("LA2DS_SGE_LATE", "0.01")
    return tmp_path


def run(engine, script, *words):
    return subprocess.run([PROFILE / script, *words], cwd=engine, capture_output=True, text=True, timeout=60)


def test_a_job_asks_for_what_its_rule_needs(engine):
    assert run(engine, "submit.sh", "1", "60", "4000", "0", "job.sh").stdout == "7\n"
    plain = "-terse -V -cwd -j y -o .snakemake/sge -N la2ds -l h_rt=3600 -l s_rt=3480"
    assert (engine / "sent").read_text() == f"{plain} job.sh\n"


def test_a_cluster_s_own_words_are_added(engine, monkeypatch):
    settings = {"OPTIONS": "-q gpu.q -P lab", "GPU": "-l gpu=1", "MEMORY": "mem_free", "PE": "threads"}
    for name, words in settings.items():
        monkeypatch.setenv(f"LA2DS_SGE_{name}", words)
    run(engine, "submit.sh", "4", "4", "8000", "1", "job.sh")
    asked = "-l h_rt=240 -l s_rt=240 -pe threads 4 -l mem_free=2000M -l gpu=1 -q gpu.q -P lab job.sh"
    assert (engine / "sent").read_text().endswith(asked + "\n")


def test_a_refused_job_is_sent_again_unless_it_is_wrong(engine):
    (engine / "refusals").write_text(LIMIT + AWAY)
    assert run(engine, "submit.sh", "1", "60", "4000", "0", "job.sh").stdout == "7\n"
    (engine / "refusals").write_text("Unable to run job: unknown queue.\n")
    done = run(engine, "submit.sh", "1", "60", "4000", "0", "job.sh")
    assert done.returncode == 1 and "unknown queue" in done.stderr and not done.stdout


@pytest.mark.parametrize(
    ("there", "told", "ended", "status"),
    [
        (True, "job_number: 7\n", None, "running"),
        (False, AWAY, None, "running"),
        (False, GONE, "0\n", "success"),
        (False, GONE, "1\n", "failed"),
        (False, GONE, None, "failed"),
    ],
)
def test_what_has_become_of_a_job(engine, there, told, ended, status):
    (engine / "told").write_text(told)
    (engine / ".snakemake/sge").mkdir(parents=True)
    if there:
        (engine / "there").touch()
    if ended is not None:
        (engine / ".snakemake/sge/7.ended").write_text(ended)
    assert run(engine, "status.sh", "7").stdout == f"{status}\n"


@pytest.mark.parametrize("code", [0, 3])
def test_a_job_writes_how_it_ended(engine, code):
    script = engine / "job.sh"
    text = (PROFILE / "jobscript.sh").read_text()
    # As Snakemake does it: the command ends its shell.
    script.write_text(text.format(properties={}, exec_job=f"kill -USR1 $$ && exit {code} || exit 1"))
    (engine / ".snakemake/sge").mkdir(parents=True)
    done = subprocess.run(["sh", script], cwd=engine, env=os.environ | {"JOB_ID": "7"}, timeout=60)
    assert done.returncode == code
    assert (engine / ".snakemake/sge/7.ended").read_text() == f"{code}\n"


def test_both_clusters_send_the_same_groups():
    sge = yaml.safe_load((PROFILE / "config.yaml").read_text())
    slurm = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text())
    for key in ("groups", "resources", "set-resource-scopes", "jobs", "latency-wait"):
        assert sge[key] == slurm[key], key
