"""Patience over the plugin itself, with SLURM's commands replaced. Without patience each of these things goes wrong."""

import asyncio
import logging
import threading
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake_executor_plugin_slurm import Executor, ExecutorSettings
from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from throttler import Throttler

from la2ds.plan.cluster.patience import Patience
from tests.fixtures.fake_slurm import FakeSlurm

RUN = "01234567-89ab-cdef-0123-456789abcdef"
LIMIT = "sbatch: error: AssocMaxSubmitJobLimit\n"
AWAY = "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)\n"
LATE = "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation\n"
WRONG = "sbatch: error: invalid partition specified: nowhere\n"


class Resources(dict):
    def __getattr__(self, name):
        if name not in self:
            raise AttributeError(name)
        return self[name]


class Recorder(logging.Handler):
    def __init__(self):
        super().__init__()
        self.said = []

    def emit(self, record):
        if record.levelno >= logging.WARNING:
            self.said.append(record.getMessage())


def executor_in(folder):
    """The plugin's executor without a workflow; what it reports goes to lists."""
    executor = Executor.__new__(Executor)
    logger = logging.Logger("executor")
    logger.addHandler(recorder := Recorder())
    settings = ExecutorSettings(status_command="squeue", init_seconds_before_status_checks=10)
    vars(executor).update(
        logger=logger,
        said=recorder.said,
        workflow=SimpleNamespace(executor_settings=settings, workdir_init=folder, executor_plugin=None),
        run_uuid=RUN,
        slurm_logdir=folder / "logs",
        array_jobs=set(),
        max_array_size=100,
        active_jobs=[],
        status_rate_limiter=Throttler(rate_limit=1000, period=1),
        succeeded=[],
        failed=[],
        ended=[],
        _failed_nodes=set(),
        _fallback_account_arg=None,
        _fallback_partition=None,
        _partitions=None,
        _submitted_job_clusters=set(),
        _main_event_loop=None,
        _preemption_warning=False,
        _next_seconds_between_status_checks=180,
        _status_query_calls=0,
        _status_query_failures=0,
        _status_query_total_seconds=0.0,
        _status_query_min_seconds=None,
        _status_query_max_seconds=0.0,
        _status_query_cycle_rows=[],
    )
    executor.format_job_exec = lambda job: "true"
    executor.report_job_submission = executor.active_jobs.append
    executor.report_job_success = lambda info: executor.succeeded.append(info.external_jobid)
    executor.report_job_error = lambda info, msg="", **more: executor.failed.append(msg)
    executor.shutdown = lambda: executor.ended.append(True)
    return executor


def job(name="train"):
    resources = Resources(mem_mb=1000, runtime=10)
    rule = SimpleNamespace(name=name)
    return SimpleNamespace(
        name=name, rule=rule, resources=resources, threads=1, wildcards=["a", "0"], is_group=lambda: False, jobid=1
    )


def checked(executor, jobs):
    async def still_active():
        return [info.external_jobid async for info in executor.check_active_jobs(jobs)]

    return asyncio.run(still_active())


def running(*numbers):
    return [SubmittedJobInfo(job(), external_jobid=number, aux={"slurm_logfile": Path("none")}) for number in numbers]


def test_the_plugin_forgets_jobs_when_it_is_not_answered(slurm: FakeSlurm, tmp_path):
    """Once it has learned better, `Patience.check_active_jobs` can go."""
    slurm.write("silent", "1000")
    assert checked(executor_in(tmp_path), running("1", "2")) == []


def test_jobs_of_which_nothing_was_heard_are_asked_about_again(slurm: FakeSlurm, tmp_path):
    executor = executor_in(tmp_path)
    Patience(executor, longest=50)
    slurm.write("silent", "1000")
    assert checked(executor, running("1", "2", "3")) == ["1", "2", "3"]
    assert executor.said == ["SLURM does not answer: 3 jobs are asked about again until it does."]
    slurm.write("silent", "")
    slurm.write("states", "1|COMPLETED\n2|RUNNING\n3|FAILED\n")
    assert checked(executor, running("1", "2", "3")) == ["2"]
    assert executor.succeeded == ["1"] and "FAILED" in executor.failed[0]
    assert len(executor.said) == 1 and executor.next_seconds_between_status_checks == 10


def test_looks_are_no_further_apart_than_slurm_remembers(slurm: FakeSlurm, tmp_path):
    executor = executor_in(tmp_path)
    Patience(executor, longest=50)
    slurm.write("states", "1|RUNNING\n")
    assert checked(executor, running("1")) == ["1"]
    assert executor.next_seconds_between_status_checks == 50


def test_the_plugin_takes_a_refused_submission_for_a_failure(slurm: FakeSlurm, tmp_path):
    """Once it has learned better, `Patience.run_job` can go."""
    slurm.write("refusals", LIMIT)
    executor = executor_in(tmp_path)
    executor.run_job(job())
    assert len(executor.failed) == 1 and not slurm.read("sent")


@pytest.mark.parametrize("refusals", [LIMIT * 3, AWAY + LIMIT])
def test_a_refused_submission_is_sent_again_and_is_no_failure(slurm: FakeSlurm, tmp_path, refusals):
    slurm.write("refusals", refusals)
    executor = executor_in(tmp_path)
    Patience(executor, again=0.01)
    executor.run_job(job())
    assert not executor.failed and len(slurm.read("sent")) == 1
    assert [info.external_jobid for info in executor.active_jobs] == ["1"]
    assert len(executor.said) == len(set(refusals.splitlines())), "each reason is told once"


