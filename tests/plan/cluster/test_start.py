"""What is looked at before the first job is sent, and what a job looks at before it does anything."""

import logging
import os
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from la2ds.errors import InputError
from la2ds.plan.cluster import runs, start, waiting
from la2ds.plan.cluster import slurm as queue
from tests.fixtures.fake_slurm import CONFIG, FakeSlurm

RUN = "01234567-89ab-cdef-0123-456789abcdef"


def test_jobs_of_an_earlier_run_in_this_folder_are_refused(slurm: FakeSlurm, tmp_path, monkeypatch):
    here, there = tmp_path, tmp_path / "slurm"
    ours = [f"11|{RUN}|rule_train|{here}", f"12|la2ds_{RUN}|rule_scores|{here}", f"12|la2ds_{RUN}|rule_scores|{here}"]
    others = [f"13|{RUN}|rule_train|{there}", f"14|bash||{here}", f"15|{RUN}|mine|{here}", f"16|{RUN}|rule_all|{here}"]
    monkeypatch.setenv("SLURM_JOB_ID", "16")
    slurm.write("places", "\n".join([*others, ""]))
    start.refuse_left_behind(here)
    slurm.write("places", "\n".join([*ours, *others, ""]))
    with pytest.raises(InputError, match=r"`scancel 11 12`; then the same command again.*found 2 of them"):
        start.refuse_left_behind(here)


@pytest.mark.parametrize(
    ("age", "accounting", "seconds"),
    [(300, "none", 180), (240, "none", 180), (120, "none", 90), (30, "none", 22), (5, "slurmdbd", 10)],
)
def test_looks_are_as_far_apart_as_slurm_remembers(slurm: FakeSlurm, age, accounting, seconds):
    slurm.write("config", CONFIG.replace("300", str(age)).replace("/none", f"/{accounting}"))
    assert start.seconds_between_looks(10) == seconds
    slurm.write("silent", "5")
    assert start.seconds_between_looks(10) == 180, "where SLURM does not say, its default is taken"


def test_a_cluster_on_which_jobs_would_be_waited_for_for_ever_is_refused(slurm: FakeSlurm):
    slurm.write("config", CONFIG.replace("300", "29"))
    with pytest.raises(InputError, match=r"expected MinJobAge of 30 s or more.*found 29 s, and no accounting"):
        start.seconds_between_looks(10)


def test_a_short_memory_is_told_of(slurm: FakeSlurm, tmp_path, caplog):
    settings = SimpleNamespace(status_command="squeue", init_seconds_before_status_checks=10)
    names = ("check_active_jobs", "run_job", "report_job_success", "report_job_error", "shutdown")
    private = ("_report_job_error_threadsafe", "_report_job_submission_threadsafe")
    methods = dict.fromkeys([*names, *private])
    workflow = SimpleNamespace(executor_settings=settings)
    executor = SimpleNamespace(workflow=workflow, logger=logging.getLogger("start"), **methods)
    slurm.write("config", CONFIG.replace("300", "60"))
    start.start(executor, tmp_path)
    assert "looked at every 45 s" in caplog.text and "240 s or more" in caplog.text
    caplog.clear()
    settings.status_command = "sacct"
    start.start(executor, tmp_path)
    assert not caplog.text


def test_only_the_jobs_of_an_earlier_run_are_left_behind(tmp_path, monkeypatch):
    monkeypatch.delenv(runs.VARIABLE, raising=False)
    path = tmp_path / ".snakemake/runs"
    assert not runs.is_left_behind(path)
    runs.begin(path)
    first = os.environ[runs.VARIABLE]
    assert not runs.is_left_behind(path)
    runs.begin(path)
    assert not runs.is_left_behind(path)
    monkeypatch.setenv(runs.VARIABLE, "not in the list yet, where files are seen late")
    assert not runs.is_left_behind(path)
    monkeypatch.setenv(runs.VARIABLE, first)
    assert runs.is_left_behind(path)


NOW = datetime(2026, 1, 1, 12)


def waiting_for(reason, minutes=10, number="1"):
    return queue.Job(number, "rule_train", reason, NOW - timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("PartitionTimeLimit", "LA2DS_TRAIN_MINUTES"),
        ("PartitionDown", "LA2DS_GPU_PARTITION"),
        ("InvalidQOS", "`slurm-qos` in profiles/slurm/config.yaml"),
        ("ReqNodeNotAvail, UnavailableNodes:n1", "sinfo -R"),
        ("SomethingNew", "man squeue"),
    ],
)
def test_what_will_not_come_is_told_with_what_to_edit(reason, advice):
    told = waiting.complaints([waiting_for(reason)], NOW)
    assert f"job 1 ({reason})" in told[reason] and advice in told[reason]


def test_a_queue_that_moves_is_no_complaint_and_many_jobs_are_one():
    usual = [waiting_for(reason) for reason in ("Priority", "Resources", "None", "BeginTime")]
    assert waiting.complaints([*usual, waiting_for("PartitionDown", minutes=4)], NOW) == {}
    told = waiting.complaints([waiting_for("PartitionDown", number=str(n)) for n in range(8)], NOW)
    assert list(told) == ["PartitionDown"] and "job 0, 1, 2, 3, 4 and 3 more (PartitionDown)" in told["PartitionDown"]