def test_no_account_is_asked_for_or_told_of(slurm: FakeSlurm, tmp_path):
    executor = executor_in(tmp_path)
    executor.run_job(job())
    assert any("account" in said for said in executor.said), "the plugin has learned to be silent"
    executor = executor_in(tmp_path)
    Patience(executor)
    executor.run_job(job())
    assert not executor.said and "-A" not in slurm.read("sent")[1]


def test_what_slurm_will_never_take_fails_at_once(slurm: FakeSlurm, tmp_path):
    slurm.write("refusals", WRONG)
    executor = executor_in(tmp_path)
    Patience(executor, again=1000)
    executor.run_job(job())
    assert len(executor.failed) == 1 and "nowhere" in executor.failed[0]


def test_patience_ends_after_minutes_unless_jobs_are_in_the_queue(slurm: FakeSlurm, tmp_path):
    slurm.write("refusals", LIMIT * 5)
    executor = executor_in(tmp_path)
    Patience(executor, again=0.01, minutes=0)
    executor.run_job(job())
    assert len(executor.failed) == 1 and len(slurm.read("refusals")) == 4
    executor.active_jobs += running("7")
    executor.run_job(job())
    assert len(executor.failed) == 1 and not slurm.read("refusals")


def test_nothing_is_sent_after_the_end(slurm: FakeSlurm, tmp_path):
    slurm.write("refusals", LIMIT * 2)
    executor = executor_in(tmp_path)
    Patience(executor, again=1000)
    thread = threading.Thread(target=executor.run_job, args=[job()])
    thread.start()
    while not executor.said:
        assert thread.is_alive()
    executor.shutdown()
    thread.join(30)
    assert executor.ended and len(executor.failed) == 1 and not slurm.read("sent")


def test_a_job_that_was_taken_without_a_word_is_cancelled_and_no_other(slurm: FakeSlurm, tmp_path):
    executor = executor_in(tmp_path)
    Patience(executor, again=0.01)
    slurm.write("sent", "\n" * 6)
    executor.run_job(job())  # job 7, with the same comment
    rows = [
        "7|{}|None|rule_train_wildcards_a_0",
        "8|{}|None|rule_train_wildcards_a_0",
        "9|{}|None|rule_train_wildcards_b_0",
    ]
    slurm.write("waiting", "".join(f"{row}\n" for row in rows).replace("{}", "2026-01-01T00:00:00"))
    slurm.write("refusals", LATE)
    executor.run_job(job())
    assert slurm.read("cancelled") == ["8"] and not executor.failed


def test_a_job_that_waits_for_what_will_not_come_is_told_of_once(slurm: FakeSlurm, tmp_path):
    executor = executor_in(tmp_path)
    Patience(executor, every=0)
    since = "2026-01-01T00:00:00"
    slurm.write("states", "1|PENDING\n2|PENDING\n")
    slurm.write("waiting", f"1|{since}|PartitionTimeLimit|rule_train\n2|{since}|Priority|rule_train\n")
    assert checked(executor, running("1", "2")) == checked(executor, running("1", "2")) == ["1", "2"]
    assert len(executor.said) == 1
    assert "job 1 (PartitionTimeLimit)" in executor.said[0] and "LA2DS_TRAIN_MINUTES" in executor.said[0]


def test_a_job_that_was_preempted_for_good_has_failed(slurm: FakeSlurm, tmp_path):
    now = datetime.now()
    slurm.write("states", "1|PREEMPTED\n2|PREEMPTED\n3|RUNNING\n")
    slurm.write("preempted", f"1|{now - timedelta(minutes=2):%FT%T}\n2|{now:%FT%T}\n")
    executor = executor_in(tmp_path)
    assert checked(executor, running("1", "2", "3")) == ["1", "2", "3"], "the plugin has learned better"
    Patience(executor, every=0)
    assert checked(executor, running("1", "2", "3")) == ["2", "3"]
    assert executor.failed == ["SLURM-job '1' was preempted for good. "]


@pytest.mark.parametrize(
    ("state", "log", "memory"),
    [
        ("FAILED", "slurmstepd-n1: error: StepId=3.0 exceeded memory limit (2 > 1), being killed\n", True),
        ("OUT_OF_MEMORY", "", True),
        ("FAILED", "MemoryError, not SLURM's\n", False),
    ],
)
def test_a_job_that_took_too_much_memory_is_told_of(slurm: FakeSlurm, tmp_path, state, log, memory):
    (tmp_path / "3.log").write_text(log)
    slurm.write("states", f"3|{state}\n")
    executor = executor_in(tmp_path)
    Patience(executor)
    info = SubmittedJobInfo(job(), external_jobid="3", aux={"slurm_logfile": tmp_path / "3.log"})
    assert checked(executor, [info]) == [] and len(executor.failed) == 1
    assert (
        executor.said
        == [
            "SLURM-job 3 (train) took more memory than the 1000 MB it asked for (OUT_OF_MEMORY): its "
            "next attempt gets more."
        ]
        * memory
    )
